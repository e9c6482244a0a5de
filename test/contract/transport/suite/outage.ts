import { expect } from '@jest/globals';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { Transport, TransportStatus } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import { collect, exchange, gone, holds, keep, message, publishAll, queue } from './tools.ts';

/** What a lost connection costs, and what comes back by itself. */
export function outageContract(contractTest: ContractTest): void {
  contractTest('the statuses of an outage come in order and name the epochs', async (h) => {
    const transport = await h.open();
    const statuses: TransportStatus[] = [];
    const stop = transport.onStatus((status) => statuses.push(status));
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    await outage(h, transport);
    await restore(h, transport);
    expect(statuses.map((status) => status.type).join(' ')).toMatch(
      /^disconnected( connecting( disconnected)?)* connecting connected$/,
    );
    expect(statuses[0]).toMatchObject({ type: 'disconnected', epoch: 1, cause: expect.anything() });
    expect(statuses.at(-1)).toMatchObject({ type: 'connected', epoch: 2 });
    const attempts = statuses.flatMap((status) => (status.type === 'connecting' ? [status.attempt] : []));
    expect(attempts).toEqual(attempts.map((_, index) => index + 1));
    const seen = statuses.length;
    stop();
    await h.cutOne(transport);
    await reconnected(h, transport, 3);
    expect(statuses).toHaveLength(seen);
  });

  contractTest('topology and consumers come back by themselves', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    await transport.declareQueue(queue(h.name('inbox'), { exclusive: true, perEpoch: true }));
    await transport.declareQueue(queue(h.name('trial'), { autoDelete: true }));
    for (const name of ['inbox', 'trial']) {
      await transport.bind({ exchange: topic, queue: h.name(name), routingKey: `${name}.#` });
    }
    const inbox = await collect(transport, h.name('inbox'), { noAck: true });
    const trial = await collect(transport, h.name('trial'));
    await publishAll(other, { exchange: topic, routingKey: 'inbox.a' }, ['first']);
    await publishAll(other, { exchange: topic, routingKey: 'trial.a' }, ['first']);
    await inbox.received(1);
    await trial.received(1);
    await outage(h, transport, other);
    await restore(h, transport, other);
    await publishAll(other, { exchange: topic, routingKey: 'inbox.b' }, ['second']);
    await publishAll(other, { exchange: topic, routingKey: 'trial.b' }, ['second']);
    expect(await inbox.received(2)).toEqual(['first', 'second']);
    expect(await trial.received(2)).toEqual(['first', 'second']);
    expect(trial.deliveries.map((delivery) => delivery.epoch)).toEqual([1, 2]);
    await inbox.handle.cancel();
    await trial.handle.cancel();
    await gone(other, h.name('trial'));
  });

  contractTest('what was unbound or deleted does not come back', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    for (const name of ['kept', 'deleted']) {
      await transport.declareQueue(queue(h.name(name), { exclusive: true, perEpoch: true }));
      await transport.bind({ exchange: topic, queue: h.name(name), routingKey: 'kept' });
      await transport.bind({ exchange: topic, queue: h.name(name), routingKey: 'unbound' });
    }
    const kept = await collect(transport, h.name('kept'));
    await transport.unbind({ exchange: topic, queue: h.name('kept'), routingKey: 'unbound' });
    await transport.deleteQueue(h.name('deleted'));
    await h.cutOne(transport);
    await reconnected(h, transport, 2);
    expect(await other.inspectQueue(`${h.name('deleted')}~2`)).toBeUndefined();
    await publishAll(other, { exchange: topic, routingKey: 'unbound' }, ['nobody bound']);
    await publishAll(other, { exchange: topic, routingKey: 'kept' }, ['marker']);
    expect(await kept.received(1)).toEqual(['marker']);
  });

  contractTest('a perEpoch queue has its epoch in the broker’s name', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('inbox'), { exclusive: true, perEpoch: true }));
    const inbox = await collect(transport, h.name('inbox'));
    await publishAll(other, { routingKey: `${h.name('inbox')}~1` }, ['to epoch 1']);
    expect(await inbox.received(1)).toEqual(['to epoch 1']);
    await h.cutOne(transport);
    await reconnected(h, transport, 2);
    await publishAll(other, { routingKey: `${h.name('inbox')}~2` }, ['to epoch 2']);
    expect(await inbox.received(2)).toEqual(['to epoch 1', 'to epoch 2']);
    expect(other.status).toMatchObject({ type: 'connected', epoch: 1 });
    expect(
      await other.publishConfirmed({
        ...message({ routingKey: `${h.name('inbox')}~1` }, 'too late'),
        mandatory: true,
      }),
    ).toBe('unroutable');
  });

  contractTest('what is declared, bound and consumed during an outage is made at its end', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    await outage(h, transport);
    await transport.declareExchange(exchange(topic, 'topic'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, perEpoch: true }));
    await transport.bind({ exchange: topic, queue: h.name('q'), routingKey: 'k' });
    const q = await collect(transport, h.name('q'));
    await restore(h, transport);
    await publishAll(transport, { exchange: topic, routingKey: 'k' }, ['made']);
    expect(await q.received(1)).toEqual(['made']);
    expect(transport.stats.consumersRepaired).toBe(0);
  });

  contractTest('publishing during an outage is refused and counted', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, perEpoch: true }));
    await outage(h, transport);
    const before = transport.stats.droppedWhileDisconnected;
    const lost = message({ routingKey: `${h.name('q')}~2` }, 'lost');
    expect(transport.publish(lost)).toBe(false);
    expect(transport.publish({ ...lost, mandatory: true })).toBe(false);
    expect(transport.stats.droppedWhileDisconnected).toBe(before + 2);
    await expect(transport.publishConfirmed(lost)).rejects.toMatchObject({
      code: 'Unavailable',
      details: { published: 'no' },
    });
    await expect(transport.inspectQueue(h.name('q'))).rejects.toMatchObject({ code: 'Unavailable' });
    await restore(h, transport);
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, { routingKey: `${h.name('q')}~2` }, ['kept']);
    expect(await q.received(1)).toEqual(['kept']);
  });

  contractTest('a confirmation that the outage swallows rejects', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, perEpoch: true }));
    const pending = Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        transport.publishConfirmed(message({ routingKey: `${h.name('q')}~1` }, String(index))),
      ),
    );
    await outage(h, transport);
    for (const outcome of await pending) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe('confirmed');
      else {
        expect(outcome.reason).toMatchObject({
          code: 'Unavailable',
          details: { published: expect.stringMatching(/^(no|unknown)$/) },
        });
      }
    }
    await restore(h, transport);
  });

  contractTest('persistent messages in durable queues are there after the outage', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { durable: true }));
    await publishAll(transport, { routingKey: h.name('q') }, ['1', '2', '3'], { persistent: true });
    await outage(h, transport);
    await restore(h, transport);
    const q = await collect(transport, h.name('q'));
    expect(await q.received(3)).toEqual(['1', '2', '3']);
    await holds(transport, h.name('q'), 0);
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('a delivery of an ended epoch cannot be settled and comes again', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { durable: true }));
    await publishAll(transport, { routingKey: h.name('q') }, ['1', '2', '3'], { persistent: true });
    const q = await collect(transport, h.name('q'), {
      settle: (delivery) => delivery.epoch > 1 && delivery.ack(),
    });
    await q.received(3);
    await outage(h, transport);
    q.at(0).ack();
    await restore(h, transport);
    q.at(1).ack();
    q.at(2).reject();
    expect(await q.received(6)).toEqual(['1', '2', '3', '1', '2', '3']);
    expect(q.deliveries.map(({ epoch, redelivered }) => [epoch, redelivered])).toEqual([
      [1, false],
      [1, false],
      [1, false],
      [2, true],
      [2, true],
      [2, true],
    ]);
    expect(transport.stats.staleSettlements).toBe(3);
    await holds(transport, h.name('q'), 0);
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('a consumer cancelled during the outage does not come back', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, perEpoch: true }));
    const leaving = await collect(transport, h.name('q'));
    const staying = await collect(transport, h.name('q'));
    await outage(h, transport);
    await leaving.handle.cancel();
    await restore(h, transport);
    await holds(transport, `${h.name('q')}~2`, 0, 1);
    await publishAll(transport, { routingKey: `${h.name('q')}~2` }, ['1', '2']);
    expect(await staying.received(2)).toEqual(['1', '2']);
    expect(leaving.deliveries).toEqual([]);
  });

  contractTest('a cut of one transport leaves the others alone', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await other.declareQueue(queue(h.name('q')));
    await publishAll(other, { routingKey: h.name('q') }, ['1', '2']);
    const mine = await collect(transport, h.name('q'), { settle: keep });
    await mine.received(2);
    await h.cutOne(transport);
    const theirs = await collect(other, h.name('q'), { settle: keep });
    await eventually(() => mine.deliveries.length + theirs.deliveries.length >= 4, {
      what: 'both messages again, at either transport',
    });
    const again = [...mine.deliveries.slice(2), ...theirs.deliveries];
    expect(again.every((delivery) => delivery.redelivered)).toBe(true);
    expect(other.status).toMatchObject({ type: 'connected', epoch: 1 });
    await other.deleteQueue(h.name('q'));
  });

  contractTest('close() during an outage ends the attempts', async (h) => {
    const [transport, witness] = [await h.open(), await h.open()];
    await outage(h, transport, witness);
    const statuses: string[] = [];
    transport.onStatus((status) => statuses.push(status.type));
    await transport.close();
    await restore(h, witness);
    expect(transport.status).toEqual({ type: 'closed' });
    expect(statuses.at(-1)).toBe('closed');
    expect(statuses.filter((type) => type === 'connected')).toEqual([]);
  });
}

/** The broker goes, and each of `transports` has noticed. */
async function outage(h: TransportHarness, ...transports: Transport[]): Promise<void> {
  await h.outage();
  for (const transport of transports) {
    await h.advance(
      200,
      () => transport.status.type === 'disconnected' || transport.status.type === 'connecting',
    );
  }
}

/** The broker comes back, and each of `transports` with it, in its second epoch. */
async function restore(h: TransportHarness, ...transports: Transport[]): Promise<void> {
  await h.restore();
  for (const transport of transports) await reconnected(h, transport, 2);
}

async function reconnected(h: TransportHarness, transport: Transport, epoch: number): Promise<void> {
  await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === epoch);
}
