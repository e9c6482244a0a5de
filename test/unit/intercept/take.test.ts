import { describe, expect, test } from '@jest/globals';
import { ForbiddenError } from '../../../src/errors/index.ts';
import { outgoing } from '../../../src/exchange/index.ts';
import type { Interceptor, Invocation, TakenMessage } from '../../../src/intercept/index.ts';
import { arrival, message } from '../exchange/bed.ts';
import { chainOf, noting, notingWay, throwing } from './bed.ts';

/** An interceptor that takes what comes in, for the test to decide. */
function taking() {
  const taken: TakenMessage[] = [];
  const interceptor: Interceptor = (invocation) => void taken.push(invocation.take());
  return { interceptor, taken };
}

describe('Invocation#take()', () => {
  test('leaves the message to the interceptor, until it passes it on to those that come next', () => {
    const { interceptor, taken } = taking();
    const { notes, interceptors } = noting('A');
    const { chain } = chainOf(...interceptors, interceptor);
    const { way, accepted, refused } = notingWay();
    chain.in(way)(arrival());
    expect({ accepted, refused, notes }).toEqual({ accepted: [], refused: [], notes: [] });
    taken[0]?.pass();
    expect(accepted).toHaveLength(1);
    expect(notes).toEqual(['in A', 'A done']);
  });

  test('lets it refuse the message later, and those that come next as well', () => {
    const { interceptor, taken } = taking();
    const error = new ForbiddenError('no');
    const { chain } = chainOf(throwing(error), interceptor);
    const { way, accepted, refused } = notingWay();
    chain.in(way)(arrival());
    chain.in(way)(arrival());
    taken[0]?.refuse(error);
    taken[1]?.pass();
    expect(accepted).toEqual([]);
    expect(refused).toEqual([
      { error, interceptor: 'B' },
      { error, interceptor: 'A' },
    ]);
  });

  test('lets it answer a request, and be done with a one-way message', () => {
    const { interceptor, taken } = taking();
    const { chain } = chainOf(interceptor);
    const { way, answered, refused } = notingWay();
    chain.in(way)(arrival());
    chain.in(way)(arrival({ performative: 'none' }));
    taken[0]?.reply('from the cache');
    taken[1]?.reply();
    expect(answered).toEqual(['from the cache', null]);
    expect(refused).toEqual([]);
  });

  test('counts the first decision only', () => {
    const { interceptor, taken } = taking();
    const { chain } = chainOf(interceptor);
    const { way, accepted, refused, answered } = notingWay();
    chain.in(way)(arrival());
    const [one] = taken;
    one?.pass();
    one?.pass();
    one?.refuse(new Error('too late'));
    one?.reply(1);
    expect([accepted.length, refused.length, answered.length]).toEqual([1, 0, 0]);
  });

  test('is void for one that throws all the same: the message is refused', () => {
    const error = new TypeError('oops');
    const holder: { taken?: TakenMessage } = {};
    const { chain } = chainOf((invocation) => {
      holder.taken = invocation.take();
      throw error;
    });
    const { way, accepted, refused } = notingWay();
    chain.in(way)(arrival());
    holder.taken?.pass();
    expect({ accepted, refused }).toEqual({ accepted: [], refused: [{ error, interceptor: 'A' }] });
  });

  test('is not undone by next(): that is an error, which refuses the message', () => {
    const { chain } = chainOf((invocation, next) => {
      invocation.take();
      next();
    });
    const { way, accepted, refused } = notingWay();
    chain.in(way)(arrival());
    expect(accepted).toEqual([]);
    expect(refused).toEqual([{ interceptor: 'A', error: expect.objectContaining({ code: 'IllegalState' }) }]);
  });

  test('cannot be answered where an answer makes no sense', () => {
    const { interceptor, taken } = taking();
    const { chain } = chainOf(interceptor);
    const { way } = notingWay();
    chain.in(way)(arrival({ performative: 'inform_result' }));
    chain.in(way)(arrival({ headers: { protocol: 'stream' } }));
    for (const one of taken) {
      expect(() => one.reply(1)).toThrow(expect.objectContaining({ code: 'IllegalState' }));
    }
    expect(taken).toHaveLength(2);
  });

  test('is refused for what goes out, after next(), and twice', () => {
    const refusals: unknown[] = [];
    const attempt = (invocation: Invocation) => {
      try {
        invocation.take();
      } catch (error) {
        refusals.push(error);
      }
    };
    const { chain } = chainOf((invocation, next) => {
      if (invocation.path === 'out') attempt(invocation);
      next();
      attempt(invocation);
    });
    chain.out(() => undefined)(outgoing(message()));
    chain.in(notingWay().way)(arrival());
    const twice = chainOf((invocation) => {
      invocation.take();
      attempt(invocation);
    });
    twice.chain.in(notingWay().way)(arrival());
    expect(refusals).toEqual(Array(4).fill(expect.objectContaining({ code: 'IllegalState' })));
  });
});
