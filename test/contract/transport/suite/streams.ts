import { expect } from '@jest/globals';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { ConsumeSpec, Delivery, QueueSpec, Transport } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import {
  type Collected,
  type CollectOptions,
  collect,
  exchange,
  holds,
  keep,
  message,
  numbered,
  publishAll,
  queue,
  text,
} from './tools.ts';

const megabyte = 1_000_000;

const contradictions: readonly (readonly [string, Partial<QueueSpec>])[] = [
  ['not durable', { durable: false }],
  ['exclusive', { exclusive: true }],
  ['autoDelete', { autoDelete: true }],
  ['perEpoch', { perEpoch: true }],
  ['expiresMs', { expiresMs: 1_000 }],
  ['messageTtlMs', { messageTtlMs: 1_000 }],
  ['maxLength', { maxLength: 10 }],
  ['singleActiveConsumer', { singleActiveConsumer: true }],
  ['deadLetterExchange', { deadLetterExchange: 'x' }],
  ['deadLetterRoutingKey', { deadLetterRoutingKey: 'x' }],
  ['maxAgeMs 0', { maxAgeMs: 0 }],
  ['a maxAgeMs that is no number', { maxAgeMs: Number.NaN }],
  ['tiny segments', { segmentBytes: 10_000 }],
  ['maxLengthBytes under two segments', { segmentBytes: megabyte, maxLengthBytes: 1.9 * megabyte }],
  ['a small maxLengthBytes with segments of the default size', { maxLengthBytes: 10 * megabyte }],
  ['stream arguments of another queue', { queueType: 'classic', maxAgeMs: 1_000 }],
];

const unreadable: readonly (readonly [string, Partial<ConsumeSpec>])[] = [
  ['noAck', { noAck: true }],
  ['exclusive', { exclusive: true }],
  ['prefetch 0', { prefetch: 0 }],
  ['prefetch 65536', { prefetch: 65_536 }],
  ['a negative offset', { from: { offset: -1 } }],
  ['half an offset', { from: { offset: 1.5 } }],
  ['no moment', { from: { at: Number.NaN } }],
];

const bounds = {
  queueType: 'stream',
  maxLengthBytes: 10 * megabyte,
  segmentBytes: megabyte,
  maxAgeMs: 3_600_000,
} as const;

const streamConflicts: readonly (readonly [string, Partial<QueueSpec>])[] = [
  ['x-max-age', { ...bounds, maxAgeMs: 3_601_000 }],
  ['x-max-length-bytes', { ...bounds, maxLengthBytes: 11 * megabyte }],
  ['x-stream-max-segment-size-bytes', { ...bounds, segmentBytes: 2 * megabyte }],
];

