import { describe, expect, test } from '@jest/globals';
import { isVersionRange, versionMisfit } from '../../../src/app/version-range.ts';

describe('isVersionRange()', () => {
  test.each(['^1.2', '~1.2.3', '1.2.0', '1.x', '*', '>=1.2 <2', '^1.2 || ^2', '1.2.0 - 1.4', '^1.2.0-rc.1'])(
    'takes %s',
    (range) => expect(isVersionRange(range)).toBe(true),
  );

  test.each(['', ' ', 'latest', '^one', '1.2.3.4', '>=', '=>1.2', '^1.2,^2'])("refuses '%s'", (range) =>
    expect(isVersionRange(range)).toBe(false),
  );
});

describe('versionMisfit()', () => {
  test.each([
    ['1.2.0', '^1.2'],
    ['1.9.9', '^1.2'],
    ['1.2.0', '1.2.0'],
    ['0.2.7', '^0.2.1'],
    ['1.3.0', '>=1.2 <2'],
    ['2.0.0+build', '^2'],
    ['1.2.0-rc.2', '^1.2.0-rc.1'],
    ['1.2.0', '^1.2.0-rc.1'],
  ])('%s is in %s', (version, range) => expect(versionMisfit(version, range)).toBeUndefined());

  test.each([
    ['1.1.9', '^1.2', "version '1.1.9'"],
    ['2.0.0', '^1.2', "version '2.0.0'"],
    ['0.3.0', '^0.2', "version '0.3.0'"],
    ['1.2.1', '1.2.0', "version '1.2.1'"],
    // As semantic versioning has it: a pre-release is only in a range that names one of the same version.
    ['1.3.0-rc.1', '^1.2', "version '1.3.0-rc.1'"],
    ['1.3.0-rc.1', '^1.2.0-rc.1', "version '1.3.0-rc.1'"],
    ['01.2.3', '*', "version '01.2.3', which semantic versioning does not know"],
    [undefined, '*', 'no version'],
  ])('%s is not in %s', (version, range, misfit) => expect(versionMisfit(version, range)).toBe(misfit));
});
