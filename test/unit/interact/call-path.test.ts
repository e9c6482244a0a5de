import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CallPath,
  callPathHeader,
  callPathOf,
  describePath,
  isExhausted,
  isOnPath,
  maxPathSteps,
  type PathStep,
  ringVerdict,
  toPathHeader,
} from '../../../src/interact/call-path.ts';
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

describe('callPathOf()', () => {
  const steps = fc.array(
    fc.record({
      process: fc.string(),
      service: fc.string(),
      instances: fc.nat(),
      isBlocked: fc.boolean(),
    }),
    { maxLength: maxPathSteps },
  );

  test('reads what toPathHeader() has written', () => {
    fc.assert(
      fc.property(steps, (path) => {
        const headers = { [callPathHeader]: toPathHeader(path) };
        expect(callPathOf(message({ headers }))).toEqual(path);
      }),
    );
  });

  test.each([
    ['none', undefined],
    ['null', null],
    ['a text', 'ship.1'],
    ['a map', { process: 'ship.1' }],
    ['a number', 7],
    ['bytes', Uint8Array.of(1)],
    ['one step too many', new Array(maxPathSteps + 1).fill(['ship.1', '', 1, true])],
  ])('is empty for a header that is %s', (_name, path) => {
    const headers = path === undefined ? undefined : { [callPathHeader]: path };
    expect(callPathOf(message({ headers }))).toEqual([]);
  });

  test.each([[null], ['ship.1'], [[]], [['ship.1', '', 1]], [[1, '', 1, true]], [['ship.1', null, 1, true]]])(
    'leaves out a step that is %j, and keeps the others',
    (bad) => {
      const headers = { [callPathHeader]: [bad, ['ship.2', '', 1, true]] };
      expect(callPathOf(message({ headers }))).toEqual([step('ship.2')]);
    },
  );

  test('of anything never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        const one = message();
        Object.assign(one, { headers: { [callPathHeader]: anything } });
        expect(Array.isArray(callPathOf(one))).toBe(true);
        expect(typeof isOnPath(one, 'ship.1')).toBe('boolean');
      }),
    );
  });
});

describe('isOnPath()', () => {
  test('tells whether a process waits for the message', () => {
    const headers = { [callPathHeader]: toPathHeader([step('ship.1'), step('ship.2')]) };
    const one = message({ headers });
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
