import { describe, expect, test } from '@jest/globals';
import { fakeEnv, seededRandom } from '../../../src/testing/index.ts';

describe('fakeEnv()', () => {
  test('fires timers at their own moments, in the order of moments and then of arming', async () => {
    const env = fakeEnv();
    const fired: string[] = [];
    const at = (name: string) => () => void fired.push(`${name}@${env.clock.now()}`);
    env.clock.timer(20, at('late'));
    env.clock.timer(10, at('first'));
    env.clock.timer(10, at('second'));
    await env.advance(9);
    expect(fired).toEqual([]);
    await env.advance(11);
    expect(fired).toEqual(['first@10', 'second@10', 'late@20']);
    expect(env.pendingTimers()).toBe(0);
  });

  test('fires timers that are set meanwhile, inside the same span', async () => {
    const env = fakeEnv();
    const moments: number[] = [];
    const again = () => {
      moments.push(env.clock.now());
      env.clock.timer(10, again);
    };
    env.clock.timer(10, again);
    await env.advance(35);
    expect(moments).toEqual([10, 20, 30]);
    expect(env.pendingTimers()).toBe(1);
  });

  test('cancels timers, and moves the wall clock with the other', async () => {
    const env = fakeEnv({ wallAt: 1_000 });
    env.clock.timer(5, () => expect(true).toBe(false)).cancel();
    await env.advance(10);
    expect(env.clock.wall()).toBe(1_010);
  });

  test('repeats itself from one seed', () => {
    const draw = (seed: number) => {
      const { random, ids } = fakeEnv({ seed });
      return [random.next(), random.fork('a').next(), ids.token(64)];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(seededRandom(7).fork('a').next()).toBe(seededRandom(7).fork('a').next());
  });
});
