import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec, type CodecLimitsOptions, resolveCodecLimits } from '../../../src/codec/index.ts';
import { Outbox, outboxDefaults } from '../../../src/exchange/outbox.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import type { OutboundMessage } from '../../../src/transport/index.ts';
import { identity, message, ScriptedTransport } from './bed.ts';

const contentType = 'application/vnd.ioncore.v1+msgpack';

function makeOutbox(limits: CodecLimitsOptions = {}) {
  const codec = new Codec(resolveCodecLimits(limits));
  const transport = new ScriptedTransport();
  let turns: (() => void)[] = [];
  const env = fakeEnv({ wallAt: 1_760_000_000_000.4, soon: (fn) => void turns.push(fn) });
  const unsent: unknown[][] = [];
  const failed: string[] = [];
  const outbox = new Outbox(
    identity,
    codec,
    transport,
    env,
    (body) => unsent.push(contents({ body })),
    (routingKey) => failed.push(routingKey),
  );
  /** An envelope to `routingKey` that holds `content`. */
  const envelope = (routingKey: string, content: unknown, { mandatory = false, budgetMs = 0 } = {}) => ({
    routingKey,
    bytes: codec.encodeEnvelope(message({ content }), identity.container),
    mandatory,
    budgetMs,
  });
  function contents({ body }: Pick<OutboundMessage, 'body'>): unknown[] {
    return codec.decodeFrame(body, 'ship').messages.map(({ content }) => content);
  }
  return {
    codec,
    transport,
    outbox,
    unsent,
    failed,
    envelope,
    together: (routingKey: string, content: unknown, options = {}) =>
      outbox.sendTogether(envelope(routingKey, content, options)),
    /** What was published to be confirmed. */
    confirmed: () =>
      transport.confirmed.map((one) => ({
        contents: contents(one),
        tellWork: codec.decodeFrame(one.body, 'ship').header.tellWork === true,
      })),
    /** What was published, as routing key and contents. */
    sent: () => transport.published.map((one) => [one.routingKey, contents(one)]),
    turn: () => {
      const due = turns;
      turns = [];
      for (const fn of due) fn();
      return due.length;
    },
  };
}

