import { describe, expect, test } from '@jest/globals';
import { ratiosOf, spreadOf } from '../../../../bench/suite/statistics.ts';

describe('spreadOf()', () => {
  test.each([
    ['one value', [3], { median: 3, least: 3, most: 3 }],
    ['an odd number', [10, 2, 9], { median: 9, least: 2, most: 10 }],
    ['an even number', [4, 1, 2, 10], { median: 3, least: 1, most: 10 }],
  ])('of %s is the middle, the least and the most', (_what, values, expected) => {
    expect(spreadOf(values)).toEqual(expected);
  });

  test('throws for none', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

test('ratiosOf() compares round by round, not median with median', () => {
  // The machine was twice as fast in the second round: the ratio is the same.
  expect(ratiosOf([20, 40, 20], [10, 20, 10])).toEqual({ median: 2, least: 2, most: 2 });
  expect(ratiosOf([10, 90, 20], [10, 30, 10])).toEqual({ median: 2, least: 1, most: 3 });
});
