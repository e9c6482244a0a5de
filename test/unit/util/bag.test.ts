import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Bag, type Bagged } from '../../../src/util/index.ts';

class Thing implements Bagged {
  place = -1;
}

describe('Bag', () => {
  test('holds what a Set would, whatever comes and goes in whatever order', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete'), fc.nat(9)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const things = Array.from({ length: 10 }, () => new Thing());
        const [bag, set] = [new Bag<Thing>(), new Set<Thing>()];
        for (const [step, index] of all) {
          const thing = things[index] ?? new Thing();
          if (step === 'delete') bag.delete(thing);
          else if (!set.has(thing)) bag.add(thing);
          if (step === 'delete') set.delete(thing);
          else set.add(thing);
          expect(bag.size).toBe(set.size);
          expect(new Set(bag)).toEqual(set);
        }
      }),
    );
  });

  test('does not take out what lies in another one', () => {
    const [one, other] = [new Thing(), new Thing()];
    const [bag, elsewhere] = [new Bag<Thing>(), new Bag<Thing>()];
    bag.add(one);
    elsewhere.add(other);
    bag.delete(other);
    bag.delete(new Thing());
    expect([...bag]).toEqual([one]);
  });

  test('may change while it is walked through', () => {
    const things = [new Thing(), new Thing(), new Thing()];
    const bag = new Bag<Thing>();
    for (const thing of things) bag.add(thing);
    const seen: Thing[] = [];
    for (const thing of bag) {
      seen.push(thing);
      bag.delete(thing);
      bag.add(new Thing());
    }
    expect(seen).toEqual(things);
    expect(bag.size).toBe(3);
  });
});
