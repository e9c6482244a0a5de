import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Queue } from '../../../src/supervisor/queue.ts';
import { addRestart } from '../../../src/supervisor/restart-intensity.ts';

/** After which of these restarts, if any, the supervisor gives up. */
function givesUpAt(moments: readonly number[], intensity: number, periodMs: number): number | undefined {
  let history = Queue.of<number>();
  for (const [index, now] of moments.entries()) {
    const counted = addRestart(history, now, { intensity, periodMs });
    if (counted.isExceeded) return index;
    history = counted.history;
  }
  return undefined;
}

describe('addRestart()', () => {
  test('with intensity 0 gives up at the first', () => {
    expect(givesUpAt([0], 0, 5_000)).toBe(0);
  });

  test('bears as many as intensity says, and not one more', () => {
    expect(givesUpAt([0, 1, 2], 3, 5_000)).toBeUndefined();
    expect(givesUpAt([0, 1, 2, 3], 3, 5_000)).toBe(3);
  });

  test('still counts a restart exactly one period ago', () => {
    expect(givesUpAt([0, 5_000], 1, 5_000)).toBe(1);
    expect(givesUpAt([0, 5_000.001], 1, 5_000)).toBeUndefined();
  });

  test('remembers no more than counts', () => {
    const { history } = addRestart(Queue.of(10, 40, 90), 100, { intensity: 1, periodMs: 60 });
    expect([...history]).toEqual([40, 90, 100]);
  });

  test('gives up at the first moment that has more than intensity restarts in the period before it', () => {
    const gaps = fc.array(fc.nat(7_000), { maxLength: 30 });
    fc.assert(
      fc.property(gaps, fc.nat(5), fc.integer({ min: 1, max: 10_000 }), (waits, intensity, periodMs) => {
        const moments = waits.map((_, index) => waits.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0));
        const naive = moments.findIndex(
          (now, index) =>
            moments.slice(0, index + 1).filter((then) => now - then <= periodMs).length > intensity,
        );
        expect(givesUpAt(moments, intensity, periodMs) ?? -1).toBe(naive);
      }),
    );
  });
});
