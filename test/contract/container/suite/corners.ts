import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  defineService,
  type Interceptor,
  OverloadedError,
  operation,
  Process,
  type ReceivedMessage,
  ServiceProcess,
  Type,
  UnavailableError,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

const places = ['here', 'elsewhere'];
const quickly = { attempts: 4, backoff: { initialMs: 5, maxMs: 5 } };

const Pier = defineService({
  name: 'pier',
  version: '1.0.0',
  operations: {
    hold: operation({ content: Type.Null(), result: Type.Null() }),
    count: operation({ content: Type.Number(), result: Type.Number(), reply: 'stream' }),
  },
});

/** Holds until it is let go; counts. */
class PierService extends ServiceProcess.for(Pier) {
  readonly aborted: unknown[] = [];
  begun = 0;
  #release: (() => void) | undefined;

  async op_hold(_content: null, { signal }: ReceivedMessage) {
    this.begun += 1;
    signal.addEventListener('abort', () => this.aborted.push(signal.reason));
    await new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    return null;
  }

  async *op_count(to: number) {
    for (let number = 0; number < to; number += 1) yield number;
  }

  release(): void {
    this.#release?.();
  }
}

/** Notes what it is given and for whom, spoils it, and fails at first. */
class Spoiler extends Process {
  readonly seen: string[] = [];
  op_work(content: { items: unknown[] }) {
    this.seen.push(JSON.stringify(content));
    content.items?.push('dirt');
    if (this.seen.length < 3) throw new UnavailableError('try again');
    return content;
  }
}

class Sink extends Process {
  readonly notes: string[] = [];
  op_note(text: string, { actingUser }: ReceivedMessage) {
    this.notes.push(`${text} as ${actingUser}`);
  }
}

/** Many at a time; what its callbacks send must belong to the message that they were made for. */
class Crowd extends Process {
  static readonly concurrency = 64;
  async op_wait({ sink, name }: { sink: string; name: string }, { signal }: ReceivedMessage) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        void this.send(sink, 'note', name);
        resolve();
      });
    });
  }
  async op_hurry({ to }: { to: string }) {
    await this.rpcSend(to, 'never', null, { timeoutMs: 30 }).catch(() => undefined);
  }
  async op_ask({ sink, to, name }: { sink: string; to: string; name: string }) {
    await this.rpcSend(to, 'report', null, { onProgress: () => void this.send(sink, 'note', name) });
  }
  async op_chat({ to }: { to: string }) {
    for (let count = 0; count < 100; count += 1) await this.rpcSend(to, 'nothing');
  }
}

class Teller extends Process {
  static readonly concurrency = 64;
  async op_report(_content: unknown, message: ReceivedMessage) {
    for (let count = 0; count < 10; count += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.progress(message, count);
    }
  }
  op_nothing() {}
  async op_never(_content: unknown, { signal }: ReceivedMessage) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }
}

