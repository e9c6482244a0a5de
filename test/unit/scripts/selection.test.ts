import { describe, expect, test } from '@jest/globals';
import { needsBroker } from '../../../scripts/test/selection.ts';

describe('needsBroker()', () => {
  test.each<[boolean, string]>([
    [true, ''],
    [true, 'test/unit/util'],
    [true, '--watch'],
    [false, '--selectProjects unit'],
    [false, '--selectProjects=unit'],
    [false, '--silent --selectProjects unit -t name'],
    [true, '--selectProjects unit integration'],
    [true, '--selectProjects unit --selectProjects=e2e'],
    [true, '--ignoreProjects e2e'],
    [false, '--ignoreProjects contract integration e2e'],
    [false, '--selectProjects contract --ignoreProjects contract'],
    [false, '--listTests'],
    [true, '-t --selectProjects'],
  ])('is %s for "%s"', (expected, line) => {
    expect(needsBroker(line.split(' ').filter((argument) => argument !== ''))).toBe(expected);
  });
});
