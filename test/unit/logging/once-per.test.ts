import { expect, test } from '@jest/globals';
import { OncePer } from '../../../src/logging/index.ts';

test('OncePer#first() is true once per key and counts the rest', () => {
  const once = new OncePer();
  expect([once.first('a'), once.first('b'), once.first('a'), once.first('a')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(once.suppressed).toBe(2);
});

test('OncePer#first() lets no new key through when the limit is reached', () => {
  const once = new OncePer(2);
  expect(['a', 'b', 'c', 'c', 'a'].map((key) => once.first(key))).toEqual([true, true, false, false, false]);
  expect(once.suppressed).toBe(3);
});

test.each([0, -1, 1.5, Number.NaN])('OncePer refuses a limit of %p', (limit) => {
  expect(() => new OncePer(limit)).toThrow(RangeError);
});
