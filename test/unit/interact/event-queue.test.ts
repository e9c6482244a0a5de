import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Arrival } from '../../../src/exchange/index.ts';
import { EventQueue } from '../../../src/interact/event-queue.ts';
import { arrival } from '../exchange/bed.ts';

/** An event of that address, and its number as content. */
function event(address: string, number = 0): Arrival {
  return arrival({ performative: 'none', receiver: address, op: 'sensor.depth', content: number });
}

function contents(arrivals: readonly (Arrival | undefined)[]): unknown[] {
  return arrivals.map((one) => one?.message.content);
}

/** A queue with events numbered in their order, one of each address given. */
function queueOf(...addresses: readonly string[]): EventQueue {
  const queue = new EventQueue();
  for (const [number, address] of addresses.entries()) queue.push(event(address, number));
  return queue;
}

/** Everything that it gives out now. */
function taken(queue: EventQueue): unknown[] {
  const all: (Arrival | undefined)[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) all.push(next);
  return contents(all);
}

describe('EventQueue#next()', () => {
  test('gives out what was pushed, in order, whatever its origin', () => {
    const queue = queueOf('~a', '~b', '~a', '~c');
    expect(queue.length).toBe(4);
    expect(taken(queue)).toEqual([0, 1, 2, 3]);
    expect(queue.length).toBe(0);
  });

  test('passes over the events of a held origin; they count as waiting', () => {
    const queue = queueOf('~a', '~b', '~a', '~b');
    queue.hold('~a');
    expect(taken(queue)).toEqual([1, 3]);
    expect(queue.length).toBe(2);
  });

  test('passes over what is pushed for a held origin later, too', () => {
    const queue = queueOf('~a');
    queue.hold('~a');
    expect(queue.next()).toBeUndefined();
    queue.push(event('~a', 1));
    queue.push(event('~b', 2));
    expect(taken(queue)).toEqual([2]);
    queue.release('~a');
    expect(taken(queue)).toEqual([0, 1]);
  });
});

describe('EventQueue#release()', () => {
  test('puts the held events before what is fresh, and the one that is tried again before them', () => {
    const queue = queueOf('~a', '~a', '~b', '~a', '~c');
    const first = queue.next();
    queue.hold('~a');
    expect(contents([queue.next()])).toEqual([2]);
    queue.release('~a', first);
    expect(taken(queue)).toEqual([0, 1, 3, 4]);
  });

  test('of what is not held changes nothing', () => {
    const queue = queueOf('~a', '~b');
    queue.release('~b');
    expect(taken(queue)).toEqual([0, 1]);
  });
});