/** Streams: logs that any number of consumers read, each from where it wants. */
export function streamContract(contractTest: ContractTest): void {
  contractTest('every reader of a stream gets everything, from where it wants', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await stream(transport, h);
    await fill(other, h, 10);
    const first = await read(transport, h, { from: 'first' });
    const again = await read(other, h, { from: 'first' });
    expect(await first.received(10)).toEqual(numbered(10));
    expect(await again.received(10)).toEqual(numbered(10));
    expect(offsets(first)).toEqual(offsets(first).toSorted((a, b) => a - b));
    expect(first.at(0)).toMatchObject({
      offset: 0,
      redelivered: false,
      routingKey: h.name('s'),
      exchange: '',
    });
    const sixth = await read(other, h, { from: { offset: offsets(first)[5] ?? -1 } });
    expect(await sixth.received(5)).toEqual(['6', '7', '8', '9', '10']);
    await publishAll(transport, { routingKey: h.name('s') }, ['11']);
    for (const reader of [first, again, sixth]) {
      await eventually(() => reader.texts().at(-1) === '11');
    }
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a reader from last begins with the last messages, one from next after them', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 10);
    const last = await read(transport, h, { from: 'last' });
    const next = await read(transport, h, { from: 'next' });
    await eventually(() => last.texts().at(-1) === '10');
    await publishAll(transport, { routingKey: h.name('s') }, ['11', '12']);
    expect(await next.received(2)).toEqual(['11', '12']);
    await eventually(() => last.texts().at(-1) === '12');
    expect(numbered(12).join()).toContain(last.texts().join());
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a stream that we have declared is read from next by default', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 3);
    const reader = await read(transport, h, {});
    await publishAll(transport, { routingKey: h.name('s') }, ['4']);
    expect(await reader.received(1)).toEqual(['4']);
    expect(reader.at(0).offset).toBeGreaterThanOrEqual(3);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('an offset that is yet to come is waited for', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 2);
    const reader = await read(transport, h, { from: { offset: 4 } });
    await publishAll(transport, { routingKey: h.name('s') }, ['3', '4', '5', '6']);
    expect(await reader.received(2)).toEqual(['5', '6']);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a reader from a moment gets everything since, and from a later one what comes', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 3);
    const since = await read(transport, h, { from: { at: 0 } });
    expect(await since.received(3)).toEqual(numbered(3));
    const later = await read(transport, h, { from: { at: 4_000_000_000_000 } });
    await publishAll(transport, { routingKey: h.name('s') }, ['4']);
    expect(await later.received(1)).toEqual(['4']);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a message in a stream keeps its properties and does not expire', async (h) => {
    const transport = await h.open();
    await transport.declareExchange(exchange(h.name('x'), 'topic'));
    await stream(transport, h);
    await transport.bind({ exchange: h.name('x'), queue: h.name('s'), routingKey: 'a.#' });
    const headers = { shade: 'blue', 'x-stream-offset': 77 };
    const properties = { messageId: 'm-1', expirationMs: 1, persistent: true };
    const to = { exchange: h.name('x'), routingKey: 'a.b' };
    expect(
      await transport.publishConfirmed({
        ...message(to, 'one', { ...properties, headers }),
        mandatory: true,
      }),
    ).toBe('confirmed');
    await publishAll(transport, to, ['two'], properties);
    const reader = await read(transport, h, { from: 'first' });
    expect(await reader.received(2)).toEqual(['one', 'two']);
    expect(reader.at(0)).toMatchObject({ exchange: h.name('x'), routingKey: 'a.b', offset: 0 });
    expect(reader.at(0).properties).toMatchObject({ ...properties, headers: { shade: 'blue' } });
    expect(reader.at(1).properties.headers).toBeUndefined();
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('prefetch bounds what a reader has unsettled, however much there is', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await burst(transport, h, 2_000);
    const open: Delivery[] = [];
    let most = 0;
    const reader = await read(transport, h, {
      from: 'first',
      prefetch: 7,
      settle: (delivery) => {
        open.push(delivery);
        most = Math.max(most, open.length);
      },
    });
    await reader.received(7);
    while (reader.deliveries.length < 2_000) {
      const before = reader.deliveries.length;
      open.shift()?.ack();
      await reader.received(before + 1);
    }
    expect(most).toBe(7);
    expect(reader.texts()).toEqual(numbered(2_000));
    await transport.deleteQueue(h.name('s'));
  });

  contractTest(
    'a requeued delivery of a stream comes to its reader again, a rejected one does not',
    async (h) => {
      const transport = await h.open();
      await stream(transport, h);
      await fill(transport, h, 4);
      const reader = await read(transport, h, {
        from: 'first',
        prefetch: 2,
        settle: (delivery) => {
          if (text(delivery) === '2' && !delivery.redelivered) delivery.requeue();
          else if (text(delivery) === '3') delivery.reject();
          else delivery.ack();
        },
      });
      await reader.received(5);
      expect(reader.texts().toSorted()).toEqual(['1', '2', '2', '3', '4']);
      const again = reader.deliveries.filter(({ redelivered }) => redelivered);
      expect(again.map(text)).toEqual(['2']);
      reader.at(0).requeue();
      expect(transport.stats.staleSettlements).toBe(1);
      await publishAll(transport, { routingKey: h.name('s') }, ['5']);
      expect((await reader.received(6)).at(-1)).toBe('5');
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
      await transport.deleteQueue(h.name('s'));
    },
  );

  contractTest('requeued deliveries of a stream come again in their order', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 3);
    const reader = await read(transport, h, { from: 'first', settle: keep });
    await reader.received(3);
    for (const index of [2, 0, 1]) reader.at(index).requeue();
    expect(await reader.received(6)).toEqual(['1', '2', '3', '1', '2', '3']);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a cancelled reader gets nothing more, and may settle what it has', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await burst(transport, h, 100);
    const leaving = await read(transport, h, { from: 'first', prefetch: 3, settle: keep });
    const staying = await read(transport, h, { from: 'first' });
    await leaving.received(3);
    await leaving.handle.cancel();
    leaving.at(0).ack();
    leaving.at(1).requeue();
    leaving.at(2).reject();
    expect(await staying.received(100)).toEqual(numbered(100));
    expect(leaving.deliveries).toHaveLength(3);
    expect(transport.stats.staleSettlements).toBe(0);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('a callback that throws leaves a stream’s delivery unsettled and harms nobody', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 3);
    const seen: string[] = [];
    await transport.consume({
      queue: h.name('s'),
      from: 'first',
      prefetch: 2,
      onDelivery: (delivery) => {
        seen.push(`${text(delivery)}${delivery.redelivered ? ' again' : ''}`);
        if (seen.length === 1) throw new Error('a bug in the callback');
        delivery.ack();
      },
    });
    await eventually(() => seen.length === 3);
    await h.cutOne(transport);
    await reconnected(h, transport, 2);
    await eventually(() => seen.length === 4);
    expect(seen).toEqual(['1', '2', '3', '1 again']);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('after a lost connection a reader goes on with what it had not settled', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await stream(transport, h);
    await fill(other, h, 6);
    const reader = await read(transport, h, {
      from: 'first',
      settle: (delivery) => {
        if (delivery.epoch > 1 || ['1', '2', '4'].includes(text(delivery))) delivery.ack();
      },
    });
    await reader.received(6);
    await h.cutOne(transport);
    await reconnected(h, transport, 2);
    await publishAll(other, { routingKey: h.name('s') }, ['7']);
    expect((await reader.received(10)).slice(6)).toEqual(['3', '5', '6', '7']);
    expect(reader.deliveries.slice(6).map(({ redelivered }) => redelivered)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    // Too late: it has come again since.
    reader.at(2).ack();
    expect(transport.stats.staleSettlements).toBe(1);
    await h.cutOne(transport);
    await reconnected(h, transport, 3);
    await publishAll(other, { routingKey: h.name('s') }, ['8']);
    expect((await reader.received(11)).slice(10)).toEqual(['8']);
    await other.deleteQueue(h.name('s'));
  });

  contractTest('cuts and late, early and missing acks lose nothing, and mark what comes twice', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await stream(transport, h);
    const settled = new Set<number>();
    const given = new Set<number>();
    const mistakes: string[] = [];
    const open: Delivery[] = [];
    let dice = 17;
    const settle = (delivery: Delivery): void => {
      const { staleSettlements } = transport.stats;
      delivery.ack();
      // One that comes too late does nothing.
      if (transport.stats.staleSettlements === staleSettlements) settled.add(delivery.offset ?? -1);
    };
    const reader = await read(transport, h, {
      from: 'first',
      prefetch: 20,
      settle: (delivery) => {
        const offset = delivery.offset ?? -1;
        if (settled.has(offset)) mistakes.push(`${offset} came after it was settled`);
        if (given.has(offset) !== delivery.redelivered) mistakes.push(`${offset} is marked wrongly`);
        given.add(offset);
        open.push(delivery);
        dice = (dice * 48_271) % 2_147_483_647;
        // Now and then some are settled, not always the oldest.
        if (dice % 3 > 0) for (const one of open.splice(dice % 2, 5)) settle(one);
      },
    });
    for (let round = 2; round < 7; round++) {
      await burst(other, h, 200);
      await eventually(() => {
        // Chance may have left all of them open.
        if (open.length >= 20) for (const one of open.splice(0, 1)) settle(one);
        return settled.size > (round - 2) * 150;
      });
      await h.cutOne(transport);
      await reconnected(h, transport, round);
    }
    await eventually(() => {
      for (const one of open.splice(0)) settle(one);
      return settled.size === 1_000;
    });
    expect(mistakes).toEqual([]);
    expect(reader.deliveries.length).toBeGreaterThan(1_000);
    await other.deleteQueue(h.name('s'));
  });

  for (const from of ['next', 'last'] as const) {
    contractTest(
      `a reader from ${from} that has got nothing yet misses nothing over an outage`,
      async (h) => {
        const [transport, other] = [await h.open(), await h.open()];
        await stream(transport, h);
        const reader = await read(transport, h, { from });
        await h.cutOne(transport);
        await fill(other, h, 300);
        await reconnected(h, transport, 2);
        expect(await reader.received(300)).toEqual(numbered(300));
        await other.deleteQueue(h.name('s'));
      },
    );
  }

  contractTest(
    'a stream keeps all its messages over an outage, and is read on by those who come back',
    async (h) => {
      const transport = await h.open();
      await stream(transport, h);
      await fill(transport, h, 3);
      const reader = await read(transport, h, { from: { offset: 1 } });
      await reader.received(2);
      await h.outage();
      await h.advance(200, () => transport.status.type !== 'connected');
      const late = await read(transport, h, { from: 'first' });
      await h.restore();
      await reconnected(h, transport, 2);
      expect(await late.received(3)).toEqual(numbered(3));
      await publishAll(transport, { routingKey: h.name('s') }, ['4']);
      expect(await reader.received(3)).toEqual(['2', '3', '4']);
      await transport.deleteQueue(h.name('s'));
    },
  );

  contractTest(
    'a reader whose stream another transport deletes reads the new one from its beginning',
    async (h) => {
      const [transport, other] = [await h.open(), await h.open()];
      await stream(transport, h);
      await fill(other, h, 20);
      const reader = await read(transport, h, {
        from: 'first',
        settle: (delivery) => text(delivery) !== '20' && delivery.ack(),
      });
      await reader.received(20);
      await other.deleteQueue(h.name('s'));
      await eventually(() => transport.stats.consumersRepaired === 1);
      await publishAll(other, { routingKey: h.name('s') }, ['new']);
      expect((await reader.received(21)).at(-1)).toBe('new');
      expect(reader.at(20)).toMatchObject({ offset: 0, redelivered: false });
      await transport.deleteQueue(h.name('s'));
    },
  );

  contractTest('a stream drops its oldest messages when it is too long', async (h) => {
    const transport = await h.open();
    await stream(transport, h, { maxLengthBytes: 2 * megabyte, segmentBytes: megabyte });
    const body = 'x'.repeat(10_000);
    for (let round = 0; round < 6; round++) {
      const batch = Array.from({ length: 100 }, () => message({ routingKey: h.name('s') }, body));
      await Promise.all(batch.map((one) => transport.publishConfirmed(one)));
    }
    await publishAll(transport, { routingKey: h.name('s') }, ['the end']);
    const reader = await read(transport, h, { from: { offset: 0 } });
    await eventually(() => reader.texts().at(-1) === 'the end');
    expect(reader.deliveries.length).toBeLessThan(400);
    expect(reader.deliveries.length).toBeGreaterThan(50);
    expect(reader.at(0).offset).toBeGreaterThan(200);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('dead letters do not reach a stream', async (h) => {
    const transport = await h.open();
    await transport.declareExchange(exchange(h.name('dlx'), 'fanout'));
    await stream(transport, h);
    await transport.declareQueue(queue(h.name('dead'), { exclusive: true }));
    for (const name of ['s', 'dead']) {
      await transport.bind({ exchange: h.name('dlx'), queue: h.name(name), routingKey: '' });
    }
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, deadLetterExchange: h.name('dlx') }));
    const reader = await read(transport, h, { from: 'first' });
    const dead = await collect(transport, h.name('dead'));
    await collect(transport, h.name('q'), { settle: (delivery) => delivery.reject() });
    await publishAll(transport, { routingKey: h.name('q') }, ['dead']);
    await dead.received(1);
    await publishAll(transport, { exchange: h.name('dlx'), routingKey: '' }, ['alive']);
    expect(await reader.received(1)).toEqual(['alive']);
    await transport.deleteQueue(h.name('s'));
  });

  contractTest('inspectQueue() counts the messages of a stream and not its readers', async (h) => {
    const transport = await h.open();
    await stream(transport, h);
    await fill(transport, h, 5);
    const reader = await read(transport, h, { from: 'first' });
    await reader.received(5);
    // RabbitMQ takes up to five seconds.
    await h.advance(5_000, async () => (await transport.inspectQueue(h.name('s')))?.messages === 5);
    await holds(transport, h.name('s'), 5, 0);
    await transport.deleteQueue(h.name('s'));
  });

  for (const [what, change] of contradictions) {
    contractTest(`a stream is refused with ${what}`, async (h) => {
      const transport = await h.open();
      const declaring = transport.declareQueue({ ...streamSpec(h), ...change });
      await expect(declaring).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining(h.name('s')),
      });
      expect(await transport.inspectQueue(h.name('s'))).toBeUndefined();
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    });
  }

  for (const [what, change] of unreadable) {
    contractTest(`a stream cannot be read with ${what}`, async (h) => {
      const transport = await h.open();
      await stream(transport, h);
      const reading = transport.consume({
        queue: h.name('s'),
        prefetch: 1,
        from: 'first',
        onDelivery: () => {},
        ...change,
      });
      await expect(reading).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining(h.name('s')),
      });
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
      await transport.deleteQueue(h.name('s'));
    });
  }

  contractTest('a queue that is no stream cannot be read from a place', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q')));
    for (const one of [transport, other]) {
      await expect(collect(one, h.name('q'), { from: 'first' })).rejects.toMatchObject({
        code: 'BadRequest',
      });
      const q = await collect(one, h.name('q'));
      await publishAll(one, { routingKey: h.name('q') }, ['as ever']);
      expect(await q.received(1)).toEqual(['as ever']);
      expect(q.at(0).offset).toBeUndefined();
      await q.handle.cancel();
    }
    await transport.deleteQueue(h.name('q'));
  });

  contractTest('reading a stream that does not exist is refused and forgotten', async (h) => {
    const transport = await h.open();
    await expect(read(transport, h, { from: 'first' })).rejects.toMatchObject({ code: 'NoReceiver' });
    await stream(transport, h);
    await fill(transport, h, 1);
    await h.cutOne(transport);
    await reconnected(h, transport, 2);
    expect(transport.stats.delivered).toBe(0);
    await transport.deleteQueue(h.name('s'));
  });

  for (const [argument, change] of streamConflicts) {
    contractTest(
      `declaring a stream with another ${argument} is a TopologyConflict that names it`,
      async (h) => {
        const [transport, other] = [await h.open(), await h.open()];
        await stream(transport, h, bounds);
        // Ages are whole seconds, rounded up.
        await stream(other, h, { ...bounds, maxAgeMs: 3_599_001 });
        await expect(stream(other, h, change)).rejects.toMatchObject({
          code: 'TopologyConflict',
          details: { argument },
        });
        await transport.deleteQueue(h.name('s'));
      },
    );
  }

  contractTest(
    'declaring a stream where there is a queue of another type is a TopologyConflict',
    async (h) => {
      const [transport, other] = [await h.open(), await h.open()];
      await transport.declareQueue(queue(h.name('s'), { durable: true }));
      await expect(stream(other, h)).rejects.toMatchObject({
        code: 'TopologyConflict',
        details: { argument: 'x-queue-type' },
      });
      await transport.deleteQueue(h.name('s'));
    },
  );
}

