import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Headers, type Message, makeMessage } from '../../../src/codec/index.ts';
import { UnavailableError } from '../../../src/errors/index.ts';
import { type CallSink, PendingCall } from '../../../src/interact/pending-call.ts';
import {
  beforeParts,
  creditHeader,
  type StreamOptions,
  StreamReader,
} from '../../../src/interact/stream-reader.ts';
import { StreamWriter } from '../../../src/process/stream-writer.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { message } from '../exchange/bed.ts';

/** A reader whose participant is the test. */
function makeReader(options: StreamOptions = {}) {
  const opened: Headers[] = [];
  const granted: number[] = [];
  const aborted: unknown[] = [];
  const sinks: CallSink[] = [];
  const reader = new StreamReader({
    options,
    open: (sink, headers) => {
      sinks.push(sink);
      opened.push(headers);
      return new PendingCall(
        {
          onCallTimer: () => undefined,
          abortCall: (call, reason) => {
            aborted.push(reason);
            call.close();
          },
        },
        {
          number: 1,
          message: message(),
          protocol: 'stream',
          startedAt: 0,
          idempotent: false,
          retry: undefined,
          cause: undefined,
          signal: undefined,
          traced: undefined,
          sink,
        },
      );
    },
    grant: (_call, parts) => void granted.push(parts),
  });
  const sink = () => {
    const [first] = sinks;
    if (first === undefined) throw new Error('it was not opened');
    return first;
  };
  return {
    reader,
    opened,
    granted,
    aborted,
    /** The part of that number comes in. */
    part: (number: number, content: unknown = number) =>
      sink().progressed?.(reply('inform_progress', number, content)),
    end: (parts: number) => sink().resolve(reply('inform_result', parts + 1)),
    fail: (error: Error) => sink().reject(error),
    isHeld: () => sink().isHeldByCaller?.(),
  };
}

function reply(
  performative: 'inform_progress' | 'inform_result',
  number: number,
  content: unknown = null,
): Message {
  const headers = { 'conv-seq': number + beforeParts };
  return makeMessage({ performative, sender: 'ship.7', receiver: 'shore.1', content, headers });
}
const part = (value: unknown) => ({ done: false, value });
const done = { done: true, value: undefined };

describe('StreamReader', () => {
  test('makes the call when the first part is asked for, with the window as its credit', async () => {
    const { reader, opened, ...bed } = makeReader({ window: 5, headers: { mine: 'x', [creditHeader]: 900 } });
    expect(opened).toEqual([]);
    const first = reader.next();
    expect(opened).toEqual([{ mine: 'x', [creditHeader]: 5 }]);
    bed.part(1);
    expect(await first).toEqual(part(1));
  });

  test('gives parts in order, those that came before they were asked for too, then the end', async () => {
    const { reader, ...bed } = makeReader();
    const waiting = [reader.next(), reader.next()];
    bed.part(1);
    bed.part(2);
    bed.part(3);
    bed.end(3);
    expect(await Promise.all(waiting)).toEqual([part(1), part(2)]);
    expect(await reader.next()).toEqual(part(3));
    expect(await reader.next()).toEqual(done);
    expect(await reader.next()).toEqual(done);
  });

  test('tells an error once, after the parts that came before it', async () => {
    const { reader, ...bed } = makeReader();
    const first = reader.next();
    bed.part(1);
    bed.part(2);
    bed.fail(new Error('torn'));
    expect(await first).toEqual(part(1));
    expect(await reader.next()).toEqual(part(2));
    await expect(reader.next()).rejects.toThrow('torn');
    expect(await reader.next()).toEqual(done);
  });

  test('of several who wait, the first learns of an error', async () => {
    const { reader, ...bed } = makeReader();
    const [first, second] = [reader.next(), reader.next()];
    bed.fail(new Error('torn'));
    await expect(first).rejects.toThrow('torn');
    expect(await second).toEqual(done);
  });

  test.each([
    [1, [1, 1, 1]],
    [2, [1, 1, 1]],
    [4, [2]],
    [32, []],
  ])('with window %d grants as it reads', async (window, expected) => {
    const { reader, granted, ...bed } = makeReader({ window });
    for (const number of [1, 2, 3]) {
      const next = reader.next();
      bed.part(number);
      await next;
    }
    expect(granted).toEqual(expected);
  });

  test.each([
    ['left out', 2],
    ['came twice', 0],
  ])('fails when a part was %s, and stops the participant', async (_name, number) => {
    const { reader, aborted, ...bed } = makeReader();
    const first = reader.next();
    bed.part(1);
    await first;
    const second = reader.next();
    bed.part(number + 1);
    await expect(second).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
    expect(aborted).toHaveLength(1);
  });

  test('fails at the end when the last part is missing', async () => {
    const { reader, ...bed } = makeReader();
    const first = reader.next();
    bed.part(1);
    await first;
    bed.end(2);
    await expect(reader.next()).rejects.toBeInstanceOf(UnavailableError);
  });

  test('fails when it is sent more than it has granted', async () => {
    const { reader, aborted, ...bed } = makeReader({ window: 2 });
    const first = reader.next();
    for (const number of [1, 2, 3, 4]) bed.part(number);
    expect(await first).toEqual(part(1));
    expect(await reader.next()).toEqual(part(2));
    expect(await reader.next()).toEqual(part(3));
    await expect(reader.next()).rejects.toMatchObject({ code: 'ConversationError' });
    expect(aborted).toHaveLength(1);
  });

  test('#return() stops the participant and drops what was not read', async () => {
    const { reader, granted, aborted, ...bed } = makeReader();
    const first = reader.next();
    bed.part(1);
    bed.part(2);
    await first;
    expect(await reader.return()).toEqual(done);
    expect(aborted).toHaveLength(1);
    expect(await reader.next()).toEqual(done);
    expect(granted).toEqual([]);
  });

  test('#return() before anything was asked for calls nobody', async () => {
    const { reader, opened } = makeReader();
    expect(await reader.return()).toEqual(done);
    expect(await reader.next()).toEqual(done);
    expect(opened).toEqual([]);
  });

  test('says that it lives when its time ends while parts wait to be read; otherwise its time is over', async () => {
    const { reader, granted, ...bed } = makeReader({ window: 8 });
    const first = reader.next();
    expect(bed.isHeld()).toBe(false);
    bed.part(1);
    bed.part(2);
    await first;
    expect(bed.isHeld()).toBe(true);
    expect(granted).toEqual([0]);
    await reader.next();
    expect(bed.isHeld()).toBe(false);
  });

  test('what refuses the call is told when the first part is asked for', async () => {
    const reader = new StreamReader({
      options: {},
      open: () => {
        throw new UnavailableError('not now');
      },
      grant: () => undefined,
    });
    await expect(reader.next()).rejects.toThrow('not now');
    expect(await reader.next()).toEqual(done);
  });

  test.each([0, -1, 1025, 2.5, Number.NaN, '32', null])('refuses window %p', (window) => {
    const options = {};
    Object.assign(options, { window });
    expect(() => makeReader(options)).toThrow(/^window must be a whole number between 1 and 1024, not /);
  });
});

