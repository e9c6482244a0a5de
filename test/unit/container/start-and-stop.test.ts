import { describe, expect, test } from '@jest/globals';
import {
  Container,
  type ContainerOptions,
  EmbeddedBroker,
  Process,
  ServiceProcess,
  Supervisor,
  type SupervisorDeclaration,
} from '../../../src/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { type FakeEnv, fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';

/** A container `ship` of system `fleet` on a broker and a clock of the test's. */
function makeShip(options: ContainerOptions = {}) {
  const env = fakeEnv();
  const broker = new EmbeddedBroker({ env });
  const container = new Container({ env, broker, id: 'ship', sysname: 'fleet', ...options });
  return { env, broker, container };
}

/** Nothing of the container is left: no connection, no inbox, no timer. */
async function expectNothingLeft(container: Container, broker: EmbeddedBroker, env: FakeEnv): Promise<void> {
  expect(container.info()).toMatchObject({ broker: { type: 'closed' }, processes: 0, apps: [] });
  const stranger = broker.transport();
  await stranger.connect();
  expect(await stranger.inspectQueue('fleet~inbox.ship~1')).toBeUndefined();
  await stranger.close();
  await turns();
  expect(env.pendingTimers()).toBe(0);
}

class Idle extends ServiceProcess {
  static readonly serviceName = 'idle';
  op_wait(): Promise<never> {
    return new Promise(() => undefined);
  }
}

describe('Container#start()', () => {
  test('is one start however often it is called', async () => {
    const { container, env, broker } = makeShip();
    await Promise.all([container.start(), container.start()]);
    await container.start();
    expect(container.state).toBe('ACTIVE');
    await container.stop();
    await expectNothingLeft(container, broker, env);
  });

  test('that finds no broker rejects, leaves nothing, and the state is ERROR', async () => {
    const { container, env, broker } = makeShip();
    broker.stop();
    await expect(container.start()).rejects.toMatchObject({ code: 'BrokerUnreachable' });
    expect(container.state).toBe('ERROR');
    expect(container.failure).toMatchObject({ code: 'BrokerUnreachable' });
    broker.start();
    await expectNothingLeft(container, broker, env);
  });

  test.each([
    ['the system’s exchange', { name: 'fleet', type: 'fanout', durable: true, autoDelete: false }],
    ['the control exchange', { name: 'fleet~control', type: 'fanout', durable: false, autoDelete: false }],
  ] as const)('that fails half way, at %s, closes what it had opened', async (_name, exchange) => {
    const { container, env, broker } = makeShip();
    const other = broker.transport();
    await other.connect();
    await other.declareExchange(exchange);
    await expect(container.start()).rejects.toMatchObject({ code: 'TopologyConflict' });
    expect(container.state).toBe('ERROR');
    await expectNothingLeft(container, broker, env);
    await other.close();
  });

  test('that has failed can be stopped, and calls are refused', async () => {
    const { container, env, broker } = makeShip();
    broker.stop();
    await container.start().catch(() => undefined);
    await expect(container.rpcSend('hello', 'hello')).rejects.toMatchObject({ code: 'Unavailable' });
    expect(await container.stop()).toMatchObject({ leftProcesses: [], unfinishedHandlers: [] });
    expect(container.state).toBe('ERROR');
    broker.start();
    await expectNothingLeft(container, broker, env);
  });

  test('after stop() is refused', async () => {
    const { container, env, broker } = makeShip();
    expect(await container.stop()).toMatchObject({ complete: true });
    await expect(container.start()).rejects.toMatchObject({ code: 'IllegalState' });
    expect(container.state).not.toBe('ACTIVE');
    await turns();
    expect(container.info().broker.type).not.toBe('connected');
    expect(env.pendingTimers()).toBe(0);
    broker.stop();
  });
});

