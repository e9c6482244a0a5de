import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AppStartType } from '../../../src/app/index.ts';
import type { ExitReason } from '../../../src/process/index.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

/** Has a root, and one more process; notes its stop. */
const rootedModule = `
import { Process } from 'ioncore';
class Root extends Process {}
class Other extends Process {}
export async function start(container, startType, app) {
  container.logger.info('start ' + app.name, { startType });
  const other = await container.spawn(Other);
  return [await container.spawn(Root), ['state of ' + app.name]];
}
export function stop(container, state) {
  container.logger.info('stop', { state });
}
`;

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('noting.mjs', notingModule);
  await folder.write('rooted.mjs', rootedModule);
});
afterEach(() => folder.dispose());

type Bed = Awaited<ReturnType<typeof makeApps>>;

/** The line that says that an app has ended by itself. */
const told = ({ logger }: Bed) =>
  logger.lines
    .filter(({ message }) => message === 'app ended by itself')
    .map(({ level, fields }) => ({ level, ...fields }));

describe('an app whose root ends by itself', () => {
  test('is stopped: its stop is called, its other processes end, it is off the list', async () => {
    const bed = await makeApps();
    await bed.apps.start(await folder.app('hello', './rooted.mjs'));
    bed.processes.end('shore.2', { error: new Error('boom') });
    await eventually(() => bed.apps.list().length === 0);
    expect(bed.notes()).toEqual(['start hello', 'stop hello']);
    expect(bed.processes.notes.slice(2)).toEqual(['end Other shutdown']);
    expect(bed.apps.isStarted('hello')).toBe(false);
    expect(told(bed)).toEqual([
      { level: 'error', app: 'hello', startType: 'temporary', error: new Error('boom') },
    ]);
    expect(bed.logger.lines.at(-1)).toMatchObject({ message: 'app stopped', fields: { app: 'hello' } });
  });

  const boom: ExitReason = { error: new Error('boom') };
  test.each<[AppStartType, string, ExitReason, string | undefined]>([
    ['permanent', 'normal', 'normal', 'normal'],
    ['permanent', 'shutdown', 'shutdown', 'shutdown'],
    ['permanent', '{shutdown}', { shutdown: { port: 7 } }, 'shutdown: an object with 1 member'],
    ['permanent', '{error}', boom, 'boom'],
    ['permanent', 'killed', 'killed', 'killed'],
    ['transient', 'normal', 'normal', undefined],
    // As in OTP: what a supervisor ends with that has used up its restarts.
    ['transient', 'shutdown', 'shutdown', 'shutdown'],
    ['transient', '{error}', boom, 'boom'],
    ['temporary', 'normal', 'normal', undefined],
    ['temporary', '{error}', boom, undefined],
  ])(
    '%s, for %s: the container stops for the reason of the last column: %o %s',
    async (startType, _name, reason, says) => {
      const bed = await makeApps();
      const file = await folder.app('hello', './rooted.mjs');
      await bed.apps.start(file, { startType });
      bed.processes.end('shore.2', reason);
      await eventually(() => bed.apps.list().length === 0);
      await turns(3);
      if (says === undefined) expect(bed.ends).toEqual([]);
      else {
        expect(bed.ends).toMatchObject([
          {
            code: 'AppEnded',
            message: expect.stringContaining(
              `the ${startType} app 'hello' (${file}) has ended by itself, for the reason: ${says}`,
            ),
            details: { app: 'hello', startType },
          },
        ]);
      }
      const isError = says !== undefined || reason === boom;
      expect(told(bed)).toMatchObject([{ level: isError ? 'error' : 'info', app: 'hello', startType }]);
    },
  );

  test('the container is told when all of the app is gone, not before', async () => {
    const bed = await makeApps();
    await bed.apps.start(await folder.app('hello', './rooted.mjs'), { startType: 'permanent' });
    let goOn = (): void => undefined;
    bed.processes.before.set('end Other', () => new Promise((resolve) => (goOn = resolve)));
    bed.processes.end('shore.2', 'normal');
    await eventually(() => bed.processes.notes.includes('end Other shutdown'));
    expect(bed.apps.list()).toMatchObject([{ state: 'stopping' }]);
    expect(bed.ends).toEqual([]);
    goOn();
    await eventually(() => bed.ends.length === 1);
    expect(bed.apps.list()).toEqual([]);
  });

  test('can be started again', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './rooted.mjs');
    await bed.apps.start(file);
    bed.processes.end('shore.2', 'normal');
    await bed.apps.start(file);
    await eventually(() => bed.notes().length === 3);
    expect(bed.notes()).toEqual(['start hello', 'stop hello', 'start hello']);
    expect(bed.apps.isStarted('hello')).toBe(true);
  });

  test('of several instances only that one is meant, by its own start type', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './rooted.mjs');
    await bed.apps.start(file);
    await bed.apps.start(file, { mult: true, startType: 'permanent' });
    bed.processes.end('shore.2', 'normal');
    await eventually(() => bed.apps.list().length === 1);
    expect([bed.apps.list()[0]?.instance, bed.ends]).toEqual(['hello#2', []]);
    bed.processes.end('shore.4', 'normal');
    await eventually(() => bed.ends.length === 1);
    expect(bed.ends).toMatchObject([{ details: { app: 'hello#2' } }]);
  });

  test('warns of those that need it', async () => {
    const bed = await makeApps();
    await folder.app('base', './rooted.mjs');
    await bed.apps.start(await folder.app('top', './noting.mjs', 'applications: [base]\n'));
    bed.processes.end('shore.2', 'normal');
    await eventually(() => bed.apps.list().length === 1);
    expect(bed.logger.lines).toContainEqual(
      expect.objectContaining({
        message: 'an app is stopped that others need',
        fields: { app: 'base', neededBy: ['top'] },
      }),
    );
  });
});

