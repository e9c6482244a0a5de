import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BadRequestError, type Interceptor, Process, UnavailableError } from '../../../src/index.ts';
import { eventually, recordingLogger, TestSystem, turns } from '../../../src/testing/index.ts';

class Echo extends Process {
  readonly received: unknown[] = [];
  op_echo(content: unknown): unknown {
    this.received.push(content);
    return content;
  }
}

let system: TestSystem;
beforeEach(() => {
  system = new TestSystem({ sysname: 'fleet' });
});
afterEach(() => system.stop());

/** A container that hosts `echo`, with the interceptors, and one that calls it. */
async function pair(interceptors: readonly Interceptor[]) {
  const host = await system.container({ id: 'host', interceptors, systemEvents: 'off' });
  const caller = await system.container({ id: 'caller' });
  const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
  const echo = host.processes.get(id);
  if (!(echo instanceof Echo)) throw new Error('no echo');
  const waiting = async () => {
    const stranger = system.broker.transport();
    await stranger.connect();
    const info = await stranger.inspectQueue('fleet.echo');
    await stranger.close();
    return info?.messages;
  };
  return { host, caller, id, echo, waiting };
}

/** Refuses messages of operation `op` on one path. */
function refusing(path: 'in' | 'out', error: unknown, op = 'echo'): Interceptor {
  return (invocation, next) => {
    const { message } = invocation;
    if (invocation.path === path && message.op === op) throw error;
    next();
  };
}

describe('interceptors of a container', () => {
  test.each(['by name', 'by id', 'from next door'])(
    'refuse a request going in: it is answered with the error and never handled, %s',
    async (how) => {
      const { host, caller, id, echo, waiting } = await pair([
        refusing('in', new BadRequestError('not today', { details: { day: 7 } })),
      ]);
      const from = how === 'from next door' ? host : caller;
      await expect(from.rpcSend(how === 'by name' ? 'echo' : id, 'echo', 1)).rejects.toMatchObject({
        code: 'BadRequest',
        message: 'not today',
        details: { day: 7 },
      });
      expect(echo.received).toEqual([]);
      // It was settled: nothing goes back to the queue when this container's connection ends.
      await host.stop();
      expect(await waiting()).toBe(0);
    },
  );

  test('that fail by accident going in answer Internal', async () => {
    const { caller } = await pair([refusing('in', new TypeError('undefined is not a policy'))]);
    await expect(caller.rpcSend('echo', 'echo', 1)).rejects.toMatchObject({
      code: 'Internal',
      message: 'undefined is not a policy',
    });
    expect(await caller.rpcSend('echo', 'ping')).toEqual({ pong: 'pong' });
  });

  test('refuse a one-way message going in: it is settled and not handled', async () => {
    const { host, caller, id, echo, waiting } = await pair([
      refusing('in', new BadRequestError('not today')),
    ]);
    await caller.send('echo', 'echo', 1);
    await caller.send(id, 'echo', 2);
    await eventually(() => host.info().inbox.messages === 2);
    await turns();
    expect(echo.received).toEqual([]);
    await host.stop();
    expect(await waiting()).toBe(0);
  });

  test('refuse a message going out: the sender gets the error and nothing leaves', async () => {
    const { host, caller } = await pair([refusing('out', new BadRequestError('not today'))]);
    const before = host.info().transport.published;
    await expect(host.rpcSend(`${caller.id}.7`, 'echo', 1)).rejects.toMatchObject({ message: 'not today' });
    await expect(host.send(`${caller.id}.7`, 'echo', 1)).rejects.toMatchObject({ message: 'not today' });
    await turns();
    expect(host.info().transport.published).toBe(before);
    expect(host.info().conversations.pending).toBe(0);
  });

  test('meet requests and replies, both ways, outgoing in order and incoming in reverse', async () => {
    const notes: string[] = [];
    const noting =
      (name: string): Interceptor =>
      (invocation, next) => {
        const { message } = invocation;
        notes.push(`${name} ${invocation.path} ${message.performative}`);
        next();
      };
    const { caller } = await pair([noting('A'), noting('B')]);
    expect(await caller.rpcSend('echo', 'echo', 1)).toBe(1);
    expect(notes).toEqual(['B in request', 'A in request', 'A out inform_result', 'B out inform_result']);
  });

  test('change what they let through', async () => {
    const { caller, echo } = await pair([
      (invocation, next) => {
        if (invocation.path === 'in') invocation.message.content = 'changed on its way in';
        else invocation.message.content = 'changed on its way out';
        next();
      },
    ]);
    expect(await caller.rpcSend('echo', 'echo', 1)).toBe('changed on its way out');
    expect(echo.received).toEqual(['changed on its way in']);
  });

  test('refuse a reply coming in: the call fails with that error, at once', async () => {
    const { host, caller } = await pair([refusing('in', new BadRequestError('not from there'), 'result')]);
    const id = await caller.processes.spawn(Echo);
    await expect(host.rpcSend(id, 'echo', 1)).rejects.toMatchObject({ message: 'not from there' });
    expect(host.info().conversations.pending).toBe(0);
  });
});

