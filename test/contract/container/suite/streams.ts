import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  type Container,
  defineService,
  type Handlers,
  operation,
  type ReceivedMessage,
  ServiceProcess,
  TimeoutError,
  Type,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

const Log = defineService({
  name: 'log',
  version: '1.0.0',
  operations: {
    count: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }),
    fail: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }),
    lie: operation({ result: Type.Integer(), reply: 'stream' }),
    slow: operation({ result: Type.Integer(), reply: 'stream', concurrency: 8 }),
    length: operation({ result: Type.Integer() }),
  },
});

/** Streams numbers, and tells how far it has come and how it was stopped. */
class LogService extends ServiceProcess.for(Log) implements Handlers<typeof Log> {
  static readonly concurrency = 8;
  readonly gate = new EventEmitter();
  yielded = 0;
  finished = 0;
  aborted: unknown[] = [];

  async *op_count(to: number, { signal }: ReceivedMessage) {
    signal.addEventListener('abort', () => this.aborted.push(signal.reason));
    try {
      for (let part = 1; part <= to; part += 1) {
        this.yielded = part;
        yield part;
      }
    } finally {
      this.finished += 1;
    }
  }
  async *op_fail(after: number) {
    for (let part = 1; part <= after; part += 1) yield part;
    throw new ApplicationError('Torn', 'the page is torn');
  }
  async *op_lie() {
    yield 1;
    yield JSON.parse('"two"');
  }
  async *op_slow(_content: null, { signal }: ReceivedMessage) {
    for (let part = 1; ; part += 1) {
      await once(this.gate, 'next', { signal });
      yield part;
    }
  }
  op_length(): number {
    return 3;
  }
}