describe('Container#stop()', () => {
  test('twice is once', async () => {
    const { container, env, broker } = makeShip();
    await container.start();
    const first = container.stop();
    expect(container.stop()).toBe(first);
    const report = await first;
    expect(report).toEqual({
      complete: true,
      tookMs: 0,
      phases: ['leaving', 'draining', 'apps', 'processes', 'exchange'].map((phase) => ({
        phase,
        tookMs: 0,
        late: false,
      })),
      handedBack: 0,
      unfinishedHandlers: [],
      killed: [],
      unfinishedApps: [],
      leftProcesses: [],
      cause: undefined,
      error: undefined,
    });
    expect(await container.stop()).toBe(report);
    expect(container.state).toBe('TERMINATED');
    await expectNothingLeft(container, broker, env);
  });

  test('of a container that was never started leaves nothing', async () => {
    const { container, env } = makeShip({ broker: 'embedded' });
    expect(await container.stop()).toMatchObject({ complete: true, leftProcesses: [] });
    await turns();
    expect(env.pendingTimers()).toBe(0);
  });

  // Each number of microtasks is another point of the start at which it is given up.
  test.each(Array.from({ length: 40 }, (_, index) => index))(
    'during the start, %d microtasks after it began, leaves nothing running',
    async (microtasks) => {
      const { container, env, broker } = makeShip();
      const starting = container.start().then(
        () => 'started',
        () => 'failed',
      );
      for (let index = 0; index < microtasks; index += 1) await Promise.resolve();
      await container.stop();
      expect(['started', 'failed']).toContain(await starting);
      expect(['TERMINATED', 'ERROR']).toContain(container.state);
      await expectNothingLeft(container, broker, env);
    },
  );

  test('during a start that waits for its broker ends the waiting', async () => {
    const { container, env, broker } = makeShip();
    const starting = container.start().catch((error: unknown) => error);
    broker.stop();
    const report = await container.stop();
    expect(report.leftProcesses).toEqual([]);
    expect(await starting).toBeDefined();
    expect(container.state).not.toBe('ACTIVE');
    broker.start();
    await turns();
    expect(container.info().broker).toEqual({ type: 'closed' });
    expect(env.pendingTimers()).toBe(0);
  });

  test('a handler that is stuck gets half of what is left, and the others end properly inside it', async () => {
    const { container, env, broker } = makeShip({ stopMs: 1000, processes: { shutdownMs: 5000 } });
    await container.start();
    const ended: string[] = [];
    class Good extends Process {
      override onTerminate(): void {
        ended.push(this.name);
      }
    }
    await container.processes.spawn(Good, { name: 'good' });
    const ids: string[] = [];
    for (const name of ['stuck 1', 'stuck 2']) ids.push(await container.processes.spawn(Idle, { name }));
    const calls = ids.map((id) => container.rpcSend(id, 'wait').catch((error: unknown) => error));
    await turns();
    const stopping = container.stop();
    await env.advance(800);
    const report = await stopping;
    expect(report).toMatchObject({ complete: false, leftProcesses: [] });
    expect(report.tookMs).toBeLessThanOrEqual(800);
    expect(report.unfinishedHandlers.map(({ name }) => name)).toEqual(['stuck 2', 'stuck 1']);
    expect(ended).toEqual(['good']);
    for (const call of calls) expect(await call).toMatchObject({ code: 'Unavailable' });
    await expectNothingLeft(container, broker, env);
  });

  test('keeps its budget: what has not ended when four fifths are over is killed and named, and answers still leave', async () => {
    const { container, env, broker } = makeShip({ stopMs: 1000 });
    await container.start();
    const other = new Container({ env, broker, id: 'boat', sysname: 'fleet' });
    await other.start();
    class Root extends Supervisor {
      protected override init(): SupervisorDeclaration {
        return { children: [{ id: 'idle', start: Idle, shutdown: 'infinity' }] };
      }
    }
    const root = await container.processes.spawn(Root, { name: 'root' });
    const [, child] = container.processes.list();
    const call = other.rpcSend('idle', 'wait').catch((error: unknown) => error);
    await env.advance(50);
    const stopping = container.stop();
    await env.advance(799);
    expect(container.info().stopping).toEqual({
      phase: 'processes',
      sinceMs: 799,
      leftMs: 201,
      apps: [],
      processes: 2,
      handedBack: 0,
    });
    await env.advance(1);
    const report = await stopping;
    expect(report).toMatchObject({
      complete: false,
      tookMs: 800,
      killed: [
        { id: child?.id, name: 'idle', ops: ['wait'] },
        { id: root, name: 'root', ops: [] },
      ],
      leftProcesses: [],
      unfinishedHandlers: [{ id: child?.id, op: 'wait' }],
    });
    expect(report.phases).toMatchObject([
      { late: false },
      { late: false },
      { late: false },
      { phase: 'processes', tookMs: 800, late: true },
      { phase: 'exchange', tookMs: 0, late: false },
    ]);
    expect(await call).toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
    expect(container.state).toBe('TERMINATED');
    await other.stop();
    await expectNothingLeft(container, broker, env);
  });

  test('a process that hangs in its onTerminate is killed after half of the time, and the others end in order', async () => {
    const { container, env, broker } = makeShip({ stopMs: 1000 });
    await container.start();
    const ended: string[] = [];
    class Noting extends Process {
      override onTerminate(): Promise<void> | undefined {
        ended.push(this.name);
        return this.name === 'hung' ? new Promise(() => undefined) : undefined;
      }
    }
    for (const name of ['first', 'hung', 'last']) await container.processes.spawn(Noting, { name });
    const stopping = container.stop();
    await env.advance(400);
    expect(await stopping).toMatchObject({
      complete: false,
      tookMs: 400,
      killed: [{ name: 'hung', ops: [] }],
      unfinishedHandlers: [],
    });
    expect(ended).toEqual(['last', 'hung', 'first']);
    await expectNothingLeft(container, broker, env);
  });

  test('a child that is to be killed without being asked is no reason to say that it is not complete', async () => {
    const { container } = makeShip();
    await container.start();
    class Root extends Supervisor {
      protected override init(): SupervisorDeclaration {
        return { children: [{ id: 'idle', start: Idle, shutdown: 'brutal_kill' }] };
      }
    }
    await container.processes.spawn(Root);
    expect(await container.stop()).toMatchObject({ complete: true, killed: [] });
  });

  test('a broker that does not answer costs no more than the budget, and each phase that waited for it is named', async () => {
    const env = fakeEnv();
    const broker = new EmbeddedBroker({ env });
    // Nothing that it is asked comes to an end any more.
    const hung: EmbeddedBroker = Object.create(broker, {
      transport: {
        value: (...args: Parameters<EmbeddedBroker['transport']>) => {
          const transport = broker.transport(...args);
          const { consume } = transport;
          const never = (): Promise<never> => new Promise(() => undefined);
          return Object.defineProperties(transport, {
            close: { value: never },
            unbind: { value: never },
            consume: {
              value: async (spec: Parameters<typeof consume>[0]) => {
                await consume.call(transport, spec);
                return { cancel: never };
              },
            },
          });
        },
      },
    });
    const container = new Container({ env, broker: hung, id: 'ship', sysname: 'fleet', stopMs: 1000 });
    await container.start();
    await container.processes.spawn(Idle);
    const stopping = container.stop();
    await env.advance(1000);
    const report = await stopping;
    expect(report.phases).toEqual([
      { phase: 'leaving', tookMs: 0, late: false },
      { phase: 'draining', tookMs: 250, late: true },
      { phase: 'apps', tookMs: 0, late: false },
      { phase: 'processes', tookMs: 275, late: false },
      { phase: 'exchange', tookMs: 475, late: true },
    ]);
    expect(report).toMatchObject({ complete: false, tookMs: 1000, killed: [{ name: 'Idle' }] });
    expect(container.state).toBe('TERMINATED');
  });

  test('tells whoever listens of its phases; one that throws is logged and disturbs nobody', async () => {
    const logger = recordingLogger();
    const { container } = makeShip({ logger });
    await container.start();
    await container.processes.spawn(Idle);
    const told: unknown[] = [];
    container.onStopping(() => {
      throw new Error('no line');
    });
    const stop = container.onStopping(({ phase }) => {
      told.push([phase, container.info().stopping?.phase]);
      if (phase === 'draining') stop();
    });
    expect(await container.stop()).toMatchObject({ complete: true, error: undefined });
    expect(told).toEqual([
      ['leaving', 'leaving'],
      ['draining', 'draining'],
    ]);
    expect(logger.lines.filter(({ message }) => message === 'a listener of the stop failed')).toHaveLength(5);
    const phases = logger.lines.filter(
      ({ level, message }) => level === 'info' && /^stopping: /.test(message),
    );
    expect(phases.map(({ message, fields }) => [message, fields.processes])).toEqual([
      ['stopping: leaving', 1],
      ['stopping: leaving is done', 1],
      ['stopping: draining', 1],
      ['stopping: draining is done', 1],
      ['stopping: apps', 1],
      ['stopping: apps is done', 1],
      ['stopping: processes', 1],
      ['stopping: processes is done', 0],
      ['stopping: exchange', 0],
      ['stopping: exchange is done', 0],
    ]);
  });

  test('an interceptor that fails on the announcement keeps nothing from ending, and is named', async () => {
    const { container, env, broker } = makeShip({
      interceptors: [
        ({ message }, next) => {
          if (message.op === 'leaving') throw new Error('not that');
          return next();
        },
      ],
    });
    await container.start();
    await container.processes.spawn(Idle);
    expect(await container.stop()).toMatchObject({ complete: false, error: 'not that', leftProcesses: [] });
    expect(container.state).toBe('TERMINATED');
    await expectNothingLeft(container, broker, env);
  });

  test('names a handler that outlived its process, and says that it is not complete', async () => {
    const { container, env, broker } = makeShip({ processes: { shutdownMs: 100 } });
    await container.start();
    const id = await container.processes.spawn(Idle, { name: 'stuck' });
    container.rpcSend(id, 'wait').catch(() => undefined);
    await env.advance(50);
    const stopping = container.stop();
    await env.advance(100);
    expect(await stopping).toMatchObject({
      complete: false,
      tookMs: 100,
      unfinishedHandlers: [{ id, name: 'stuck', op: 'wait', ageMs: 150 }],
      leftProcesses: [],
      error: undefined,
    });
    await expectNothingLeft(container, broker, env);
  });

  test('ends processes in reverse order of their spawning, and refuses new ones meanwhile', async () => {
    const { container } = makeShip();
    const ended: string[] = [];
    const refused: unknown[] = [];
    class Noting extends Process {
      override async onTerminate(): Promise<void> {
        ended.push(this.name);
        await this.spawnChild(Noting).catch((error: unknown) => refused.push(error));
      }
    }
    await container.start();
    for (const name of ['first', 'second', 'third']) await container.processes.spawn(Noting, { name });
    expect(await container.stop()).toMatchObject({ complete: true });
    expect(ended.slice(0, 3)).toEqual(['third', 'second', 'first']);
    expect(container.processes.list()).toEqual([]);
  });
});
