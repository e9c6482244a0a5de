import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { type FakeEnv, fakeEnv } from '../../../src/testing/fake-env.ts';
import type { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import type { OutboundMessage } from '../../../src/transport/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { RabbitNode } from '../../support/rabbit-node.ts';
import { findRabbit } from '../../support/rabbitmqctl.ts';

// These tests alarm their broker and make its queues hang.
const withOwnNode = findRabbit() === undefined ? describe.skip : describe;

const slowMs = 60_000;
const timeoutMs = 30_000;
const connectTimeoutMs = 5_000;
let node: RabbitNode;
const transports: AmqpTransport[] = [];

beforeAll(async () => {
  if (findRabbit() !== undefined) node = await RabbitNode.start();
}, slowMs);

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});

afterAll(async () => {
  await node?.dispose();
}, slowMs);

withOwnNode('AmqpTransport#publishConfirmed()', () => {
  test(
    'waits while the broker takes nothing, and its time begins when the broker takes messages again',
    async () => {
      const { transport, env } = await open();
      await declare(transport, 'fine', 'hanging');
      await hang('hanging');
      try {
        await node.ctl('set_vm_memory_high_watermark', '0.0001');
        // RabbitMQ tells a connection that it is blocked when it publishes.
        transport.publish(message('fine'));
        await eventually(() => transport.status.type === 'blocked', { withinMs: 10_000 });
        const [fine, hanging] = [
          watched(transport.publishConfirmed(message('fine'))),
          watched(transport.publishConfirmed(message('hanging'))),
        ];
        await env.advance(10 * timeoutMs + 1);
        await turns(100);
        expect([fine.outcome, hanging.outcome]).toEqual(['pending', 'pending']);
        // Written long before the block ends, whose end no timer of its own notices.
        await node.ctl('set_vm_memory_high_watermark', '0.4');
        await eventually(() => transport.status.type === 'connected', { withinMs: 10_000 });
        await eventually(() => fine.outcome === 'confirmed');
        await env.advance(timeoutMs - 1);
        await turns(100);
        expect(hanging.outcome).toBe('pending');
        await env.advance(2);
        await eventually(() => hanging.outcome !== 'pending');
        expect(hanging.outcome).toMatchObject({
          code: 'Unavailable',
          details: { published: 'unknown' },
          message: expect.stringContaining(`within ${timeoutMs} ms`),
        });
        expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
      } finally {
        await node.ctl('set_vm_memory_high_watermark', '0.4');
        await resume('hanging');
      }
    },
    slowMs,
  );

  test(
    'a message that the broker never answers costs one channel, and what follows is confirmed on the next',
    async () => {
      const { transport, env } = await open();
      await declare(transport, 'fine', 'hanging');
      await hang('hanging');
      try {
        const hanging = watched(transport.publishConfirmed(message('hanging')));
        await env.advance(timeoutMs / 2);
        for (let index = 0; index < 50; index++) await transport.publishConfirmed(message('fine'));
        expect(await unconfirmed()).toEqual(['0', '0', '0', '1']);
        const young = watched(transport.publishConfirmed(message('hanging')));
        await env.advance(timeoutMs / 2 + 1);
        await eventually(() => hanging.outcome !== 'pending' && young.outcome !== 'pending');
        for (const { outcome } of [hanging, young]) {
          expect(outcome).toMatchObject({ code: 'Unavailable', details: { published: 'unknown' } });
        }
        const many = Array.from({ length: 100 }, () => transport.publishConfirmed(message('fine')));
        expect(new Set(await Promise.all(many))).toEqual(new Set(['confirmed']));
        // Nothing is left to be counted.
        expect(await unconfirmed()).toEqual(['0', '0', '0', '0']);
        expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
        expect((await transport.inspectQueue('fine'))?.messages).toBe(150);
      } finally {
        await resume('hanging');
      }
    },
    slowMs,
  );

  test('what the broker never answers does not hold up close() for longer than its time', async () => {
    const { transport, env } = await open();
    await declare(transport, 'hanging');
    await hang('hanging');
    const hanging = watched(transport.publishConfirmed(message('hanging')));
    await eventually(async () => (await unconfirmed()).includes('1'));
    const closing = transport.close();
    await turns(100);
    expect(hanging.outcome).toBe('pending');
    await env.advance(connectTimeoutMs + 1);
    await closing;
    expect(hanging.outcome).toMatchObject({ code: 'Unavailable', details: { published: 'unknown' } });
    expect(env.pendingTimers()).toBe(0);
  });

  test('keeps 1000 in flight with one timer, and tells each its own outcome', async () => {
    const { transport, env } = await open();
    await declare(transport, 'fine');
    const idle = env.pendingTimers();
    const outcomes = Array.from({ length: 1_000 }, (_, index) =>
      transport.publishConfirmed({
        ...message(index % 10 === 3 ? 'nobody' : 'fine', `${index % 7}`),
        mandatory: true,
      }),
    );
    expect(env.pendingTimers()).toBe(idle + 1);
    expect(await Promise.all(outcomes)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => (index % 10 === 3 ? 'unroutable' : 'confirmed')),
    );
    expect((await transport.inspectQueue('fine'))?.messages).toBe(900);
  });
});

/** Connected, on a clock that stands still unless a test moves it. */
async function open(): Promise<{ transport: AmqpTransport; env: FakeEnv }> {
  const env = fakeEnv();
  const transport = makeAmqpTransport(node.url, {
    env,
    confirmTimeoutMs: timeoutMs,
    connectTimeoutMs,
    heartbeatS: 0,
  });
  transports.push(transport);
  await transport.connect();
  return { transport, env };
}

async function declare(transport: AmqpTransport, ...names: string[]): Promise<void> {
  for (const name of names) {
    await transport.declareQueue({ name, durable: false, exclusive: true, autoDelete: false });
  }
}

function message(routingKey: string, text = 'hello'): OutboundMessage {
  return { exchange: '', routingKey, body: new TextEncoder().encode(text), properties: {} };
}

/** Makes the process of a queue stand still: what reaches the queue is neither refused nor confirmed. */
async function hang(name: string): Promise<void> {
  await evaluate(name, 'sys:suspend(amqqueue:get_pid(Q))');
}

async function resume(name: string): Promise<void> {
  await evaluate(name, 'sys:resume(amqqueue:get_pid(Q))');
}

async function evaluate(name: string, call: string): Promise<void> {
  const resource = `rabbit_misc:r(<<"/">>, queue, <<"${name}">>)`;
  expect(await node.ctl('eval', `{ok, Q} = rabbit_amqqueue:lookup(${resource}), ${call}.`)).toContain('ok');
}

/** Of each channel, in order. */
async function unconfirmed(): Promise<string[]> {
  const lines = await node.ctl('list_channels', 'messages_unconfirmed', '--no-table-headers');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

function watched(publishing: Promise<string>): { outcome: unknown } {
  const watch: { outcome: unknown } = { outcome: 'pending' };
  publishing.then(
    (outcome) => {
      watch.outcome = outcome;
    },
    (error: unknown) => {
      watch.outcome = error;
    },
  );
  return watch;
}
