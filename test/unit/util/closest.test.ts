import { expect, test } from '@jest/globals';
import { closest } from '../../../src/util/index.ts';

const keys = ['name', 'version', 'mod', 'modules', 'registered'];

test.each([
  ['nmae', 'name'],
  ['Name', 'name'],
  ['modul', 'mod'],
  ['module', 'modules'],
  ['registred', 'registered'],
  ['mode', 'mod'],
  ['vers', undefined],
  ['x', undefined],
  ['', undefined],
  ['processapp', undefined],
  ['n'.repeat(1_000_000), undefined],
])('closest() to %.20p is %p', (word, expected) => {
  expect(closest(word, keys)).toBe(expected);
});
