import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { apps, startApp, stopApp } from '../../../../src/shell/helpers/apps.ts';
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
      /^INSTANCE +VERSION +ROOT +FILE\ncounter +0\.1\.0 +shore\.\d+ +\S+counter\.app\nRunning apps: 1$/,
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
