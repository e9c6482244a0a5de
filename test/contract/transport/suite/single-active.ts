import { expect } from '@jest/globals';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { QueueSpec, Transport } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import { collect, gone, holds, keep, numbered, publishAll, queue, text } from './tools.ts';

/** Queues with a single active consumer: who gets the messages, and in which order, when that one leaves. */
export function singleActiveContract(contractTest: ContractTest): void {
  contractTest('one consumer gets everything, and the others in their order after it', async (h) => {
    const [first, second, third] = [await h.open(), await h.open(), await h.open()];
    await declare(first, h);
    const a = await collect(first, h.name('q'));
    const b = await collect(second, h.name('q'));
    const c = await collect(third, h.name('q'));
    await publish(first, h, ['1', '2', '3', '4']);
    await a.received(4);
    await a.handle.cancel();
    await publish(first, h, ['5', '6', '7']);
    expect(await b.received(3)).toEqual(['5', '6', '7']);
    await b.handle.cancel();
    await publish(first, h, ['8', '9']);
    expect(await c.received(2)).toEqual(['8', '9']);
    expect([a.deliveries.length, b.deliveries.length]).toEqual([4, 3]);
    await holds(first, h.name('q'), 0, 1);
    await first.deleteQueue(h.name('q'));
  });

  contractTest('consumers of one transport take turns too, and a waiting one may leave', async (h) => {
    const transport = await h.open();
    await declare(transport, h);
    const [a, b, c] = [
      await collect(transport, h.name('q')),
      await collect(transport, h.name('q')),
      await collect(transport, h.name('q')),
    ];
    await b.handle.cancel();
    await publish(transport, h, ['1', '2']);
    await a.received(2);
    await a.handle.cancel();
    await publish(transport, h, ['3', '4']);
    expect(await c.received(2)).toEqual(['3', '4']);
    expect([a.deliveries.length, b.deliveries.length]).toEqual([2, 0]);
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('an active consumer without room keeps the others waiting', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await declare(first, h);
    const a = await collect(first, h.name('q'), { prefetch: 2, settle: keep });
    const b = await collect(second, h.name('q'));
    await publish(first, h, numbered(6));
    await a.received(2);
    await holds(second, h.name('q'), 4, 2);
    a.at(0).ack();
    expect(await a.received(3)).toEqual(['1', '2', '3']);
    await holds(second, h.name('q'), 3, 2);
    a.at(1).requeue();
    expect(await a.received(4)).toEqual(['1', '2', '3', '2']);
    expect(a.at(3).redelivered).toBe(true);
    expect(b.deliveries).toHaveLength(0);
    await first.deleteQueue(h.name('q'));
  });

  contractTest(
    'after a lost connection the next one gets all in order, what was unsettled first',
    async (h) => {
      const [first, second, publisher] = [await h.open(), await h.open(), await h.open()];
      await declare(publisher, h);
      const a = await collect(first, h.name('q'), { prefetch: 5, settle: keep });
      const b = await collect(second, h.name('q'));
      await publish(publisher, h, numbered(10));
      await a.received(5);
      a.at(1).ack();
      await a.received(6);
      await h.cutOne(first);
      expect(await b.received(9)).toEqual(['1', '3', '4', '5', '6', '7', '8', '9', '10']);
      expect(b.deliveries.map(({ redelivered }) => redelivered)).toEqual(
        numbered(9).map((_, index) => index < 5),
      );
      // It comes back behind the one that took over, and has its turn again after that.
      await h.advance(1_000, () => first.status.type === 'connected' && first.status.epoch === 2);
      await holds(publisher, h.name('q'), 0, 2);
      await publish(publisher, h, ['11']);
      await b.received(10);
      await h.cutOne(second);
      await publish(publisher, h, ['12']);
      await eventually(() => a.texts().at(-1) === '12');
      // The ack of 11 may have gone with the connection.
      for (const late of a.deliveries.slice(6, -1))
        expect([text(late), late.redelivered]).toEqual(['11', true]);
      expect(a.deliveries.at(-1)?.epoch).toBe(2);
      await publisher.deleteQueue(h.name('q'));
    },
  );

  contractTest('after a cancel the next one waits until all is settled, and gets all in order', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await declare(first, h);
    const a = await collect(first, h.name('q'), { prefetch: 5, settle: keep });
    const b = await collect(second, h.name('q'));
    await publish(first, h, numbered(10));
    await a.received(5);
    await a.handle.cancel();
    a.at(0).ack();
    a.at(3).requeue();
    a.at(1).requeue();
    a.at(4).reject();
    expect((await second.inspectQueue(h.name('q')))?.consumers).toBe(2);
    expect(b.deliveries).toHaveLength(0);
    a.at(2).requeue();
    expect(await b.received(8)).toEqual(['2', '3', '4', '6', '7', '8', '9', '10']);
    // RabbitMQ may have sent more on the way of the acks, which nobody saw.
    expect(b.deliveries.slice(0, 3).every(({ redelivered }) => redelivered)).toBe(true);
    await holds(second, h.name('q'), 0, 1);
    expect(a.deliveries).toHaveLength(5);
    expect(first.stats.staleSettlements).toBe(0);
    expect(first.status).toMatchObject({ type: 'connected', epoch: 1 });
    await first.deleteQueue(h.name('q'));
  });

  contractTest(
    'a cancelled consumer that loses its connection makes room with what it still holds',
    async (h) => {
      const [first, second] = [await h.open(), await h.open()];
      await declare(second, h);
      await first.declareQueue(single(h));
      const a = await collect(first, h.name('q'), { prefetch: 2, settle: keep });
      const b = await collect(second, h.name('q'));
      await publish(second, h, numbered(3));
      await a.received(2);
      await a.handle.cancel();
      a.at(0).requeue();
      await h.cutOne(first);
      expect(await b.received(3)).toEqual(['1', '2', '3']);
      await h.advance(1_000, () => first.status.type === 'connected' && first.status.epoch === 2);
      a.at(1).ack();
      expect(first.stats.staleSettlements).toBe(1);
      await holds(second, h.name('q'), 0, 1);
      await second.deleteQueue(h.name('q'));
    },
  );

  contractTest('close() hands the queue over in order', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await declare(second, h);
    await first.declareQueue(single(h));
    const a = await collect(first, h.name('q'), { prefetch: 5, settle: keep });
    const b = await collect(second, h.name('q'));
    await publish(second, h, numbered(50));
    await a.received(5);
    a.at(0).ack();
    await first.close();
    // The ack may have let one more come.
    await eventually(() => b.texts().at(-1) === '50');
    expect(b.texts()).toEqual(numbered(50).slice(1));
    await second.deleteQueue(h.name('q'));
  });

  contractTest('busy consumers that come and go in every way keep the order', async (h) => {
    const publisher = await h.open();
    await declare(publisher, h);
    const seen: number[] = [];
    const count = 300;
    const take = async (transport: Transport) => {
      await transport.declareQueue(single(h));
      const open = new Set<{ requeue(): void }>();
      let isLeaving = false;
      const consumer = await collect(transport, h.name('q'), {
        prefetch: 8,
        settle: (delivery) => {
          open.add(delivery);
          void Promise.resolve().then(() => {
            if (isLeaving || !open.delete(delivery)) return;
            seen.push(Number(text(delivery)));
            delivery.ack();
          });
        },
      });
      return async () => {
        isLeaving = true;
        await consumer.handle.cancel();
        for (const delivery of open) delivery.requeue();
      };
    };
    const leave: (() => Promise<void>)[] = [];
    for (let index = 0; index < 3; index++) leave.push(await take(await h.open()));
    const publishing = publish(publisher, h, numbered(count));
    for (let round = 1; round <= 8; round++) {
      await eventually(() => seen.length >= round * 30);
      await leave.shift()?.();
      leave.push(await take(await h.open()));
    }
    await publishing;
    await eventually(() => seen.length >= count);
    // An ack that was lost with nothing: every message once, and in order.
    expect(seen).toEqual(numbered(count).map(Number));
    await publisher.deleteQueue(h.name('q'));
  });

  contractTest('with noAck the next one takes over as well', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await declare(first, h);
    const a = await collect(first, h.name('q'), { noAck: true });
    const b = await collect(second, h.name('q'), { noAck: true });
    await publish(first, h, ['1', '2']);
    await a.received(2);
    await a.handle.cancel();
    await publish(first, h, ['3', '4']);
    expect(await b.received(2)).toEqual(['3', '4']);
    await first.deleteQueue(h.name('q'));
  });

  contractTest('nobody consumes exclusively from a queue with a single active consumer', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await declare(transport, h);
    for (const one of [transport, other]) {
      await expect(collect(one, h.name('q'), { exclusive: true })).rejects.toMatchObject({
        code: 'Conflict',
      });
    }
    const q = await collect(transport, h.name('q'));
    await publish(transport, h, ['1']);
    expect(await q.received(1)).toEqual(['1']);
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('a single active consumer whose queue another transport deletes is repaired', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await declare(transport, h);
    const q = await collect(transport, h.name('q'), { settle: keep });
    await publish(other, h, ['lost']);
    await q.received(1);
    await other.deleteQueue(h.name('q'));
    await eventually(() => transport.stats.consumersRepaired === 1);
    q.at(0).ack();
    await publish(other, h, ['1', '2']);
    expect(await q.received(3)).toEqual(['lost', '1', '2']);
    q.at(1).requeue();
    await q.received(4);
    await q.handle.cancel();
    for (const index of [2, 3]) q.at(index).ack();
    await holds(other, h.name('q'), 0, 0);
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('an auto-deleted queue ends when its single active consumer has settled all', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await declare(transport, h, { autoDelete: true });
    const q = await collect(transport, h.name('q'), { settle: keep });
    await publish(other, h, ['1', '2']);
    await q.received(2);
    await q.handle.cancel();
    q.at(0).ack();
    await holds(other, h.name('q'), 0, 1);
    q.at(1).requeue();
    await gone(other, h.name('q'));
  });

  contractTest('a missing queue with a single active consumer is refused and forgotten', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await declare(transport, h);
    await other.deleteQueue(h.name('q'));
    await expect(collect(transport, h.name('q'))).rejects.toMatchObject({ code: 'NoReceiver' });
    await declare(transport, h);
    await holds(other, h.name('q'), 0, 0);
    await h.cutOne(transport);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 2);
    await holds(other, h.name('q'), 0, 0);
    await transport.deleteQueue(h.name('q'));
  });
}

function single(h: TransportHarness, overrides: Partial<QueueSpec> = {}): QueueSpec {
  return queue(h.name('q'), { singleActiveConsumer: true, ...overrides });
}

/** Declares the queue `q`. */
function declare(
  transport: Transport,
  h: TransportHarness,
  overrides: Partial<QueueSpec> = {},
): Promise<void> {
  return transport.declareQueue(single(h, overrides));
}

/** To the queue `q`, one after the other. */
function publish(transport: Transport, h: TransportHarness, texts: readonly string[]): Promise<void> {
  return publishAll(transport, { routingKey: h.name('q') }, texts);
}
