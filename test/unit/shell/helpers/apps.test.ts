import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  apps,
  configure,
  loadApp,
  startApp,
  stopApp,
  unloadApp,
} from '../../../../src/shell/helpers/apps.ts';
import { kill } from '../../../../src/shell/helpers/processes.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { AppFolder } from '../../../support/app-folder.ts';
import { type ShellBed, shellBed } from '../bed.ts';

const counter = 'test/unit/shell/fixtures/counter.app';
let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

/** The process of an app that counts. */
const counterOf = (name: string) => bed.container.processes.list().filter((process) => process.name === name);

describe('start_app(), stop_app() and apps()', () => {
  test('start and stop apps and show what runs', async () => {
    const started = await startApp.bind(bed.shell)(counter);
    expect(started).toEqual(bed.container.apps.list());
    expect(started.map(({ instance }) => instance)).toEqual(['counter']);
    expect(bed.show(started)).toMatch(
      /^INSTANCE +VERSION +STATE +START TYPE +ROOT +FILE\ncounter +0\.1\.0 +running +temporary +shore\.\d+ +\S+counter\.app\nRunning apps: 1$/,
    );
    expect(await stopApp.bind(bed.shell)('counter')).toEqual([]);
    expect(apps.bind(bed.shell)()).toEqual([]);
  });

  test('start_app() passes its options on', async () => {
    await startApp.bind(bed.shell)(counter);
    await startApp.bind(bed.shell)(counter, { mult: true, args: { from: 40 } });
    expect(
      apps
        .bind(bed.shell)()
        .map(({ instance }) => instance),
    ).toEqual(['counter', 'counter#2']);
    const [, second] = counterOf('counter');
    expect(await bed.container.rpcSend(second?.id ?? '', 'add', 2)).toBe(42);
  });

  test('start_app() says what cannot be started', async () => {
    await expect(startApp.bind(bed.shell)('nothing')).rejects.toMatchObject({ code: 'ConfigurationError' });
  });
});

describe('apps() while an app waits', () => {
  test('shows what for', async () => {
    const folder = await AppFolder.make();
    await folder.write('good.mjs', 'export const start = () => [null, []];\n');
    const file = await folder.app(
      'top',
      './good.mjs',
      'applications: [{name: stores, remote: true, services: [datastore]}]\n',
    );
    const failed = expect(startApp.bind(bed.shell)(file)).rejects.toMatchObject({ code: 'IllegalState' });
    await eventually(() => bed.container.apps.list()[0]?.state === 'waiting');
    expect(bed.show(apps.bind(bed.shell)())).toMatch(
      /^INSTANCE .* FILE +WAITING FOR\ntop +- +waiting +temporary +- +\S+top\.app +datastore of stores\nRunning apps: 0$/,
    );
    await stopApp.bind(bed.shell)('top');
    await failed;
    await folder.dispose();
  });
});

describe('load_app() and unload_app()', () => {
  test('show what is loaded', async () => {
    const loaded = await loadApp.bind(bed.shell)(counter);
    expect(bed.show(loaded)).toMatch(
      /^NAME +VERSION +FILE\ncounter +0\.1\.0 +\S+counter\.app\nLoaded apps: 1$/,
    );
    expect(unloadApp.bind(bed.shell)('counter')).toEqual([]);
  });
});

describe('configure()', () => {
  test('gives the arguments in force, and passes its options on', async () => {
    await startApp.bind(bed.shell)(counter, { args: { from: 1 } });
    await expect(configure.bind(bed.shell)('counter', { from: 40 })).rejects.toMatchObject({
      code: 'Conflict',
    });
    expect(await configure.bind(bed.shell)('counter', { from: 40 }, { restart: true })).toMatchObject({
      from: 40,
    });
    expect(await bed.container.rpcSend(counterOf('counter')[0]?.id ?? '', 'add', 2)).toBe(42);
  });
});

describe('kill() of the root of an app', () => {
  test('stops the app, and the container does not go down with it', async () => {
    await bed.container.apps.start(counter, { startType: 'permanent' });
    const root = bed.container.apps.list()[0]?.root ?? '';
    expect(await kill.bind(bed.shell)(root)).toBe('shutdown');
    expect(bed.container.apps.list()).toEqual([]);
    expect(bed.container.state).toBe('ACTIVE');
  });

  test('with a way to end it is an end of the app by itself', async () => {
    await bed.container.apps.start(counter, { startType: 'permanent' });
    const root = bed.container.apps.list()[0]?.root ?? '';
    expect(await kill.bind(bed.shell)(root, 'brutal_kill')).toBe('killed');
    expect((await bed.container.stopped).cause).toMatchObject({ code: 'AppEnded' });
  });
});
