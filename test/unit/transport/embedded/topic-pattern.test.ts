import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compileTopicPattern,
  isPattern,
  splitKey,
} from '../../../../src/transport/embedded/topic-pattern.ts';

/** The definition of a topic pattern, word by word, with no thought of speed. */
function matchesNaively(pattern: readonly string[], words: readonly string[]): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined) return words.length === 0;
  if (wanted === '#') {
    return words.some((_, taken) => matchesNaively(rest, words.slice(taken))) || matchesNaively(rest, []);
  }
  const [word, ...others] = words;
  if (word === undefined) return false;
  return (wanted === '*' || wanted === word) && matchesNaively(rest, others);
}

describe('compileTopicPattern()', () => {
  test.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b', 'a', false],
    ['*', '', false],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['#.#', 'a', true],
    ['a.#.b', 'a.b', true],
    ['a.#.b', 'a.b.c.b', true],
    ['a.#.b', 'a.b.c', false],
    ['*.#', '', false],
    ['#.*', 'a', true],
    ['a.*', 'a.', true],
    ['*', 'a.b', false],
    ['a*', 'ab', false],
  ])('%p against %p is %p', (pattern, key, expected) => {
    expect(compileTopicPattern(pattern)(splitKey(key))).toBe(expected);
  });

  test('agrees with the definition for any pattern and key', () => {
    const word = fc.constantFrom('a', 'b', 'ab', '');
    const pattern = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 7 });
    const key = fc.array(word, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, key, (patternWords, keyWords) => {
        const matches = compileTopicPattern(patternWords.join('.'));
        const words = splitKey(keyWords.join('.'));
        expect(matches(words)).toBe(matchesNaively(splitKey(patternWords.join('.')), words));
      }),
      { numRuns: 3_000 },
    );
  });

  test('stays fast where backtracking would explode', () => {
    const matches = compileTopicPattern(`${'#.a.'.repeat(30)}b`);
    expect(matches(splitKey(`${'a.'.repeat(200)}c`))).toBe(false);
  });
});

describe('isPattern()', () => {
  test.each([
    ['a.b', false],
    ['', false],
    ['a*.#b', false],
    ['a.*', true],
    ['#', true],
  ])('%p: %p', (key, expected) => {
    expect(isPattern(key)).toBe(expected);
  });
});
