import { expect } from '@jest/globals';
import type { Transport } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import { type Collected, collect, exchange, gone, holds, publishAll, queue } from './tools.ts';

/** What the broker refuses when a transport comes back, and what a transport forgets by itself. */
export function refusalContract(contractTest: ContractTest): void {
  contractTest('a queue that was made otherwise during an outage does not keep the rest out', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    const { taken, kept } = await makeTwo(h, transport);
    await h.outageOf(transport);
    await other.deleteQueue(h.name('taken'));
    await other.declareQueue(queue(h.name('taken'), { maxLength: 6 }));
    await comesBack(h, transport, 2);
    await survives(h, transport, other, { taken, kept });
    expect(h.errors(transport)).toEqual([expect.stringContaining(`declare the queue "${h.name('taken')}"`)]);
    await h.outageOf(transport);
    await comesBack(h, transport, 3);
    expect(h.errors(transport)).toHaveLength(1);
    await cleanUp(h, transport);
  });

  contractTest('a queue declared otherwise during an outage is refused and forgotten', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('taken'), { maxLength: 6 }));
    await transport.declareQueue(queue(h.name('kept')));
    const kept = await collect(transport, h.name('kept'));
    await h.outageOf(transport);
    await transport.declareQueue(queue(h.name('taken'), { maxLength: 5 }));
    const taken = await collect(transport, h.name('taken'));
    await comesBack(h, transport, 2);
    await survives(h, transport, other, { taken, kept });
    expect(h.errors(transport)).toEqual([expect.stringContaining(`declare the queue "${h.name('taken')}"`)]);
    // Declared as the broker has it, it is recorded again.
    await transport.declareQueue(queue(h.name('taken'), { maxLength: 6 }));
    const again = await collect(transport, h.name('taken'));
    await again.received(1);
    await taken.handle.cancel();
    await cleanUp(h, transport);
  });

  contractTest(
    'an exchange and a binding that are refused at the end of an outage are forgotten',
    async (h) => {
      const [transport, other] = [await h.open(), await h.open()];
      await other.declareExchange(exchange(h.name('x'), 'topic', { autoDelete: false }));
      await transport.declareQueue(queue(h.name('kept')));
      const kept = await collect(transport, h.name('kept'));
      await h.outageOf(transport);
      await transport.declareExchange(exchange(h.name('x'), 'topic'));
      await transport.bind({ exchange: h.name('x'), queue: h.name('kept'), routingKey: 'k' });
      await transport.bind({ exchange: h.name('nowhere'), queue: h.name('kept'), routingKey: 'k' });
      await comesBack(h, transport, 2);
      expect(h.errors(transport)).toEqual([
        expect.stringContaining(`declare the exchange "${h.name('x')}"`),
        expect.stringContaining(`to the exchange "${h.name('nowhere')}"`),
      ]);
      await publishAll(other, { exchange: h.name('x'), routingKey: 'k' }, ['bound']);
      expect(await kept.received(1)).toEqual(['bound']);
      await transport.deleteQueue(h.name('kept'));
    },
  );

  contractTest('a consumer refused at the end of an outage is tried again', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('taken')));
    await transport.declareQueue(queue(h.name('kept')));
    const taken = await collect(transport, h.name('taken'), { exclusive: true });
    const kept = await collect(transport, h.name('kept'));
    await h.outageOf(transport);
    await holds(other, h.name('taken'), 0, 0);
    const theirs = await collect(other, h.name('taken'), { exclusive: true });
    await comesBack(h, transport, 2);
    await publishAll(other, { routingKey: h.name('kept') }, ['works']);
    expect(await kept.received(1)).toEqual(['works']);
    await theirs.handle.cancel();
    await publishAll(other, { routingKey: h.name('taken') }, ['mine again']);
    await h.advance(5_000, () => taken.deliveries.length === 1);
    expect(theirs.deliveries).toEqual([]);
    await cleanUp(h, transport);
  });

  contractTest('an exclusive queue that another connection has for a while comes back', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareExchange(exchange(h.name('x'), 'topic', { autoDelete: false }));
    await transport.declareQueue(queue(h.name('own'), { exclusive: true }));
    await transport.bind({ exchange: h.name('x'), queue: h.name('own'), routingKey: 'k' });
    const own = await collect(transport, h.name('own'));
    await h.outageOf(transport);
    await gone(other, h.name('own'));
    await other.declareQueue(queue(h.name('own'), { exclusive: true }));
    await comesBack(h, transport, 2);
    expect(h.errors(transport)).toEqual([]);
    await other.deleteQueue(h.name('own'));
    await h.advance(
      5_000,
      async () => (await other.inspectQueue(h.name('own')).catch(() => 'taken')) === 'taken',
    );
    await h.advance(5_000, async () => {
      await publishAll(other, { exchange: h.name('x'), routingKey: 'k' }, ['mine again']);
      return own.deliveries.length > 0;
    });
  });

  for (const when of ['while connected', 'during an outage'] as const) {
    contractTest(`forget() ${when}: no reconnection brings the queue back`, async (h) => {
      const [transport, other] = [await h.open(), await h.open()];
      const { taken, kept } = await makeTwo(h, transport);
      if (when === 'during an outage') await h.outageOf(transport);
      transport.forget(h.name('taken'));
      transport.forget(h.name('unknown'));
      // It deletes nothing, and the consumer is gone.
      await holds(other, h.name('taken'), 0, 0);
      await taken.handle.cancel();
      if (when === 'while connected') await h.outageOf(transport);
      await other.deleteQueue(h.name('taken'));
      await comesBack(h, transport, 2);
      await publishAll(other, { routingKey: h.name('kept') }, ['works']);
      await kept.received(1);
      expect(await other.inspectQueue(h.name('taken'))).toBeUndefined();
      expect(h.errors(transport)).toEqual([]);
      // Later it is a queue as any other.
      await transport.declareQueue(queue(h.name('taken'), { maxLength: 7 }));
      const again = await collect(transport, h.name('taken'));
      await h.outageOf(transport);
      await other.deleteQueue(h.name('taken'));
      await comesBack(h, transport, 3);
      await publishAll(other, { exchange: h.name('topic'), routingKey: 'k' }, ['not bound any more']);
      await publishAll(other, { routingKey: h.name('taken') }, ['new']);
      expect(await again.received(1)).toEqual(['new']);
      expect(taken.deliveries).toEqual([]);
      await cleanUp(h, transport);
    });
  }
}

