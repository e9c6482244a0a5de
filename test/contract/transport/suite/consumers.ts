import { expect } from '@jest/globals';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { Delivery } from '../../../../src/transport/index.ts';
import type { ContractTest } from './runner.ts';
import { collect, exchange, gone, holds, keep, message, numbered, publishAll, queue } from './tools.ts';

/** How several consumers share a queue, and how consumers end and are repaired. */
export function consumerContract(contractTest: ContractTest): void {
  contractTest('consumers with room take turns', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await first.declareQueue(queue(h.name('q'), { autoDelete: true }));
    const a = await collect(first, h.name('q'));
    const b = await collect(second, h.name('q'));
    await publishAll(second, { routingKey: h.name('q') }, numbered(10));
    await eventually(() => a.deliveries.length + b.deliveries.length === 10);
    expect([a.texts(), b.texts()].sort()).toEqual([
      ['1', '3', '5', '7', '9'],
      ['2', '4', '6', '8', '10'],
    ]);
  });

  contractTest('a consumer without room is passed over', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await first.declareQueue(queue(h.name('q'), { autoDelete: true }));
    const slow = await collect(first, h.name('q'), { prefetch: 2, settle: keep });
    const fast = await collect(second, h.name('q'), { prefetch: 1 });
    await publishAll(second, { routingKey: h.name('q') }, numbered(20));
    await fast.received(18);
    await slow.received(2);
    slow.at(0).ack();
    // The ack and what is published come by different connections, so the ack may take effect some messages later.
    await eventually(async () => {
      await publishAll(second, { routingKey: h.name('q') }, ['more']);
      return slow.deliveries.length === 3;
    });
    await holds(second, h.name('q'), 0);
    const before = fast.deliveries.length;
    await publishAll(second, { routingKey: h.name('q') }, numbered(5));
    await fast.received(before + 5);
    expect(slow.deliveries).toHaveLength(3);
  });

  contractTest('prefetch bounds what is unsettled; each ack lets one more come', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(6));
    const q = await collect(transport, h.name('q'), { prefetch: 3, settle: keep });
    expect(await q.received(3)).toEqual(['1', '2', '3']);
    await holds(transport, h.name('q'), 3);
    q.at(1).ack();
    expect(await q.received(4)).toEqual(['1', '2', '3', '4']);
    await holds(transport, h.name('q'), 2);
    expect(q.deliveries).toHaveLength(4);
  });

  contractTest('prefetch counts per consumer, not per transport', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('a'), { exclusive: true }));
    await transport.declareQueue(queue(h.name('b'), { exclusive: true }));
    await publishAll(transport, { routingKey: h.name('a') }, numbered(5));
    await publishAll(transport, { routingKey: h.name('b') }, numbered(5));
    const a = await collect(transport, h.name('a'), { prefetch: 2, settle: keep });
    const b = await collect(transport, h.name('b'), { prefetch: 4, settle: keep });
    await a.received(2);
    await b.received(4);
    await holds(transport, h.name('a'), 3);
    await holds(transport, h.name('b'), 1);
  });

  contractTest('prefetch 0 has no bound', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(150));
    const q = await collect(transport, h.name('q'), { prefetch: 0, settle: keep });
    expect(await q.received(150)).toEqual(numbered(150));
  });

  contractTest('with noAck there is nothing to settle and no prefetch', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q')));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(5));
    const q = await collect(transport, h.name('q'), { noAck: true, prefetch: 1 });
    expect(await q.received(5)).toEqual(numbered(5));
    q.at(0).ack();
    q.at(1).requeue();
    await transport.close();
    await holds(other, h.name('q'), 0, 0);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('delivery never happens inside publish() or consume()', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const events: string[] = [];
    await publishAll(transport, { routingKey: h.name('q') }, ['early']);
    const consuming = transport.consume({
      queue: h.name('q'),
      prefetch: 0,
      onDelivery: () => events.push('delivered'),
    });
    events.push('consume returned');
    await consuming;
    await eventually(() => events.includes('delivered'));
    transport.publish(message({ routingKey: h.name('q') }, 'late'));
    events.push('publish returned');
    await eventually(() => events.length === 4);
    expect(events).toEqual(['consume returned', 'delivered', 'publish returned', 'delivered']);
  });

  contractTest('an exclusive consumer keeps all others out until it leaves', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await first.declareQueue(queue(h.name('q')));
    const only = await collect(first, h.name('q'), { exclusive: true });
    await expect(collect(second, h.name('q'))).rejects.toMatchObject({ code: 'Conflict' });
    await expect(collect(first, h.name('q'))).rejects.toMatchObject({ code: 'Conflict' });
    await publishAll(second, { routingKey: h.name('q') }, ['for the one']);
    expect(await only.received(1)).toEqual(['for the one']);
    await only.handle.cancel();
    await holds(second, h.name('q'), 0, 0);
    const next = await collect(second, h.name('q'));
    await expect(collect(first, h.name('q'), { exclusive: true })).rejects.toMatchObject({
      code: 'Conflict',
    });
    await publishAll(first, { routingKey: h.name('q') }, ['for the next']);
    expect(await next.received(1)).toEqual(['for the next']);
    await second.deleteQueue(h.name('q'));
  });

  contractTest('a refused exclusive consumer does not disturb the others of its transport', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await first.declareQueue(queue(h.name('q')));
    await second.declareQueue(queue(h.name('mine'), { exclusive: true }));
    await collect(first, h.name('q'), { exclusive: true });
    const mine = await collect(second, h.name('mine'), { settle: keep });
    await publishAll(second, { routingKey: h.name('mine') }, ['1']);
    await mine.received(1);
    for (let round = 0; round < 3; round++) {
      const refused = collect(second, h.name('q'), { exclusive: true });
      await expect(refused).rejects.toMatchObject({ code: 'Conflict' });
    }
    mine.at(0).ack();
    await publishAll(second, { routingKey: h.name('mine') }, ['2']);
    expect(await mine.received(2)).toEqual(['1', '2']);
    expect(mine.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, false]);
    expect(second.stats).toMatchObject({ consumersRepaired: 0, staleSettlements: 0 });
    await first.deleteQueue(h.name('q'));
  });

  contractTest('a cancelled exclusive consumer may settle what it has', async (h) => {
    const [first, second] = [await h.open(), await h.open()];
    await first.declareQueue(queue(h.name('q')));
    const only = await collect(first, h.name('q'), { exclusive: true, settle: keep });
    await publishAll(second, { routingKey: h.name('q') }, ['1', '2', '3']);
    await only.received(3);
    await only.handle.cancel();
    await holds(second, h.name('q'), 0, 0);
    const next = await collect(second, h.name('q'), { exclusive: true });
    only.at(0).ack();
    only.at(1).requeue();
    expect(await next.received(1)).toEqual(['2']);
    only.at(2).requeue();
    expect(await next.received(2)).toEqual(['2', '3']);
    expect(first.stats.staleSettlements).toBe(0);
    await second.deleteQueue(h.name('q'));
  });

  contractTest('consuming from a queue that does not exist is refused and forgotten', async (h) => {
    const transport = await h.open();
    await expect(collect(transport, h.name('nowhere'))).rejects.toMatchObject({ code: 'NoReceiver' });
    await transport.declareQueue(queue(h.name('nowhere'), { exclusive: true }));
    expect(await transport.inspectQueue(h.name('nowhere'))).toEqual({ messages: 0, consumers: 0 });
  });

  contractTest('a cancelled consumer gets nothing more and may settle what it has', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const leaving = await collect(transport, h.name('q'), { settle: keep });
    await publishAll(transport, { routingKey: h.name('q') }, ['1', '2', '3']);
    await leaving.received(3);
    await leaving.handle.cancel();
    await leaving.handle.cancel();
    await holds(transport, h.name('q'), 0, 0);
    await publishAll(transport, { routingKey: h.name('q') }, ['4']);
    leaving.at(0).ack();
    leaving.at(1).requeue();
    const next = await collect(transport, h.name('q'));
    const texts = await next.received(2);
    expect(texts).toEqual(['2', '4']);
    expect(leaving.deliveries).toHaveLength(3);
    expect(transport.stats.staleSettlements).toBe(0);
  });

  contractTest('a consumer whose queue another transport deletes is repaired', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    // Its last binding goes with the queue, and the auto-deleted exchange with that: the repair needs all three.
    await transport.declareQueue(queue(h.name('q')));
    await transport.bind({ exchange: topic, queue: h.name('q'), routingKey: 'key' });
    const q = await collect(transport, h.name('q'));
    await other.deleteQueue(h.name('q'));
    await eventually(() => transport.stats.consumersRepaired === 1);
    await holds(other, h.name('q'), 0, 1);
    await publishAll(other, { exchange: topic, routingKey: 'key' }, ['still here']);
    expect(await q.received(1)).toEqual(['still here']);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    await q.handle.cancel();
    await holds(other, h.name('q'), 0, 0);
    await transport.deleteQueue(h.name('q'));
  });

  for (const [kind, singleActiveConsumer] of [
    ['shared', false],
    ['with a single active consumer', true],
  ] as const) {
    contractTest(
      `what a deleted queue’s messages are settled with late settles nothing in the queue that took its name, ${kind}`,
      async (h) => {
        const [transport, other] = [await h.open(), await h.open()];
        await transport.declareQueue(queue(h.name('q'), { durable: true, singleActiveConsumer }));
        const q = await collect(transport, h.name('q'), { settle: keep });
        await publishAll(other, { routingKey: h.name('q') }, ['went with its queue', 'so did this']);
        await q.received(2);
        await other.deleteQueue(h.name('q'));
        await eventually(() => transport.stats.consumersRepaired === 1);
        await publishAll(other, { routingKey: h.name('q') }, ['1', '2']);
        await q.received(4);
        q.at(0).ack();
        q.at(1).reject();
        await transport.close();
        // RabbitMQ alone would have taken them for settlements of what has the same places in the new queue.
        await holds(other, h.name('q'), 2, 0);
        await other.deleteQueue(h.name('q'));
      },
    );
  }

  contractTest('so it is when the consumer had been cancelled and there is a new one', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q')));
    const before = await collect(transport, h.name('q'), { settle: keep });
    await publishAll(other, { routingKey: h.name('q') }, ['went with its queue', 'so did this']);
    await before.received(2);
    await before.handle.cancel();
    await other.deleteQueue(h.name('q'));
    await transport.declareQueue(queue(h.name('q')));
    const after = await collect(transport, h.name('q'), { settle: keep });
    await publishAll(other, { routingKey: h.name('q') }, ['1', '2']);
    await after.received(2);
    for (const index of [0, 1]) before.at(index).ack();
    await transport.close();
    await holds(other, h.name('q'), 2, 0);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('deleteQueue() forgets the transport’s own consumers, bindings and queue', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q')));
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, { routingKey: h.name('q') }, ['before']);
    await q.received(1);
    await transport.deleteQueue(h.name('q'));
    await transport.deleteQueue(h.name('q'));
    await gone(other, h.name('q'));
    await h.cutOne(transport);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 2);
    expect(await other.inspectQueue(h.name('q'))).toBeUndefined();
    expect(transport.stats.consumersRepaired).toBe(0);
    await transport.declareQueue(queue(h.name('q')));
    await h.cutOne(transport);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 3);
    await holds(other, h.name('q'), 0, 0);
    await q.handle.cancel();
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('a delivery callback that throws harms nobody', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q')));
    const seen: Delivery[] = [];
    await transport.consume({
      queue: h.name('q'),
      prefetch: 2,
      onDelivery: (delivery) => {
        seen.push(delivery);
        if (seen.length === 1) throw new Error('a bug in the callback');
        delivery.ack();
      },
    });
    await publishAll(other, { routingKey: h.name('q') }, numbered(5));
    await eventually(() => seen.length === 5);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    // The delivery whose callback threw is still unsettled: it goes back when its connection ends.
    await transport.close();
    const rest = await collect(other, h.name('q'));
    expect(await rest.received(1)).toEqual(['1']);
    expect(rest.at(0).redelivered).toBe(true);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('close() lets published messages leave', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q'), { exclusive: true }));
    for (const body of numbered(50)) transport.publish(message({ routingKey: h.name('q') }, body));
    await transport.close();
    await holds(other, h.name('q'), 50);
  });

  contractTest('close() is final and idempotent', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q'), { autoDelete: true }));
    const statuses: string[] = [];
    transport.onStatus((status) => statuses.push(status.type));
    const mine = await collect(transport, h.name('q'), { prefetch: 1, settle: keep });
    await publishAll(transport, { routingKey: h.name('q') }, numbered(20));
    await mine.received(1);
    await Promise.all([transport.close(), transport.close()]);
    await transport.close();
    expect(statuses).toEqual(['closed']);
    expect(transport.status).toEqual({ type: 'closed' });
    expect(transport.publish(message({ routingKey: h.name('q') }, 'too late'))).toBe(false);
    await expect(
      transport.publishConfirmed(message({ routingKey: h.name('q') }, 'too late')),
    ).rejects.toMatchObject({ code: 'Unavailable', details: { published: 'no' } });
    await expect(transport.connect()).rejects.toThrow();
    mine.at(0).ack();
    await mine.handle.cancel();
    await gone(other, h.name('q'));
    expect(mine.deliveries).toHaveLength(1);
    expect(transport.stats.staleSettlements).toBe(1);
    expect(transport.stats.droppedWhileDisconnected).toBeGreaterThanOrEqual(1);
  });

  contractTest('close() gives back what was unsettled', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(20));
    const mine = await collect(transport, h.name('q'), { prefetch: 3, settle: keep });
    await mine.received(3);
    await transport.close();
    const theirs = await collect(other, h.name('q'));
    expect(await theirs.received(20)).toEqual(numbered(20));
    expect(theirs.deliveries.map((delivery) => delivery.redelivered)).toEqual(
      numbered(20).map((_, index) => index < 3),
    );
    expect(mine.deliveries).toHaveLength(3);
    await other.deleteQueue(h.name('q'));
  });
}
