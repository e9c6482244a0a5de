import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from '../../../src/codec/index.ts';
import {
  ApplicationError,
  BadRequestError,
  CancelledError,
  DeadlockError,
  NoReceiverError,
  NotFoundError,
  OverloadedError,
  RemoteError,
  TimeoutError,
  UnavailableError,
} from '../../../src/errors/index.ts';
import { Retry, type RetryOptions } from '../../../src/interact/retry.ts';
import { seededRandom } from '../../../src/testing/fake-env.ts';
import { arrival } from '../exchange/bed.ts';
import { makeBed } from './bed.ts';

type Bed = ReturnType<typeof makeBed>;

const make = (options: Partial<RetryOptions> = {}, isIdempotent = true) =>
  new Retry({ attempts: 3, ...options }, isIdempotent, seededRandom(1));

const passes = new UnavailableError('not yet');

describe('Retry', () => {
  test.each([
    ['Unavailable', passes, true],
    ['Overloaded', new OverloadedError('full'), true],
    ['Timeout', new TimeoutError('late'), true],
    ['NoReceiver', new NoReceiverError('gone'), true],
    ['an application’s error that says so', new ApplicationError('Busy', '', { retryable: true }), true],
    ['a remote one that says so', new RemoteError('Busy', '', { retryable: true }), true],
    ['an application’s error', new ApplicationError('Broken', ''), false],
    ['BadRequest', new BadRequestError('no'), false],
    ['NotFound', new NotFoundError('no'), false],
    ['Deadlock', new DeadlockError('ring'), false],
    ['Cancelled', new CancelledError('never mind'), false],
    ['an error without a code', new Error('odd'), false],
    ['what is no error', 'text', false],
  ])('after %s', (_name, error, isTried) => {
    expect(make().nextDelayMs(error, 60_000) !== undefined).toBe(isTried);
  });

  test('begins no attempt at or after the deadline', () => {
    const backoff = { initialMs: 100, maxMs: 100, jitter: 0 };
    expect(make({ backoff }).nextDelayMs(passes, 100)).toBeUndefined();
    expect(make({ backoff }).nextDelayMs(passes, 101)).toBe(100);
    expect(make({ backoff }).nextDelayMs(passes, -1)).toBeUndefined();
  });

  test('waits as long as an overloaded receiver asks for, if there is time', () => {
    const full = new OverloadedError('full', { details: { retryAfterMs: 700 } });
    const backoff = { initialMs: 10, maxMs: 10, jitter: 0 };
    expect(make({ backoff }).nextDelayMs(full, 1000)).toBe(700);
    expect(make({ backoff }).nextDelayMs(full, 700)).toBeUndefined();
    const odd = new OverloadedError('full', { details: { retryAfterMs: 'soon' } });
    expect(make({ backoff }).nextDelayMs(odd, 1000)).toBe(10);
  });

  test('a failure that is not tried again uses up no attempt', () => {
    const retry = make({ attempts: 2 });
    expect(retry.nextDelayMs(new NotFoundError('no'), 60_000)).toBeUndefined();
    expect(retry.nextDelayMs(passes, 0)).toBeUndefined();
    expect(retry.nextDelayMs(passes, 60_000)).toBeDefined();
    expect(retry.nextDelayMs(passes, 60_000)).toBeUndefined();
  });

  test('never more attempts than asked for, and none that begins too late, whatever fails when', () => {
    const failure = fc.oneof(
      fc.constant(passes),
      fc
        .oneof(
          fc.constantFrom(Number.NaN, Infinity, -Infinity),
          fc.integer({ min: -10, max: 5000 }),
          fc.string(),
        )
        .map((retryAfterMs) => new OverloadedError('full', { details: { retryAfterMs } })),
      fc.constant(new NotFoundError('no')),
    );
    const backoff = fc.record({
      initialMs: fc.integer({ min: 1, max: 500 }),
      maxMs: fc.integer({ min: 500, max: 5000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100 }),
        backoff,
        fc.integer({ min: 1, max: 60_000 }),
        fc.array(fc.tuple(failure, fc.nat(2000)), { maxLength: 120, size: 'max' }),
        (attempts, waits, timeoutMs, failures) => {
          const retry = make({ attempts, backoff: waits });
          let now = 0;
          let begun = 1;
          for (const [error, tookMs] of failures) {
            now += tookMs;
            const delayMs = retry.nextDelayMs(error, timeoutMs - now);
            if (delayMs === undefined) continue;
            begun += 1;
            now += delayMs;
            expect(delayMs).toBeGreaterThanOrEqual(0);
            expect(now).toBeLessThan(timeoutMs);
          }
          expect(begun).toBeLessThanOrEqual(attempts);
        },
      ),
    );
  });

  test('is refused for operations that must not run twice', () => {
    expect(() => make({}, false)).toThrow(BadRequestError);
    expect(() => make({}, false)).toThrow('declare the operation idempotent, or leave retry out');
  });

  test.each([0, 1, 101, 2.5, Number.NaN, '3'])('refuses attempts %p', (attempts) => {
    const options = { attempts: 3 };
    Object.assign(options, { attempts });
    expect(() => make(options)).toThrow(/^retry.attempts must be a whole number between 2 and 100, not /);
  });

  test.each([0, -1, Number.NaN, '5'])('refuses attemptMs %p', (attemptMs) => {
    const options = { attempts: 3 };
    Object.assign(options, { attemptMs });
    expect(() => make(options)).toThrow(/^retry.attemptMs must be a number of milliseconds above 0, not /);
  });

  test('refuses waits that cannot be used, naming their place', () => {
    expect(() => make({ backoff: { initialMs: -1, maxMs: 5 } })).toThrow(/^retry\./);
    expect(() => make({ backoff: { initialMs: -1, maxMs: 5 } })).toThrow(BadRequestError);
  });
});

