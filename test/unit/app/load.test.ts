import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

/** Counts how often it is loaded, and waits while `held` is set, in globals of the test's realm. */
const countingModule = `
globalThis.loads = (globalThis.loads ?? 0) + 1;
await globalThis.held;
${notingModule}
`;

let folder: AppFolder;
let file: string;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('noting.mjs', notingModule);
  await folder.write('counting.mjs', countingModule);
  file = await folder.app('hello', './counting.mjs');
  Reflect.set(globalThis, 'loads', 0);
  Reflect.deleteProperty(globalThis, 'held');
});
afterEach(() => folder.dispose());

const loads = (): unknown => Reflect.get(globalThis, 'loads');

describe('AppManager#load()', () => {
  test('loads the modules of an app and starts nothing, neither it nor what it needs', async () => {
    const { apps, notes } = await makeApps();
    await folder.app('base', './noting.mjs');
    const top = await folder.app('top', './counting.mjs', "applications: [base]\nversion: '1.2.3'\n");
    await apps.load(top);
    expect([loads(), notes(), apps.list()]).toEqual([1, [], []]);
    expect(apps.loaded()).toEqual([{ name: 'top', version: '1.2.3', file: top }]);
    expect(apps.isStarted('top')).toBe(false);
  });

  test('again, or by name, is no operation', async () => {
    const { apps } = await makeApps({ directories: [folder.path] });
    await apps.load('hello');
    await apps.load('hello');
    expect(apps.loaded().map(({ name }) => name)).toEqual(['hello']);
    expect(loads()).toBe(1);
  });

  test('is shared by whoever asks meanwhile, starts too', async () => {
    const { apps, notes } = await makeApps();
    let goOn = (): void => undefined;
    Reflect.set(globalThis, 'held', new Promise<void>((resolve) => (goOn = resolve)));
    const calls = [apps.load(file), apps.load(file), apps.start(file)];
    await eventually(() => loads() === 1);
    await turns(50);
    expect([apps.loaded(), notes()]).toEqual([[], []]);
    goOn();
    await Promise.all(calls);
    expect([loads(), notes(), apps.loaded().length]).toEqual([1, ['start hello'], 1]);
  });

  test.each([
    ['a module that is not there', './none.mjs', undefined, 'cannot be found'],
    ['a module that throws', './odd.mjs', "throw new Error('no licence');", 'cannot be loaded: no licence'],
    ['a module without start', './odd.mjs', 'export const begin = 1;', "has no function 'start'"],
  ])('of %s fails and leaves nothing', async (_name, mod, source, says) => {
    const { apps, env } = await makeApps();
    if (source !== undefined) await folder.write('odd.mjs', source);
    const odd = await folder.app('odd', mod);
    await expect(apps.load(odd)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringMatching(new RegExp(`^${odd}:3:6: .*${says}`)),
    });
    expect([apps.loaded(), env.pendingTimers()]).toEqual([[], 0]);
    await folder.app('odd', './noting.mjs');
    await apps.load(odd);
    expect(apps.loaded()).toMatchObject([{ name: 'odd' }]);
  });

  test('that hangs is given up after apps.startTimeoutMs, and can be done again', async () => {
    const { apps, env } = await makeApps({ startTimeoutMs: 700 });
    await folder.write('hanging.mjs', 'await new Promise(() => undefined);');
    const hanging = await folder.app('hanging', './hanging.mjs');
    const loading = apps.load(hanging);
    const failed = expect(loading).rejects.toMatchObject({
      code: 'StartFailed',
      message: `app 'hanging' (${hanging}) could not be loaded: it was not done after 700 ms; mend what it waits for, or give it more time with apps.startTimeoutMs`,
    });
    await eventually(() => env.pendingTimers() === 1);
    await env.advance(700);
    await failed;
    expect([apps.loaded(), env.pendingTimers()]).toEqual([[], 0]);
    await folder.app('hanging', './noting.mjs');
    await apps.load(hanging);
  });

  test('that hangs does not hold up termination', async () => {
    const { apps, env } = await makeApps();
    await folder.write('hanging.mjs', 'await new Promise(() => undefined);');
    const failed = expect(apps.load(await folder.app('hanging', './hanging.mjs'))).rejects.toMatchObject({
      code: 'IllegalState',
    });
    await eventually(() => env.pendingTimers() === 1);
    await apps.terminate();
    await failed;
    expect(env.pendingTimers()).toBe(0);
  });

  test('of another file with the same app is refused, and names both', async () => {
    const { apps } = await makeApps();
    await apps.load(file);
    const other = await folder.write(
      'other/hello.app',
      'type: application\nname: hello\nmod: ../noting.mjs\n',
    );
    await expect(apps.load(other)).rejects.toMatchObject({
      code: 'Conflict',
      message: `the app 'hello' (${other}) cannot be loaded: one of that name is, from ${file}; unload it first`,
    });
    expect(apps.loaded()).toMatchObject([{ file }]);
  });

  test('is refused unless the manager is active', async () => {
    const { apps } = await makeApps();
    await apps.terminate();
    await expect(apps.load(file)).rejects.toMatchObject({ code: 'IllegalState' });
  });
});

