import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppSlots } from '../../../src/app/app-slot.ts';
import { parseAppFile, type StartStep } from '../../../src/app/index.ts';
import { Source } from '../../../src/app/source.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

/** A start that waits until the test lets it go on: `start held` in the log, then the function under `go` in its fields. */
const heldModule = `
export async function start(container, startType, app, args) {
  const outcome = await new Promise((go) => container.logger.info('held ' + app.name, { go }));
  if (outcome === 'fail') throw new Error('told to fail');
  container.logger.info('start ' + app.name);
  return [null, ['state of ' + app.name]];
}
export function stop(container, state) {
  container.logger.info('stop', { state });
}
`;

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('noting.mjs', notingModule);
  await folder.write('held.mjs', heldModule);
});
afterEach(() => folder.dispose());

type Bed = Awaited<ReturnType<typeof makeApps>>;

/** Waits until the app is held in its start, and returns how to let it go on. */
async function held({ logger }: Bed, app: string): Promise<(outcome?: 'fail') => void> {
  const line = await eventually(() => logger.lines.find(({ message }) => message === `held ${app}`));
  const go = line?.fields.go;
  if (typeof go !== 'function') throw new Error(`${app} is not held`);
  return (outcome) => void go(outcome);
}

describe('instances of an app', () => {
  const instances = ({ apps }: Bed) => apps.list().map(({ instance }) => instance);

  test('ION 31: mult starts another one; they are told apart by number', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    for (let count = 0; count < 3; count += 1) await bed.apps.start(file, { mult: true });
    expect(bed.apps.list().map(({ name, instance }) => [name, instance])).toEqual([
      ['hello', 'hello'],
      ['hello', 'hello#2'],
      ['hello', 'hello#3'],
    ]);
    expect(bed.notes()).toEqual(['start hello', 'start hello', 'start hello']);
  });

  test('ION 31: the name of the app stops the one started last, until none is left', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    for (let count = 0; count < 3; count += 1) await bed.apps.start(file, { mult: true });
    await bed.apps.stop('hello');
    expect(instances(bed)).toEqual(['hello', 'hello#2']);
    await bed.apps.stop('hello');
    await bed.apps.stop('hello');
    expect(bed.apps.isStarted('hello')).toBe(false);
  });

  test('a name with a number stops just that one, whose name is free again', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    for (let count = 0; count < 3; count += 1) await bed.apps.start(file, { mult: true });
    await bed.apps.stop('hello#2');
    await bed.apps.stop('hello#1');
    await bed.apps.stop('hello#7');
    expect(instances(bed)).toEqual(['hello#3']);
    expect([
      bed.apps.isStarted('hello'),
      bed.apps.isStarted('hello#1'),
      bed.apps.isStarted('hello#2'),
      bed.apps.isStarted('hello#3'),
    ]).toEqual([true, false, false, true]);
    await bed.apps.start(file, { mult: true });
    expect(instances(bed)).toEqual(['hello#3', 'hello']);
  });

  test('without mult any running instance will do', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    await bed.apps.start(file, { mult: true });
    await bed.apps.start(file, { mult: true });
    await bed.apps.stop('hello#1');
    await bed.apps.start(file);
    expect(instances(bed)).toEqual(['hello#2']);
  });

  test('two of them may register the same names', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs', 'registered: [hello]\n');
    await bed.apps.start(file);
    await bed.apps.start(file, { mult: true });
    expect(instances(bed)).toEqual(['hello', 'hello#2']);
  });
});