describe('a call that is tried again', () => {
  const steady = { initialMs: 10, maxMs: 10, jitter: 0 };
  const again = (over: object = {}) => ({
    idempotent: true,
    retry: { attempts: 3, backoff: steady, ...over },
  });
  const failure = (code: string, details: object = {}) => ({
    performative: 'failure' as const,
    content: { code, message: 'no', details },
  });
  const idOf = ({ last }: Bed) => last().message.conversationId;

  test('keeps its conversation, counts its attempts, and carries what is left of its time', async () => {
    const bed = makeBed();
    const reply = bed.call('ship.7', { ...again(), timeoutMs: 1000 });
    await bed.env.advance(100);
    bed.answer(idOf(bed), failure('Unavailable'));
    await bed.env.advance(20);
    expect(bed.sent).toHaveLength(2);
    expect(bed.sent[0]?.message.conversationId).toBe(idOf(bed));
    expect(bed.last().message.attempt).toBe(2);
    expect(bed.last().message.budgetMs).toBeGreaterThanOrEqual(880);
    expect(bed.last().message.budgetMs).toBeLessThanOrEqual(890);
    bed.answer(idOf(bed), { content: 'late but there' });
    expect((await reply).content).toBe('late but there');
    expect(bed.env.pendingTimers()).toBe(0);
  });

  test('takes an answer to an attempt that was given up', async () => {
    const bed = makeBed();
    const reply = bed.call('ship.7', again({ attemptMs: 50 }));
    await bed.env.advance(50);
    expect(bed.sent).toHaveLength(1);
    bed.answer(idOf(bed), { content: 'of the first' });
    expect((await reply).content).toBe('of the first');
    await bed.env.advance(20_000);
    expect(bed.sent).toHaveLength(1);
  });

  test('begins none at its deadline, though the wheel that wakes it is coarse', async () => {
    const bed = makeBed();
    const failed = expect(bed.call('ship.7', { ...again(), timeoutMs: 100 })).rejects.toBeInstanceOf(
      TimeoutError,
    );
    bed.answer(idOf(bed), failure('Overloaded', { retryAfterMs: 95 }));
    await bed.env.advance(100);
    await failed;
    expect(bed.sent).toHaveLength(1);
    expect(bed.env.pendingTimers()).toBe(0);
  });

  test('given up between two attempts tells whoever may still handle the first', async () => {
    const bed = makeBed();
    const controller = new AbortController();
    const reply = bed.call('ship.7', {
      ...again({ attemptMs: 50, backoff: { initialMs: 1000, maxMs: 1000 } }),
      signal: controller.signal,
    });
    await bed.env.advance(60);
    controller.abort();
    await expect(reply).rejects.toBeInstanceOf(CancelledError);
    expect(bed.sent.map(({ message: { performative } }) => performative)).toEqual(['request', 'cancel']);
  });

  test.each([
    ['an attempt timed out', undefined, 'unknown'],
    ['an attempt failed and may have run', failure('Unavailable', { executed: 'unknown' }), 'unknown'],
    ['an attempt failed without saying', failure('Timeout'), 'unknown'],
    ['no attempt ran', failure('Overloaded', { executed: 'no' }), 'no'],
  ])('fails with what is true of all attempts: %s', async (_name, first, executed) => {
    const bed = makeBed();
    const reply = bed.call('ship.7', again({ attempts: 2, attemptMs: 50 }));
    const failed = expect(reply).rejects.toMatchObject({
      code: 'Overloaded',
      message: 'no',
      details: { executed, retryAfterMs: 5 },
    });
    if (first !== undefined) bed.answer(idOf(bed), first);
    await bed.env.advance(first === undefined ? 80 : 20);
    expect(bed.sent).toHaveLength(2);
    bed.answer(idOf(bed), failure('Overloaded', { executed: 'no', retryAfterMs: 5 }));
    await failed;
  });

  test('sent again after a lost connection does not say that nothing ran', async () => {
    const bed = makeBed();
    const reply = bed.call('hello', { idempotent: true });
    const failed = expect(reply).rejects.toMatchObject({
      code: 'NoReceiver',
      details: { executed: 'unknown' },
    });
    bed.manager.connectionLost();
    bed.manager.connectionRestored();
    expect(bed.sent).toHaveLength(2);
    bed.manager.returned([bed.last().message]);
    await failed;
  });
});

describe('a stream whose credit comes back', () => {
  test.each([
    ['returned', (bed: Bed, credit: Message) => bed.manager.returned([credit])],
    ['not taken', (bed: Bed, credit: Message) => bed.manager.unsent([credit], false)],
  ])('(%s) fails, and does not say that nothing ran', async (_name, comesBack) => {
    const bed = makeBed();
    const reader = bed.manager.stream('shore.1', 'ship.7', 'count', 3, { window: 1 });
    const first = reader.next();
    const conversationId = idOf(bed);
    bed.answer(conversationId, { performative: 'agree' });
    bed.manager.accept(
      arrival(
        {
          performative: 'inform_progress',
          conversationId,
          content: 1,
          sender: 'ship.7',
          headers: { 'conv-seq': 3 },
        },
        { origin: 'ship', local: false },
      ),
    );
    expect(await first).toEqual({ done: false, value: 1 });
    const credit = bed.last().message;
    expect(credit.performative).toBe('credit');
    comesBack(bed, credit);
    await expect(reader.next()).rejects.toMatchObject({ details: { executed: 'unknown' } });
  });
  const idOf = ({ last }: Bed) => last().message.conversationId;
});
