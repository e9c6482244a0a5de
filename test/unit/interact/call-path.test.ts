import { describe, expect, test } from '@jest/globals';
import type { CallPath, PathStep } from '../../../src/codec/index.ts';
import { describePath, isExhausted, isOnPath, ringVerdict } from '../../../src/interact/call-path.ts';
import { message } from '../exchange/bed.ts';

function step(process: string, over: Partial<PathStep> = {}): PathStep {
  return { process, service: '', instances: 1, isBlocked: true, ...over };
}
const serving = (process: string, over: Partial<PathStep> = {}) =>
  step(process, { service: 'ring', ...over });
const open = { isBlocked: false };

describe('ringVerdict()', () => {
  test.each<[string, CallPath, string, string, string]>([
    ['an empty path', [], 'ship.1', '', 'open'],
    ['a process that is not on it', [step('ship.1')], 'ship.2', '', 'open'],
    ['a process that waits', [step('ship.1')], 'ship.1', '', 'closed'],
    ['one that waits further up', [step('ship.1'), step('ship.2')], 'ship.1', '', 'closed'],
    ['one that takes calls meanwhile', [step('ship.1', open)], 'ship.1', '', 'open'],
    ['a service that nobody of the path serves', [step('ship.1')], 'ring', 'ring', 'open'],
    ['a service of which an instance waits', [serving('ship.1')], 'ring', 'ring', 'ask'],
    ['one whose instance takes calls meanwhile', [serving('ship.1', open)], 'ring', 'ring', 'open'],
    ['a service by another name', [serving('ship.1')], 'fleet.ring', 'ring', 'ask'],
    ['the id of an instance that waits', [serving('ship.1')], 'ship.1', '', 'closed'],
    ['the id of another instance', [serving('ship.1')], 'ship.2', '', 'open'],
  ])('of %s', (_name, path, receiver, service, verdict) => {
    expect(ringVerdict(path, receiver, service)).toBe(verdict);
  });
});

describe('isExhausted()', () => {
  test.each<[string, CallPath, number, boolean]>([
    ['its only instance waits', [serving('a.1')], 1, true],
    ['nobody serves it any more', [serving('a.1')], 0, true],
    ['another container serves it', [serving('a.1')], 2, false],
    ['both containers’ only instances wait', [serving('a.1'), serving('b.1')], 2, true],
    ['a second instance of the container is free', [serving('a.1', { instances: 2 })], 1, false],
    [
      'both instances of the container wait',
      [serving('a.1', { instances: 2 }), serving('a.2', { instances: 2 })],
      1,
      true,
    ],
    [
      'an instance was added while the call was under way',
      [serving('a.1'), serving('a.2', { instances: 3 })],
      1,
      false,
    ],
    [
      'one instance stands on the path twice',
      [serving('a.1', { instances: 2 }), serving('a.1', { instances: 2 })],
      1,
      false,
    ],
    ['an instance takes calls meanwhile', [serving('a.1', open)], 1, false],
    ['those that wait serve something else', [step('a.1', { service: 'other' })], 1, false],
  ])('when %s', (_name, path, containers, exhausted) => {
    expect(isExhausted(path, 'ring', containers)).toBe(exhausted);
  });
});

describe('isOnPath()', () => {
  test('tells whether a process waits for the message', () => {
    const one = message({ callPath: [step('ship.1'), step('ship.2')] });
    expect(['ship.1', 'ship.2', 'ship.3'].map((process) => isOnPath(one, process))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isOnPath(message(), 'ship.1')).toBe(false);
  });
});

describe('describePath()', () => {
  test('names processes, their services and the receiver', () => {
    expect(describePath([step('a.4'), serving('b.7')], 'ring')).toBe('a.4 → b.7 (ring) → ring');
  });
});
