import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NumberMap } from '../../../src/supervisor/number-map.ts';

/** Near each other, at the edges of the tree's levels, and beyond 32 bits. */
const key = fc.oneof(
  fc.nat(40),
  fc.constantFrom(31, 32, 1_023, 1_024, 1_025, 32_767, 32_768),
  fc.maxSafeNat(),
);
const change = fc.record({ key, value: fc.option(fc.string({ minLength: 1 }), { nil: undefined }) });

function sameAs(map: NumberMap<string>, model: ReadonlyMap<number, string>, keys: readonly number[]): void {
  expect(map.size).toBe(model.size);
  expect(keys.map((at) => map.get(at))).toEqual(keys.map((at) => model.get(at)));
  const ordered = [...model].toSorted(([a], [b]) => a - b).map(([, value]) => value);
  expect(map.values()).toEqual(ordered);
}

describe('NumberMap', () => {
  test('holds what a map would, in the order of keys, and no change touches the maps before it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const keys = changes.map(({ key: at }) => at);
        const versions: [NumberMap<string>, ReadonlyMap<number, string>][] = [];
        let map = NumberMap.empty<string>();
        const model = new Map<number, string>();
        for (const { key: at, value } of changes) {
          versions.push([map, new Map(model)]);
          if (value === undefined) {
            map = map.without(at);
            model.delete(at);
          } else {
            map = map.with(at, value);
            model.set(at, value);
          }
        }
        for (const [version, was] of [...versions, [map, model] as const]) sameAs(version, was, keys);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same map when nothing is taken out', () => {
    const map = NumberMap.empty<string>().with(3, 'three');
    expect(map.without(4)).toBe(map);
  });
});
