import { describe, expect, test } from '@jest/globals';
import { afterwards, isThenable } from '../../../src/util/index.ts';

describe('afterwards()', () => {
  test('goes on at once with what is no promise, and gives what that gives', () => {
    expect(afterwards(3, (three) => three + 1)).toBe(4);
  });

  test('throws what the next step throws where nothing is waited for', () => {
    const fail = (): never => {
      throw new RangeError('too deep');
    };
    expect(() => afterwards(undefined, fail)).toThrow(RangeError);
  });

  test('waits for a promise, of whatever make', async () => {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise of another make
    const foreign: PromiseLike<number> = { then: (onDone) => Promise.resolve(3).then(onDone) };
    const order: unknown[] = [];
    const all = [Promise.resolve(2), foreign].map((one) => afterwards(one, (value) => order.push(value)));
    expect(order).toEqual([]);
    await Promise.all(all);
    expect(order).toEqual([2, 3]);
  });

  test('rejects with what it waited for, and does not go on', async () => {
    let hasGoneOn = false;
    const failed = afterwards(Promise.reject(new RangeError('too deep')), () => {
      hasGoneOn = true;
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(hasGoneOn).toBe(false);
  });
});

test('isThenable() takes promises of any make, and nothing else', () => {
  // biome-ignore lint/suspicious/noThenProperty: it is a promise of another make
  const promises: readonly unknown[] = [Promise.resolve(), { then: () => undefined }];
  // biome-ignore lint/suspicious/noThenProperty: that is what is tested
  const others: readonly unknown[] = [undefined, null, 'then', {}, { then: 1 }];
  expect(promises.every((one) => isThenable(one))).toBe(true);
  expect(others.some((one) => isThenable(one))).toBe(false);
});