interface Two {
  readonly taken: Collected;
  readonly kept: Collected;
}

/** The queues `taken`, which is bound, and `kept`, each with a consumer. */
async function makeTwo(h: TransportHarness, transport: Transport): Promise<Two> {
  await transport.declareExchange(exchange(h.name('topic'), 'topic', { autoDelete: false }));
  await transport.declareQueue(queue(h.name('taken'), { maxLength: 5 }));
  await transport.bind({ exchange: h.name('topic'), queue: h.name('taken'), routingKey: 'k' });
  await transport.declareQueue(queue(h.name('kept')));
  return { taken: await collect(transport, h.name('taken')), kept: await collect(transport, h.name('kept')) };
}

/** `transport` consumes from `kept` as before, and from `taken` no more. */
async function survives(h: TransportHarness, transport: Transport, other: Transport, of: Two): Promise<void> {
  await publishAll(other, { routingKey: h.name('taken') }, ['for nobody']);
  await publishAll(other, { routingKey: h.name('kept') }, ['works']);
  expect(await of.kept.received(1)).toEqual(['works']);
  await holds(other, h.name('taken'), 1, 0);
  expect(of.taken.deliveries).toEqual([]);
  expect(transport.stats.consumersRepaired).toBe(0);
}

async function comesBack(h: TransportHarness, transport: Transport, epoch: number): Promise<void> {
  await h.restore();
  await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === epoch);
}

async function cleanUp(h: TransportHarness, transport: Transport): Promise<void> {
  for (const name of ['taken', 'kept']) {
    await transport.deleteQueue(h.name(name));
    await gone(transport, h.name(name));
  }
}
