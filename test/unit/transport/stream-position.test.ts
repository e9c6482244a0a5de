import { describe, expect, test } from '@jest/globals';
import { StreamPosition } from '../../../src/transport/stream-position.ts';

function given(...offsets: number[]): StreamPosition {
  const position = new StreamPosition('first');
  position.started(1_000);
  for (const offset of offsets) position.gave(offset);
  return position;
}

describe('StreamPosition', () => {
  test('#start is where it was told to begin until it has been given something', () => {
    for (const from of ['first', 'last', 'next', { offset: 7 }, { at: 5 }] as const) {
      expect(new StreamPosition(from).start).toEqual(from);
    }
  });

  test('#start of a reader that was served and got nothing misses nothing that came since', () => {
    const starts = (['first', 'last', 'next', { offset: 7 }] as const).map((from) => {
      const position = new StreamPosition(from);
      position.started(1_000);
      position.started(2_000);
      return position.start;
    });
    expect(starts).toEqual(['first', 'first', { at: 1_000 }, { offset: 7 }]);
  });

  test('#start is the oldest that is not settled, else what follows the last', () => {
    const position = given(3, 5, 6, 9);
    position.settled(5);
    expect(position.start).toEqual({ offset: 3 });
    position.settled(3);
    expect(position.start).toEqual({ offset: 6 });
    position.settled(9);
    position.settled(6);
    expect(position.start).toEqual({ offset: 10 });
  });

  test('#knows() tells what is new, what is open and what is done', () => {
    const position = given(3, 5);
    position.settled(3);
    expect([3, 4, 5, 6].map((offset) => position.knows(offset))).toEqual([
      'settled',
      'settled',
      'unsettled',
      'new',
    ]);
  });

  test('#gave() again changes nothing', () => {
    const position = given(3, 5);
    position.settled(3);
    position.gave(3);
    expect(position.knows(3)).toBe('settled');
    expect(position.start).toEqual({ offset: 5 });
  });

  test('#begins() lets go of what the stream has dropped, and of nothing else', () => {
    const position = given(3, 5, 6, 9);
    position.begins(6);
    expect(position.start).toEqual({ offset: 6 });
    expect(position.knows(3)).toBe('settled');
    position.begins(0);
    expect(position.start).toEqual({ offset: 6 });
    position.begins(100);
    expect(position.start).toEqual({ offset: 10 });
  });
});
