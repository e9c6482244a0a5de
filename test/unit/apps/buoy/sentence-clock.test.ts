import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SentenceClock } from '../../../../src/apps/buoy/sentence-clock.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const day = Date.UTC(2026, 5, 1);
const tell = (timeOfDayMs: number, dayAt?: number) => ({ timeOfDayMs, dayAt });

describe('SentenceClock#at', () => {
  test('is unknown until a sentence has told the time', () => {
    expect(new SentenceClock(day).at).toBeUndefined();
  });

  test('takes the day from a sentence that tells it, and keeps it for those that do not', () => {
    const clock = new SentenceClock(day);
    clock.hear(tell(9 * hourMs, Date.UTC(1994, 2, 23)));
    expect(clock.at).toBe(Date.UTC(1994, 2, 23, 9));
    clock.hear(tell(10 * hourMs));
    expect(clock.at).toBe(Date.UTC(1994, 2, 23, 10));
  });

  test('passes midnight, and goes back a second where the sentences do', () => {
    const clock = new SentenceClock(day);
    clock.hear(tell(dayMs - 1000, Date.UTC(2024, 1, 28)));
    clock.hear(tell(1000));
    expect(clock.at).toBe(Date.UTC(2024, 1, 29, 0, 0, 1));
    clock.hear(tell(dayMs - 500));
    expect(clock.at).toBe(Date.UTC(2024, 1, 28, 23, 59, 59, 500));
  });

  test('without a day is nearest to the wall clock', () => {
    const clock = new SentenceClock(day + hourMs);
    clock.hear(tell(23 * hourMs));
    expect(clock.at).toBe(day - hourMs);
  });

  test('is never more than half a day from the moment before', () => {
    const time = fc.integer({ min: 0, max: dayMs - 1 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.array(time, { minLength: 1 }), (wallAt, times) => {
        const clock = new SentenceClock(wallAt);
        let before = wallAt;
        for (const timeOfDayMs of times) {
          clock.hear(tell(timeOfDayMs));
          const at = clock.at ?? Number.NaN;
          expect(Math.abs(at - before)).toBeLessThanOrEqual(dayMs / 2);
          expect(at % dayMs).toBe(
            timeOfDayMs < 0 ? Number.NaN : (timeOfDayMs + (at < 0 ? -dayMs : 0)) % dayMs,
          );
          before = at;
        }
      }),
    );
  });
});
