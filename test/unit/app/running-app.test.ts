import { describe, expect, test } from '@jest/globals';
import type { AppContainer, AppModule } from '../../../src/app/index.ts';
import { parseAppFile } from '../../../src/app/index.ts';
import { RunningApp } from '../../../src/app/running-app.ts';
import { Process } from '../../../src/process/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { FakeProcesses } from './bed.ts';

class First extends Process {}
class Second extends Process {}
class Broken extends Process {}

/** An app whose module is `module`; `rest` are further lines of its file. */
function makeApp(module: AppModule, rest = '') {
  const logger = recordingLogger();
  const processes = new FakeProcesses();
  processes.before.set('spawn Broken', () => Promise.reject(new RangeError('no line')));
  const definition = parseAppFile(
    `type: application\nname: hello\nversion: '1.2.3'\nmod: ./hello.ts\nargs: {a: 1, b: 1}\n${rest}`,
    'x.app',
  );
  const env = fakeEnv();
  const app = new RunningApp(definition, module, { id: 'shore', sysname: 'fleet', env, logger }, processes);
  return { app, env, logger, processes, definition };
}

describe('RunningApp#start()', () => {
  test('gives the module a narrow view of the container', async () => {
    let seen: AppContainer | undefined;
    const { app, env } = makeApp({
      start: (container) => {
        seen = container;
        return [null, []];
      },
    });
    await app.start();
    expect(seen).toMatchObject({ id: 'shore', sysname: 'fleet', env });
  });

  test('keeps root and state', async () => {
    const states: unknown[] = [];
    const { app } = makeApp({
      start: async (container) => [await container.spawn(First), [{ open: true }, 7]],
      stop: (_container, state) => void states.push(state),
    });
    expect(app.root).toBeNull();
    await app.start();
    expect(app.root).toBe('shore.1');
    await app.stop();
    expect(states).toEqual([[{ open: true }, 7]]);
  });

  test('ends what it had spawned when it fails, the last first, and rejects with the reason', async () => {
    const boom = new Error('boom');
    const { app, processes } = makeApp({
      start: async (container) => {
        await container.spawn(First);
        await container.spawn(Second);
        throw boom;
      },
    });
    await expect(app.start()).rejects.toBe(boom);
    expect(processes.notes).toEqual([
      'spawn First',
      'spawn Second',
      'end Second shutdown',
      'end First shutdown',
    ]);
    expect(processes.living.size).toBe(0);
  });

  test('ends what it had spawned when it returns nothing usable', async () => {
    const { app, processes } = makeApp({
      start: async (container) => {
        await container.spawn(First);
        return JSON.parse('{}');
      },
    });
    await expect(app.start()).rejects.toMatchObject({ code: 'ConfigurationError' });
    expect(processes.living.size).toBe(0);
  });

  test('fails when a process cannot be spawned, and ends the others', async () => {
    const { app, processes } = makeApp({
      start: async (container) => [await container.spawn(First), [await container.spawn(Broken)]],
    });
    await expect(app.start()).rejects.toThrow('no line');
    expect(processes.living.size).toBe(0);
  });

  test('ends what was still being spawned when it failed', async () => {
    const { app, processes } = makeApp({
      start: async (container) => {
        const ids = await Promise.all([container.spawn(First), container.spawn(Broken)]);
        return [ids[0], []];
      },
    });
    let go = (): void => undefined;
    processes.before.set('spawn First', () => new Promise((resolve) => (go = resolve)));
    const failed = expect(app.start()).rejects.toThrow('no line');
    await turns(3);
    go();
    await failed;
    await turns(3);
    expect(processes.living.size).toBe(0);
  });

  test('ends the others although one does not end properly', async () => {
    const { app, processes, logger } = makeApp({
      start: async (container) => {
        await container.spawn(First);
        await container.spawn(Second);
        throw new Error('boom');
      },
    });
    processes.before.set('end Second', () => Promise.reject(new Error('stuck')));
    await expect(app.start()).rejects.toThrow('boom');
    expect(processes.notes.slice(2)).toEqual(['end Second shutdown', 'end First shutdown']);
    expect(logger.lines).toMatchObject([
      { level: 'error', message: 'a process of an app did not end properly' },
    ]);
  });
});

