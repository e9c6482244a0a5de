import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { visible } from '../../../src/util/index.ts';

describe('visible()', () => {
  test('escapes what moves a cursor, ends a line or turns text, and nothing else', () => {
    expect(visible('a\n\u001b[2J\u009b\u202e\u2028\u{e0001}é😀 "')).toBe(
      'a\\u000a\\u001b[2J\\u009b\\u202e\\u2028\\udb40\\udc01é😀 "',
    );
  });

  test('leaves JSON the JSON that it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(visible(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});
