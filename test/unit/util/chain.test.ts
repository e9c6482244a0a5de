import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Chain, type Link } from '../../../src/util/index.ts';

class Thing implements Link<Thing> {
  chainNext: Thing | undefined;
  chainPrevious: Thing | undefined;
  readonly name: number;

  constructor(name: number) {
    this.name = name;
  }
}

const namesOf = (things: Iterable<Thing>) => [...things].map(({ name }) => name);

describe('Chain', () => {
  test('holds what a Set would, in its order, whatever comes and goes', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete'), fc.nat(9)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const things = Array.from({ length: 10 }, (_, name) => new Thing(name));
        const [chain, set] = [new Chain<Thing>(), new Set<Thing>()];
        for (const [step, index] of all) {
          const thing = things[index];
          if (thing === undefined) continue;
          if (step === 'delete') chain.delete(thing);
          else if (!set.has(thing)) chain.add(thing);
          if (step === 'delete') set.delete(thing);
          else set.add(thing);
          expect(chain.size).toBe(set.size);
          expect(namesOf(chain)).toEqual(namesOf(set));
        }
      }),
    );
  });

  test('may change while it is walked through', () => {
    const things = [1, 2, 3].map((name) => new Thing(name));
    const chain = new Chain<Thing>();
    for (const thing of things) chain.add(thing);
    const seen: Thing[] = [];
    for (const thing of chain) {
      seen.push(thing);
      chain.delete(thing);
      chain.add(new Thing(thing.name + 10));
    }
    expect(namesOf(seen)).toEqual([1, 2, 3]);
    expect(namesOf(chain)).toEqual([11, 12, 13]);
  });
});