describe('interceptors with a container’s life', () => {
  test('are made before it connects and closed when nothing walks any more', async () => {
    const notes: string[] = [];
    const container = await system.container({
      interceptors: [
        {
          name: 'audit',
          make: ({ container: id, onStop }) => {
            notes.push(`made for ${id}`);
            onStop(async () => {
              await turns();
              notes.push(`closed while the broker is ${container.info().broker.type}`);
            });
            return (_invocation, next) => next();
          },
        },
      ],
      id: 'ship',
    });
    const report = await container.stop();
    expect(report.complete).toBe(true);
    expect(notes).toEqual(['made for ship', 'closed while the broker is closed']);
  });

  test('fail its start when one cannot be made, before it connects', async () => {
    const broken = {
      name: 'keys',
      make: () => {
        throw new Error('no key');
      },
    };
    await expect(system.container({ interceptors: [broken] })).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: "interceptor 'keys' cannot be made: no key",
    });
    await expect(system.container({ interceptors: [async () => undefined] })).rejects.toThrow(
      'is asynchronous',
    );
  });

  test('that refuse a one-way message coming in say so in the log, once per kind', async () => {
    const logger = recordingLogger();
    const interceptors = [refusing('in', new BadRequestError('not today'), 'note')];
    const host = await system.container({ id: 'host', interceptors, logger });
    const caller = await system.container({ id: 'caller' });
    const id = await host.processes.spawn(Echo);
    for (let count = 0; count < 3; count += 1) await caller.send(id, 'note', count);
    await eventually(() => host.info().inbox.messages === 3);
    const lines = logger.lines.filter(({ fields }) => fields.room === 'intercept' && fields.op === 'note');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ sender: 'caller.0', error: expect.any(BadRequestError) }),
      }),
    ]);
  });
});

describe('an event of a durable subscription that an interceptor does not let in', () => {
  /** A container whose interceptor throws that `times` times, and what its subscription handles. */
  async function subscriber(error: unknown, times: number) {
    let left = times;
    const interceptor: Interceptor = ({ path, message }, next) => {
      if (path === 'in' && message.op === 'depth' && left > 0) {
        left -= 1;
        throw error;
      }
      next();
    };
    const container = await system.container({
      id: 'host',
      interceptors: [interceptor],
      exchange: { retryDelaysMs: [1] },
    });
    const handled: unknown[] = [];
    await container.events.subscribe('depth', (content) => void handled.push(content), { durable: 'log' });
    expect(await container.events.publish('depth', 'ship7', 4, { qos: 'durable' })).toBe('confirmed');
    return { handled, dead: () => container.events.deadLetters.list() };
  }

  test('is tried again where that failed by accident', async () => {
    const { handled, dead } = await subscriber(new TypeError('undefined is not a policy'), 2);
    await eventually(() => handled.length === 1);
    expect(await dead()).toEqual([]);
  });

  test('and is a dead letter when that does not end', async () => {
    const { handled, dead } = await subscriber(
      new UnavailableError('no audit now'),
      Number.POSITIVE_INFINITY,
    );
    await eventually(async () => (await dead()).length === 1);
    expect(await dead()).toMatchObject([{ reason: 'attempts', attempts: 5, content: 4 }]);
    expect(handled).toEqual([]);
  });

  test('is a dead letter at once where it is refused', async () => {
    const { handled, dead } = await subscriber(new BadRequestError('not today'), 1);
    await eventually(async () => (await dead()).length === 1);
    expect(await dead()).toMatchObject([
      { reason: 'unacceptable', attempts: 1, error: { message: 'not today' }, content: 4 },
    ]);
    expect(handled).toEqual([]);
  });
});

test('a container that stops keeps its failed work first', async () => {
  class Recorder extends Process {
    begun = 0;
    override async onInit(): Promise<void> {
      const fail = (_content: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> =>
        new Promise((_resolve, reject) => {
          this.begun += 1;
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        });
      await this.subscribe('depth', fail, { durable: 'log' });
    }
  }
  const exchange = { retryDelaysMs: [1] };
  const first = await system.container({ exchange, stopMs: 400 });
  const second = await system.container({ exchange });
  const recorder = first.processes.get(await first.processes.spawn(Recorder));
  if (!(recorder instanceof Recorder)) throw new Error('no recorder');
  await second.events.publish('depth', 'ship7', 4, { qos: 'durable' });
  await eventually(() => recorder.begun === 1);
  await first.stop();
  const attempts: number[] = [];
  await second.events.subscribe('depth', (_content, { attempt }) => void attempts.push(attempt), {
    durable: 'log',
  });
  await eventually(() => attempts.length > 0);
  await turns();
  expect(attempts).toEqual([2]);
});
