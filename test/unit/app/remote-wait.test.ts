import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RemoteWaitParts, waitForRemotes } from '../../../src/app/remote-wait.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

const stores = { app: 'stores', services: ['datastore', 'index'], timeoutMs: 5_000 };

/** A wait of the app `hello` in the system `fleet`. */
function bed(parts: Partial<RemoteWaitParts> = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const served = new Set<string>();
  const looks: number[] = [];
  const missing: (readonly string[])[] = [];
  let giveUp = (_reason: Error): void => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => (giveUp = reject));
  givenUp.catch(() => undefined);
  const wait = (...awaits: (typeof stores)[]) =>
    waitForRemotes(awaits, {
      clock: env.clock,
      logger,
      sysname: 'fleet',
      isServed: async (service) => {
        looks.push(env.clock.now());
        return served.has(service);
      },
      logEveryMs: 2_000,
      instance: 'hello',
      onMissing: (services) => missing.push(services),
      givenUp,
      ...parts,
    });
  return { env, logger, served, looks, missing, wait, giveUp: (reason: Error) => giveUp(reason) };
}

describe('waitForRemotes()', () => {
  test('looks once, and says nothing, when everything is there', async () => {
    const { env, logger, served, looks, wait } = bed();
    for (const service of stores.services) served.add(service);
    await wait(stores);
    expect([looks, logger.lines, env.pendingTimers()]).toEqual([[0, 0], [], 0]);
  });

  test('does not look when there is nothing to wait for', async () => {
    const { looks, missing, wait } = bed();
    await wait();
    expect([looks, missing]).toEqual([[], []]);
  });

  test('looks again after pauses that grow to a second, until each service is there', async () => {
    const { env, served, looks, missing, wait } = bed();
    served.add('index');
    const waited = wait(stores);
    await env.advance(4_000);
    expect(looks.filter((_at, n) => n % 2 === 0)).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
    expect(missing.at(-1)).toEqual(['datastore of stores']);
    served.add('datastore');
    await env.advance(500);
    await waited;
    expect([missing.at(-1), env.pendingTimers()]).toEqual([[], 0]);
  });

  test('is logged when it begins, and again after a while', async () => {
    const { env, logger, wait } = bed();
    const failed = wait(stores).catch(() => undefined);
    await env.advance(5_000);
    await failed;
    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields.sinceMs])).toEqual([
      ['info', 'waiting for stores', 0],
      ['warn', 'waiting for stores', 2_500],
      ['warn', 'waiting for stores', 4_500],
    ]);
    expect(logger.lines[0]?.fields).toMatchObject({ app: 'hello', services: ['datastore', 'index'] });
  });

  test('fails after its time, with what is missing and what to do', async () => {
    const { env, served, missing, wait } = bed();
    served.add('index');
    const failed = expect(wait({ ...stores, timeoutMs: 90_000 }, stores)).rejects.toMatchObject({
      code: 'Timeout',
      message:
        "it has waited 5000 ms for the app 'stores' of another container: nobody in system 'fleet' serves 'datastore'; start that app in a container of this system, or give it more time with 'timeoutMs' under 'applications'",
      details: { app: 'stores', services: ['datastore'], timeoutMs: 5_000 },
    });
    await env.advance(4_999);
    expect(env.pendingTimers()).toBe(1);
    await env.advance(1);
    await failed;
    expect([missing.at(-1), env.pendingTimers()]).toEqual([[], 0]);
  });

  test('what is there at the last look is in time', async () => {
    const { env, served, wait } = bed();
    const waited = wait({ ...stores, services: ['datastore'], timeoutMs: 150 });
    await env.advance(149);
    served.add('datastore');
    await env.advance(1);
    await waited;
  });

  test('ends at once when it is given up, between looks and in one', async () => {
    for (const isServed of [async () => false, () => new Promise<boolean>(() => undefined)]) {
      const { env, giveUp, wait } = bed({ isServed });
      const failed = expect(wait(stores)).rejects.toThrow('enough');
      await turns(5);
      giveUp(new Error('enough'));
      await failed;
      await env.advance(5_000);
      expect(env.pendingTimers()).toBe(0);
    }
  });

  test('a look that fails, or is not answered, finds nobody', async () => {
    const answers: (() => Promise<boolean>)[] = [
      () => Promise.reject(new Error('no connection')),
      () => new Promise(() => undefined),
      async () => true,
    ];
    const { env, logger, wait } = bed({ isServed: async () => (await answers.shift()?.()) ?? true });
    const waited = wait({ ...stores, services: ['datastore'], timeoutMs: 60_000 });
    await env.advance(100 + 5_000 + 200);
    await waited;
    expect(logger.lines[0]).toMatchObject({ level: 'debug', fields: { service: 'datastore' } });
  });
});

