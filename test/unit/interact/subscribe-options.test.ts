import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ContainerError } from '../../../src/errors/index.ts';
import {
  resolveSubscribeOptions,
  type SubscribeOptions,
  subscribeDefaults,
} from '../../../src/interact/subscribe-options.ts';

/** As a program in plain JavaScript may call it. */
function resolve(options: unknown): unknown {
  return Reflect.apply(resolveSubscribeOptions, undefined, [options]);
}

const live = {
  kind: 'live',
  name: '',
  isOrdered: false,
  from: 'first',
  skip: 0,
  concurrency: undefined,
  limit: 1024,
  overflow: 'drop-oldest',
  prefetch: 32,
  attempts: undefined,
};

describe('resolveSubscribeOptions()', () => {
  test('without options is live, with the defaults', () => {
    expect(resolveSubscribeOptions({})).toEqual(live);
    expect(subscribeDefaults).toEqual({ limit: 1024, overflow: 'drop-oldest', prefetch: 32 });
  });

  test.each<[SubscribeOptions, object]>([
    [
      { limit: 5, overflow: 'drop-newest', concurrency: 3 },
      { limit: 5, overflow: 'drop-newest', concurrency: 3 },
    ],
    [{ group: 'watch.night' }, { kind: 'group', name: 'watch.night' }],
    [
      { durable: 'log', ordered: true, attempts: 2 },
      { kind: 'durable', name: 'log', isOrdered: true, attempts: 2 },
    ],
    [
      { durable: 'log', prefetch: 7 },
      { kind: 'durable', name: 'log', prefetch: 7 },
    ],
    [{ replay: { from: 'first' } }, { kind: 'replay', from: 'first' }],
    [{ replay: { from: 'last' } }, { kind: 'replay', from: 'last' }],
    [{ replay: { from: 'next' } }, { kind: 'replay', from: 'next' }],
    [{ replay: { from: new Date(1_760_000_000_000) } }, { kind: 'replay', from: { at: 1_760_000_000_000 } }],
    [{ replay: { from: 17 } }, { kind: 'replay', from: { offset: 17 }, skip: 0 }],
    [{ replay: { from: { offset: 17 } } }, { kind: 'replay', from: { offset: 17 }, skip: 0 }],
    [{ replay: { from: { offset: 17, index: 3 } } }, { kind: 'replay', from: { offset: 17 }, skip: 3 }],
  ])('takes %j', (given, expected) => {
    expect(resolveSubscribeOptions(given)).toEqual({ ...live, ...expected });
  });

  test.each([
    [{ durabel: 'log' }, "a subscription has no option 'durabel'; did you mean 'durable'?"],
    [{ queue: 'log' }, "has no option 'queue'; known are group, durable, replay, ordered, concurrency,"],
    [{ group: 'a', durable: 'b' }, 'or none of them (live); given are group and durable'],
    [{ group: 'a', durable: 'b', replay: { from: 'first' } }, 'given are group and durable and replay'],
    [{ durable: '' }, "the name of a durable subscription '' is not a name"],
    [{ durable: 'my log' }, "the name of a durable subscription 'my log' is not a name: use segments of A–Z"],
    [{ group: '*' }, "the name of a group subscription '*' is not a name"],
    [{ group: 7 }, "the name of a group subscription '7' is not a name"],
    [{ durable: 'n'.repeat(101) }, 'has 101 characters; at most 100 are allowed'],
    [{ ordered: true }, 'ordered is for durable subscriptions only, and this one is live'],
    [{ group: 'a', ordered: true }, 'ordered is for durable subscriptions only, and this one is group'],
    [{ replay: { from: 'first' }, attempts: 3 }, 'attempts is for durable subscriptions only'],
    [{ durable: 'a', ordered: 'yes' }, 'ordered of a subscription is true or false, not string "yes"'],
    [{ durable: 'a', limit: 5 }, 'limit is for live subscriptions only, and this one is durable'],
    [{ group: 'a', overflow: 'drop-newest' }, 'overflow is for live subscriptions only'],
    [{ prefetch: 5 }, 'prefetch is not for live subscriptions; give a limit'],
    [
      { overflow: 'block' },
      `overflow of a subscription is 'drop-oldest' or 'drop-newest', not string "block"`,
    ],
    [{ concurrency: 0 }, 'concurrency of a subscription is a whole number from 1 to 65535, not number 0'],
    [{ concurrency: 1.5 }, 'concurrency of a subscription is a whole number'],
    [{ limit: '5' }, 'limit of a subscription is a whole number from 1 to 10000000, not string "5"'],
    [{ durable: 'a', prefetch: 65_536 }, 'prefetch of a subscription is a whole number from 1 to 65535'],
    [{ durable: 'a', attempts: 0 }, 'attempts of a subscription is a whole number from 1 to'],
    [
      { replay: 'last' },
      "replay.from of a subscription is 'first', 'last', 'next', a Date, an offset or {offset,",
    ],
    [{ replay: {} }, 'replay.from of a subscription is'],
    [{ replay: null }, 'replay.from of a subscription is'],
    [{ replay: { form: 'last' } }, 'replay.from of a subscription is'],
    [{ replay: { from: 'begin' } }, 'not string "begin"'],
    [{ replay: { from: new Date('never') } }, 'replay.from of a subscription is'],
    [{ replay: { from: -1 } }, 'replay.from of a subscription is'],
    [{ replay: { from: 0.5 } }, 'replay.from of a subscription is'],
    [{ replay: { from: { index: 2 } } }, 'replay.from of a subscription is'],
    [{ replay: { from: { offset: 1, index: -2 } } }, 'replay.from of a subscription is'],
    [{ replay: { from: null } }, 'replay.from of a subscription is'],
  ])('refuses %j', (given, message) => {
    expect(() => resolve(given)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });

  test('gives what was asked for or refuses it, whatever is given', () => {
    const odd = fc.oneof(
      fc.constantFrom<unknown>(undefined, null, '', 'name', 0, 1.5, -1, Number.NaN, true, {}, []),
      fc.anything(),
    );
    /** Mostly what it should be. */
    const mostly = (arbitrary: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: odd });
    const name = mostly(fc.constantFrom('log', 'watch.night', 'a-b'));
    const number = mostly(fc.integer({ min: 1, max: 65_535 }));
    const place = fc.record({ offset: fc.nat(), index: fc.option(fc.nat(), { nil: undefined }) });
    const from = mostly(fc.oneof(fc.constantFrom('first', 'last', 'next'), fc.nat(), fc.date(), place));
    const all = {
      group: name,
      durable: name,
      replay: mostly(fc.record({ from })),
      ordered: mostly(fc.boolean()),
      concurrency: number,
      limit: number,
      overflow: mostly(fc.constantFrom('drop-oldest', 'drop-newest')),
      prefetch: number,
      attempts: number,
    };
    const keys = Object.keys(all);
    const options = fc
      .tuple(fc.record(all), fc.subarray(keys, { maxLength: 3 }))
      .map(
        ([values, kept]): Partial<typeof values> =>
          Object.fromEntries(Object.entries(values).filter(([key]) => kept.includes(key))),
      );
    const seen = { resolved: 0, refused: 0 };
    fc.assert(
      fc.property(options, (given) => {
        let resolved: unknown;
        try {
          resolved = resolve(given);
        } catch (error) {
          seen.refused += 1;
          expect(error).toBeInstanceOf(ContainerError);
          expect(error).toMatchObject({ code: 'BadRequest' });
          return;
        }
        seen.resolved += 1;
        const { group, durable, replay, ordered, concurrency, limit, overflow, prefetch, attempts } = given;
        const kinds = Object.entries({ group, durable, replay }).filter(([, value]) => value !== undefined);
        expect(kinds.length).toBeLessThan(2);
        expect(resolved).toMatchObject({
          kind: kinds[0]?.[0] ?? 'live',
          name: group ?? durable ?? '',
          isOrdered: ordered ?? false,
          concurrency,
          limit: limit ?? 1024,
          overflow: overflow ?? 'drop-oldest',
          prefetch: prefetch ?? 32,
          attempts,
        });
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.resolved, seen.refused)).toBeGreaterThan(100);
  });
});