describe('AppManager#start() of an app that is loaded', () => {
  test('does not load it again, reads its file anew, and leaves it loaded when it is stopped', async () => {
    const { apps, logger } = await makeApps();
    await apps.load(file);
    await folder.app('hello', './counting.mjs', 'args: {greeting: Ahoy}\n');
    await apps.start(file);
    await apps.stop('hello');
    expect(apps.loaded().map(({ name }) => name)).toEqual(['hello']);
    expect(loads()).toBe(1);
    const started = logger.lines.find(({ message }) => message === 'start hello');
    expect(started?.fields.args).toEqual({ greeting: 'Ahoy' });
  });

  test('takes other modules where the file says so by now', async () => {
    const { apps, notes } = await makeApps();
    await folder.write('odd.mjs', "export const start = () => { throw new Error('the old one'); };");
    await folder.app('hello', './odd.mjs');
    await apps.load(file);
    await folder.app('hello', './noting.mjs');
    await apps.start(file);
    expect(notes()).toEqual(['start hello']);
  });
});

describe('AppManager#loaded()', () => {
  test('lists what runs, once, until it has ended; a failed start leaves nothing', async () => {
    const { apps } = await makeApps();
    await apps.start(file);
    await apps.start(file, { mult: true });
    expect(apps.loaded().map(({ name }) => name)).toEqual(['hello']);
    await apps.stop('hello');
    await apps.stop('hello');
    await folder.write('odd.mjs', "export const start = () => { throw new Error('no'); };");
    await expect(apps.start(await folder.app('odd', './odd.mjs'))).rejects.toThrow('no');
    expect(apps.loaded()).toEqual([]);
  });
});

describe('AppManager#unload()', () => {
  test('forgets an app; one that is not loaded is no error', async () => {
    const { apps } = await makeApps();
    await apps.load(file);
    apps.unload('hello');
    apps.unload('hello');
    apps.unload('never heard of');
    expect(apps.loaded()).toEqual([]);
  });

  test('is refused while it runs', async () => {
    const { apps } = await makeApps();
    await apps.load(file);
    await apps.start(file);
    expect(() => apps.unload('hello')).toThrow(
      "app 'hello' cannot be unloaded while it is running; stop it first",
    );
    await apps.stop('hello');
    apps.unload('hello');
    expect(apps.loaded()).toEqual([]);
  });
});

describe('a release', () => {
  const release = (...entries: readonly string[]) =>
    folder.write(
      'fleet.rel',
      `type: release\nname: fleet\napps:\n${entries.map((e) => `- ${e}\n`).join('')}`,
    );

  test('loads what is of start type load, and starts the others', async () => {
    const { apps, notes } = await makeApps();
    await folder.app('one', './noting.mjs');
    await apps.startRelease(await release('{name: hello, startType: load}', '{name: one}'));
    expect([notes(), loads()]).toEqual([['start one'], 1]);
    expect(apps.loaded().map(({ name }) => name)).toEqual(['hello', 'one']);
    expect(apps.list().map(({ name }) => name)).toEqual(['one']);
  });

  test('that fails leaves nothing of it loaded, but what was before', async () => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', "export const start = () => { throw new Error('no'); };");
    for (const name of ['odd', 'one']) await folder.app(name, `./${name === 'odd' ? 'odd' : 'noting'}.mjs`);
    await apps.load(folder.file('one.app'));
    const file = await release(
      '{name: one, startType: load}',
      '{name: hello, startType: load}',
      '{name: odd}',
    );
    await expect(apps.startRelease(file)).rejects.toThrow('no');
    expect(apps.loaded().map(({ name }) => name)).toEqual(['one']);
  });
});
