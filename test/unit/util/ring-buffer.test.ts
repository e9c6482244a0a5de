import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RingBuffer } from '../../../src/util/index.ts';

describe('RingBuffer', () => {
  test('shift() and peek() are undefined when empty', () => {
    const buffer = new RingBuffer<string>();
    expect([buffer.length, buffer.shift(), buffer.peek()]).toEqual([0, undefined, undefined]);
  });

  test('unshift() on a full buffer goes before the first', () => {
    const buffer = new RingBuffer<number>(2);
    buffer.push(1);
    buffer.push(2);
    buffer.unshift(0);
    expect([...buffer]).toEqual([0, 1, 2]);
  });

  test('clear() empties a grown buffer, which goes on working', () => {
    const buffer = new RingBuffer<number>(1);
    for (let value = 1; value <= 100; value += 1) buffer.push(value);
    buffer.clear();
    expect([buffer.length, buffer.shift()]).toEqual([0, undefined]);
    buffer.push(7);
    expect([...buffer]).toEqual([7]);
  });

  test('shift() releases what it hands out', () => {
    const buffer = new RingBuffer<number>(1);
    buffer.push(1);
    buffer.shift();
    expect(buffer.peek()).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('refuses an initial capacity of %p', (capacity) => {
    expect(() => new RingBuffer(capacity)).toThrow(RangeError);
  });

  test('behaves like an array under any sequence of operations', () => {
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), value: fc.integer() }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('unshift' as const), value: fc.integer() }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(operation, { maxLength: 200 }),
        (capacity, operations) => {
          const buffer = new RingBuffer<number>(capacity);
          const model: number[] = [];
          for (const step of operations) {
            if (step.do === 'push') {
              buffer.push(step.value);
              model.push(step.value);
            } else if (step.do === 'unshift') {
              buffer.unshift(step.value);
              model.unshift(step.value);
            } else if (step.do === 'shift') {
              expect(buffer.shift()).toBe(model.shift());
            } else {
              buffer.clear();
              model.length = 0;
            }
            expect(buffer.length).toBe(model.length);
            expect(buffer.peek()).toBe(model[0]);
          }
          expect([...buffer]).toEqual(model);
        },
      ),
    );
  });
});
