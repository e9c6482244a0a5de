import { describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  convSeqOf,
  NoReceiverError,
  NotFoundError,
  Process,
  protocolOf,
  RemoteError,
  statusOf,
  TimeoutError,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Echo, Failing, Relay, Stuck } from './processes.ts';
import type { UseSystem } from './runner.ts';

/** Calls and sends between two containers, and inside one. */
export function describeCalls(useSystem: UseSystem): void {
  describe('calls', () => {
    const system = useSystem();

    test('ION 2: a process id is its container, a dot and a number', async () => {
      const container = await system.current.container({ id: 'ship_1' });
      const id = await container.processes.spawn(Echo);
      expect(id).toBe('ship_1.1');
      expect(await container.processes.spawn(Echo)).toBe('ship_1.2');
    });

    test.each(['here', 'elsewhere'])(
      'ION 7: a call returns the content unchanged, from %s',
      async (where) => {
        const { caller, id } = await pair(where, Echo);
        const content = { text: 'ahoy', list: [1, 2.5, null, true], deep: { at: new Date(0) } };
        const reply = await caller.call(id, 'echo', content);
        expect(reply.content).toEqual(content);
        expect(reply.performative).toBe('inform_result');
        expect(statusOf(reply)).toBe('OK');
        expect(convSeqOf(reply)).toBe(2);
        expect(protocolOf(reply)).toBe('rpc');
        expect(reply.sender).toBe(id);
      },
    );

    test.each(['here', 'elsewhere'])(
      'the handler sees the sender and its headers, from %s',
      async (where) => {
        const { caller, host, id } = await pair(where, Echo);
        await caller.rpcSend(id, 'echo', 1, { headers: { quiet: true, mine: 'x' } });
        const [message] = (host.processes.get(id) as Echo).headers;
        expect(message).toMatchObject({
          performative: 'request',
          op: 'echo',
          receiver: id,
          sender: `${caller.id}.0`,
          headers: { quiet: true, mine: 'x' },
        });
      },
    );

    test.each(['here', 'elsewhere'])(
      'ION 8, row 16: errors reach the caller and the service keeps working, from %s',
      async (where) => {
        const { caller, id } = await pair(where, Failing);
        await expect(caller.rpcSend(id, 'reply_err')).rejects.toMatchObject({
          code: 'BadRequest',
          status: 400,
          details: { field: 'depth' },
        });
        await expect(caller.rpcSend(id, 'application')).rejects.toMatchObject({
          code: 'OutOfStock',
          status: 409,
          message: 'no more pumps',
          details: { left: 0 },
        });
        await expect(caller.rpcSend(id, 'application')).rejects.toBeInstanceOf(RemoteError);
        await expect(caller.rpcSend(id, 'unexpected')).rejects.toMatchObject({
          code: 'Internal',
          status: 500,
          message: 'undefined is not a pump',
        });
        await expect(caller.rpcSend(id, 'rejects')).rejects.toMatchObject({
          code: 'Internal',
          message: 'too deep',
        });
        await expect(caller.rpcSend(id, 'unportable')).rejects.toMatchObject({ code: 'Internal' });
        expect(await caller.rpcSend(id, 'ok')).toBe('fine');
      },
    );

    test.each([false, true])(
      'row 16: a remote stack and its causes are told only in development (%s)',
      async (development) => {
        const host = await system.current.container({ development });
        const caller = await system.current.container();
        class Deep extends Process {
          op_fail(): never {
            throw new BadRequestError('no such depth', { cause: new RangeError('the sonar is off') });
          }
        }
        const id = await host.processes.spawn(Deep);
        const error = await caller.rpcSend(id, 'fail').catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'BadRequest', message: 'no such depth' });
        const { remoteStack, stack } = error as BadRequestError;
        expect(stack).not.toContain('op_fail');
        if (development) expect(remoteStack).toMatch(/^remote:.*op_fail/s);
        else expect(remoteStack).toBeUndefined();
        expect(messageOfCause(error)).toBe(development ? 'the sonar is off' : undefined);
      },
    );

    test.each(['here', 'elsewhere'])(
      'ION 9: 20 bytes survive the round trip unchanged, from %s',
      async (where) => {
        const { caller, id } = await pair(where, Echo);
        const bytes = Uint8Array.from({ length: 20 }, (_, index) => (index * 13) % 256);
        expect(await caller.rpcSend(id, 'echo', bytes)).toEqual(bytes);
      },
    );

    test('ION 10: a call to a name that nobody has fails at once with NoReceiver, not after its time', async () => {
      const container = await system.current.container();
      const startedAt = performance.now();
      await expect(container.rpcSend('nobody', 'echo')).rejects.toBeInstanceOf(NoReceiverError);
      await expect(container.rpcSend('gone_1_x.4', 'echo')).rejects.toBeInstanceOf(NoReceiverError);
      await expect(container.rpcSend(`${container.id}.99`, 'echo')).rejects.toBeInstanceOf(NoReceiverError);
      await expect(container.rpcSend(`${container.id}.nobody`, 'echo')).rejects.toBeInstanceOf(
        NoReceiverError,
      );
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    });

    test.each(['here', 'elsewhere'])(
      'ION 10: a call that is not answered within its second is a Timeout, from %s',
      async (where) => {
        const { caller, host, id } = await pair(where, Stuck);
        const startedAt = performance.now();
        await expect(caller.rpcSend(id, 'wait', null, { timeoutMs: 1000 })).rejects.toBeInstanceOf(
          TimeoutError,
        );
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(999);
        (host.processes.get(id) as Stuck).release();
        await eventually(() => host.processes.list()[0]?.load === 0);
      },
    );

    test('ION 11, row 13: the time of a call is 15 s unless the container or the call says otherwise', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Echo);
      await container.rpcSend(id, 'echo', 0);
      await container.rpcSend(id, 'echo', 0, { timeoutMs: 700 });
      const { headers } = container.processes.get(id) as Echo;
      expect(headers.map((message) => message.budgetMs)).toEqual([15_000, 700]);
      await expect(container.rpcSend(id, 'echo', 0, { timeoutMs: 0 })).rejects.toMatchObject({
        code: 'BadRequest',
      });
    });

    test('ION 12: a handler calls while it handles, nested three deep, across containers', async () => {
      const a = await system.current.container();
      const b = await system.current.container();
      const ids = [
        await a.processes.spawn(Relay),
        await b.processes.spawn(Relay),
        await a.processes.spawn(Relay),
        await b.processes.spawn(Relay),
      ];
      const [first = '', ...path] = ids;
      expect(await a.rpcSend(first, 'pass', path)).toBe('end');
    });

    test.each(['here', 'elsewhere'])(
      'row 17: an unknown operation is answered NotFound at once, from %s',
      async (where) => {
        const { caller, id } = await pair(where, Echo);
        await expect(caller.rpcSend(id, 'fly')).rejects.toBeInstanceOf(NotFoundError);
        await expect(caller.rpcSend(id, 'constructor')).rejects.toBeInstanceOf(NotFoundError);
        await expect(caller.rpcSend(id, '__proto__')).rejects.toBeInstanceOf(NotFoundError);
      },
    );

    test.each(['here', 'elsewhere'])(
      'content that cannot travel is refused at the sender, to %s',
      async (where) => {
        const { caller, host, id } = await pair(where, Echo);
        await expect(caller.rpcSend(id, 'echo', { f: () => 1 })).rejects.toMatchObject({
          code: 'BadRequest',
        });
        await expect(caller.send(id, 'echo', new Map())).rejects.toMatchObject({ code: 'BadRequest' });
        expect((host.processes.get(id) as Echo).received).toEqual([]);
      },
    );

    test.each(['here', 'elsewhere'])(
      'what the caller changes after sending does not arrive, at %s',
      async (where) => {
        const { caller, id } = await pair(where, Echo);
        const content = { list: [1] };
        const call = caller.rpcSend(id, 'echo', content);
        content.list.push(2);
        expect(await call).toEqual({ list: [1] });
      },
    );

    test.each(['here', 'elsewhere'])('headers are checked and copied as content is, to %s', async (where) => {
      const { caller, host, id } = await pair(where, Echo);
      const tags = ['a'];
      const call = caller.rpcSend(id, 'echo', 1, { headers: { tags } });
      tags.push('b');
      await call;
      expect((host.processes.get(id) as Echo).headers[0]?.headers).toEqual({ tags: ['a'] });
      const bad = JSON.parse('{"f": 1}', () => () => 1);
      await expect(caller.rpcSend(id, 'echo', 1, { headers: { bad } })).rejects.toMatchObject({
        code: 'BadRequest',
      });
    });

    test.each(['here', 'elsewhere'])('send() delivers one way, to %s', async (where) => {
      const { caller, host, id } = await pair(where, Echo);
      await caller.send(id, 'echo', 'ahoy');
      const echo = host.processes.get(id) as Echo;
      await eventually(() => echo.received.length === 1);
      expect(echo.received).toEqual(['ahoy']);
      expect(echo.headers[0]).toMatchObject({ performative: 'none', conversationId: '' });
    });

    test('messages of one sender to one process keep their order', async () => {
      const { caller, host, id } = await pair('elsewhere', Echo);
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      await Promise.all(
        numbers.map((number) =>
          number % 3 === 0 ? caller.rpcSend(id, 'echo', number) : caller.send(id, 'echo', number),
        ),
      );
      const echo = host.processes.get(id) as Echo;
      await eventually(() => echo.received.length === numbers.length);
      expect(echo.received).toEqual(numbers);
    });

    test('many calls at a time each get their own answer', async () => {
      const { caller, id } = await pair('elsewhere', Echo);
      const numbers = Array.from({ length: 500 }, (_, index) => index);
      expect(await Promise.all(numbers.map((number) => caller.rpcSend(id, 'echo', number)))).toEqual(numbers);
    });

    test('ping is answered by every process', async () => {
      const { caller, id } = await pair('elsewhere', Echo);
      expect(await caller.rpcSend(id, 'ping')).toEqual({ pong: 'pong' });
    });

    test('two processes that answer each other for ever do not starve the event loop', async () => {
      class PingPong extends Process {
        turns = 0;
        op_ball(other: unknown): void {
          this.turns += 1;
          void this.send(String(other), 'ball', this.id);
        }
      }
      const container = await system.current.container();
      const a = await container.processes.spawn(PingPong);
      const b = await container.processes.spawn(PingPong);
      await container.send(a, 'ball', b);
      await eventually(() => (container.processes.get(a) as PingPong).turns > 3000);
      await container.processes.terminateProcess(a);
    });

    /** A process of `Class` in its own container, called from there or from another one. */
    async function pair(
      where: string,
      Class: new (...args: ConstructorParameters<typeof Process>) => Process,
    ) {
      const host = await system.current.container();
      const caller = where === 'here' ? host : await system.current.container();
      return { host, caller, id: await host.processes.spawn(Class) };
    }
  });
}

function messageOfCause(error: unknown): string | undefined {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
}
