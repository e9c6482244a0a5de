import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Minute, minuteOf } from '../../../../src/apps/buoy/minute.ts';

const at = Date.UTC(2026, 5, 1, 9, 55);

function meanOf(...contents: readonly Readonly<Record<string, unknown>>[]) {
  const minute = new Minute(at);
  for (const content of contents) minute.add(content);
  return minute.mean();
}

/** How far one angle is from another, at most 180. */
function apart(one: number, other: number): number {
  const degrees = Math.abs(one - other) % 360;
  return Math.min(degrees, 360 - degrees);
}

describe('minuteOf()', () => {
  test('is when the minute began, whatever the moment in it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), (moment) => {
        const beganAt = minuteOf(moment);
        expect(Math.abs(beganAt % 60_000)).toBe(0);
        expect(moment - beganAt).toBeGreaterThanOrEqual(0);
        expect(moment - beganAt).toBeLessThan(60_000);
      }),
    );
  });
});

describe('Minute#mean()', () => {
  test('is that of each member, over the readings that have it', () => {
    expect(
      meanOf(
        { at: new Date(at), speedMps: 2 },
        { at: new Date(at), speedMps: 5, angleDeg: 40 },
        { at: new Date(at), speedMps: 8, angleDeg: 50 },
      ),
    ).toEqual({ minuteAt: new Date(at), readings: 3, values: { speedMps: 5, angleDeg: 45 } });
  });

  test.each([
    ['headingDeg', [350, 20], 5],
    ['courseDeg', [270, 270], 270],
    ['directionDeg', [359, 0, 1], 0],
    ['longitudeDeg', [179, -177], -179],
    ['longitudeDeg', [-10, -20], -15],
    ['latitudeDeg', [60, 62], 61],
    ['setDeg', [181, 359], 270],
  ])('of %s %j is %d', (name, values, expected) => {
    const mean = meanOf(...values.map((value) => ({ [name]: value })));
    expect(mean.values[name]).toBeCloseTo(expected, 6);
  });

  test('of angles that cancel each other is none', () => {
    expect(meanOf({ angleDeg: 90, speedMps: 3 }, { angleDeg: 270, speedMps: 3 }).values).toEqual({
      speedMps: 3,
    });
  });

  test('of angles turns as they turn, and stays on the circle', () => {
    // Within 60 degrees of each other, so that there is a mean.
    const angles = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(angles, fc.double({ min: 0, max: 360, noNaN: true }), (values, turn) => {
        const plain = meanOf(...values.map((angleDeg) => ({ angleDeg }))).values.angleDeg ?? Number.NaN;
        const turned =
          meanOf(...values.map((angle) => ({ angleDeg: (angle + turn) % 360 }))).values.angleDeg ??
          Number.NaN;
        expect(apart(turned, plain + turn)).toBeLessThan(1e-5);
        expect(turned).toBeGreaterThanOrEqual(0);
        expect(turned).toBeLessThanOrEqual(360);
        expect(plain).toBeGreaterThanOrEqual(Math.min(...values) - 1e-5);
        expect(plain).toBeLessThanOrEqual(Math.max(...values) + 1e-5);
      }),
    );
  });
});