describe('RunningApp#stop()', () => {
  test('calls the module’s stop while its processes live, then ends them, the last first', async () => {
    const { app, processes } = makeApp({
      start: async (container) => [await container.spawn(First), [await container.spawn(Second)]],
      stop: async () => {
        await turns(2);
        processes.notes.push(`stop with ${processes.living.size}`);
      },
    });
    await app.start();
    await app.stop();
    expect(processes.notes.slice(2)).toEqual(['stop with 2', 'end Second shutdown', 'end First shutdown']);
  });

  test('leaves out processes that have ended, by themselves or by the app', async () => {
    const { app, processes } = makeApp({
      start: async (container) => {
        const first = await container.spawn(First);
        const second = await container.spawn(Second);
        await container.terminate(first, 'normal');
        return [second, []];
      },
    });
    await app.start();
    processes.living.delete('shore.2');
    processes.notes.splice(0);
    await app.stop();
    expect(processes.notes).toEqual([]);
  });

  test('ends its processes although stop fails, which is logged', async () => {
    const { app, processes, logger } = makeApp({
      start: async (container) => [await container.spawn(First), []],
      stop: () => Promise.reject(new Error('stuck')),
    });
    await app.start();
    await app.stop();
    expect(processes.living.size).toBe(0);
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'stop of an app failed' }]);
  });

  test('ends what the app spawned after its start too', async () => {
    let container: AppContainer | undefined;
    const { app, processes } = makeApp({
      start: (given) => {
        container = given;
        return [null, []];
      },
    });
    await app.start();
    await container?.spawn(First);
    await app.stop();
    expect(processes.living.size).toBe(0);
  });
});

describe('RunningApp#stop(), a module whose stop hangs', () => {
  test('waits as long as it is told, says so, and ends the processes', async () => {
    const { app, env, processes, logger } = makeApp({
      start: async (container) => [await container.spawn(First), []],
      stop: () => new Promise(() => undefined),
    });
    await app.start();
    const stopped = app.stop(300);
    await env.advance(299);
    expect(processes.living.size).toBe(1);
    await env.advance(1);
    await stopped;
    expect(processes.living.size).toBe(0);
    expect(env.pendingTimers()).toBe(0);
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        message: 'stop of an app does not end; it is not waited for any longer',
        fields: { timeoutMs: 300 },
      },
    ]);
  });

  test('it is called once, although stop() comes while a failed start is undone', async () => {
    let calls = 0;
    const { app, env, processes } = makeApp(
      {
        start: async (container) => [await container.spawn(First), []],
        startPhase: () => Promise.reject(new Error('no wind')),
        stop: () => {
          calls += 1;
          return new Promise(() => undefined);
        },
      },
      'startPhases: [go]\n',
    );
    const failed = expect(app.start()).rejects.toThrow('no wind');
    await turns(3);
    const stopped = app.stop();
    await env.advance(5_000);
    await Promise.all([failed, stopped]);
    expect([calls, processes.living.size]).toEqual([1, 0]);
  });

  test('a failure that comes too late is nobody’s', async () => {
    let fail = (_reason: Error): void => undefined;
    const { app, env } = makeApp({
      start: () => [null, []],
      stop: () => new Promise((_resolve, reject) => (fail = reject)),
    });
    await app.start();
    const stopped = app.stop(300);
    await env.advance(300);
    await stopped;
    fail(new Error('too late'));
    await turns(3);
  });
});

