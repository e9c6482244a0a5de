import { expect, test } from '@jest/globals';
import { isThenable } from '../../../src/util/index.ts';

test.each([
  [Promise.resolve(), true],
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  [{ then: () => undefined }, true],
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  [Object.assign(() => undefined, { then: () => undefined }), true],
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  [{ then: 1 }, false],
  [() => undefined, false],
  [null, false],
  ['then', false],
] satisfies [unknown, boolean][])('isThenable(%p) is %p', (value: unknown, is) => {
  expect(isThenable<unknown>(value)).toBe(is);
});