function streamSpec(h: TransportHarness, overrides: Partial<QueueSpec> = {}): QueueSpec {
  return queue(h.name('s'), { durable: true, queueType: 'stream', ...overrides });
}

/** Declares the stream `s`. */
function stream(
  transport: Transport,
  h: TransportHarness,
  overrides: Partial<QueueSpec> = {},
): Promise<void> {
  return transport.declareQueue(streamSpec(h, overrides));
}

/** Reads the stream `s`. */
function read(transport: Transport, h: TransportHarness, options: CollectOptions): Promise<Collected> {
  return collect(transport, h.name('s'), options);
}

/** `count` numbered messages, one after the other. */
function fill(transport: Transport, h: TransportHarness, count: number): Promise<void> {
  return publishAll(transport, { routingKey: h.name('s') }, numbered(count));
}

/** `count` numbered messages at once, so that RabbitMQ writes them in few batches. */
async function burst(transport: Transport, h: TransportHarness, count: number): Promise<void> {
  const all = numbered(count).map((body) => message({ routingKey: h.name('s') }, body));
  await Promise.all(all.map((one) => transport.publishConfirmed(one)));
}

function offsets({ deliveries }: Collected): number[] {
  return deliveries.map(({ offset }) => offset ?? -1);
}

async function reconnected(h: TransportHarness, transport: Transport, epoch: number): Promise<void> {
  await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === epoch);
}