describe('an app that does not end by itself', () => {
  test('one that is told to stop', async () => {
    const bed = await makeApps();
    await bed.apps.start(await folder.app('hello', './rooted.mjs'), { startType: 'permanent' });
    await bed.apps.stop('hello');
    await turns(3);
    expect([bed.ends, told(bed), bed.notes()]).toEqual([[], [], ['start hello', 'stop hello']]);
  });

  test('one that ends while all are stopped', async () => {
    const bed = await makeApps();
    await folder.app('base', './rooted.mjs');
    const file = await folder.app('top', './rooted.mjs', 'applications: [base]\n');
    await bed.apps.start(file, { startType: 'permanent' });
    // The root of base ends while top, which needs it, is stopped.
    bed.processes.before.set('end Root', async () => {
      bed.processes.before.clear();
      bed.processes.end('shore.2', { error: new Error('boom') });
      await turns(3);
    });
    await bed.apps.terminate();
    expect(bed.ends).toEqual([]);
    expect(bed.notes()).toEqual(['start base', 'start top', 'stop top', 'stop base']);
    expect(bed.processes.living.size).toBe(0);
  });

  test('one without a root, whatever becomes of its processes', async () => {
    const bed = await makeApps();
    await folder.write(
      'rootless.mjs',
      `import { Process } from 'ioncore';
       class Other extends Process {}
       export const start = async (container) => [null, [await container.spawn(Other)]];`,
    );
    await bed.apps.start(await folder.app('hello', './rootless.mjs'), { startType: 'permanent' });
    bed.processes.end('shore.1', { error: new Error('boom') });
    await turns(3);
    expect([bed.apps.isStarted('hello'), bed.ends]).toEqual([true, []]);
  });
});

describe('start types', () => {
  test('of apps that others need are those of who needs them; the module is told', async () => {
    const bed = await makeApps();
    await folder.app('base', './rooted.mjs');
    const file = await folder.app('top', './rooted.mjs', 'applications: [base]\n');
    await bed.apps.start(file, { startType: 'transient' });
    expect(bed.apps.list().map(({ name, startType }) => [name, startType])).toEqual([
      ['base', 'transient'],
      ['top', 'transient'],
    ]);
    const started = bed.logger.lines.filter(({ message }) => message.startsWith('start '));
    expect(started.map(({ fields }) => fields.startType)).toEqual(['transient', 'transient']);
  });

  test('one that is none is refused', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    await expect(bed.apps.start(file, JSON.parse('{"startType": "load"}'))).rejects.toMatchObject({
      code: 'BadRequest',
      message: `startType: expected 'permanent', 'transient' or 'temporary', found string "load"`,
    });
  });

  test('of a release are permanent unless it says otherwise', async () => {
    const bed = await makeApps();
    for (const name of ['one', 'two', 'three']) await folder.app(name, './noting.mjs');
    const file = await folder.write(
      'fleet.rel',
      'type: release\nname: fleet\napps:\n- name: one\n- {name: two, startType: transient}\n- {name: three, startType: temporary}\n',
    );
    await bed.apps.startRelease(file);
    expect(bed.apps.list().map(({ startType }) => startType)).toEqual([
      'permanent',
      'transient',
      'temporary',
    ]);
  });

  test('startingAs() is for what is started meanwhile, also if it fails', async () => {
    const bed = await makeApps();
    const [one, two, three] = await Promise.all(
      ['one', 'two', 'three'].map((name) => folder.app(name, './noting.mjs')),
    );
    const boot = bed.apps.startingAs('permanent', async () => {
      await bed.apps.start(one ?? '');
      await bed.apps.start(two ?? '', { startType: 'transient' });
      throw new Error('no');
    });
    await expect(boot).rejects.toThrow('no');
    await bed.apps.start(three ?? '');
    expect(bed.apps.list().map(({ startType }) => startType)).toEqual([
      'permanent',
      'transient',
      'temporary',
    ]);
  });
});
