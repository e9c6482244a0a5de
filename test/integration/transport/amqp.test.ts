import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import type { AmqpTransport, AmqpTransportOptions } from '../../../src/transport/amqp/index.ts';
import type { Delivery, OutboundMessage, QueueSpec, TransportStatus } from '../../../src/transport/index.ts';
import { type Env, systemEnv } from '../../../src/util/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { RabbitNode } from '../../support/rabbit-node.ts';
import { findRabbit } from '../../support/rabbitmqctl.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

// These tests stop, kill and alarm their broker, so they start one of their own. A broker that somebody lends us cannot stand in for it.
const withOwnNode = findRabbit() === undefined ? describe.skip : describe;

const slowMs = 60_000;
let node: RabbitNode;
let count = 0;
const transports: AmqpTransport[] = [];
const proxies: TcpProxy[] = [];
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  if (findRabbit() !== undefined) node = await RabbitNode.start();
}, slowMs);

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await Promise.all(proxies.splice(0).map((proxy) => proxy.dispose()));
});

afterAll(async () => {
  await node?.dispose();
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
}, slowMs);

withOwnNode('AmqpTransport (with a RabbitMQ of its own)', () => {
  describe('connect()', () => {
    test('makes two connections and four channels, named after the client', async () => {
      await open(node.url, { clientName: 'box-1' });
      const connections = await listed('list_connections', 'client_properties', 'channels');
      expect(connections).toHaveLength(2);
      expect(connections.join('\n')).toContain('"box-1 publish"');
      expect(connections.join('\n')).toContain('"box-1 consume"');
      expect(connections.every((line) => line.endsWith('\t2'))).toBe(true);
      expect(await listed('list_channels', 'confirm')).toHaveLength(4);
    });

    test('rejects with BrokerRefused for a wrong password, which no text shows', async () => {
      const transport = make(node.url.replace('guest:guest', 'guest:s3cret'));
      const failure = await rejection(transport.connect());
      expect(failure).toMatchObject({ code: 'BrokerRefused', retryable: false });
      expect(failure.message).toContain(`amqp://guest@127.0.0.1:${node.port}`);
      expect(failure.message).toContain('ACCESS_REFUSED');
      expect(inspectable(failure)).not.toContain('s3cret');
      expect(transport.status).toEqual({ type: 'idle' });
    });

    test('rejects with BrokerRefused for an unknown virtual host', async () => {
      const failure = await rejection(make(`${node.url}/no-such-vhost`).connect());
      expect(failure).toMatchObject({ code: 'BrokerRefused' });
      expect(failure.message).toContain('"no-such-vhost"');
    });

    test('rejects with BrokerUnreachable after one round, naming every address without credentials', async () => {
      const dead = [await deadUrl('amqp://me:s3cret@'), await deadUrl('amqp://me:s3cret@')];
      const transport = make(dead);
      const statuses = record(transport);
      const failure = await rejection(transport.connect());
      expect(failure).toMatchObject({ code: 'BrokerUnreachable', retryable: true });
      for (const url of dead) expect(failure.message).toContain(url.replace(':s3cret', ''));
      expect(failure.message).toContain('ECONNREFUSED');
      expect(inspectable(failure)).not.toContain('s3cret');
      expect(statuses.map(({ type }) => type)).toEqual(['connecting', 'disconnected', 'connecting', 'idle']);
    });

    test('may be called again after it has failed', async () => {
      const proxy = await proxied();
      await proxy.cut();
      const transport = make(proxy.url);
      await rejection(transport.connect());
      const again = transport.connect().catch(() => transport.connect());
      await proxy.restore();
      await again.catch(() => transport.connect());
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    });

    test('takes the next address when the first is dead', async () => {
      const transport = await open([await deadUrl(), node.url]);
      expect(transport.status).toEqual({
        type: 'connected',
        url: `amqp://guest@127.0.0.1:${node.port}`,
        epoch: 1,
      });
    });

    test('rejects in time when the broker does not say a word', async () => {
      const proxy = await proxied();
      proxy.freeze();
      const failure = await rejection(make(proxy.url, { connectTimeoutMs: 300 }).connect());
      expect(failure).toMatchObject({ code: 'BrokerUnreachable' });
      expect(failure.message).toContain('no answer within 300 ms');
    });

    test('rejects with the conflict when the broker has what was recorded otherwise', async () => {
      const holder = await open(node.url);
      await holder.declareQueue(queue('taken', { maxLength: 1 }));
      const transport = make(node.url);
      await transport.declareQueue(queue('taken', { maxLength: 2 }));
      expect(await rejection(transport.connect())).toMatchObject({
        code: 'TopologyConflict',
        details: { argument: 'x-max-length' },
      });
      await holder.deleteQueue('taken');
    });

    test('rejects when close() comes first, and leaves no connection', async () => {
      const transport = make(node.url);
      const connecting = rejection(transport.connect());
      await transport.close();
      expect(await connecting).toMatchObject({ code: 'IllegalState' });
      await rejection(transport.connect());
      expect(await listed('list_connections', 'pid')).toEqual([]);
    });
  });

  describe('publish()', () => {
    test('sets the login as user id; RabbitMQ refuses another, which costs only the channel', async () => {
      const transport = await open(node.url);
      const { deliveries, name } = await consumed(transport);
      transport.publish(message(name));
      await eventually(() => deliveries.length === 1);
      expect(deliveries[0]?.properties.userId).toBe('guest');
      expect(transport.login).toBe('guest');
      transport.publish({ ...message(name), properties: { userId: 'somebody-else' } });
      await eventually(() => transport.publish(message(name)) && deliveries.length > 1);
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    });

    test('throws BadRequest for what AMQP cannot carry, and goes on', async () => {
      const transport = await open(node.url);
      const { deliveries, name } = await consumed(transport);
      const tooLong = { ...message(name), routingKey: 'k'.repeat(256) };
      expect(() => transport.publish(tooLong)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
      await expect(transport.publishConfirmed(tooLong)).rejects.toMatchObject({ code: 'BadRequest' });
      const half = { ...message(name), properties: { expirationMs: 0.5 } };
      expect(() => transport.publish(half)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
      expect(transport.publish(message(name))).toBe(true);
      await eventually(() => deliveries.length === 1);
    });

    test('drained() tells that more waits than amqplib holds, 1024 pieces', async () => {
      const transport = await open(node.url);
      const { name } = await consumed(transport);
      for (let sent = 0; sent < 3000; sent += 1) transport.publish(message(name));
      expect(transport.drained()).toBeInstanceOf(Promise);
      await transport.drained();
      expect(transport.drained()).toBeUndefined();
    });

    test('publishConfirmed() rejects with Overloaded what the queue refuses', async () => {
      const transport = await open(node.url);
      const name = unique('full');
      // The seam knows no queue that refuses, so a policy makes it one.
      await node.ctl(
        'set_policy',
        name,
        `^${name}$`,
        '{"max-length":1,"overflow":"reject-publish"}',
        '--apply-to',
        'queues',
      );
      await transport.declareQueue(queue(name));
      expect(await transport.publishConfirmed(message(name))).toBe('confirmed');
      await expect(transport.publishConfirmed(message(name))).rejects.toMatchObject({ code: 'Overloaded' });
    });
  });

  describe('consumers', () => {
    test('come back when the broker closes the consume channel alone; old deliveries cannot be settled', async () => {
      const [holder, transport] = [await open(node.url), await open(node.url)];
      const held = unique('held');
      await holder.declareQueue(queue(held));
      const only = await holder.consume({ queue: held, prefetch: 1, exclusive: true, onDelivery: () => {} });
      const { deliveries, name } = await consumed(transport);
      await transport.publishConfirmed(message(name));
      await eventually(() => deliveries.length === 1);
      // 403: the broker tells by closing the channel that all consumers share.
      const refused = transport.consume({ queue: held, prefetch: 1, onDelivery: () => {} });
      await expect(refused).rejects.toMatchObject({ code: 'Conflict' });
      await eventually(() => deliveries.length === 2);
      expect(deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
      expect(transport.stats.consumersRepaired).toBe(1);
      deliveries[0]?.ack();
      expect(transport.stats.staleSettlements).toBe(1);
      deliveries[1]?.ack();
      await eventually(async () => (await listed('list_queues', 'name', 'messages')).includes(`${name}\t0`));
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
      // Four each, and the exclusive consumer's own, which goes with it.
      expect(await listed('list_channels', 'pid')).toHaveLength(9);
      await only.cancel();
      await eventually(async () => (await listed('list_channels', 'pid')).length === 8);
      await holder.deleteQueue(held);
    });

    test('of single-active queues have a channel each, which goes with them', async () => {
      const transport = await open(node.url);
      const channels = async (): Promise<number> => (await listed('list_channels', 'pid')).length;
      const name = unique('single');
      await transport.declareQueue(queue(name, { singleActiveConsumer: true }));
      const held: Delivery[] = [];
      const consume = () =>
        transport.consume({ queue: name, prefetch: 5, onDelivery: (one) => held.push(one) });
      const [active, waiting] = [await consume(), await consume()];
      expect(await channels()).toBe(6);
      await waiting.cancel();
      await eventually(async () => (await channels()) === 5);
      await transport.publishConfirmed(message(name));
      await eventually(() => held.length === 1);
      await active.cancel();
      expect(await channels()).toBe(5);
      held[0]?.ack();
      await eventually(async () => (await channels()) === 4);
      expect(await transport.inspectQueue(name)).toEqual({ messages: 0, consumers: 0 });

      // RabbitMQ closes the channel over what is not settled in its time; half an hour, as a rule.
      await node.ctl('eval', timesOut(300, 100));
      try {
        const again = await consume();
        await transport.publishConfirmed(message(name));
        await eventually(() => held.length === 2);
        await again.cancel();
        await eventually(async () => (await transport.inspectQueue(name))?.messages === 1);
        held[1]?.ack();
        expect(transport.stats.staleSettlements).toBe(1);
        await eventually(async () => (await channels()) === 4);
      } finally {
        await node.ctl('eval', timesOut(1_800_000, 60_000));
      }
      await transport.deleteQueue(name);
      await expect(consume()).rejects.toMatchObject({ code: 'NoReceiver' });
      await eventually(async () => (await channels()) === 4);
    });

    test('are not disturbed by a slow reader, whose channel the broker closes over what it holds back', async () => {
      const transport = await open(node.url);
      const name = unique('slow');
      await transport.declareQueue(queue(name, { durable: true, queueType: 'stream' }));
      await Promise.all(Array.from({ length: 100 }, () => transport.publishConfirmed(message(name))));
      await node.ctl('eval', timesOut(300, 100));
      try {
        const reader = await open(node.url);
        const other = await consumed(reader);
        const seen: Delivery[] = [];
        let isQuick = false;
        await reader.consume({
          queue: name,
          from: 'first',
          prefetch: 2,
          onDelivery: (one) => {
            seen.push(one);
            if (isQuick) one.ack();
          },
        });
        await eventually(() => seen.length === 4);
        isQuick = true;
        expect(seen.map(({ offset, redelivered }) => [offset, redelivered])).toEqual([
          [0, false],
          [1, false],
          [0, true],
          [1, true],
        ]);
        for (const one of seen.slice()) one.ack();
        await eventually(() => seen.length === 102);
        expect(reader.stats.consumersRepaired).toBe(1);
        await transport.publishConfirmed(message(other.name));
        await eventually(() => other.deliveries.length === 1);
      } finally {
        await node.ctl('eval', timesOut(1_800_000, 60_000));
        await transport.deleteQueue(name);
      }
    });

    test('that are cancelled while the transport comes back are gone, and cost it no attempt', async () => {
      const proxy = await proxied();
      const [transport, other] = [await open(proxy.url), await open(node.url)];
      const specs = [
        queue(unique('classic')),
        queue(unique('single'), { singleActiveConsumer: true }),
        queue(unique('stream'), { durable: true, queueType: 'stream' }),
      ];
      for (const spec of specs) {
        await transport.declareQueue(spec);
        for (let index = 0; index < 500; index++) await other.publishConfirmed(message(spec.name));
      }
      let meanwhile: (epoch: number) => void = () => {};
      const first = await consumed(transport, { exclusive: false }, ({ epoch }) => meanwhile(epoch));
      // More than it takes at a time, so that one is ready whenever it comes back.
      for (let index = 0; index < 20; index++) await other.publishConfirmed(message(first.name));
      const rounds = specs.flatMap((spec) => [0, 1, 2, 3, 4, 5].map((later) => ({ spec, later })));
      for (const [round, { spec, later }] of rounds.entries()) {
        const seen: Delivery[] = [];
        const leaving = await transport.consume({
          queue: spec.name,
          prefetch: 20,
          ...(spec.queueType === 'stream' && { from: 'first' }),
          onDelivery: (one) => seen.push(one),
        });
        await eventually(() => seen.length === 20);
        const statuses = record(transport);
        const cancelled = new Promise<void>((resolve) => {
          // One consumer is back already, and the other one is on its way.
          meanwhile = (epoch) => {
            if (epoch === round + 2) resolve(turns(later).then(() => leaving.cancel()));
          };
        });
        proxy.sever();
        await reached(transport, round + 2);
        await cancelled;
        const before = seen.length;
        for (const delivery of seen) delivery.ack();
        // Whatever was on its way has come by now.
        for (let turn = 0; turn < 3; turn++) await transport.inspectQueue(spec.name);
        expect(seen).toHaveLength(before);
        await eventually(async () => (await other.inspectQueue(spec.name))?.consumers === 0);
        expect(statuses.map(({ type }) => type)).toEqual(['disconnected', 'connecting', 'connected']);
      }
      for (const { name } of [...specs, first]) await other.deleteQueue(name);
    }, 60_000);

    test('that wait for a queue of others do not keep the transport from coming back', async () => {
      const proxy = await proxied();
      const [transport, other] = [await open(proxy.url), await open(node.url)];
      const name = unique('foreign');
      await other.declareQueue(queue(name));
      const deliveries: Delivery[] = [];
      await transport.consume({
        queue: name,
        prefetch: 0,
        noAck: true,
        onDelivery: (one) => deliveries.push(one),
      });
      await proxy.cut();
      await other.deleteQueue(name);
      await proxy.restore();
      await reached(transport, 2);
      await other.declareQueue(queue(name));
      await eventually(async () => (await other.inspectQueue(name))?.consumers === 1);
      await other.publishConfirmed(message(name));
      await eventually(() => deliveries.length === 1);
      await other.deleteQueue(name);
    });
  });

  describe('a lost connection', () => {
    test('of either kind makes both anew', async () => {
      const transport = await open(node.url, { clientName: 'box-2' });
      const { deliveries, name } = await consumed(transport);
      const before = await listed('list_connections', 'pid');
      for (const [index, role] of ['publish', 'consume'].entries()) {
        await closeConnection(`box-2 ${role}`);
        await reached(transport, index + 2);
      }
      await eventually(async () => (await listed('list_connections', 'pid')).length === 2);
      expect((await listed('list_connections', 'pid')).filter((pid) => before.includes(pid))).toEqual([]);
      transport.publish(message(name));
      await eventually(() => deliveries.length === 1);
      expect(deliveries[0]?.epoch).toBe(3);
    });

    test('is noticed when the broker hangs: an unanswered method ends the wait', async () => {
      const proxy = await proxied();
      const transport = await open(proxy.url, { connectTimeoutMs: 400 });
      proxy.freeze();
      // The declaration is recorded, so it resolves with the loss and is made at the reconnection.
      await transport.declareQueue(queue('late', { exclusive: true }));
      expect(transport.status.type).not.toBe('connected');
      await proxy.restore();
      await reached(transport, 2);
      expect(await transport.inspectQueue('late')).toEqual({ messages: 0, consumers: 0 });
    });

    test('is noticed by heartbeats when nobody asks anything', async () => {
      const proxy = await proxied();
      const transport = await open(proxy.url, { heartbeatS: 1, connectTimeoutMs: 500 });
      const statuses = record(transport);
      proxy.freeze();
      await eventually(() => statuses.length > 0, { withinMs: 8_000 });
      expect(statuses[0]).toMatchObject({ type: 'disconnected', cause: { message: 'Heartbeat timeout' } });
      await proxy.restore();
      await reached(transport, 2);
    });

    test('moves on to the next address, and what was deleted meanwhile is deleted', async () => {
      const [first, second] = [await proxied(), await proxied()];
      const [transport, other] = [await open([first.url, second.url]), await open(node.url)];
      const [name, bound] = [unique('obsolete'), unique('bound')];
      await transport.declareQueue(queue(name));
      await transport.declareQueue(queue(bound));
      await transport.declareExchange({ name: bound, type: 'fanout', durable: false, autoDelete: false });
      const binding = { exchange: bound, queue: bound, routingKey: '' };
      await transport.bind(binding);
      await Promise.all([first.cut(), second.cut()]);
      await eventually(() => transport.status.type === 'disconnected');
      await transport.deleteQueue(name);
      await transport.unbind(binding);
      await second.restore();
      await reached(transport, 2);
      expect(transport.status).toMatchObject({ url: second.url.replace(':guest@', '@') });
      expect(await other.inspectQueue(name)).toBeUndefined();
      expect(await other.publishConfirmed({ ...message(''), exchange: bound, mandatory: true })).toBe(
        'unroutable',
      );
      await transport.deleteQueue(bound);
    });

    test('leaves no timer and no connection behind close(), whenever that comes', async () => {
      for (const when of ['connected', 'cut', 'frozen'] as const) {
        const { env, pending } = countingEnv();
        const proxy = await proxied();
        const transport = await open(proxy.url, { env, connectTimeoutMs: 500 });
        const { name } = await consumed(transport);
        const confirming = transport.publishConfirmed(message(name)).catch(() => {});
        if (when === 'cut') await proxy.cut();
        if (when === 'frozen') proxy.freeze();
        await transport.close();
        await confirming;
        expect(transport.status).toEqual({ type: 'closed' });
        expect(pending()).toBe(0);
        await proxy.cut();
        await eventually(async () => (await listed('list_connections', 'pid')).length === 0);
      }
    });
  });

  describe('an alarm', () => {
    test('blocks publishing, not consuming, and is reported both ways', async () => {
      const [transport, other] = [await open(node.url), await open(node.url)];
      const { deliveries, name } = await consumed(transport);
      for (let index = 0; index < 3; index++) await other.publishConfirmed(message(name));
      await eventually(() => deliveries.length === 3);
      const statuses = record(transport);
      try {
        await node.ctl('set_vm_memory_high_watermark', '0.0001');
        // RabbitMQ tells a connection that it is blocked when it publishes.
        const held = transport.publishConfirmed(message(name));
        await eventually(() => transport.status.type === 'blocked');
        expect(transport.status).toMatchObject({ epoch: 1, reason: expect.stringContaining('memory') });
        expect(transport.publish(message(name))).toBe(true);
        for (const delivery of deliveries) delivery.ack();
        await transport.declareQueue(queue('under-alarm', { exclusive: true }));
        await eventually(async () =>
          (await listed('list_queues', 'name', 'messages_unacknowledged')).includes(`${name}\t0`),
        );
        await node.ctl('set_vm_memory_high_watermark', '0.4');
        expect(await held).toBe('confirmed');
        await eventually(() => deliveries.length === 5);
      } finally {
        await node.ctl('set_vm_memory_high_watermark', '0.4');
      }
      expect(statuses.map(({ type }) => type)).toEqual(['blocked', 'connected']);
      expect(statuses[1]).toMatchObject({ epoch: 1 });
    }, 60_000);
  });

  describe('a broker', () => {
    for (const how of ['stop', 'kill'] as const) {
      test(`that is ${how === 'stop' ? 'stopped' : 'killed'} and started again finds everything declared and consumed as before`, async () => {
        const transport = await open(node.url);
        const statuses = record(transport);
        const kept = unique('kept');
        await transport.declareQueue(queue(kept, { durable: true }));
        await transport.publishConfirmed({ ...message(kept), properties: { persistent: true } });
        const { deliveries, name } = await consumed(transport, { perEpoch: true });
        await node[how]();
        await eventually(() => transport.status.type !== 'connected');
        expect(statuses[0]).toMatchObject({ type: 'disconnected', epoch: 1 });
        await node.restart();
        await reached(transport, 2);
        transport.publish(message(`${name}~2`));
        await eventually(() => deliveries.length === 1);
        expect(await transport.inspectQueue(kept)).toEqual({ messages: 1, consumers: 0 });
        await transport.deleteQueue(kept);
      }, 60_000);
    }
  });
});

function make(urls: string | readonly string[], options: Partial<AmqpTransportOptions> = {}): AmqpTransport {
  const transport = makeAmqpTransport(urls, options);
  transports.push(transport);
  return transport;
}

async function open(
  urls: string | readonly string[],
  options: Partial<AmqpTransportOptions> = {},
): Promise<AmqpTransport> {
  const transport = make(urls, options);
  await transport.connect();
  return transport;
}

async function proxied(): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(node.url);
  proxies.push(proxy);
  return proxy;
}

/** An address at which nobody listens. */
async function deadUrl(prefix = 'amqp://'): Promise<string> {
  const proxy = await TcpProxy.start(node.url);
  await proxy.dispose();
  return `${prefix}127.0.0.1:${new URL(proxy.url).port}`;
}

function unique(base: string): string {
  count++;
  return `${base}-${count}`;
}

function queue(name: string, overrides: Partial<QueueSpec> = {}): QueueSpec {
  return { name, durable: false, exclusive: false, autoDelete: false, ...overrides };
}

function message(routingKey: string): OutboundMessage {
  return { exchange: '', routingKey, body: new TextEncoder().encode('hello'), properties: {} };
}

/** An exclusive queue of `transport` and what it gets, unsettled. */
async function consumed(
  transport: AmqpTransport,
  overrides: Partial<QueueSpec> = {},
  also: (delivery: Delivery) => void = () => {},
): Promise<{ name: string; deliveries: Delivery[] }> {
  const name = unique('q');
  const deliveries: Delivery[] = [];
  await transport.declareQueue(queue(name, { exclusive: true, ...overrides }));
  await transport.consume({
    queue: name,
    prefetch: 10,
    onDelivery: (one) => {
      deliveries.push(one);
      also(one);
    },
  });
  return { name, deliveries };
}

/** For channels that are opened from now on. */
function timesOut(consumerTimeoutMs: number, everyMs: number): string {
  const set = (key: string, value: number) => `ok = application:set_env(rabbit, ${key}, ${value})`;
  return `${set('consumer_timeout', consumerTimeoutMs)}, ${set('channel_tick_interval', everyMs)}.`;
}

/** Has the broker close the connection of that name. */
async function closeConnection(name: string): Promise<void> {
  const lines = await listed('list_connections', 'pid', 'client_properties');
  const pid = lines.find((line) => line.includes(`"${name}"`))?.split('\t')[0] ?? 'none';
  await node.ctl('close_connection', pid, 'tested');
}

function record(transport: AmqpTransport): TransportStatus[] {
  const statuses: TransportStatus[] = [];
  transport.onStatus((status) => statuses.push(status));
  return statuses;
}

async function reached(transport: AmqpTransport, epoch: number): Promise<void> {
  await eventually(() => transport.status.type === 'connected' && transport.status.epoch === epoch, {
    withinMs: 10_000,
    what: `epoch ${epoch}`,
  });
}

async function rejection(promise: Promise<unknown>): Promise<Error & { code?: unknown }> {
  const error = await promise.then(
    () => new Error('it did not reject'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`rejected with ${String(error)}`);
  return error;
}

/** Everything of an error that may reach a log. */
function inspectable(error: Error): string {
  const cause = error.cause instanceof Error ? inspectable(error.cause) : String(error.cause);
  return `${error.stack} ${JSON.stringify(error)} ${cause}`;
}

async function listed(...args: string[]): Promise<string[]> {
  const text = await node.ctl(...args, '--no-table-headers');
  return text.split('\n').filter((line) => line !== '');
}

/** The system's Env, counting the timers that are armed. */
function countingEnv(): { env: Env; pending: () => number } {
  const env = systemEnv();
  const armed = new Set<object>();
  return {
    pending: () => armed.size,
    env: {
      ...env,
      clock: {
        ...env.clock,
        timer: (delayMs, fn) => {
          const timer = env.clock.timer(delayMs, () => {
            armed.delete(timer);
            fn();
          });
          armed.add(timer);
          return {
            cancel: () => {
              armed.delete(timer);
              timer.cancel();
            },
          };
        },
      },
    },
  };
}
