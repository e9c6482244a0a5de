import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { QueueEntry } from '../../../../src/transport/embedded/message.ts';
import { ReadyMessages } from '../../../../src/transport/embedded/ready-messages.ts';

const message = { exchange: '', routingKey: 'q', body: new Uint8Array(0), properties: {}, deaths: [] };

describe('ReadyMessages', () => {
  test('hands out in the order of arrival, whatever comes back in between', () => {
    const operation = fc.oneof(
      fc.constant({ type: 'push' as const }),
      fc.constant({ type: 'shift' as const }),
      fc.record({ type: fc.constant('putBack' as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const ready = new ReadyMessages();
        const model: number[] = [];
        const out: QueueEntry[] = [];
        let sequence = 0;
        for (const step of operations) {
          if (step.type === 'push') {
            model.push(sequence);
            ready.push({
              message,
              sequence: sequence++,
              expiresAt: Infinity,
              redelivered: false,
              shared: false,
            });
          } else if (step.type === 'shift') {
            expect(ready.peek()?.sequence).toBe(model[0]);
            const entry = ready.shift();
            expect(entry?.sequence).toBe(model.shift());
            if (entry !== undefined) out.push(entry);
          } else if (out.length > 0) {
            const [entry] = out.splice(step.pick % out.length, 1);
            if (entry === undefined) continue;
            ready.putBack(entry);
            model.push(entry.sequence);
            model.sort((a, b) => a - b);
          }
          expect(ready.length).toBe(model.length);
        }
        expect(ready.takeAll().map((entry) => entry.sequence)).toEqual(model);
        expect(ready.length).toBe(0);
      }),
    );
  });
});
