import { describe, expect, test } from '@jest/globals';
import { parseReplayFrom } from '../../../src/cli/replay-from.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

describe('parseReplayFrom()', () => {
  test.each(['first', 'last', 'next'])('takes %s as it is', (word) => {
    expect(parseReplayFrom(word)).toBe(word);
  });

  test('takes an offset, and a place as events have it', () => {
    expect(parseReplayFrom('1234')).toEqual({ offset: 1234, index: 0 });
    expect(parseReplayFrom('0:7')).toEqual({ offset: 0, index: 7 });
  });

  test('takes a moment; a day, or one without an offset from UTC, is local', () => {
    expect(parseReplayFrom('2026-11-21T20:15:00Z')).toEqual(new Date('2026-11-21T20:15:00Z'));
    expect(parseReplayFrom('2026-11-21T20:15:00+02:00')).toEqual(new Date('2026-11-21T18:15:00Z'));
    expect(parseReplayFrom('2026-11-21')).toEqual(new Date(2026, 10, 21));
    expect(parseReplayFrom('2026-11-21T20:15')).toEqual(new Date(2026, 10, 21, 20, 15));
  });

  test.each([
    '',
    'frist',
    '-1',
    '1.5',
    '1:',
    ':1',
    '2026-13-01',
    '2026-11-21 gale',
    '99999999999999999',
    'May 5',
  ])('refuses %j', (text) => {
    expect(() => parseReplayFrom(text)).toThrow(UsageError);
    expect(() => parseReplayFrom(text)).toThrow(/--from is first, last, next, a moment such as/);
  });
});
