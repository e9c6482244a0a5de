import { describe, expect, test } from '@jest/globals';
import { longestGapMs, Pace } from '../../../../src/apps/buoy/pace.ts';
import { turns } from '../../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../../src/testing/fake-env.ts';

const at = Date.UTC(2014, 5, 1);

function make(factor: number) {
  const env = fakeEnv();
  const pace = new Pace(env, factor);
  const abort = new AbortController();
  /** Resolves with the moment, on the fake clock, when the wait is over; lets time pass only when told. */
  const reached = async (moment: number) => {
    await pace.reached(moment, abort.signal);
    return env.clock.now();
  };
  return { env, abort, reached };
}

describe('Pace#reached()', () => {
  test('waits as long as between the moments', async () => {
    const { env, reached } = make(1);
    expect(await reached(at)).toBe(0);
    const next = reached(at + 2000);
    await env.advance(5000);
    expect(await next).toBe(2000);
    // The clock stands at 5000: this moment has passed.
    expect(await reached(at + 4000)).toBe(5000);
  });

  test('or a part of it', async () => {
    const { env, reached } = make(10);
    await reached(at);
    const next = reached(at + 2000);
    await env.advance(1000);
    expect(await next).toBe(200);
  });

  test('or not at all', async () => {
    const { env, reached } = make(Number.POSITIVE_INFINITY);
    await reached(at);
    expect(await reached(at + longestGapMs)).toBe(0);
    expect(env.pendingTimers()).toBe(0);
  });

  test('counts anew from a moment before the last, and from one after a long gap', async () => {
    const { env, reached } = make(1);
    await reached(at);
    expect(await reached(at - 60_000)).toBe(0);
    const next = reached(at - 59_000);
    await env.advance(1000);
    expect(await next).toBe(1000);
    expect(await reached(at - 59_000 + longestGapMs + 1)).toBe(1000);
  });

  test('ends when the signal aborts, and leaves no timer', async () => {
    const { env, abort, reached } = make(1);
    await reached(at);
    const next = reached(at + 2000);
    await turns();
    abort.abort();
    expect(await next).toBe(0);
    expect(await reached(at + 3000)).toBe(0);
    expect(env.pendingTimers()).toBe(0);
  });
});