/** What only shows when attempts, ends and callbacks cross each other. */
export function describeCorners(useSystem: UseSystem): void {
  describe('row 14: a call that is sent again', () => {
    const system = useSystem();

    test.each(places)('takes the late answer of an attempt that had agreed, %s', async (where) => {
      const { caller, host } = await pair(where);
      class Slow extends Process {
        runs = 0;
        async op_work(_content: unknown, message: ReceivedMessage) {
          this.runs += 1;
          await sleep(120);
          this.progress(message, 'half');
          await sleep(120);
          return 'done';
        }
      }
      const id = await host.processes.spawn(Slow);
      const reports: unknown[] = [];
      const call = caller.rpcSend(id, 'work', null, {
        idempotent: true,
        onProgress: (report) => reports.push(report),
        retry: { ...quickly, attemptMs: 80 },
      });
      expect(await call).toBe('done');
      expect(reports).toEqual(['half']);
      expect((host.processes.get(id) as Slow).runs).toBe(1);
    });

    test.each(places)(
      'carries what it carried at first, whatever its receiver did to it, %s',
      async (where) => {
        const { caller, host } = await pair(where);
        const id = await host.processes.spawn(Spoiler);
        await caller.rpcSend(id, 'work', { items: [1] }, { idempotent: true, retry: quickly });
        expect((host.processes.get(id) as Spoiler).seen).toEqual(Array(3).fill('{"items":[1]}'));
      },
    );

    test.each(places)('meets the interceptors as it was at first, %s', async (where) => {
      const seal: Interceptor = ({ path, message }, next) => {
        if (path === 'out' && message.op === 'work') message.content = { sealed: message.content };
        next();
      };
      const caller = await system.current.container({ interceptors: [seal] });
      const host = where === 'here' ? caller : await system.current.container();
      const id = await host.processes.spawn(Spoiler);
      await caller.rpcSend(id, 'work', 'x', { idempotent: true, retry: quickly });
      expect((host.processes.get(id) as Spoiler).seen).toEqual(Array(3).fill('{"sealed":"x"}'));
    });

    test('gets the answer that was lost, though its handler goes on after it', async () => {
      class Early extends Process {
        runs = 0;
        end: (() => void) | undefined;
        async op_work(_content: unknown, message: ReceivedMessage) {
          this.runs += 1;
          this.reply(message, 'early');
          await new Promise<void>((resolve) => {
            this.end = resolve;
          });
        }
      }
      let lost = 0;
      const lose: Interceptor = (invocation, next) => {
        if (invocation.path === 'in' && invocation.message.performative === 'inform_result' && lost === 0) {
          lost += 1;
          invocation.take();
        } else next();
      };
      const host = await system.current.container();
      const caller = await system.current.container({ interceptors: [lose] });
      const id = await host.processes.spawn(Early);
      const early = host.processes.get(id) as Early;
      const call = caller.rpcSend(id, 'work', null, {
        idempotent: true,
        retry: { ...quickly, attemptMs: 50 },
      });
      expect(await call).toBe('early');
      expect(early.runs).toBe(1);
      early.end?.();
    });

    test('is answered once when its answer cannot be kept', async () => {
      class Proxied extends Process {
        op_work() {
          return new Proxy({ a: 1 }, {});
        }
      }
      const { caller, host } = await pair('elsewhere');
      const id = await host.processes.spawn(Proxied);
      expect(await caller.rpcSend(id, 'work', null, { idempotent: true, retry: quickly })).toEqual({ a: 1 });
      await caller.rpcSend(id, 'ping');
      expect(caller.info().conversations.lateReplies).toBe(0);
    });

    async function pair(where: string) {
      const host = await system.current.container();
      return { host, caller: where === 'here' ? host : await system.current.container() };
    }
  });

  describe('work that was handed back', () => {
    const system = useSystem();

    /** One call is held, `begin` makes another wait behind it; then its instance ends and there is a second one. */
    async function handedBack<T>(begin: (caller: Container) => Promise<T>) {
      const caller = await system.current.container();
      const first = await system.current.container();
      const id = await first.processes.spawn(PierService);
      const pier = first.processes.get(id) as PierService;
      const held = caller.rpcSend('pier', 'hold');
      await eventually(() => pier.begun === 1);
      const outcome = begin(caller);
      await eventually(() => first.processes.list()[0]?.load === 2);
      const second = await system.current.container();
      const other = await second.processes.spawn(PierService);
      const ending = first.processes.terminateProcess(id);
      return {
        outcome,
        other: second.processes.get(other) as PierService,
        end: async () => {
          pier.release();
          await Promise.all([held, ending]);
        },
      };
    }

    test('row 15: can still be cancelled by its caller', async () => {
      const controller = new AbortController();
      const { outcome, other, end } = await handedBack((caller) =>
        caller.rpcSend('pier', 'hold', null, { signal: controller.signal }).catch((error: unknown) => error),
      );
      await eventually(() => other.begun === 1);
      controller.abort();
      expect(await outcome).toMatchObject({ code: 'Cancelled' });
      await eventually(() => other.aborted.length === 1);
      other.release();
      await end();
    });

    test('row 20: streams to its end, past its first credit', async () => {
      const { outcome, end } = await handedBack(async (caller) => {
        let parts = 0;
        for await (const _part of caller.stream('pier', 'count', 100)) parts += 1;
        return parts;
      });
      expect(await outcome).toBe(100);
      await end();
    });
  });

  describe('the context of callbacks', () => {
    const system = useSystem();

    test('abort listeners send for their own message, whoever moved the clock last', async () => {
      const container = await system.current.container();
      const [sink, crowd, teller] = [
        await container.processes.spawn(Sink),
        await container.processes.spawn(Crowd),
        await container.processes.spawn(Teller),
      ];
      const calls = ['anne', 'bob', 'eve'].map((name, index) =>
        container
          .rpcSend(crowd, 'wait', { sink, name }, { actAs: name, timeoutMs: 200 + index * 20 })
          .catch(() => undefined),
      );
      await container.rpcSend(crowd, 'hurry', { to: teller }, { actAs: 'mallory' });
      await Promise.all(calls);
      const { notes } = container.processes.get(sink) as Sink;
      await eventually(() => notes.length === 3);
      expect(notes).toEqual(['anne as anne', 'bob as bob', 'eve as eve']);
    });

    test('listeners of progress send for the message that called', async () => {
      const container = await system.current.container();
      const [sink, crowd, teller] = [
        await container.processes.spawn(Sink),
        await container.processes.spawn(Crowd),
        await container.processes.spawn(Teller),
      ];
      await Promise.all([
        ...['x', 'y'].map((actAs) => container.rpcSend(crowd, 'chat', { to: teller }, { actAs })),
        ...['anne', 'bob'].map((name) =>
          container.rpcSend(crowd, 'ask', { sink, to: teller, name }, { actAs: name }),
        ),
      ]);
      const { notes } = container.processes.get(sink) as Sink;
      await eventually(() => notes.length === 20);
      expect(new Set(notes)).toEqual(new Set(['anne as anne', 'bob as bob']));
    });
  });

  describe('what is left of a message’s time', () => {
    const system = useSystem();

    test('progress that its caller does not hear of does not lengthen it', async () => {
      class Hasty extends Process {
        readonly leftMs: number[] = [];
        op_work(_content: unknown, message: ReceivedMessage) {
          const { deadlineAt } = message;
          this.progress(message, 'half');
          this.leftMs.push(message.deadlineAt - deadlineAt);
        }
      }
      const container = await system.current.container();
      const id = await container.processes.spawn(Hasty);
      await container.rpcSend(id, 'work', null, { timeoutMs: 500 });
      expect((container.processes.get(id) as Hasty).leftMs).toEqual([0]);
    });

    test('a stream that its reader leaves lying ends with the message that it is read for', async () => {
      class Idle extends Process {
        readonly errors: unknown[] = [];
        release: (() => void) | undefined;
        readonly #gate = new Promise<void>((resolve) => {
          this.release = resolve;
        });
        async op_read() {
          try {
            let isFirst = true;
            for await (const _part of this.client(Pier).count(1000)) {
              if (isFirst) await this.#gate;
              isFirst = false;
            }
          } catch (error) {
            this.errors.push(error);
          }
        }
      }
      const container = await system.current.container();
      await container.processes.spawn(PierService);
      const id = await container.processes.spawn(Idle);
      await expect(container.rpcSend(id, 'read', null, { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'Timeout',
      });
      await eventually(() => container.info().conversations.pending === 0);
      const idle = container.processes.get(id) as Idle;
      idle.release?.();
      const { errors } = idle;
      await eventually(() => errors.length === 1);
      expect(errors[0]).toMatchObject({ code: 'Timeout' });
    });
  });

  describe('ends', () => {
    const system = useSystem();

    test('of a stream settle whoever waits for a part', async () => {
      const container = await system.current.container();
      class Never extends ServiceProcess.for(Pier) {
        async op_hold() {
          return null;
        }
        async *op_count(_to: number, { signal }: ReceivedMessage) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          yield 1;
        }
      }
      await container.processes.spawn(Never);
      const parts = container.stream('pier', 'count', 1);
      const part = parts.next();
      await parts.return?.();
      expect(await part).toEqual({ done: true, value: undefined });
    });

    test('replyError() of a handler that has begun does not say that nothing ran', async () => {
      class Full extends Process {
        op_work(_content: unknown, message: ReceivedMessage) {
          this.replyError(message, new OverloadedError('my helper is busy', { details: { executed: 'no' } }));
        }
      }
      const container = await system.current.container();
      const id = await container.processes.spawn(Full);
      await expect(container.rpcSend(id, 'work')).rejects.toMatchObject({ details: { executed: 'unknown' } });
    });
  });
}
