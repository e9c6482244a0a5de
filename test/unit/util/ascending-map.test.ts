import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AscendingMap } from '../../../src/util/index.ts';

describe('AscendingMap', () => {
  test('holds what a Map would, in the order of the numbers, whatever comes and goes', () => {
    const step = fc.record({ number: fc.nat(500), isAdded: fc.boolean(), value: fc.string() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const map = new AscendingMap<string>();
        const model = new Map<number, string>();
        for (const { number, isAdded, value } of steps) {
          if (isAdded) {
            map.set(number, value);
            model.set(number, value);
          } else {
            map.delete(number);
            model.delete(number);
          }
          expect(map.size).toBe(model.size);
          expect(map.get(number)).toBe(model.get(number));
        }
        const expected = [...model].sort(([one], [other]) => one - other).map(([, value]) => value);
        expect(map.values()).toEqual(expected);
        expect(map.unordered().sort()).toEqual(expected.sort());
      }),
    );
  });

  test('takes a number that comes late, when its neighbours have left already', () => {
    const map = new AscendingMap<string>();
    for (let number = 1; number < 1_000; number += 1) {
      if (number === 70) continue;
      map.set(number, `${number}`);
      map.delete(number);
    }
    map.set(1_000, 'last');
    map.set(70, 'late');
    expect([map.get(70), map.get(1_000), map.size]).toEqual(['late', 'last', 2]);
    expect(map.values()).toEqual(['late', 'last']);
  });

  test('keeps a few old values among many that came and went, and finds, replaces and forgets them', () => {
    const map = new AscendingMap<string>();
    for (let number = 0; number < 10_000; number += 1) map.set(number, `${number}`);
    for (let number = 0; number < 10_000; number += 1) if (number % 64 !== 7) map.delete(number);
    const left = Array.from({ length: 157 }, (_, index) => index * 64 + 7).filter(
      (number) => number < 10_000,
    );
    expect(map.values()).toEqual(left.map(String));
    map.set(71, 'again');
    expect([map.get(71), map.size]).toEqual(['again', left.length]);
    for (const number of left) map.delete(number);
    expect([map.size, map.values(), map.unordered()]).toEqual([0, [], []]);
  });
});
