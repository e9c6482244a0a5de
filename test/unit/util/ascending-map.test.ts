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
});
