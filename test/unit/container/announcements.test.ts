import { describe, expect, test } from '@jest/globals';
import { Announcements } from '../../../src/container/announcements.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival } from '../exchange/bed.ts';

describe('Announcements#take()', () => {
  test.each([
    [
      ['log', ['keep', 10, 20], ['copy', 5.5]],
      [
        ['log', 'keep', 10],
        ['log', 'keep', 20],
        ['log', 'copy', 5.5],
      ],
    ],
    [['log', ['keep', 0, -1, Number.NaN, '7', null, 9]], [['log', 'keep', 9]]],
    [['log', 'keep', null, [], [7, 7], { op: 'keep' }], []],
    [['log'], []],
    [[7, ['keep', 10]], []],
    [[], []],
    [null, []],
    [{ length: 2 }, []],
  ])('of %j reads how long one-way messages took', (content, expected) => {
    const told: unknown[] = [];
    const announcements = new Announcements(
      'shore',
      recordingLogger(),
      () => told.push('wanted'),
      (...work) => told.push(work),
    );
    // Also from a service in the same container.
    for (const origin of ['ship', 'shore'])
      announcements.take(arrival({ performative: 'none', op: 'took', content }, { origin }));
    expect(told).toEqual([...expected, ...expected]);
  });
});
