import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type StreamSink, StreamWriter } from '../../../src/process/stream-writer.ts';
import { turns } from '../../../src/testing/eventually.ts';

/** A sink that keeps what it is given. */
function makeSink(over: Partial<StreamSink> = {}) {
  const sent: (readonly [number, unknown])[] = [];
  let extended = 0;
  const sink: StreamSink = {
    send: (part, number) => void sent.push([number, part]),
    within: (step) => step(),
    extend: () => {
      extended += 1;
    },
    ...over,
  };
  return { sink, sent, extended: () => extended };
}

/** Yields 1 to `to`, and tells how far it has come and how it ended. */
function makeParts(to: number, fails = false) {
  const state = { yielded: 0, finished: 0 };
  async function* generate() {
    try {
      for (let part = 1; part <= to; part += 1) {
        state.yielded = part;
        yield part;
      }
      if (fails) throw new Error('torn');
    } finally {
      state.finished += 1;
    }
  }
  return { state, parts: generate() };
}

describe('StreamWriter', () => {
  test('sends as many parts as were granted, numbered from 1, and asks the handler for no more', async () => {
    const { sink, sent } = makeSink();
    const { state, parts } = makeParts(10);
    const writer = new StreamWriter(3, sink);
    const done = writer.run(parts);
    await turns();
    expect(sent).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(state.yielded).toBe(3);
    writer.grant(2);
    await turns();
    expect(sent).toHaveLength(5);
    expect(writer.sent).toBe(5);
    writer.grant(5);
    await turns();
    expect(sent).toHaveLength(10);
    // Its end needs credit as a part does: it is asked for when the reader wants more.
    writer.grant(1);
    await done;
    expect(state.finished).toBe(1);
  });

  test('extends the time of the message with every part and every word of its reader', async () => {
    const { sink, extended } = makeSink();
    const writer = new StreamWriter(2, sink);
    const done = writer.run(makeParts(2).parts);
    await turns();
    expect(extended()).toBe(2);
    writer.grant(0);
    expect(extended()).toBe(3);
    writer.grant(1);
    await done;
  });

  test.each([
    ['while it waits for credit', 1],
    ['before it has begun', 0],
  ])('#stop() %s ends it with the reason, and the handler’s finally runs', async (_name, begun) => {
    const { sink, sent } = makeSink();
    const { state, parts } = makeParts(10);
    const writer = new StreamWriter(1, sink);
    const reason = new Error('nobody reads');
    if (begun === 0) writer.stop(reason);
    const done = writer.run(parts);
    await turns();
    if (begun === 1) writer.stop(reason);
    await expect(done).rejects.toBe(reason);
    expect(sent).toHaveLength(begun);
    // A generator that was never begun has nothing to finish.
    expect(state.finished).toBe(begun);
    writer.grant(5);
    writer.stop(new Error('again'));
    await turns();
    expect(sent).toHaveLength(begun);
  });

  test('#stop() while the handler makes a part sends that part no more', async () => {
    const { sink, sent } = makeSink();
    let makePart = (): void => undefined;
    let finished = false;
    async function* slow() {
      try {
        await new Promise<void>((resolve) => {
          makePart = resolve;
        });
        yield 1;
      } finally {
        finished = true;
      }
    }
    const writer = new StreamWriter(5, sink);
    const done = writer.run(slow());
    await turns();
    const reason = new Error('nobody reads');
    writer.stop(reason);
    await turns();
    expect(finished).toBe(false);
    makePart();
    await expect(done).rejects.toBe(reason);
    expect(finished).toBe(true);
    expect(sent).toEqual([]);
  });

  test('what the handler throws ends it after the parts that came before', async () => {
    const { sink, sent } = makeSink();
    const { state, parts } = makeParts(2, true);
    await expect(new StreamWriter(5, sink).run(parts)).rejects.toThrow('torn');
    expect(sent).toHaveLength(2);
    expect(state.finished).toBe(1);
  });

  test('a part that cannot travel ends it, and the handler’s finally runs', async () => {
    const { sink } = makeSink({
      send: () => {
        throw new Error('too large');
      },
    });
    const { state, parts } = makeParts(5);
    await expect(new StreamWriter(5, sink).run(parts)).rejects.toThrow('too large');
    expect(state).toEqual({ yielded: 1, finished: 1 });
  });

  test('what stopped it is told, not what the handler’s finally threw on top of it', async () => {
    const fail = () => {
      throw new Error('in finally');
    };
    async function* odd() {
      try {
        yield 1;
        yield 2;
      } finally {
        fail();
      }
    }
    const writer = new StreamWriter(1, makeSink().sink);
    const done = writer.run(odd());
    await turns();
    writer.stop(new Error('nobody reads'));
    await expect(done).rejects.toThrow('nobody reads');
  });

  test('runs every step of the handler within its message', async () => {
    let inside = 0;
    const steps: boolean[] = [];
    const within = <T>(step: () => T): T => {
      inside += 1;
      try {
        return step();
      } finally {
        inside -= 1;
      }
    };
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          steps.push(inside === 1);
          return steps.length < 3 ? { done: false, value: 1 } : { done: true, value: undefined };
        },
      }),
    };
    await new StreamWriter(5, makeSink({ within }).sink).run(iterable);
    expect(steps).toEqual([true, true, true]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 2.5, 1e9, 1025, '7', null, undefined, true, [3], {}])(
    'takes credit %p, which no reader of ours gives, as one part',
    async (credit) => {
      const { sink, sent } = makeSink();
      const writer = new StreamWriter(credit, sink);
      const done = writer.run(makeParts(3000).parts);
      await turns();
      expect(sent).toHaveLength(1);
      writer.stop(new Error('enough'));
      await expect(done).rejects.toThrow('enough');
    },
  );

  test('never owes more than the widest window, however much is granted at once', async () => {
    const { sink, sent } = makeSink();
    const writer = new StreamWriter(1024, sink);
    for (let round = 0; round < 10; round += 1) writer.grant(1024);
    const done = writer.run(makeParts(100_000).parts);
    await turns(50);
    expect(sent).toHaveLength(1024);
    writer.stop(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
  });

  test('whatever is granted when: every part once, in order, never ahead of its credit, and finally runs', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.nat(20).map((parts) => ({ kind: 'grant' as const, parts })) },
      { weight: 4, arbitrary: fc.nat(3).map((count) => ({ kind: 'turns' as const, count })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'stop' as const }) },
    );
    const settings = fc.record({
      first: fc.integer({ min: 1, max: 40 }),
      to: fc.nat(80),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 30 }), async ({ first, to, fails }, steps) => {
        const { sink, sent } = makeSink();
        const { state, parts } = makeParts(to, fails);
        const writer = new StreamWriter(first, sink);
        let granted = first;
        let isStopped = false;
        const outcome = writer.run(parts).then(
          () => 'ended',
          (error: Error) => error.message,
        );
        for (const one of steps) {
          if (one.kind === 'grant') {
            writer.grant(one.parts);
            granted += one.parts;
          } else if (one.kind === 'stop') {
            writer.stop(new Error('stopped'));
            isStopped = true;
          } else {
            await turns(one.count);
          }
          expect(sent.length).toBeLessThanOrEqual(granted);
          expect(state.yielded).toBeLessThanOrEqual(granted);
        }
        if (!isStopped) {
          writer.grant(to + 1 - Math.min(granted, to));
          expect(await outcome).toBe(fails ? 'torn' : 'ended');
          expect(sent).toHaveLength(to);
        } else {
          expect(['stopped', 'torn', 'ended']).toContain(await outcome);
        }
        expect(sent).toEqual(Array.from({ length: sent.length }, (_, index) => [index + 1, index + 1]));
        if (state.yielded > 0) expect(state.finished).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});
