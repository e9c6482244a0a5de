import { describe, expect, test } from '@jest/globals';
import { isAppOrRelease } from '../../../src/cli/start-files.ts';

describe('isAppOrRelease()', () => {
  test.each([
    ['hello', true],
    ['hello-2_x', true],
    ['res/apps/hello.app', true],
    ['fleet.rel', true],
    ['./hello', false],
    ['script.txt', false],
    ['res/hello', false],
  ])('of %s is %s', (file, expected) => {
    expect(isAppOrRelease(file)).toBe(expected);
  });
});