describe('StreamReader and StreamWriter', () => {
  /** Both ends, with a way between them on which the test moves one message at a time. */
  function connect({ window, to, fails }: { window: number; to: number; fails: boolean }) {
    const state = { yielded: 0, finished: 0, sent: 0, granted: window };
    const toReader: (() => void)[] = [];
    const toWriter: (() => void)[] = [];
    async function* generate() {
      try {
        for (let number = 1; number <= to; number += 1) {
          state.yielded = number;
          yield number;
        }
        if (fails) throw new Error('torn');
      } finally {
        state.finished += 1;
      }
    }
    let writer: StreamWriter | undefined;
    let ended: Promise<unknown> = Promise.resolve();
    const reader = new StreamReader({
      options: { window },
      open: (sink, headers) => {
        const own = new StreamWriter(headers[creditHeader], {
          send: (content, number) => {
            state.sent += 1;
            if (state.sent > state.granted) throw new Error('ahead of its credit');
            toReader.push(() => sink.progressed?.(reply('inform_progress', number, content)));
          },
          within: (step) => step(),
          extend: () => undefined,
        });
        writer = own;
        ended = own.run(generate()).then(
          () => toReader.push(() => sink.resolve(reply('inform_result', own.sent + 1))),
          (error: Error) => toReader.push(() => sink.reject(error)),
        );
        const owner = {
          onCallTimer: () => undefined,
          abortCall: (_call: PendingCall, reason: unknown) => void toWriter.push(() => own.stop(reason)),
        };
        return new PendingCall(owner, {
          number: 1,
          message: message(),
          protocol: 'stream',
          startedAt: 0,
          idempotent: false,
          retry: undefined,
          cause: undefined,
          signal: undefined,
          traced: undefined,
          sink,
        });
      },
      grant: (_call, parts) => {
        toWriter.push(() => {
          state.granted += parts;
          writer?.grant(parts);
        });
      },
    });
    return { reader, state, toReader, toWriter, ended: () => ended };
  }

  test('whatever the delays: every part exactly once in order, credit kept, and finally runs', async () => {
    const settings = fc.record({
      window: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
      to: fc.nat(120),
      fails: fc.boolean(),
      stopAfter: fc.option(fc.nat(60), { nil: undefined }),
    });
    const way = fc.infiniteStream(fc.constantFrom('reader', 'writer', 'read', 'turn'));
    await fc.assert(
      fc.asyncProperty(settings, way, async ({ window, to, fails, stopAfter }, moves) => {
        const { reader, state, toReader, toWriter, ended } = connect({ window, to, fails });
        const read: unknown[] = [];
        let outcome: unknown;
        let isReading = false;
        const readOne = async (): Promise<void> => {
          if (isReading || outcome !== undefined) return;
          isReading = true;
          try {
            if (stopAfter === read.length) {
              await reader.return();
              outcome = 'stopped';
              return;
            }
            const next = await reader.next();
            if (next.done === true) outcome = 'ended';
            else read.push(next.value);
          } catch (error) {
            outcome = error instanceof Error ? error.message : error;
          } finally {
            isReading = false;
          }
        };
        for (const [count, move] of [...moves.take(20_000)].entries()) {
          if (outcome !== undefined && toReader.length + toWriter.length === 0) break;
          if (count === 19_999) throw new Error('it does not come to its end');
          if (move === 'reader') toReader.shift()?.();
          else if (move === 'writer') toWriter.shift()?.();
          else if (move === 'read') void readOne();
          else await turns(1);
        }
        await ended();
        expect(read).toEqual(Array.from({ length: read.length }, (_, index) => index + 1));
        if (outcome === 'stopped') expect(read).toHaveLength(stopAfter ?? -1);
        else expect(read).toHaveLength(to);
        if (outcome !== 'stopped') expect(outcome).toBe(fails ? 'torn' : 'ended');
        if (state.yielded > 0) expect(state.finished).toBe(1);
        expect(state.yielded).toBeLessThanOrEqual(state.granted + 1);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
