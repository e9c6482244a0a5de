import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InstanceWatch } from '../../../src/exchange/instance-watch.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { QueueInfo } from '../../../src/transport/index.ts';

const none: QueueInfo = { messages: 3, consumers: 0 };
const one: QueueInfo = { messages: 3, consumers: 1 };

function makeWatch() {
  const env = fakeEnv();
  const bed = {
    env,
    /** Moments at which the broker was asked, by service. */
    asked: {} as Record<string, number[]>,
    /** Moments at which a service was found absent. */
    absent: [] as (readonly [string, number])[],
    awaited: new Set(['hello']),
    /** What the broker answers. */
    answer: async (_service: string): Promise<QueueInfo | undefined> => none,
  };
  const watch = new InstanceWatch({
    clock: env.clock,
    logger: recordingLogger(),
    isAwaited: (service) => bed.awaited.has(service),
    inspect: (service) => {
      const moments = bed.asked[service] ?? [];
      bed.asked[service] = [...moments, env.clock.now()];
      return bed.answer(service);
    },
    onAbsent: (service) => void bed.absent.push([service, env.clock.now()]),
  });
  return { ...bed, bed, watch };
}

describe('InstanceWatch', () => {
  test('asks at once and then once a second, and tells after a second without a consumer', async () => {
    const { env, bed, watch } = makeWatch();
    watch.watch('hello');
    await env.advance(999);
    expect(bed.asked).toEqual({ hello: [0] });
    expect(bed.absent).toEqual([]);
    await env.advance(1);
    expect(bed.asked).toEqual({ hello: [0, 1000] });
    expect(bed.absent).toEqual([['hello', 1000]]);
    watch.close();
  });

  test('goes on telling each second while calls keep waiting', async () => {
    const { env, bed, watch } = makeWatch();
    watch.watch('hello');
    await env.advance(3000);
    expect(bed.absent).toEqual([
      ['hello', 1000],
      ['hello', 2000],
      ['hello', 3000],
    ]);
    watch.close();
  });

  test('a queue that nobody ever declared has no instance', async () => {
    const { env, bed, watch } = makeWatch();
    bed.answer = async () => undefined;
    watch.watch('hello');
    await env.advance(1000);
    expect(bed.absent).toHaveLength(1);
    watch.close();
  });

  test('a consumer in between begins the second anew', async () => {
    const { env, bed, watch } = makeWatch();
    bed.answer = async () => (env.clock.now() === 1000 ? one : none);
    watch.watch('hello');
    await env.advance(2999);
    expect(bed.absent).toEqual([]);
    await env.advance(1);
    expect(bed.absent).toEqual([['hello', 3000]]);
    watch.close();
  });

  test('a broker that cannot be asked says nothing about instances', async () => {
    const { env, bed, watch } = makeWatch();
    bed.answer = async () => Promise.reject(new Error('not connected'));
    watch.watch('hello');
    await env.advance(3500);
    expect(bed.asked).toEqual({ hello: [0, 1000, 2000, 3000] });
    expect(bed.absent).toEqual([]);
    bed.answer = async () => none;
    await env.advance(1499);
    expect(bed.absent).toEqual([]);
    await env.advance(1);
    expect(bed.absent).toEqual([['hello', 5000]]);
    watch.close();
  });

  test('stops when nobody waits any more, and leaves no timer', async () => {
    const { env, bed, watch } = makeWatch();
    bed.answer = async () => one;
    watch.watch('hello');
    await turns();
    bed.awaited.clear();
    await env.advance(1000);
    const { length } = bed.asked.hello ?? [];
    await env.advance(10_000);
    expect(bed.asked.hello).toHaveLength(length);
    expect(env.pendingTimers()).toBe(0);
  });

  test('can be begun again after it has stopped', async () => {
    const { env, bed, watch } = makeWatch();
    watch.watch('hello');
    await turns();
    bed.awaited.clear();
    await env.advance(5000);
    bed.awaited.add('hello');
    watch.watch('hello');
    await env.advance(1000);
    expect(bed.asked).toEqual({ hello: [0, 5000, 6000] });
    expect(bed.absent).toEqual([['hello', 6000]]);
    watch.close();
  });

  test('is watching only once per service, and each service by itself', async () => {
    const { env, bed, watch } = makeWatch();
    bed.awaited.add('other');
    watch.watch('hello');
    watch.watch('hello');
    await env.advance(500);
    watch.watch('other');
    watch.watch('hello');
    await env.advance(1000);
    expect(bed.asked).toEqual({ hello: [0, 1000], other: [500, 1500] });
    watch.close();
  });

  test('#close() ends it, even while the broker is being asked', async () => {
    const { env, bed, watch } = makeWatch();
    let answer = (_info: QueueInfo): void => undefined;
    bed.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    watch.watch('hello');
    watch.close();
    answer(none);
    await env.advance(5000);
    expect(bed.asked).toEqual({ hello: [0] });
    expect(bed.absent).toEqual([]);
    expect(env.pendingTimers()).toBe(0);
  });

  test('asks at most once a second about a service, however often calls to it become overdue', async () => {
    const step = fc.record({ waitMs: fc.integer({ min: 1, max: 1500 }), awaited: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { env, bed, watch } = makeWatch();
        bed.answer = async () => one;
        for (const { waitMs, awaited } of steps) {
          if (awaited) {
            bed.awaited.add('hello');
            watch.watch('hello');
          } else {
            bed.awaited.delete('hello');
          }
          await env.advance(waitMs);
        }
        const moments = bed.asked.hello ?? [];
        for (const [index, moment] of moments.entries()) {
          if (index > 0) expect(moment - (moments[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
        }
        watch.close();
        expect(env.pendingTimers()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
