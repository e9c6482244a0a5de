import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  escapeOrigin,
  escapeOriginPattern,
  eventTopic,
  unescapeOrigin,
} from '../../../src/exchange/event-topic.ts';
import { TopicIndex } from '../../../src/util/index.ts';

const safe = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Any UTF-16, lone surrogates included, with what the escape is made of more often than by chance. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('.', '..', '_', '_x', 'x', '*', '#', '_x_', '_x2a_', '2a_', 'é', '漢', '😀', '\ud800'),
      fc.string({ maxLength: 3, unit: 'binary' }),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('escapeOrigin()', () => {
  test.each([
    ['ship7.gps', 'ship7.gps'],
    ['ship_17_Ab-c.4', 'ship_17_Ab-c.4'],
    ['', '_x_'],
    ['.', '_x_._x_'],
    ['a..b', 'a._x_.b'],
    ['*', '_x2a_'],
    ['a.#', 'a._x23_'],
    ['my ship', 'my_x20_ship'],
    ['_x_', '_x5f_x_'],
    ['__x', '__x5f_x'],
    ['_', '_'],
    ['_.x', '_.x'],
    ['é😀', '_xe9__x1f600_'],
    ['\ud800', '_xd800_'],
    ['a\u0000b', 'a_x0_b'],
    ['~', '_x7e_'],
  ])('%j becomes %j', (origin, words) => {
    expect(escapeOrigin(origin)).toBe(words);
    expect(unescapeOrigin(words)).toBe(origin);
  });

  test('makes words that are never empty and never a wildcard, with the dots of the text', () => {
    fc.assert(
      fc.property(anyText, (origin) => {
        const words = escapeOrigin(origin);
        expect(words).toMatch(safe);
        expect(words.split('.')).toHaveLength(origin.split('.').length);
      }),
      { numRuns: 2_000 },
    );
  });

  test('leaves names and ids alone', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9-](_?[A-Za-wyz0-9-])*(\.[A-Za-z0-9-]+){0,3}$/);
    fc.assert(fc.property(name, (origin) => expect(escapeOrigin(origin)).toBe(origin)));
  });
});

describe('unescapeOrigin()', () => {
  test('gives back what escapeOrigin() was given, so different texts become different words', () => {
    fc.assert(
      fc.property(anyText, (origin) => expect(unescapeOrigin(escapeOrigin(origin))).toBe(origin)),
      { numRuns: 5_000 },
    );
  });

  test.each([
    '',
    '.',
    'a.',
    '*',
    'a b',
    'é',
    '_x',
    'a_x',
    '_x41_',
    '_x2A_',
    '_x02a_',
    '_x110000_',
    'a_x_',
    '_x_b',
  ])('refuses %j, which escapeOrigin() never makes', (words) => {
    expect(unescapeOrigin(words)).toBeUndefined();
  });

  test('never gives for any text an origin that has other words', () => {
    fc.assert(
      fc.property(anyText, (words) => {
        const origin = unescapeOrigin(words);
        if (origin !== undefined) expect(escapeOrigin(origin)).toBe(words);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('escapeOriginPattern()', () => {
  test('keeps wildcards that are whole words and escapes the others as escapeOrigin() does', () => {
    expect(escapeOriginPattern('ship7.#')).toBe('ship7.#');
    expect(escapeOriginPattern('*.my ship.#')).toBe('*.my_x20_ship.#');
    expect(escapeOriginPattern('a*')).toBe('a_x2a_');
    expect(escapeOriginPattern('a..*')).toBe('a._x_.*');
  });

  test('the pattern of an origin without wildcards matches that origin and no other', () => {
    const origin = anyText.filter((text) => text.split('.').every((part) => part !== '*' && part !== '#'));
    const some = (text: string): boolean => text !== '';
    fc.assert(
      fc.property(origin.filter(some), anyText.filter(some), (wanted, other) => {
        const index = new TopicIndex<string>();
        index.add(`type.${escapeOriginPattern(wanted)}`, 'x');
        expect(index.match(eventTopic('type', wanted))).toEqual(['x']);
        if (other !== wanted) expect(index.match(eventTopic('type', other))).toEqual([]);
      }),
    );
  });
});

describe('eventTopic()', () => {
  test('is the type and the escaped origin', () => {
    expect(eventTopic('sensor.position', 'ship7.*')).toBe('sensor.position.ship7._x2a_');
  });

  test('refuses an event without an origin', () => {
    expect(() => eventTopic('sensor.position', '')).toThrow(
      "an event of type 'sensor.position' needs an origin",
    );
  });

  test('fits 254 bytes, since the address of an event is a byte longer, or says how long the origin may be', () => {
    const type = 'sensor.position';
    expect(eventTopic(type, 'o'.repeat(238))).toHaveLength(254);
    expect(() => eventTopic(type, 'o'.repeat(239))).toThrow(
      expect.objectContaining({
        code: 'BadRequest',
        message: expect.stringMatching(
          /^The origin 'o{40,}.*' has 239 characters .*'sensor\.position' there is room for 238 /,
        ),
      }),
    );
    expect(() => eventTopic(type, '漢'.repeat(40))).toThrow('has 280 characters');
    expect(() => eventTopic('t'.repeat(300), 'o')).toThrow('room for 0');
  });
});