describe('EventQueue#oldest()', () => {
  test('takes the oldest, though its address is held; undefined when there is none', () => {
    const queue = queueOf('~a', '~b', '~b');
    queue.hold('~a');
    expect(contents([queue.next()])).toEqual([1]);
    expect(contents([queue.oldest()])).toEqual([0]);
    expect(contents([queue.oldest()])).toEqual([2]);
    expect(queue.oldest()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  test('leaves nothing in the way of what comes next', () => {
    const queue = queueOf('~a');
    queue.release('~a', queue.next());
    queue.push(event('~a', 1));
    expect(contents([queue.oldest()])).toEqual([0]);
    expect(contents([queue.next()])).toEqual([1]);
  });
});

describe('EventQueue#drain()', () => {
  test('takes out everything, the held ones too; what is held stays so', () => {
    const queue = queueOf('~a', '~b', '~a');
    queue.hold('~a');
    queue.next();
    expect(contents(queue.drain()).sort()).toEqual([0, 2]);
    expect(queue.length).toBe(0);
    expect(queue.next()).toBeUndefined();
    queue.push(event('~a', 3));
    queue.push(event('~b', 4));
    expect(taken(queue)).toEqual([4]);
    queue.release('~a');
    expect(taken(queue)).toEqual([3]);
  });

  test('keeps the order of an origin of which some were released and some are held again', () => {
    const queue = queueOf('~a', '~a', '~b');
    queue.hold('~a');
    queue.hold('~b');
    expect(queue.next()).toBeUndefined();
    queue.release('~a');
    const first = queue.next();
    queue.release('~b');
    queue.release('~a', first);
    queue.hold('~a');
    expect(contents([queue.next()])).toEqual([2]);
    expect(contents(queue.drain())).toEqual([0, 1]);
  });
});

/**
 * The promise in a few lines: a line of its own per origin. What is held gives nothing; everything else is in the order of its line.
 */
class Model {
  readonly #lines = new Map<string, number[]>();
  readonly #held = new Set<string>();

  get length(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.length, 0);
  }
  get mayGive(): boolean {
    return [...this.#lines].some(([origin, line]) => !this.#held.has(origin) && line.length > 0);
  }
  isHeld(origin: string): boolean {
    return this.#held.has(origin);
  }
  line(origin: string): number[] {
    let line = this.#lines.get(origin);
    if (line === undefined) {
      line = [];
      this.#lines.set(origin, line);
    }
    return line;
  }
  hold(origin: string): void {
    this.#held.add(origin);
  }
  release(origin: string): void {
    this.#held.delete(origin);
  }
}

type Step =
  | { readonly do: 'push' | 'hold' | 'release' | 'again'; readonly origin: string }
  | { readonly do: 'next'; readonly holds: boolean }
  | { readonly do: 'oldest' };

const origin = fc.constantFrom('~a', '~b');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), origin }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('next' as const), holds: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('hold' as const, 'release' as const), origin }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), origin }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('oldest' as const) }) },
);

describe('EventQueue, whatever is done with it,', () => {
  test('loses nothing, gives nothing twice and keeps the order of each origin', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const queue = new EventQueue();
        const model = new Model();
        /** The last event of each origin that was given out and may be tried again. */
        const underway = new Map<string, Arrival>();
        let number = 0;
        for (const one of steps) {
          if (one.do === 'push') {
            number += 1;
            queue.push(event(one.origin, number));
            model.line(one.origin).push(number);
          } else if (one.do === 'hold') {
            queue.hold(one.origin);
            model.hold(one.origin);
          } else if (one.do === 'release') {
            queue.release(one.origin);
            model.release(one.origin);
          } else if (one.do === 'again') {
            const failed = underway.get(one.origin);
            underway.delete(one.origin);
            queue.release(one.origin, failed);
            model.release(one.origin);
            if (failed !== undefined) model.line(one.origin).unshift(Number(failed.message.content));
          } else {
            const given = one.do === 'next' ? queue.next() : queue.oldest();
            if (one.do === 'next') expect(given !== undefined).toBe(model.mayGive);
            if (given === undefined) {
              if (one.do === 'oldest') expect(model.length).toBe(0);
              continue;
            }
            const { receiver, content } = given.message;
            const line = model.line(receiver);
            expect(content).toBe(line[0]);
            line.shift();
            if (one.do === 'next') {
              expect(model.isHeld(receiver)).toBe(false);
              underway.set(receiver, given);
              // As a subscriber does where an origin has one event at a time.
              if (one.holds) {
                queue.hold(receiver);
                model.hold(receiver);
              }
            }
          }
          expect(queue.length).toBe(model.length);
        }
        const left = queue.drain();
        for (const address of ['~a', '~b']) {
          const ofOrigin = left.filter(({ message }) => message.receiver === address);
          expect(contents(ofOrigin)).toEqual(model.line(address));
        }
        expect(queue.length).toBe(0);
      }),
      { numRuns: 800 },
    );
  });

  test('without holds is one line', () => {
    fc.assert(
      fc.property(fc.array(fc.option(origin, { nil: undefined })), (steps) => {
        const queue = new EventQueue();
        const line: number[] = [];
        for (const [number, address] of steps.entries()) {
          if (address === undefined) {
            expect(queue.next()?.message.content).toBe(line.shift());
          } else {
            queue.push(event(address, number));
            line.push(number);
          }
        }
        expect(contents(queue.drain())).toEqual(line);
      }),
    );
  });
});
