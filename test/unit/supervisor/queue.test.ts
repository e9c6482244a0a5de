import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Queue } from '../../../src/supervisor/queue.ts';

describe('Queue', () => {
  test('gives back what was put in, in order, and no change touches the queues before it', () => {
    const change = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.array(change, { maxLength: 40 }),
        (first, changes) => {
          let queue = Queue.of(...first);
          let model: readonly number[] = first;
          const versions: (readonly [Queue<number>, readonly number[]])[] = [[queue, model]];
          for (const value of changes) {
            queue = value === undefined ? queue.rest : queue.push(value);
            model = value === undefined ? model.slice(1) : [...model, value];
            versions.push([queue, model]);
          }
          for (const [version, was] of versions) {
            expect([...version]).toEqual(was);
            expect(version.first).toBe(was[0]);
            expect(version.length).toBe(was.length);
          }
        },
      ),
    );
  });
});
