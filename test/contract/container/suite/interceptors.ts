import { describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  defineService,
  ForbiddenError,
  type Handlers,
  type Interceptor,
  type Invocation,
  type Message,
  operation,
  ServiceProcess,
  type TakenMessage,
  Type,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { hmacSignature } from '../../../support/hmac-signature.ts';
import { Echo } from './processes.ts';
import type { UseSystem } from './runner.ts';

const Counter = defineService({
  name: 'counter',
  version: '1.0.0',
  operations: { count: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }) },
});

class Counting extends ServiceProcess.for(Counter) implements Handlers<typeof Counter> {
  async *op_count(parts: number): AsyncGenerator<number, void> {
    for (let part = 0; part < parts; part += 1) yield part;
  }
}

/** What an interceptor does instead of passing a message of operation `echo` on. */
type Stop = (invocation: Invocation) => void;

/** The interceptors of containers, on the walk of real messages. */
export function describeInterceptors(useSystem: UseSystem): void {
  describe('interceptors', () => {
    const system = useSystem();

    /** Notes what passes which interceptor; `stops` is what one does instead of passing on a message of operation `echo`. */
    const noting = (names: readonly string[], stops: Readonly<Record<string, Stop>> = {}) => {
      const notes: string[] = [];
      const interceptors = names.map((name) => {
        const intercept: Interceptor = (invocation, next) => {
          const note = `${invocation.path} ${name}`;
          notes.push(note);
          const stop = invocation.message.op === 'echo' ? stops[note] : undefined;
          if (stop === undefined) next();
          else stop(invocation);
        };
        return { name, make: () => intercept };
      });
      return { notes, interceptors };
    };

    /** A container with `interceptors` that hosts an echo, and one that calls it; `here` and `elsewhere` say whether they are the same. */
    const pair = async (where: string, interceptors: readonly Interceptor[]) => {
      const host = await system.current.container({ interceptors });
      const caller = where === 'here' ? host : await system.current.container();
      const id = await host.processes.spawn(Echo);
      return { host, caller, id, echo: host.processes.get(id) as Echo };
    };

    test('ION 29: a message meets A, B, C on its way out and C, B, A on its way in, and so does its answer', async () => {
      const there = noting(['A', 'B', 'C']);
      const here = noting(['A', 'B', 'C']);
      const host = await system.current.container({ interceptors: there.interceptors, systemEvents: 'off' });
      const caller = await system.current.container({ interceptors: here.interceptors, systemEvents: 'off' });
      const id = await host.processes.spawn(Echo);
      expect(await caller.rpcSend(id, 'echo', 'over')).toBe('over');
      expect(here.notes.splice(0)).toEqual([...['out A', 'out B', 'out C'], ...['in C', 'in B', 'in A']]);
      expect(there.notes.splice(0)).toEqual([...['in C', 'in B', 'in A'], ...['out A', 'out B', 'out C']]);
      expect(await host.rpcSend(id, 'echo', 'at home')).toBe('at home');
      expect(there.notes).toEqual([
        ...['out A', 'out B', 'out C'],
        ...['in C', 'in B', 'in A'],
        ...['out A', 'out B', 'out C'],
        ...['in C', 'in B', 'in A'],
      ]);
    });

    test('ION 29: one that drops a message stops the chain: nobody further sees it, and its sender is told who did', async () => {
      const here = noting(['A', 'B', 'C'], { 'out B': () => undefined });
      const there = noting(['A', 'B', 'C'], { 'in B': () => undefined });
      const host = await system.current.container({ interceptors: there.interceptors, systemEvents: 'off' });
      const dropping = await system.current.container({
        interceptors: here.interceptors,
        systemEvents: 'off',
      });
      const sending = await system.current.container();
      const id = await host.processes.spawn(Echo);
      const echo = host.processes.get(id) as Echo;
      const dropped = {
        code: 'Unavailable',
        message: `${id}.echo: interceptor 'B' ended the walk of the message`,
        details: { executed: 'no', interceptor: 'B' },
      };
      await expect(dropping.send(id, 'echo', 'a one-way message on its way out')).rejects.toMatchObject(
        dropped,
      );
      await expect(dropping.rpcSend(id, 'echo', 'a call on its way out')).rejects.toMatchObject(dropped);
      expect(here.notes).toEqual(['out A', 'out B', 'out A', 'out B']);
      await sending.send(id, 'echo', 'a one-way message on its way in');
      await expect(sending.rpcSend(id, 'echo', 'a call on its way in')).rejects.toMatchObject(dropped);
      expect(there.notes).toEqual([...['in C', 'in B', 'in C', 'in B'], ...['out A', 'out B', 'out C']]);
      // What had got through would be there before this answer.
      expect(await sending.rpcSend(id, 'a')).toBe('a');
      expect(echo.received).toEqual([]);
    });

    test.each(['here', 'elsewhere'])(
      'ION 29: one that refuses a request answers it with its error, from %s',
      async (where) => {
        const refusing: Interceptor = ({ path, message }, next) => {
          if (path === 'in' && message.op === 'echo') throw new BadRequestError('not in these waters');
          next();
        };
        const { caller, id, echo } = await pair(where, [refusing]);
        await expect(caller.rpcSend(id, 'echo')).rejects.toMatchObject({
          code: 'BadRequest',
          message: 'not in these waters',
        });
        expect(echo.received).toEqual([]);
      },
    );

    test.each(['here', 'elsewhere'])(
      'one that refuses every answer on its way out leaves no caller waiting: it is told the refusal, from %s',
      async (where) => {
        const refusing: Interceptor = ({ path, message }, next) => {
          const isAnswer = message.op === 'result';
          if (path === 'out' && isAnswer) throw new ForbiddenError('nothing leaves these waters');
          next();
        };
        const { caller, id, echo } = await pair(where, [refusing]);
        await expect(caller.rpcSend(id, 'echo', 'secret')).rejects.toMatchObject({
          code: 'Forbidden',
          message: 'nothing leaves these waters',
        });
        await expect(caller.rpcSend(id, 'fly')).rejects.toMatchObject({ code: 'Forbidden' });
        expect(echo.received).toEqual(['secret']);
      },
    );

    test.each(['here', 'elsewhere'])(
      'one that refuses a result, or the end of a stream, on its way out has the caller told with its code, from %s',
      async (where) => {
        const refusing: Interceptor = ({ path, message }, next) => {
          if (path === 'out' && message.performative === 'inform_result')
            throw new ForbiddenError('not that');
          next();
        };
        const { host, caller, id } = await pair(where, [refusing]);
        await expect(caller.rpcSend(id, 'echo', 'secret')).rejects.toMatchObject({ code: 'Forbidden' });
        const counting = await host.processes.spawn(Counting);
        const parts: unknown[] = [];
        const reading = (async () => {
          for await (const part of caller.stream(counting, 'count', 2)) parts.push(part);
        })();
        await expect(reading).rejects.toMatchObject({ code: 'Forbidden', message: 'not that' });
        expect(parts).toEqual([0, 1]);
      },
    );

    test.each(['here', 'elsewhere'])(
      'one that drops the answer on its way in fails the call at once, and does not say that nothing ran, from %s',
      async (where) => {
        const dropping: Interceptor = ({ path, message }, next) => {
          if (path === 'out' || message.op !== 'result') next();
        };
        const caller = await system.current.container({ interceptors: [dropping] });
        const host = where === 'here' ? caller : await system.current.container();
        const id = await host.processes.spawn(Echo);
        await expect(caller.rpcSend(id, 'echo')).rejects.toMatchObject({
          code: 'Unavailable',
          details: { executed: 'unknown', interceptor: 'dropping' },
        });
      },
    );

    test.each(['here', 'elsewhere'])(
      'one that is asynchronous is refused with a clear error instead of being waited for, from %s',
      async (where) => {
        // Not an async function: those are refused when the container starts.
        const later: Interceptor = (_invocation, next) => Promise.resolve().then(next);
        const { caller, id, echo } = await pair(where, [later]);
        await expect(caller.rpcSend(id, 'echo', 1)).rejects.toMatchObject({
          code: 'Internal',
          message: expect.stringContaining("interceptor 'later' is asynchronous"),
        });
        expect(echo.received).toEqual([]);
      },
    );

    test.each(['here', 'elsewhere'])(
      'one that takes a request passes it on, refuses or answers it when it knows, from %s',
      async (where) => {
        const taken: TakenMessage[] = [];
        const deciding: Interceptor = (invocation, next) => {
          if (invocation.path === 'in' && invocation.message.op === 'echo') taken.push(invocation.take());
          else next();
        };
        const { caller, id, echo } = await pair(where, [deciding]);
        const calls = ['passed', 'refused', 'answered'].map((content) => caller.rpcSend(id, 'echo', content));
        const outcomes = Promise.allSettled(calls);
        await eventually(() => taken.length === 3);
        const [first, second, third] = taken;
        third?.reply('from the cache');
        second?.refuse(new ForbiddenError('not you'));
        first?.pass();
        expect(await outcomes).toEqual([
          { status: 'fulfilled', value: 'passed' },
          { status: 'rejected', reason: expect.objectContaining({ code: 'Forbidden', message: 'not you' }) },
          { status: 'fulfilled', value: 'from the cache' },
        ]);
        expect(echo.received).toEqual(['passed']);
      },
    );

    test('one that takes what came through a service’s queue acknowledges it only when it is decided', async () => {
      const taken: TakenMessage[] = [];
      const deciding: Interceptor = (invocation, next) => {
        if (invocation.path === 'in' && invocation.message.op === 'echo') taken.push(invocation.take());
        else next();
      };
      const host = await system.current.container({ interceptors: [deciding] });
      await host.processes.spawn(Echo, { serviceName: 'echo' });
      const sender = await system.current.container();
      await sender.send('echo', 'echo', 'undecided');
      await sender.send('echo', 'echo', 'done with');
      await eventually(() => taken.length === 2);
      taken[1]?.reply();
      // The broker gives the first one to somebody else.
      const [, heir] = await Promise.all([host.stop(), system.current.container()]);
      const id = await heir.processes.spawn(Echo, { serviceName: 'echo' });
      const echo = heir.processes.get(id) as Echo;
      await eventually(() => echo.received.length > 0);
      expect(await heir.rpcSend(id, 'a')).toBe('a');
      expect(echo.received).toEqual(['undecided']);
    });

    describe('ION 30: a signature', () => {
      const key = 'hunter2';

      /** A stack that signs; what stands `after` it sees messages as they leave and as they come. */
      const signing = (...after: readonly Interceptor[]) => [hmacSignature(key), ...after];

      test('is in the header after the way out, and an untouched message passes', async () => {
        const seen: (Message['headers'] | undefined)[] = [];
        const looking: Interceptor = ({ path, message }, next) => {
          if (path === 'out') seen.push(message.headers);
          next();
        };
        const host = await system.current.container({ interceptors: signing() });
        const caller = await system.current.container({
          interceptors: signing(looking),
          systemEvents: 'off',
        });
        const id = await host.processes.spawn(Echo);
        expect(await caller.rpcSend(id, 'echo', { depth: [1, 2] })).toEqual({ depth: [1, 2] });
        expect(seen).toEqual([expect.objectContaining({ signature: expect.any(Uint8Array) })]);
      });

      test('that does not fit drops an altered message, and its sender is told', async () => {
        const altering: Interceptor = ({ path, message }, next) => {
          if (path === 'out' && message.op === 'echo') message.content = 'altered';
          next();
        };
        const host = await system.current.container({ interceptors: signing() });
        const mallory = await system.current.container({ interceptors: signing(altering) });
        const id = await host.processes.spawn(Echo);
        await expect(mallory.rpcSend(id, 'echo', 'untouched')).rejects.toMatchObject({
          code: 'Unauthorized',
          message: 'the message was altered',
        });
        expect((host.processes.get(id) as Echo).received).toEqual([]);
      });

      test('that is missing drops the message', async () => {
        const host = await system.current.container({ interceptors: signing() });
        const stranger = await system.current.container();
        const id = await host.processes.spawn(Echo);
        await expect(stranger.rpcSend(id, 'echo', 1)).rejects.toMatchObject({
          code: 'Unauthorized',
          message: 'the message is not signed',
        });
        expect((host.processes.get(id) as Echo).received).toEqual([]);
      });
    });
  });
}