describe('an app that needs apps of other containers', () => {
  let folder: AppFolder;
  beforeEach(async () => {
    folder = await AppFolder.make();
    await folder.write('noting.mjs', notingModule);
    await folder.app(
      'top',
      './noting.mjs',
      'applications: [base, {name: stores, remote: true, services: [datastore], timeoutMs: 5000}]\n',
    );
    await folder.app('base', './noting.mjs');
  });
  afterEach(() => folder.dispose());

  test('is waiting, with what for, and starts when that is there', async () => {
    const { apps, env, notes, served } = await makeApps();
    const started = apps.start(folder.file('top.app'));
    await eventually(() => apps.list().some(({ state }) => state === 'waiting'));
    expect(apps.list()).toMatchObject([
      { name: 'base', state: 'running', waitingFor: [] },
      { name: 'top', state: 'waiting', waitingFor: ['datastore of stores'], root: null },
    ]);
    expect([notes(), apps.isStarted('top')]).toEqual([['start base'], false]);
    served.add('datastore');
    await env.advance(1_000);
    await started;
    expect(notes()).toEqual(['start base', 'start top']);
    expect(apps.list()[1]).toMatchObject({ state: 'running', waitingFor: [] });
    expect(env.pendingTimers()).toBe(0);
  });

  test('does not wait before its own files are known to be good', async () => {
    const { apps } = await makeApps();
    await folder.write('noting.mjs', 'export const begin = 1;');
    await expect(apps.start(folder.file('top.app'))).rejects.toThrow("has no function 'start'");
  });

  test('fails after its time: StartFailed with app and file, and nothing is left', async () => {
    const { apps, env, notes } = await makeApps();
    const file = folder.file('top.app');
    const failed = expect(apps.start(file)).rejects.toMatchObject({
      code: 'StartFailed',
      message: expect.stringContaining(
        `app 'top' (${file}) could not be started: it has waited 5000 ms for the app 'stores' of another container`,
      ),
      cause: expect.objectContaining({ code: 'Timeout' }),
    });
    await eventually(() => apps.list().some(({ state }) => state === 'waiting'));
    await env.advance(5_000);
    await failed;
    expect([apps.list(), notes(), env.pendingTimers()]).toEqual([[], ['start base', 'stop base'], 0]);
  });

  test.each(['stop()', 'termination'])('%s gives the wait up at once', async (how) => {
    const { apps, env, notes } = await makeApps();
    const failed = expect(apps.start(folder.file('top.app'))).rejects.toMatchObject({
      code: 'IllegalState',
      message: "app 'top' was stopped while it was starting",
    });
    await eventually(() => apps.list().some(({ state }) => state === 'waiting'));
    await (how === 'stop()' ? apps.stop('top') : apps.terminate());
    await failed;
    expect([apps.list(), notes(), env.pendingTimers()]).toEqual([[], ['start base', 'stop base'], 0]);
  });

  test('the time that it waits is not counted as that of its start', async () => {
    const { apps, env, logger, served } = await makeApps({ slowStartMs: 500, startTimeoutMs: 1_000 });
    const started = apps.start(folder.file('top.app'));
    await eventually(() => apps.list().some(({ state }) => state === 'waiting'));
    await env.advance(4_000);
    served.add('datastore');
    await env.advance(1_000);
    await started;
    expect(logger.lines.filter(({ message }) => message === 'an app is still starting')).toEqual([]);
  });
});
