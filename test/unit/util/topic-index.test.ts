import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TopicIndex } from '../../../src/util/index.ts';

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

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split('.');
}

function indexOf(...patterns: string[]): TopicIndex<string> {
  const index = new TopicIndex<string>();
  for (const pattern of patterns) index.add(pattern, pattern);
  return index;
}

const word = fc.constantFrom('a', 'b', 'ab', '');
const topics = fc.array(fc.oneof({ weight: 9, arbitrary: word }, fc.constantFrom('*', '#', 'a*')), {
  maxLength: 8,
});
const patterns = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { maxLength: 7 });

describe('TopicIndex#match()', () => {
  test.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b', 'a', false],
    ['', '', true],
    ['', 'a', false],
    ['.', '', false],
    ['.', '.', true],
    ['*', '', false],
    ['*', 'a.b', false],
    ['*.*', '.', true],
    ['a.*', 'a.', true],
    ['a*', 'ab', false],
    ['a*', 'a*', true],
    ['*', '#', true],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['#.#', '', true],
    ['#.#', 'a', true],
    ['*.#', '', false],
    ['#.*', 'a', true],
    ['*.#.*', 'a', false],
    ['*.#.*', 'a.b', true],
    ['*.#.*', '..', true],
    ['a.#.b', 'a.b', true],
    ['a.#.b', 'a.b.c.b', true],
    ['a.#.b', 'a.b.c', false],
    ['#.a.#.b', 'a.a.c.b', true],
    ['a.#.b', 'a..b', true],
  ])('%p against %p is %p', (pattern, topic, expected) => {
    expect(indexOf(pattern).match(topic)).toEqual(expected ? [pattern] : []);
  });

  test('gives a value once, however many of its patterns and ways lead there', () => {
    const index = new TopicIndex<string>();
    for (const pattern of ['#', '#.#', 'a.#', '*.b', 'a.b']) index.add(pattern, 'once');
    index.add('#', 'other');
    expect(index.match('a.b').sort()).toEqual(['once', 'other']);
  });

  test('agrees with the definition for any patterns and topic', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 12 }), topics, (manyPatterns, topicWords) => {
        const texts = [...new Set(manyPatterns.map((words) => words.join('.')))];
        const topic = topicWords.join('.');
        const expected = texts.filter((text) => matchesNaively(wordsOf(text), wordsOf(topic)));
        expect(
          indexOf(...texts)
            .match(topic)
            .sort(),
        ).toEqual(expected.sort());
      }),
      { numRuns: 2_000 },
    );
  });

  test('stays fast where trying one way after the other would explode', () => {
    const index = indexOf(`${'#.a.'.repeat(60)}b`);
    expect(index.match(`${'a.'.repeat(120)}c`)).toEqual([]);
    expect(index.match(`${'a.'.repeat(120)}b`)).toHaveLength(1);
  });

  test('costs the places that a topic can be in, not the patterns that there are', () => {
    const index = new TopicIndex<number>();
    for (let ship = 0; ship < 20_000; ship++) {
      index.add(`sensor.*.ship${ship}.#`, ship);
      index.add(`#.gps${ship}`, -ship);
    }
    expect(index.size).toBe(40_000);
    expect(index.match('sensor.depth.ship17.bow.gps5').sort()).toEqual([-5, 17]);
    expect(index.match('sensor.depth.ship17')).toEqual([17]);
    expect(index.match('sensor.depth')).toEqual([]);
  });
});

describe('TopicIndex#add(), #remove()', () => {
  test('the same pair twice is one', () => {
    const index = indexOf('a.*', 'a.*');
    expect(index.size).toBe(1);
    expect(index.remove('a.*', 'a.*')).toBe(true);
    expect(index.remove('a.*', 'a.*')).toBe(false);
    expect(index.size).toBe(0);
    expect(index.match('a.b')).toEqual([]);
  });

  test('to remove what is not there changes nothing', () => {
    const index = indexOf('a.b.c');
    for (const pattern of ['', 'a', 'a.b', 'a.b.c.d', 'a.b.*', '#']) {
      expect(index.remove(pattern, 'a.b.c')).toBe(false);
    }
    expect(index.remove('a.b.c', 'another value')).toBe(false);
    expect(index.match('a.b.c')).toEqual(['a.b.c']);
  });

  test('what was removed is as if it had never been', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(patterns, fc.nat({ max: 2 })), { maxLength: 20 }),
        fc.array(fc.tuple(patterns, fc.nat({ max: 2 })), { maxLength: 20 }),
        topics,
        (kept, removed, topicWords) => {
          const key = ([words, value]: [string[], number]) => `${words.join('.')} ${value}`;
          const keptKeys = new Set(kept.map(key));
          const [index, expected] = [new TopicIndex<number>(), new TopicIndex<number>()];
          for (const [words, value] of [...removed, ...kept]) index.add(words.join('.'), value);
          for (const [words, value] of kept) expected.add(words.join('.'), value);
          for (const pair of removed) {
            if (!keptKeys.has(key(pair))) index.remove(pair[0].join('.'), pair[1]);
          }
          const topic = topicWords.join('.');
          expect(index.match(topic).sort()).toEqual(expected.match(topic).sort());
          expect(index.size).toBe(expected.size);
        },
      ),
    );
  });
});
