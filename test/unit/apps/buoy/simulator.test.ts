import { describe, expect, test } from '@jest/globals';
import { readSentence } from '../../../../src/apps/buoy/measurements.ts';
import { parseSentence } from '../../../../src/apps/buoy/sentence.ts';
import { simulatedLines } from '../../../../src/apps/buoy/simulator.ts';
import { seededRandom } from '../../../../src/testing/fake-env.ts';

const startAt = Date.UTC(2026, 0, 31, 23, 59, 59, 400);

function simulated(count: number, seed = 1): string[] {
  const lines: string[] = [];
  for (const line of simulatedLines(seededRandom(seed), startAt)) {
    if (lines.push(line) === count) break;
  }
  return lines;
}

describe('simulatedLines()', () => {
  test('the same chance tells the same, other chance something else', () => {
    expect(simulated(500)).toEqual(simulated(500));
    expect(simulated(500)).not.toEqual(simulated(500, 2));
  });

  test('most sentences can be used; some are empty, garbled, or of a kind that nobody reads', () => {
    const reasons: Record<string, number> = {};
    for (const line of simulated(9000)) {
      const parsed = parseSentence(line);
      const { unusable = 'usable' } = 'unusable' in parsed ? parsed : readSentence(parsed);
      reasons[unusable] = (reasons[unusable] ?? 0) + 1;
    }
    const { usable = 0, checksum = 0, empty = 0, malformed = 0, ...others } = reasons;
    expect(usable).toBeGreaterThan(7500);
    expect(checksum).toBeGreaterThan(10);
    expect(empty).toBeGreaterThan(10);
    expect(malformed).toBeLessThan(100);
    expect(Object.keys(others).sort()).toEqual(['unknown sentence']);
    expect(others['unknown sentence']).toBeLessThanOrEqual(1000);
  });

  test('tells the time and the day, second by second, past midnight', () => {
    const times = simulated(27)
      .filter((line) => line.startsWith('$GPRMC'))
      .map((line) => parseSentence(line))
      .map((parsed) => ('unusable' in parsed ? undefined : readSentence(parsed).time));
    expect(times).toEqual([
      { timeOfDayMs: 86_399_000, dayAt: Date.UTC(2026, 0, 31) },
      { timeOfDayMs: 0, dayAt: Date.UTC(2026, 1, 1) },
      { timeOfDayMs: 1000, dayAt: Date.UTC(2026, 1, 1) },
    ]);
  });

  test('sails within its sea, at the speed that it tells', () => {
    let least = 90;
    let most = -90;
    for (const line of simulated(180_000, 3)) {
      if (!line.startsWith('$GPGLL')) continue;
      const parsed = parseSentence(line);
      if ('unusable' in parsed) continue;
      const [position] = readSentence(parsed).measurements;
      if (position === undefined) continue;
      least = Math.min(least, position.content.latitudeDeg ?? Number.NaN);
      most = Math.max(most, position.content.latitudeDeg ?? Number.NaN);
    }
    expect(Math.max(54.2 - least, most - 54.2)).toBeGreaterThan(0.1);
    expect(least).toBeGreaterThan(53.99);
    expect(most).toBeLessThan(54.41);
  });
});