/** Answers in parts, as wide as the reader's credit. */
export function describeStreams(useSystem: UseSystem): void {
  describe('streams', () => {
    const system = useSystem();

    test.each(['here', 'elsewhere'])(
      'row 20: parts come in order and end with the handler, %s',
      async (where) => {
        const { caller, service } = await pair(where);
        const parts: number[] = [];
        for await (const part of caller.client(Log).count(1000)) parts.push(part);
        expect(parts).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
        expect(service.finished).toBe(1);
        expect(caller.info().conversations.pending).toBe(0);
        for await (const _part of caller.client(Log).count(0)) throw new Error('there is none');
      },
    );

    test.each(['here', 'elsewhere'])('a slow reader slows the writer to its window, %s', async (where) => {
      const { caller, service } = await pair(where);
      const reader = caller.client(Log).count(1_000_000, { window: 4 })[Symbol.asyncIterator]();
      expect(await reader.next()).toEqual({ done: false, value: 1 });
      expect(await reader.next()).toEqual({ done: false, value: 2 });
      // 4 granted at first, 2 more for the two that were read; what the writer has in hand counts.
      await eventually(() => service.yielded === 6 || service.yielded === 7);
      expect(await caller.rpcSend(service.id, 'ping')).toEqual({ pong: 'pong' });
      expect(service.yielded).toBeLessThanOrEqual(7);
      await reader.return?.();
    });

    test.each(['here', 'elsewhere'])(
      'breaking out of the loop stops the handler, whose finally runs, %s',
      async (where) => {
        const { caller, service } = await pair(where);
        for await (const part of caller.client(Log).count(1_000_000)) if (part === 5) break;
        await eventually(() => service.finished === 1);
        await eventually(() => service.load() === 0);
        expect(service.aborted).toHaveLength(1);
        expect(service.yielded).toBeLessThan(100);
        expect(caller.info().conversations.pending).toBe(0);
      },
    );

    test.each(['here', 'elsewhere'])(
      'an error comes after the parts that came before it, %s',
      async (where) => {
        const { caller } = await pair(where);
        const parts: number[] = [];
        const reading = async () => {
          for await (const part of caller.client(Log).fail(40)) parts.push(part);
        };
        await expect(reading()).rejects.toMatchObject({ code: 'Torn', message: 'the page is torn' });
        expect(parts).toHaveLength(40);
      },
    );

    test('a part outside the contract ends the stream with an error at both ends', async () => {
      const { caller, service } = await pair('elsewhere');
      const reader = caller.client(Log).lie()[Symbol.asyncIterator]();
      expect(await reader.next()).toEqual({ done: false, value: 1 });
      await expect(reader.next()).rejects.toMatchObject({ code: 'Internal' });
      await eventually(() => service.load() === 0);
    });

    test('its time is the longest wait for one part; one that takes longer ends it at both ends', async () => {
      const { caller, service } = await pair('elsewhere');
      const parts: number[] = [];
      const reading = (async () => {
        for await (const part of caller.client(Log).slow(null, { timeoutMs: 250 })) parts.push(part);
      })();
      for (let round = 1; round <= 3; round += 1) {
        await eventually(() => service.gate.listenerCount('next') === 1);
        service.gate.emit('next');
        await eventually(() => parts.length === round);
      }
      await expect(reading).rejects.toBeInstanceOf(TimeoutError);
      await eventually(() => service.load() === 0);
    });

    test('a reader who is slower than the time of a part loses nothing', async () => {
      const { caller, service } = await pair('elsewhere');
      const reader = caller.client(Log).count(8, { window: 2, timeoutMs: 60 })[Symbol.asyncIterator]();
      const parts: unknown[] = [(await reader.next()).value];
      // Parts wait here while the call's time passes more than once.
      const startedAt = performance.now();
      await eventually(() => performance.now() - startedAt > 250);
      for (let next = await reader.next(); next.done !== true; next = await reader.next())
        parts.push(next.value);
      expect(parts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(service.finished).toBe(1);
    });

    test('an abort ends it for reader and handler', async () => {
      const { caller, service } = await pair('elsewhere');
      const controller = new AbortController();
      const reader = caller.client(Log).slow(null, { signal: controller.signal })[Symbol.asyncIterator]();
      const next = reader.next();
      await eventually(() => service.gate.listenerCount('next') === 1);
      controller.abort();
      await expect(next).rejects.toMatchObject({ code: 'Cancelled' });
      await eventually(() => service.load() === 0);
    });

    test('the end of its process ends it', async () => {
      const { caller, host, service } = await pair('elsewhere');
      const reader = caller.client(Log).slow()[Symbol.asyncIterator]();
      const next = reader.next();
      await eventually(() => service.gate.listenerCount('next') === 1);
      const ended = host.processes.terminateProcess(service.id);
      await expect(next).rejects.toBeDefined();
      await ended;
    });

    test('the loss of the connection ends it for the reader; the handler stops when nobody grants parts', async () => {
      const { caller, service } = await pair('elsewhere');
      const reader = caller
        .client(Log)
        .count(1_000_000, { window: 2, timeoutMs: 200 })
        [Symbol.asyncIterator]();
      await reader.next();
      system.current.cut(caller);
      const reading = (async () => {
        while ((await reader.next()).done !== true);
      })();
      await expect(reading).rejects.toMatchObject({ code: 'Unavailable' });
      await eventually(() => service.load() === 0);
    });

    test('calling a stream, or streaming a call, is refused with what to do', async () => {
      const { caller } = await pair('elsewhere');
      await expect(caller.rpcSend('log', 'count', 3)).rejects.toThrow('answers in parts; read it');
      const reader = caller.stream('log', 'length');
      await expect(reader.next()).rejects.toThrow('answers at once; call it');
    });

    async function pair(where: string) {
      const host = await system.current.container();
      const caller = where === 'here' ? host : await system.current.container();
      return { host, caller, service: await logService(host) };
    }

    async function logService(host: Container) {
      const id = await host.processes.spawn(LogService);
      const process = host.processes.get(id);
      if (!(process instanceof LogService)) throw new Error('the service is not there');
      return Object.assign(process, {
        load: () => host.processes.list().find((one) => one.id === id)?.load ?? 0,
      });
    }
  });
}