describe('starts that overlap', () => {
  const needsBase = 'applications: [base]\n';

  test('an app that two of them need stays when one of them fails', async () => {
    const bed = await makeApps();
    await folder.app('base', './noting.mjs');
    const one = bed.apps.start(await folder.app('one', './held.mjs', needsBase));
    const two = bed.apps.start(await folder.app('two', './held.mjs', needsBase));
    const [goOnOne, goOnTwo] = [await held(bed, 'one'), await held(bed, 'two')];
    goOnOne('fail');
    await expect(one).rejects.toThrow('told to fail');
    expect(bed.apps.isStarted('base')).toBe(true);
    goOnTwo();
    await two;
    expect(bed.notes()).toEqual(['start base', 'start two']);
  });

  test('an app that one of them starts is used by the other only in a version that it takes', async () => {
    const bed = await makeApps();
    const versioned = (version: string) =>
      `type: application\nname: base\nmod: ./noting.mjs\nversion: '${version}'\n`;
    await folder.write('base.app', versioned('1.5.0'));
    const other = await folder.write('other.app', versioned('2.0.0'));
    await folder.app('gate', './held.mjs');
    const needs = 'applications: [gate, base@^1]\n';
    const user = bed.apps.start(await folder.app('user', './noting.mjs', needs));
    const refused = expect(user).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${folder.file('user.app')}:4:22: applications[1]: expected 'base' in version '^1', but ${other} has version '2.0.0'`,
    });
    const goOn = await held(bed, 'gate');
    await bed.apps.start(other);
    goOn();
    await refused;
    expect(bed.apps.list()).toMatchObject([{ name: 'base', version: '2.0.0' }]);
  });

  test('an app that two of them need is stopped when both fail', async () => {
    const bed = await makeApps();
    await folder.app('base', './noting.mjs');
    const one = bed.apps.start(await folder.app('one', './held.mjs', needsBase));
    const two = bed.apps.start(await folder.app('two', './held.mjs', needsBase));
    const outcomes = Promise.allSettled([one, two]);
    for (const goOn of [await held(bed, 'one'), await held(bed, 'two')]) goOn('fail');
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(bed.notes()).toEqual(['start base', 'stop base']);
    expect(bed.apps.list()).toEqual([]);
  });

  test('one that was asked for by itself stays when a start that needed it fails', async () => {
    const bed = await makeApps();
    const base = await folder.app('base', './held.mjs');
    const top = bed.apps.start(await folder.app('top', './held.mjs', needsBase));
    const goOn = await held(bed, 'base');
    const asked = bed.apps.start(base);
    // Its files are read by then; whether it shares the start or finds the app running is the same to it.
    goOn();
    await asked;
    (await held(bed, 'top'))('fail');
    await expect(top).rejects.toThrow('told to fail');
    expect(bed.apps.list().map(({ name }) => name)).toEqual(['base']);
  });

  test('of two apps that register the same name one is refused', async () => {
    const bed = await makeApps();
    const files = await Promise.all(
      ['one', 'two'].map((name) => folder.app(name, './noting.mjs', 'registered: [desk]\n')),
    );
    const outcomes = await Promise.allSettled(files.map((file) => bed.apps.start(file)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(bed.apps.list()).toHaveLength(1);
  });
});

describe('AppManager, an app whose module hangs', () => {
  const hanging = 'await new Promise(() => undefined);\n';

  test('is given up by stop(): its start rejects, and it can be started again', async () => {
    const { apps, notes } = await makeApps();
    await folder.write('hanging.mjs', hanging);
    const file = await folder.app('hello', './hanging.mjs');
    const started = apps.start(file);
    await eventually(async () => {
      await apps.stop('hello');
      return Promise.race([started.catch(() => true), turns().then(() => false)]);
    });
    await expect(started).rejects.toMatchObject({
      code: 'IllegalState',
      message: "app 'hello' was stopped while it was starting",
    });
    await folder.app('hello', './noting.mjs');
    await apps.start(file);
    expect(notes()).toEqual(['start hello']);
  });

  test('is named in a warning once it has taken apps.slowStartMs, and in none when it is done before', async () => {
    const { apps, env, logger } = await makeApps({ slowStartMs: 500 });
    await folder.write('hanging.mjs', hanging);
    await apps.start(await folder.app('quick', './noting.mjs'));
    const started = apps.start(await folder.app('hello', './hanging.mjs'));
    started.catch(() => undefined);
    await eventually(() => env.pendingTimers() === 2);
    await env.advance(499);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await env.advance(1);
    expect(logger.lines.at(-1)).toEqual({
      level: 'warn',
      message: 'an app is still starting',
      fields: { app: 'hello', sinceMs: 500 },
    });
    await apps.terminate();
    await expect(started).rejects.toMatchObject({ code: 'IllegalState' });
    expect(env.pendingTimers()).toBe(0);
  });
});

/** A step that starts the app of this text. */
function stepOf(text: string): StartStep {
  const definition = parseAppFile(text, 'x.app');
  return {
    app: new Source('x.app', definition),
    definition,
    args: {},
    settings: [],
    startType: 'temporary',
    awaits: [],
    mult: false,
    isAsked: true,
    entry: undefined,
  };
}

describe('AppSlots#stopOrder', () => {
  const slotsOf = (needs: Readonly<Record<string, readonly string[]>>) => {
    const slots = new AppSlots();
    for (const [name, applications] of Object.entries(needs)) {
      slots.add(stepOf(`type: application\nname: ${name}\nmod: x\napplications: [${applications}]`));
    }
    return slots.stopOrder.map(({ instance }) => instance);
  };

  test('is the reverse of starting', () => {
    expect(slotsOf({ a: [], b: ['a'], c: [] })).toEqual(['c', 'b', 'a']);
  });

  test('puts what was started anew behind those that need it', () => {
    expect(slotsOf({ b: ['a'], c: ['b'], d: [], a: [] })).toEqual(['c', 'b', 'a', 'd']);
  });

  test('does not mind what an app needs of other containers', () => {
    expect(slotsOf({ b: ['{name: a, remote: true}'], a: [] })).toEqual(['a', 'b']);
  });

  test('has each once, even if they need each other', () => {
    expect(slotsOf({ a: ['b'], b: ['a'] }).toSorted()).toEqual(['a', 'b']);
  });
});

describe('AppManager#stop() and termination', () => {
  test('give up a start in progress; if it succeeds all the same, its stop is called', async () => {
    const bed = await makeApps();
    const starting = bed.apps.start(await folder.app('slow', './held.mjs'));
    const goOn = await held(bed, 'slow');
    const refused = expect(starting).rejects.toMatchObject({
      code: 'IllegalState',
      message: "app 'slow' was stopped while it was starting",
    });
    await bed.apps.stop('slow');
    await refused;
    expect(bed.apps.isStarted('slow')).toBe(false);
    goOn();
    await eventually(() => bed.notes().includes('stop slow'));
    expect(bed.notes()).toEqual(['start slow', 'stop slow']);
    expect(bed.apps.list()).toEqual([]);
  });

  test('termination during a release starts none of its further apps, and leaves nothing', async () => {
    const bed = await makeApps();
    await folder.app('one', './noting.mjs');
    await folder.app('slow', './held.mjs');
    await folder.app('last', './noting.mjs');
    const file = await folder.write(
      'fleet.rel',
      'type: release\nname: fleet\napps: [{name: one}, {name: slow}, {name: last}]\n',
    );
    const starting = bed.apps.startRelease(file);
    const refused = expect(starting).rejects.toMatchObject({ code: 'IllegalState' });
    await held(bed, 'slow');
    await bed.apps.terminate();
    await refused;
    expect(bed.notes()).toEqual(['start one', 'stop one']);
    expect(bed.apps.list()).toEqual([]);
  });

  test('termination before anything has started leaves it so', async () => {
    const bed = await makeApps();
    const starting = bed.apps.start(await folder.app('hello', './noting.mjs'));
    const refused = expect(starting).rejects.toMatchObject({ code: 'IllegalState' });
    await bed.apps.terminate();
    await refused;
    expect(bed.notes()).toEqual([]);
  });

  test('two stops at once stop two instances', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    for (let count = 0; count < 3; count += 1) await bed.apps.start(file, { mult: true });
    await Promise.all([bed.apps.stop('hello'), bed.apps.stop('hello')]);
    expect(bed.apps.list().map(({ instance }) => instance)).toEqual(['hello']);
  });

  test('an app can be started again while it is being stopped: it starts when it has ended', async () => {
    const bed = await makeApps();
    await folder.write(
      'lingering.mjs',
      `export const start = (container) => (container.logger.info('start hello'), [null, []]);
       export const stop = (container) => new Promise((go) => container.logger.info('held end', { go }));`,
    );
    const file = await folder.app('hello', './lingering.mjs');
    await bed.apps.start(file);
    const stopping = bed.apps.stop('hello');
    const goOn = await held(bed, 'end');
    const again = bed.apps.start(file);
    await turns(50);
    expect([bed.notes(), bed.apps.isStarted('hello')]).toEqual([['start hello'], false]);
    goOn();
    await Promise.all([stopping, again]);
    expect([bed.notes(), bed.apps.isStarted('hello')]).toEqual([['start hello', 'start hello'], true]);
  });

  test('a stop of an app that others need is warned of, with their names', async () => {
    const bed = await makeApps();
    await folder.app('base', './noting.mjs');
    await bed.apps.start(await folder.app('top', './noting.mjs', 'applications: [base]\n'));
    await bed.apps.start(folder.file('base.app'), { mult: true });
    const warnings = () => bed.logger.lines.filter(({ level }) => level === 'warn');
    await bed.apps.stop('base');
    expect(warnings()).toEqual([]);
    await bed.apps.stop('base');
    expect(warnings()).toMatchObject([
      { message: 'an app is stopped that others need', fields: { app: 'base', neededBy: ['top'] } },
    ]);
    expect(bed.apps.isStarted('top')).toBe(true);
  });
});

describe('AppManager#start()', () => {
  test('by name refuses a file that holds another app', async () => {
    const { apps } = await makeApps({ directories: [folder.path] });
    await folder.write('hello.app', 'type: application\nname: bye\nmod: ./noting.mjs\n');
    await expect(apps.start('hello')).rejects.toThrow(
      `${folder.file('hello.app')}:2:7: name: expected 'hello', as the file is called, found 'bye'`,
    );
  });

  test('does not look for an app that runs when another needs it', async () => {
    const { apps, notes } = await makeApps({ directories: [] });
    await folder.app('base', './noting.mjs');
    await apps.start(folder.file('base.app'));
    await folder.write('far/noting.mjs', notingModule);
    await folder.write(
      'far/top.app',
      'type: application\nname: top\nmod: ./noting.mjs\napplications: [base]\n',
    );
    await apps.start(folder.file('far/top.app'));
    expect(notes()).toEqual(['start base', 'start top']);
  });
});
