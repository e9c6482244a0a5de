import { expect } from '@jest/globals';
import type { ContractTest } from './runner.ts';
import { collect, holds, keep, numbered, publishAll, queue } from './tools.ts';

/** Acknowledging, requeueing and rejecting. */
export function settlementContract(contractTest: ContractTest): void {
  contractTest('an acked message never comes again', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    await publishAll(other, { routingKey: h.name('q') }, numbered(4));
    const first = await collect(transport, h.name('q'), { settle: keep });
    await first.received(4);
    first.at(0).ack();
    first.at(2).ack();
    await transport.close();
    const second = await collect(other, h.name('q'));
    expect(await second.received(2)).toEqual(['2', '4']);
    await holds(other, h.name('q'), 0);
    expect(second.deliveries).toHaveLength(2);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('requeue() sends the message again, marked redelivered', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const q = await collect(transport, h.name('q'), {
      settle: (delivery) => (delivery.redelivered ? delivery.ack() : delivery.requeue()),
    });
    await publishAll(transport, { routingKey: h.name('q') }, ['again']);
    expect(await q.received(2)).toEqual(['again', 'again']);
    expect(q.deliveries.map((delivery) => delivery.redelivered)).toEqual([false, true]);
    await holds(transport, h.name('q'), 0);
  });

  contractTest('a requeued message keeps its place before what is behind it', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(5));
    const q = await collect(transport, h.name('q'), { prefetch: 2, settle: keep });
    await q.received(2);
    q.at(1).requeue();
    await q.received(3);
    q.at(0).ack();
    expect(await q.received(4)).toEqual(['1', '2', '2', '3']);
  });

  contractTest('what a lost connection held comes back in its original order', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    await publishAll(other, { routingKey: h.name('q') }, numbered(6));
    const first = await collect(transport, h.name('q'), { prefetch: 4, settle: keep });
    await first.received(4);
    first.at(1).ack();
    await first.received(5);
    await transport.close();
    const second = await collect(other, h.name('q'), { settle: keep });
    expect(await second.received(5)).toEqual(['1', '3', '4', '5', '6']);
    expect(second.deliveries.map((delivery) => delivery.redelivered)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    await other.deleteQueue(h.name('q'));
  });

  contractTest(
    'what a cancelled consumer gives back comes to another in its place, redelivered',
    async (h) => {
      const [transport, other] = [await h.open(), await h.open()];
      await other.declareQueue(queue(h.name('q')));
      await publishAll(other, { routingKey: h.name('q') }, numbered(8));
      const leaving = await collect(transport, h.name('q'), { prefetch: 6, settle: keep });
      await leaving.received(6);
      await Promise.all([leaving.handle.cancel(), leaving.handle.cancel()]);
      await holds(other, h.name('q'), 2, 0);
      for (const index of [4, 1, 2]) leaving.at(index).requeue();
      leaving.at(0).ack();
      leaving.at(3).reject();
      await holds(other, h.name('q'), 5);
      const next = await collect(other, h.name('q'), { settle: keep });
      expect(await next.received(5)).toEqual(['2', '3', '5', '7', '8']);
      expect(next.deliveries.map(({ redelivered }) => redelivered)).toEqual([true, true, true, false, false]);
      // Given back with others at work it keeps its place too, before what they have not got yet.
      leaving.at(5).requeue();
      expect((await next.received(6)).at(-1)).toBe('6');
      expect(next.at(5).redelivered).toBe(true);
      expect(transport.stats.staleSettlements).toBe(0);
      expect(leaving.deliveries).toHaveLength(6);
      await other.deleteQueue(h.name('q'));
    },
  );

  contractTest('what a cancelled consumer still holds comes back when its connection goes', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    await publishAll(other, { routingKey: h.name('q') }, numbered(4));
    const leaving = await collect(transport, h.name('q'), { prefetch: 3, settle: keep });
    await leaving.received(3);
    await leaving.handle.cancel();
    leaving.at(1).ack();
    // So that the ack has reached the broker.
    await transport.inspectQueue(h.name('q'));
    await h.cutOne(transport);
    await holds(other, h.name('q'), 3, 0);
    const next = await collect(other, h.name('q'));
    expect(await next.received(3)).toEqual(['1', '3', '4']);
    expect(next.deliveries.map(({ redelivered }) => redelivered)).toEqual([true, true, false]);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 2);
    leaving.at(0).ack();
    expect(transport.stats.staleSettlements).toBe(1);
    expect(leaving.deliveries).toHaveLength(3);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('reject() without a dead-letter exchange drops the message', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    const q = await collect(transport, h.name('q'), { settle: (delivery) => delivery.reject() });
    await publishAll(other, { routingKey: h.name('q') }, ['unwanted']);
    await q.received(1);
    await transport.close();
    await holds(other, h.name('q'), 0, 0);
    expect(q.deliveries).toHaveLength(1);
    await other.deleteQueue(h.name('q'));
  });

  contractTest('only the first settlement of a delivery counts', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const q = await collect(transport, h.name('q'), {
      settle: (delivery) => {
        delivery.ack();
        delivery.ack();
        delivery.requeue();
        delivery.reject();
      },
    });
    await publishAll(transport, { routingKey: h.name('q') }, ['1', '2']);
    expect(await q.received(2)).toEqual(['1', '2']);
    expect(transport.stats.staleSettlements).toBe(6);
    await publishAll(transport, { routingKey: h.name('q') }, ['3']);
    expect(await q.received(3)).toEqual(['1', '2', '3']);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
  });
}
