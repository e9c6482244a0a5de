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

/** An app whose module is `module`. */
function makeApp(module: AppModule) {
  const logger = recordingLogger();
  const processes = new FakeProcesses();
  processes.before.set('spawn Broken', () => Promise.reject(new RangeError('no line')));
  const definition = parseAppFile(
    "type: application\nname: hello\nversion: '1.2.3'\nmod: ./hello.ts\n",
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
    expect(app.info.root).toBeNull();
    await app.start();
    expect(app.info).toEqual({
      name: 'hello',
      instance: 'hello',
      version: '1.2.3',
      file: 'x.app',
      root: 'shore.1',
    });
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
