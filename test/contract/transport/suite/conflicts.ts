import { expect } from '@jest/globals';
import type { ExchangeSpec, QueueSpec, Transport } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import { collect, exchange, publishAll, queue } from './tools.ts';

const queueConflicts: readonly (readonly [string, Partial<QueueSpec>])[] = [
  ['durable', { durable: false }],
  ['auto_delete', { autoDelete: true }],
  ['x-message-ttl', { messageTtlMs: 2_000 }],
  ['x-expires', { expiresMs: 70_000 }],
  ['x-max-length', { maxLength: 11 }],
  ['x-single-active-consumer', { singleActiveConsumer: true }],
  ['x-dead-letter-exchange', { deadLetterExchange: 'elsewhere' }],
  ['x-dead-letter-routing-key', { deadLetterRoutingKey: 'elsewhere' }],
];

const exchangeConflicts: readonly (readonly [string, Partial<ExchangeSpec>])[] = [
  ['type', { type: 'topic' }],
  ['durable', { durable: true }],
  ['auto_delete', { autoDelete: false }],
  ['alternate-exchange', { alternateExchange: 'elsewhere' }],
];

/** Declarations that the broker has otherwise, and what the transport is worth after one. */
export function conflictContract(contractTest: ContractTest): void {
  for (const [argument, change] of queueConflicts) {
    contractTest(
      `declaring a queue with another ${argument} is a TopologyConflict that names it`,
      async (h) => {
        const [transport, other] = [await h.open(), await h.open()];
        const spec = queue(h.name('q'), {
          durable: true,
          messageTtlMs: 1_000,
          expiresMs: 60_000,
          maxLength: 10,
          deadLetterExchange: '',
          deadLetterRoutingKey: 'dead',
        });
        await transport.declareQueue(spec);
        await transport.declareQueue(spec);
        await other.declareQueue(spec);
        await conflict(other.declareQueue({ ...spec, ...change }), spec.name, argument);
        await works(h, other);
        await transport.deleteQueue(spec.name);
      },
    );
  }

  contractTest('declaring a queue without an argument that it has is a TopologyConflict too', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, maxLength: 1 }));
    await conflict(
      transport.declareQueue(queue(h.name('q'), { exclusive: true })),
      h.name('q'),
      'x-max-length',
    );
  });

  contractTest(
    'declaring a queue with another x-dead-letter-strategy is a TopologyConflict too',
    async (h) => {
      const transport = await h.open();
      const spec = queue(h.name('q'), { durable: true, queueType: 'quorum', deadLetterExchange: '' });
      await transport.declareQueue({ ...spec, deadLetterStrategy: 'at-least-once' });
      await conflict(transport.declareQueue(spec), spec.name, 'x-dead-letter-strategy');
      await transport.deleteQueue(spec.name);
    },
  );

  for (const [argument, change] of exchangeConflicts) {
    contractTest(
      `declaring an exchange with another ${argument} is a TopologyConflict that names it`,
      async (h) => {
        const [transport, other] = [await h.open(), await h.open()];
        const spec = exchange(h.name('x'), 'direct');
        await transport.declareExchange(spec);
        await other.declareExchange(spec);
        // A binding, so that the exchange deletes itself afterwards.
        await transport.declareQueue(queue(h.name('bound'), { exclusive: true }));
        await transport.bind({ exchange: spec.name, queue: h.name('bound'), routingKey: 'k' });
        await conflict(other.declareExchange({ ...spec, ...change }), spec.name, argument);
        await works(h, other);
      },
    );
  }

  contractTest('binding what does not exist is refused and forgotten', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await expect(
      transport.bind({ exchange: h.name('no-such-exchange'), queue: h.name('q'), routingKey: 'k' }),
    ).rejects.toMatchObject({ code: 'NoReceiver' });
    await works(h, transport);
  });

  contractTest('a refused declaration is not made again after a reconnection', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q'), { maxLength: 5 }));
    await conflict(transport.declareQueue(queue(h.name('q'), { maxLength: 6 })), h.name('q'), 'x-max-length');
    await other.deleteQueue(h.name('q'));
    await h.cutOne(transport);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 2);
    expect(await other.inspectQueue(h.name('q'))).toBeUndefined();
  });
}

async function conflict(declaring: Promise<void>, name: string, argument: string): Promise<void> {
  await expect(declaring).rejects.toMatchObject({
    code: 'TopologyConflict',
    message: expect.stringContaining(argument),
    details: { argument },
  });
  await expect(declaring).rejects.toMatchObject({ message: expect.stringContaining(name) });
}

/** After a refusal the same connection declares, publishes and consumes as before. */
async function works(h: TransportHarness, transport: Transport): Promise<void> {
  await transport.declareQueue(queue(h.name('still'), { exclusive: true }));
  const still = await collect(transport, h.name('still'));
  await publishAll(transport, { routingKey: h.name('still') }, ['works']);
  expect(await still.received(1)).toEqual(['works']);
  expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
}
