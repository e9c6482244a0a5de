import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../src/testing/fake-env.ts';
import { Backoff, type Random } from '../../../src/util/index.ts';

const always = (value: number): Random => ({ ...seededRandom(1), next: () => value });
const take = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

describe('Backoff#next()', () => {
  test('doubles up to the cap', () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 1_000 }, always(0));
    expect(take(backoff, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test('takes away at most the jitter', () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 1_000, jitter: 0.2, factor: 3 }, always(1));
    expect(take(backoff, 4)).toEqual([80, 240, 720, 800]);
  });

  test('stays between (1 − jitter) × d and d', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, jitter) => {
        const plain = new Backoff({ initialMs: 50, maxMs: 30_000, jitter: 0 }, always(0));
        const jittered = new Backoff({ initialMs: 50, maxMs: 30_000, jitter }, seededRandom(seed));
        for (let attempt = 0; attempt < 20; attempt += 1) {
          const most = plain.next();
          const delayMs = jittered.next();
          expect(delayMs).toBeLessThanOrEqual(most);
          expect(delayMs).toBeGreaterThanOrEqual(most * (1 - jitter) - 1e-9);
        }
      }),
    );
  });
});

test('Backoff#reset() starts again at the first delay', () => {
  const backoff = new Backoff({ initialMs: 100, maxMs: 1_000, jitter: 0 }, always(0));
  take(backoff, 3);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test.each([
  [{ initialMs: 0, maxMs: 1 }, /initialMs must be a number above 0, not 0/],
  [{ initialMs: 2, maxMs: 1 }, /maxMs must be a number at least initialMs, not 1/],
  [{ initialMs: 1, maxMs: 1, factor: 0.5 }, /factor/],
  [{ initialMs: 1, maxMs: 1, jitter: 1.1 }, /jitter/],
  [{ initialMs: Number.NaN, maxMs: 1 }, /initialMs/],
  [{ initialMs: 1, maxMs: Number.POSITIVE_INFINITY }, /maxMs/],
])('Backoff refuses %p', (options, message) => {
  expect(() => new Backoff(options, always(0))).toThrow(message);
});