describe('Outbox#sendTogether()', () => {
  test('makes one frame per routing key of what is given in one turn, in order', () => {
    const { together, sent, turn } = makeOutbox();
    together('ship', 1);
    together('boat', 'a');
    together('ship', 2);
    expect(sent()).toEqual([]);
    expect(turn()).toBe(1);
    expect(sent()).toEqual([
      ['ship', [1, 2]],
      ['boat', ['a']],
    ]);
  });

  test('a frame that cannot be published costs the others nothing: it is told, and given back as unsent', () => {
    const { transport, together, sent, turn, unsent, failed } = makeOutbox();
    const publish = transport.publish.bind(transport);
    transport.publish = (message) => {
      if (message.routingKey === 'bad') throw new RangeError('a key that AMQP cannot carry');
      return publish(message);
    };
    together('ship', 1);
    together('bad', 2);
    together('boat', 3);
    expect(turn()).toBe(1);
    expect(sent()).toEqual([
      ['ship', [1]],
      ['boat', [3]],
    ]);
    expect([failed, unsent]).toEqual([['bad'], [[2]]]);
  });

  test('begins a new frame in the next turn, and asks for no turn when there is nothing', () => {
    const { together, sent, turn } = makeOutbox();
    together('ship', 1);
    turn();
    together('ship', 2);
    turn();
    expect(turn()).toBe(0);
    expect(sent()).toEqual([
      ['ship', [1]],
      ['ship', [2]],
    ]);
  });

  test('publishes on the system’s exchange, named by content type, with the sender in the header', () => {
    const { codec, transport, together, turn } = makeOutbox();
    together('ship', 1);
    turn();
    const [published] = transport.published;
    expect(published).toMatchObject({
      exchange: 'fleet',
      routingKey: 'ship',
      mandatory: false,
      properties: { contentType },
    });
    expect(published?.properties).toEqual({ contentType });
    expect(codec.decodeFrame(published?.body ?? new Uint8Array(), 'ship').header).toEqual({
      container: 'shore',
      sysname: 'fleet',
      sentAt: 1_760_000_000_000,
    });
  });

  test('begins the next frame after 64 envelopes, at once', () => {
    const { together, sent, turn } = makeOutbox();
    const { maxFrameEnvelopes } = outboxDefaults;
    for (let index = 0; index <= maxFrameEnvelopes; index += 1) together('ship', index);
    expect(sent()).toEqual([['ship', Array.from({ length: maxFrameEnvelopes }, (_, index) => index)]]);
    turn();
    expect(sent()).toHaveLength(2);
    expect(sent()[1]).toEqual(['ship', [maxFrameEnvelopes]]);
  });

  test('begins the next frame before 256 KiB are exceeded; an envelope that is larger travels alone', () => {
    const { transport, together, sent, turn } = makeOutbox();
    const [third, huge] = ['x'.repeat(100_000), 'y'.repeat(300_000)];
    for (const content of [third, third, third, huge, 'after']) together('ship', content);
    turn();
    expect(sent()).toEqual([
      ['ship', [third, third]],
      ['ship', [third]],
      ['ship', [huge]],
      ['ship', ['after']],
    ]);
    const sizes = transport.published.map(({ body }) => body.length);
    expect(Math.max(sizes[0] ?? 0, sizes[1] ?? 0)).toBeLessThanOrEqual(outboxDefaults.maxFrameBytes);
  });

  test.each([
    ['maxValues', { maxValues: 2000 }],
    ['maxFrameBytes', { maxFrameBytes: 3000, maxEnvelopeBytes: 1900 }],
    ['a tiny maxValues', { maxValues: 50 }],
  ])('keeps frames inside a codec’s own %s, so that the flush cannot fail', (_name, limits) => {
    const { codec, transport, together, sent, turn } = makeOutbox(limits);
    const contents = Array.from({ length: 40 }, (_, index) =>
      String.fromCharCode(97 + (index % 26)).repeat(400),
    );
    for (const content of contents) together('ship', content);
    turn();
    expect(sent().flatMap(([, inFrame]) => inFrame)).toEqual(contents);
    for (const { body } of transport.published)
      expect(body.length).toBeLessThanOrEqual(codec.limits.maxFrameBytes);
  });

  test.each([
    ['the latest deadline', [100, 2500.2, 300], 2501],
    ['none if the first has none', [0, 300], undefined],
    ['none if the last has none', [300, 100, 0], undefined],
    ['a lone one’s', [1], 1],
  ])('lets a frame expire at %s of its envelopes', (_name, budgets, expirationMs) => {
    const { transport, together, turn } = makeOutbox();
    for (const budgetMs of budgets) together('ship', budgetMs, { budgetMs });
    turn();
    expect(transport.published.map(({ properties }) => properties.expirationMs)).toEqual([expirationMs]);
  });

  test.each([
    [[false, true, false], true],
    [[true], true],
    [[false, false], false],
  ])('of envelopes that are mandatory %j, the frame is %j', (flags, mandatory) => {
    const { transport, together, turn } = makeOutbox();
    for (const flag of flags) together('ship', 1, { mandatory: flag });
    turn();
    expect(transport.published.map((one) => one.mandatory)).toEqual([mandatory]);
  });

  test('loses nothing, doubles nothing and keeps the order per routing key, whatever comes when', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ to: fc.constantFrom('a', 'b', 'c'), size: fc.nat(120_000) }) },
      { weight: 1, arbitrary: fc.constant('turn' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { transport, together, sent, turn } = makeOutbox();
        const given: Record<string, string[]> = { a: [], b: [], c: [] };
        for (const [index, one] of steps.entries()) {
          if (one === 'turn') turn();
          else {
            const content = `${index}${'.'.repeat(one.size)}`;
            given[one.to]?.push(content);
            together(one.to, content);
          }
        }
        turn();
        for (const [to, contents] of Object.entries(given)) {
          const arrived = sent().flatMap(([key, inFrame]) => (key === to ? inFrame : []));
          expect(arrived).toEqual(contents);
        }
        for (const { body } of transport.published) {
          expect(body.length).toBeLessThanOrEqual(outboxDefaults.maxFrameBytes);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('Outbox#sendShared()', () => {
  test('publishes a request of which nobody knows how long it takes at once and by itself', () => {
    const { outbox, envelope, transport, sent, turn } = makeOutbox();
    outbox.sendShared(envelope('hello', 1, { mandatory: true, budgetMs: 99.5 }), undefined);
    outbox.sendShared(envelope('hello', 2), undefined);
    expect(sent()).toEqual([
      ['hello', [1]],
      ['hello', [2]],
    ]);
    expect(transport.published).toMatchObject([
      { mandatory: true, properties: { expirationMs: 100 } },
      { mandatory: false },
    ]);
    expect(transport.published[1]?.properties).toEqual({ contentType });
    expect(turn()).toBe(0);
  });

  test('has leave together, at the end of the turn, what is little work together, in order', () => {
    const { outbox, envelope, transport, sent, turn } = makeOutbox();
    const works = [100, 900, 1_000, 1, 5_000, 10, undefined, 20];
    for (const [index, workUs] of works.entries())
      outbox.sendShared(envelope('hello', index, { mandatory: true, budgetMs: 100 + index }), workUs);
    outbox.sendShared(envelope('bye', 'other'), 10);
    expect(sent()).toEqual([
      ['hello', [0, 1, 2]],
      ['hello', [3]],
      ['hello', [4]],
      ['hello', [5]],
      ['hello', [6]],
    ]);
    expect(turn()).toBe(1);
    expect(sent().slice(5)).toEqual([
      ['hello', [7]],
      ['bye', ['other']],
    ]);
    // The latest of them.
    expect(transport.published[0]).toMatchObject({ mandatory: true, properties: { expirationMs: 102 } });
  });

  test('does not have a request wait at the broker for much longer than its sender, since another one may', () => {
    const { outbox, envelope, transport, sent, turn } = makeOutbox();
    for (const [index, budgetMs] of [100, 150, 120, 160, 0, 0, 100, 60].entries())
      outbox.sendShared(envelope('hello', index, { budgetMs }), 1);
    turn();
    expect(sent().map(([, contents]) => contents)).toEqual([[0, 1, 2], [3], [4, 5], [6], [7]]);
    expect(transport.published.map(({ properties }) => properties.expirationMs)).toEqual([
      150,
      160,
      undefined,
      100,
      60,
    ]);
  });

  test('whatever the work is, never gives one instance more than the bound, but for a lone request', () => {
    const work = fc.option(fc.nat({ max: 3_000 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(work, { maxLength: 300 }), (works) => {
        const { outbox, envelope, sent, turn } = makeOutbox();
        for (const [index, workUs] of works.entries()) outbox.sendShared(envelope('hello', index), workUs);
        turn();
        const frames = sent().map(([, contents]) => contents as readonly number[]);
        expect(frames.flat()).toEqual(works.map((_, index) => index));
        for (const frame of frames) {
          const workUs = frame.reduce((sum, index) => sum + (works[index] ?? Number.POSITIVE_INFINITY), 0);
          expect(frame.length === 1 || workUs <= outboxDefaults.maxFrameWorkUs).toBe(true);
          expect(frame.length).toBeLessThanOrEqual(outboxDefaults.maxFrameEnvelopes);
        }
      }),
    );
  });
});

describe('Outbox#sendConfirmed()', () => {
  test('is persistent, and resolves with what the broker says', async () => {
    const { outbox, envelope, transport } = makeOutbox();
    transport.outcome = async () => 'unroutable';
    expect(await outbox.sendConfirmed(envelope('hello', 1, { mandatory: true, budgetMs: 7 }))).toBe(
      'unroutable',
    );
    expect(transport.confirmed).toMatchObject([
      {
        exchange: 'fleet',
        routingKey: 'hello',
        mandatory: true,
        properties: { contentType, persistent: true, expirationMs: 7 },
      },
    ]);
    transport.outcome = () => Promise.reject(new Error('gone'));
    await expect(outbox.sendConfirmed(envelope('hello', 2))).rejects.toThrow('gone');
  });
});

describe('Outbox#sendSharedConfirmed()', () => {
  test('publishes what nobody knows the work of at once and by itself, persistent, asking if told to', async () => {
    const { outbox, envelope, transport, confirmed, turn } = makeOutbox();
    const sends = [true, false].map((asks) =>
      outbox.sendSharedConfirmed(envelope('hello', asks, { mandatory: true }), undefined, asks),
    );
    expect(confirmed()).toEqual([
      { contents: [true], tellWork: true },
      { contents: [false], tellWork: false },
    ]);
    expect(transport.confirmed[0]).toMatchObject({ exchange: 'fleet', routingKey: 'hello', mandatory: true });
    expect(transport.confirmed[0]?.properties).toEqual({ contentType, persistent: true });
    expect(await Promise.all(sends)).toEqual(['confirmed', 'confirmed']);
    expect(turn()).toBe(0);
  });

  test('has little work leave together at the end of the turn, in order, apart from requests; a frame asks if one of it does', async () => {
    const { outbox, envelope, transport, confirmed, sent, turn } = makeOutbox();
    const works = [100, 900, 1_000, 1, 5_000, undefined, 10, 20];
    const sends = works.map((workUs, index) =>
      outbox.sendSharedConfirmed(envelope('hello', index, { mandatory: true }), workUs, index === 1),
    );
    outbox.sendShared(envelope('hello', 'request', { mandatory: true }), 10);
    expect(confirmed().map(({ contents }) => contents)).toEqual([[0, 1, 2], [3], [4], [5]]);
    expect(turn()).toBe(1);
    expect(confirmed()).toEqual([
      { contents: [0, 1, 2], tellWork: true },
      { contents: [3], tellWork: false },
      { contents: [4], tellWork: false },
      { contents: [5], tellWork: false },
      { contents: [6, 7], tellWork: false },
    ]);
    expect(sent()).toEqual([['hello', ['request']]]);
    expect(transport.confirmed.every(({ mandatory }) => mandatory)).toBe(true);
    expect(await Promise.all(sends)).toEqual(works.map(() => 'confirmed'));
  });

  test('resolves each with what became of its frame, and not before', async () => {
    const { outbox, envelope, transport, turn } = makeOutbox();
    const answers: ((outcome: Promise<'confirmed' | 'unroutable'>) => void)[] = [];
    transport.outcome = () => new Promise((resolve) => answers.push(resolve));
    const told: unknown[] = [];
    const send = (routingKey: string, content: number): void => {
      const tell = (outcome: unknown): void => void told.push([content, outcome]);
      outbox.sendSharedConfirmed(envelope(routingKey, content), 1, false).then(tell, tell);
    };
    for (const content of [1, 2]) send('hello', content);
    for (const content of [3, 4]) send('nobody', content);
    for (const content of [5, 6]) send('full', content);
    turn();
    expect(answers).toHaveLength(3);
    const settled = async (): Promise<unknown[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return told.splice(0);
    };
    expect(await settled()).toEqual([]);
    answers[1]?.(Promise.resolve('unroutable'));
    expect(await settled()).toEqual([
      [3, 'unroutable'],
      [4, 'unroutable'],
    ]);
    answers[0]?.(Promise.resolve('confirmed'));
    expect(await settled()).toEqual([
      [1, 'confirmed'],
      [2, 'confirmed'],
    ]);
    answers[2]?.(Promise.reject('refused'));
    expect(await settled()).toEqual([
      [5, 'refused'],
      [6, 'refused'],
    ]);
  });

  test('a frame that cannot be published rejects its own, and costs the others nothing', async () => {
    const { outbox, envelope, transport, confirmed, turn } = makeOutbox();
    const publish = transport.publishConfirmed.bind(transport);
    transport.publishConfirmed = (message) => {
      if (message.routingKey === 'bad') throw new RangeError('a key that AMQP cannot carry');
      return publish(message);
    };
    const [bad, good] = ['bad', 'hello'].map((key) =>
      outbox.sendSharedConfirmed(envelope(key, key), 1, false),
    );
    expect(turn()).toBe(1);
    expect(confirmed().map(({ contents }) => contents)).toEqual([['hello']]);
    await expect(bad).rejects.toThrow('a key that AMQP cannot carry');
    expect(await good).toBe('confirmed');
  });

  test('#flush() publishes what waits for the end of the turn', () => {
    const { outbox, envelope, confirmed, turn } = makeOutbox();
    void outbox.sendSharedConfirmed(envelope('hello', 1), 1, false);
    outbox.flush();
    expect(confirmed()).toHaveLength(1);
    turn();
    expect(confirmed()).toHaveLength(1);
  });

  test('whatever comes when, keeps order, bounds and budgets, and loses nothing', () => {
    const one = fc.record({
      workUs: fc.option(fc.nat({ max: 1_500 }), { nil: undefined }),
      size: fc.nat({ max: 60_000 }),
      budgetMs: fc.constantFrom(0, 0, 0, 100, 140, 1_000),
    });
    const step = fc.oneof(
      { weight: 12, arbitrary: one },
      { weight: 1, arbitrary: fc.constant('turn' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { outbox, envelope, transport, confirmed, turn } = makeOutbox();
        const given: { index: number; budgetMs: number; workUs: number }[] = [];
        for (const [index, next] of steps.entries()) {
          if (next === 'turn') {
            turn();
            continue;
          }
          const { workUs, size, budgetMs } = next;
          void outbox.sendSharedConfirmed(
            envelope('hello', [given.length, '.'.repeat(size)], { budgetMs }),
            workUs,
            false,
          );
          given.push({ index, budgetMs, workUs: workUs ?? Number.POSITIVE_INFINITY });
        }
        turn();
        const frames = confirmed().map(({ contents }) => contents.map((content) => (content as [number])[0]));
        expect(frames.flat()).toEqual(given.map((_, index) => index));
        for (const [number, frame] of frames.entries()) {
          const { body = new Uint8Array(), properties } = transport.confirmed[number] ?? {};
          const budgets = frame.map((index) => given[index]?.budgetMs ?? -1);
          expect(properties?.expirationMs ?? 0).toBe(Math.max(...budgets));
          if (frame.length === 1) continue;
          expect(frame.length).toBeLessThanOrEqual(outboxDefaults.maxFrameEnvelopes);
          expect(body.length).toBeLessThanOrEqual(outboxDefaults.maxFrameBytes);
          const workUs = frame.reduce((sum, index) => sum + (given[index]?.workUs ?? 0), 0);
          expect(workUs).toBeLessThanOrEqual(outboxDefaults.maxFrameWorkUs);
          const [least, most] = [Math.min(...budgets), Math.max(...budgets)];
          expect(least === most || (least > 0 && most <= 1.5 * least)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('Outbox when the transport takes nothing', () => {
  test('hands back each frame as it was', () => {
    const { outbox, envelope, transport, together, unsent, turn } = makeOutbox();
    transport.takes = false;
    together('ship', 1);
    together('ship', 2);
    outbox.sendShared(envelope('hello', 3), undefined);
    expect(unsent).toEqual([[3]]);
    turn();
    expect(unsent).toEqual([[3], [1, 2]]);
  });
});

describe('Outbox#flush()', () => {
  test('publishes at once what waits for the end of the turn, and only once', () => {
    const { outbox, together, sent, turn } = makeOutbox();
    together('ship', 1);
    outbox.flush();
    expect(sent()).toEqual([['ship', [1]]]);
    turn();
    expect(sent()).toHaveLength(1);
  });
});
