import { describe, expect, test } from '@jest/globals';
import { arrival } from '../exchange/bed.ts';
import { failure, makeLoop, request, shared } from './work-loop-bed.ts';

describe('WorkLoop, of more than it can hold', () => {
  test('answers requests Overloaded, with when to try again; counts and drops one-way messages', async () => {
    const { env, loop, sent, logger, open } = makeLoop({ mailboxLimit: 2 });
    loop.take(request('slow'));
    await env.advance(4000);
    await open('slow');
    for (let count = 0; count < 3; count += 1) loop.take(request('slow'));
    sent.length = 0;
    loop.take(request('quick'));
    expect(sent).toMatchObject([failure('Overloaded', { executed: 'no', retryAfterMs: 6000 })]);
    for (let count = 0; count < 2; count += 1) loop.take(arrival({ performative: 'none', op: 'quick' }));
    expect(loop.dropped).toBe(2);
    expect(logger.lines.filter(({ message: text }) => text.startsWith('mailbox full'))).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  test.each([
    [0, 100],
    [1_000_000, 30_000],
  ])(
    'after operations of %d ms it asks for %d ms: never less than 100, never more than 30 000',
    async (tookMs, retryAfterMs) => {
      const { env, loop, sent, open } = makeLoop({ mailboxLimit: 1 });
      loop.take(request('slow', null, { deadlineAt: Number.POSITIVE_INFINITY }));
      await env.advance(tookMs);
      await open('slow');
      const deadlineAt = Number.POSITIVE_INFINITY;
      for (let count = 0; count < 3; count += 1) loop.take(request('slow', null, { deadlineAt }));
      expect(sent.at(-1)).toMatchObject(failure('Overloaded', { retryAfterMs }));
    },
  );

  test('takes work of a shared queue all the same: its prefetch bounds it', () => {
    const { loop, sent } = makeLoop({ mailboxLimit: 1 });
    for (let count = 0; count < 10; count += 1) loop.take(shared('slow').one);
    expect(loop.load).toBe(10);
    expect(sent).toEqual([]);
  });
});

describe('WorkLoop, of work that has waited long in a shared queue', () => {
  /** A loop that knows: slow takes 1000 ms, quick 10 ms. */
  async function learned() {
    const bed = makeLoop({ mailboxLimit: 100 });
    const { env, loop, open } = bed;
    for (const [op, tookMs] of [
      ['slow', 1000],
      ['quick', 10],
    ] as const) {
      loop.take(request(op));
      await env.advance(tookMs);
      await open(op);
    }
    bed.sent.length = 0;
    return { ...bed, now: env.clock.now() };
  }

  test.each<[string, string, readonly string[], string, number, boolean]>([
    ['cannot be begun in time', 'slow', ['slow', 'slow', 'slow'], 'slow', 2000, true],
    ['can be begun in time', 'slow', ['slow', 'slow', 'slow'], 'slow', 3500, false],
    ['is quick and stands behind slow ones', 'slow', ['slow', 'slow', 'slow'], 'quick', 2000, true],
    ['is slow and stands behind quick ones', 'quick', ['quick', 'quick', 'quick'], 'slow', 2000, false],
    ['has no time left', 'slow', [], 'slow', 0, true],
    ['is next', 'slow', [], 'slow', 1, false],
    ['is wanted for ever', 'slow', ['slow', 'slow'], 'slow', Number.POSITIVE_INFINITY, false],
  ])('what %s', async (_name, running, waiting, op, leftMs, isRefused) => {
    const { loop, sent, now } = await learned();
    loop.take(request(running));
    for (const other of waiting) loop.take(shared(other).one);
    const { one, delivery } = shared(op, null, { deadlineAt: now + leftMs });
    loop.take(one);
    if (isRefused) expect(sent).toMatchObject([failure('Overloaded', { executed: 'no' })]);
    else expect(sent).toEqual([]);
    expect(delivery.acks).toBe(isRefused ? 1 : 0);
  });

  test('is never refused by a process that is idle, nor when it came by id', async () => {
    const { loop, process, sent, now } = await learned();
    loop.take(shared('slow', 'begun', { deadlineAt: now + 1 }).one);
    expect(process.begun.at(-1)).toBe('begun');
    for (let count = 0; count < 3; count += 1) loop.take(request('slow', null, { deadlineAt: now + 1 }));
    expect(sent).toEqual([]);
  });

  test('one-way messages are never refused for it', async () => {
    const { loop, now } = await learned();
    for (let count = 0; count < 3; count += 1) loop.take(request('slow'));
    const { one } = shared('slow', null, { deadlineAt: now }, { performative: 'none' });
    loop.take(one);
    expect(loop.load).toBe(4);
  });
});