describe('RunningApp, start phases', () => {
  const phases = 'startPhases: [prepare, {phase: go, args: {n: 7}}]\n';

  test('are called in order, each after the one before, with its arguments and the state', async () => {
    const calls: unknown[] = [];
    const { app } = makeApp(
      {
        start: () => [null, ['state']],
        startPhase: async (_container, phase, startType, args, state) => {
          calls.push([phase, startType, args, state]);
          await turns(2);
          calls.push(`${phase} done`);
        },
      },
      phases,
    );
    await app.start();
    expect(calls).toEqual([
      ['prepare', 'temporary', {}, ['state']],
      'prepare done',
      ['go', 'temporary', { n: 7 }, ['state']],
      'go done',
    ]);
  });

  test('one that throws is a failed start: stop is called, the rest is not, the processes end', async () => {
    const calls: string[] = [];
    const { app, processes } = makeApp(
      {
        start: async (container) => [await container.spawn(First), ['state']],
        startPhase: (_container, phase) => {
          calls.push(phase);
          throw new Error('no wind');
        },
        stop: (_container, state) => void calls.push(`stop ${processes.living.size} ${String(state)}`),
      },
      phases,
    );
    await expect(app.start()).rejects.toThrow('no wind');
    expect(calls).toEqual(['prepare', 'stop 1 state']);
    expect(processes.living.size).toBe(0);
  });

  test('giveUp() in the midst of one fails the start, and no other is called', async () => {
    const calls: string[] = [];
    const goOn: (() => void)[] = [];
    const { app } = makeApp(
      {
        start: () => [null, []],
        startPhase: (_container, phase) => {
          calls.push(phase);
          return new Promise((resolve) => goOn.push(resolve));
        },
        stop: () => void calls.push('stop'),
      },
      phases,
    );
    const failed = expect(app.start()).rejects.toThrow('too slow');
    await turns(3);
    app.giveUp(new Error('too slow'));
    await failed;
    for (const go of goOn) go();
    await turns(3);
    expect(calls).toEqual(['prepare', 'stop']);
  });
});

describe('RunningApp#rootEnded', () => {
  test('resolves with the reason, whoever ends the root', async () => {
    const { app, processes } = makeApp({ start: async (container) => [await container.spawn(First), []] });
    await app.start();
    processes.end('shore.1', { error: new Error('boom') });
    expect(await app.rootEnded).toEqual({ error: new Error('boom') });
  });

  test('stays open for the end of others', async () => {
    const { app, processes } = makeApp({
      start: async (container) => [await container.spawn(First), [await container.spawn(Second)]],
    });
    await app.start();
    processes.end('shore.2', 'normal');
    await turns(3);
    expect(await Promise.race([app.rootEnded, 'open'])).toBe('open');
  });

  test.each(['before start returns', 'in a phase'])('an end of the root %s fails the start', async (when) => {
    const calls: string[] = [];
    const { app, processes } = makeApp(
      {
        start: async (container) => {
          const root = await container.spawn(First);
          if (when === 'before start returns') processes.end(root, { error: new Error('boom') });
          await turns(2);
          return [root, [await container.spawn(Second)]];
        },
        startPhase: async () => {
          processes.end('shore.1', { error: new Error('boom') });
          await new Promise(() => undefined);
        },
        stop: () => void calls.push('stop'),
      },
      'startPhases: [go]\n',
    );
    await expect(app.start()).rejects.toMatchObject({
      code: 'StartFailed',
      message: 'its root process shore.1 ended while it was starting: boom',
    });
    expect(calls).toEqual(['stop']);
    expect(processes.living.size).toBe(0);
  });
});

describe('RunningApp#configure()', () => {
  test('tells the module what differs, with its state; then the arguments are the new ones', async () => {
    const calls: unknown[] = [];
    const { app } = makeApp({
      start: () => [null, ['state']],
      onConfigChange: async (container, change, state) => {
        await turns(2);
        calls.push([container === app, change, state, app.args]);
      },
    });
    await app.start();
    await app.configure({ a: 2, c: 3 });
    expect(calls).toEqual([
      [true, { changed: { a: 2 }, added: { c: 3 }, removed: ['b'] }, ['state'], { a: 1, b: 1 }],
    ]);
    expect(app.args).toEqual({ a: 2, c: 3 });
    await app.configure({ c: 3, a: 2 });
    expect(calls).toHaveLength(1);
  });

  test('leaves them as they are when the module fails', async () => {
    const { app } = makeApp({
      start: () => [null, []],
      onConfigChange: () => Promise.reject(new Error('not now')),
    });
    await app.start();
    await expect(app.configure({ a: 2 })).rejects.toThrow('not now');
    expect(app.args).toEqual({ a: 1, b: 1 });
  });

  test('is refused where the module has no such function, with what to do', async () => {
    const { app } = makeApp({ start: () => [null, []] });
    await app.start();
    await expect(app.configure({ a: 2 })).rejects.toMatchObject({
      code: 'Conflict',
      message:
        "x.app: the arguments of app 'hello' cannot be changed while it runs: its module exports no function 'onConfigChange'; restart it with them: configure('hello', {…}, { restart: true })",
    });
  });
});
