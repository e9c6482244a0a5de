import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitsShortString, maxShortStringBytes } from '../../../src/util/index.ts';

describe('fitsShortString()', () => {
  test('is what a count of the UTF-8 bytes says', () => {
    const character = fc.constantFrom('x', 'é', '€', '😀', '\ud800');
    fc.assert(
      fc.property(fc.array(character, { minLength: 60, maxLength: 260 }), (characters) => {
        const text = characters.join('');
        expect(fitsShortString(text)).toBe(new TextEncoder().encode(text).length <= maxShortStringBytes);
      }),
    );
  });

  test.each([
    ['x'.repeat(255), true],
    ['x'.repeat(256), false],
    ['€'.repeat(85), true],
    ['€'.repeat(86), false],
    ['', true],
  ])('draws the line at 255 bytes: %s', (text, fits) => {
    expect(fitsShortString(text)).toBe(fits);
  });
});
