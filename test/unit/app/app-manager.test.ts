import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../../src/errors/index.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('noting.mjs', notingModule);
  await folder.write('failing.mjs', `export async function start() { throw new RangeError('no line'); }`);
});
afterEach(() => folder.dispose());

/** Writes noting apps; each entry is a name and its dependencies. */
async function write(apps: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [name, needs] of Object.entries(apps)) {
    await folder.app(name, './noting.mjs', `applications: [${needs.join(', ')}]\n`);
  }
}

describe('AppManager#start()', () => {
  test('ION 31: starts an app by its file; a second start is no operation', async () => {
    const { apps, notes, logger } = await makeApps();
    const file = await folder.app('hello', './noting.mjs', "version: '0.1.0'\n");
    await apps.start(file);
    expect(apps.isStarted('hello')).toBe(true);
    expect(apps.list()).toEqual([
      {
        name: 'hello',
        instance: 'hello',
        version: '0.1.0',
        state: 'running',
        startType: 'temporary',
        waitingFor: [],
        root: null,
        file,
      },
    ]);
    await apps.start(file);
    expect(notes()).toEqual(['start hello']);
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'app runs already',
      fields: { app: 'hello', version: '0.1.0', file },
    });
  });

  test('ION 31: starts an app by its name, in the first directory that has it', async () => {
    await folder.write('second/noting.mjs', notingModule);
    await folder.write('second/hello.app', 'type: application\nname: hello\nmod: ./noting.mjs\n');
    const { apps } = await makeApps({
      directories: [folder.file('first'), folder.file('second'), folder.path],
    });
    await folder.app('hello', './noting.mjs');
    await apps.start('hello');
    expect(apps.list()[0]?.file).toBe(folder.file('second/hello.app'));
  });

  test('an app that is nowhere is an error that says where it was looked for', async () => {
    const { apps } = await makeApps({ directories: ['a/b', 'c'] });
    await expect(apps.start('nosuch')).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `there is no app 'nosuch'; looked for a/b/nosuch.app, c/nosuch.app, ${resolve('res/apps/nosuch.app')}`,
    });
    await expect(apps.start(folder.file('none.app'))).rejects.toThrow('there is no such file');
  });

  test('takes a path relative to the working directory, and the module relative to the file', async () => {
    const { apps, notes } = await makeApps();
    await apps.start(relative(process.cwd(), await folder.app('hello', './noting.mjs')));
    expect(notes()).toEqual(['start hello']);
  });

  test('ION 32: a file that is no app is a ConfigurationError', async () => {
    const { apps } = await makeApps();
    const file = await folder.write('bad.app', 'type: release\n');
    await expect(apps.start(file)).rejects.toBeInstanceOf(ConfigurationError);
    expect(apps.list()).toEqual([]);
  });

  test('starts what an app names under applications before it, each once', async () => {
    const { apps, notes } = await makeApps();
    await write({ top: ['left', 'right'], left: ['base'], right: ['base', 'left'], base: [] });
    await apps.start(folder.file('top.app'));
    expect(notes()).toEqual(['start base', 'start left', 'start right', 'start top']);
    expect(apps.list().map(({ name }) => name)).toEqual(['base', 'left', 'right', 'top']);
  });

  test('leaves a dependency that runs already alone', async () => {
    const { apps, notes } = await makeApps();
    await write({ top: ['base'], base: [] });
    await apps.start(folder.file('base.app'));
    await apps.start(folder.file('top.app'));
    expect(notes()).toEqual(['start base', 'start top']);
  });

  test('looks for a dependency beside the file that names it, then in the directories', async () => {
    const { apps, notes } = await makeApps({ directories: [folder.file('library')] });
    await folder.write('library/noting.mjs', notingModule);
    for (const name of ['shared', 'both']) {
      await folder.write(`library/${name}.app`, `type: application\nname: ${name}\nmod: ./noting.mjs\n`);
    }
    await write({ top: ['both', 'shared'], both: [] });
    await apps.start(folder.file('top.app'));
    expect(notes()).toEqual(['start both', 'start shared', 'start top']);
    expect(apps.list()[0]?.file).toBe(folder.file('both.app'));
  });

  test('names who asks for a dependency that is nowhere, and starts nothing', async () => {
    const { apps, notes } = await makeApps({ directories: [] });
    await write({ top: ['base', 'missing'], base: [] });
    await expect(apps.start(folder.file('top.app'))).rejects.toThrow(
      `${folder.file('top.app')}:4:22: applications[1]: there is no app 'missing'`,
    );
    expect(apps.list()).toEqual([]);
    expect(notes()).toEqual([]);
  });

  test.each<[string, Record<string, string[]>, string]>([
    ['two apps', { a: ['b'], b: ['a'] }, 'b.app:4:16: .*in a cycle: a → b → a'],
    ['an app and itself', { a: ['a'] }, "a.app:4:16: .*'a' depends on itself"],
    [
      'apps behind the one that is started',
      { a: ['b'], b: ['c'], c: ['d'], d: ['b'] },
      'd.app:4:16: .*in a cycle: b → c → d → b',
    ],
  ])('names the cycle of %s with its place, and starts nothing', async (_name, graph, text) => {
    const { apps, notes } = await makeApps();
    await write(graph);
    await expect(apps.start(folder.file('a.app'))).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringMatching(new RegExp(`${text}$`)),
    });
    expect(notes()).toEqual([]);
    expect(apps.list()).toEqual([]);
  });

  test('is refused unless the manager is active', async () => {
    const { apps } = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    await apps.terminate();
    await expect(apps.start(file)).rejects.toMatchObject({
      code: 'IllegalState',
      message: 'no app can be started while the app manager is TERMINATED',
    });
  });
});

describe('AppManager#start(), concurrently', () => {
  test('of one app is shared: it starts once, and both know when', async () => {
    const { apps, notes } = await makeApps();
    await write({ top: ['base'], base: [] });
    const running: boolean[] = [];
    await Promise.all(
      [1, 2, 3].map(async () => {
        await apps.start(folder.file('top.app'));
        running.push(apps.isStarted('top'));
      }),
    );
    expect(notes()).toEqual(['start base', 'start top']);
    expect(running).toEqual([true, true, true]);
  });

  test('of two apps that need a third starts that one once', async () => {
    const { apps, notes } = await makeApps();
    await folder.write(
      'gate.mjs',
      `export const gate = {};
       const opened = new Promise((open) => { gate.open = open; });
       export async function start(container, type, app) {
         container.logger.info('start ' + app.name);
         await opened;
         return [null, [app.name]];
       }
       export const stop = (container, state) => container.logger.info('stop', { state });`,
    );
    await write({ left: ['base'], right: ['base'] });
    await folder.app('base', './gate.mjs');
    const starts = ['left', 'right', 'base'].map((name) => apps.start(folder.file(`${name}.app`)));
    await eventually(() => notes().includes('start base'));
    // The others have had every chance to come to it too.
    await turns(500);
    const { gate } = await import(pathToFileURL(folder.file('gate.mjs')).href);
    gate.open();
    await Promise.all(starts);
    expect(notes().sort()).toEqual(['start base', 'start left', 'start right']);
    await apps.terminate();
    expect(
      notes()
        .filter((note) => note.startsWith('stop'))
        .sort(),
    ).toEqual(['stop base', 'stop left', 'stop right']);
  });

  test('from both ends of a cycle names the cycle twice instead of waiting for ever', async () => {
    const { apps, notes } = await makeApps();
    await write({ a: ['b'], b: ['a'] });
    const starts = await Promise.allSettled(['a', 'b'].map((name) => apps.start(folder.file(`${name}.app`))));
    expect(starts.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(notes()).toEqual([]);
  });

  test('of one app that fails fails both, and it can be started again', async () => {
    const { apps } = await makeApps();
    const file = await folder.app('hello', './failing.mjs');
    const starts = await Promise.allSettled([apps.start(file), apps.start(file)]);
    expect(starts.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await folder.app('hello', './noting.mjs');
    await apps.start(file);
    expect(apps.isStarted('hello')).toBe(true);
  });
});

describe('AppManager#start() that fails', () => {
  test('is StartFailed with app, file and reason, and stops what it had started, the last first', async () => {
    const { apps, notes } = await makeApps();
    await write({ base: [], middle: ['base'] });
    const file = await folder.app('top', './failing.mjs', 'applications: [base, middle]\n');
    const failed = await apps.start(file).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'StartFailed',
      message: `app 'top' (${file}) could not be started: no line (${folder.file('failing.mjs')}:1:39)`,
      cause: expect.objectContaining({ name: 'RangeError' }),
    });
    expect(notes()).toEqual(['start base', 'start middle', 'stop middle', 'stop base']);
    expect(apps.list()).toEqual([]);
  });

  test('leaves alone what ran before it', async () => {
    const { apps, notes } = await makeApps();
    await write({ base: [], extra: [] });
    await apps.start(folder.file('base.app'));
    await expect(
      apps.start(await folder.app('top', './failing.mjs', 'applications: [base, extra]\n')),
    ).rejects.toMatchObject({ code: 'StartFailed' });
    expect(notes()).toEqual(['start base', 'start extra', 'stop extra']);
    expect(apps.list().map(({ name }) => name)).toEqual(['base']);
  });

  test('in a dependency starts nothing that needs it', async () => {
    const { apps, notes } = await makeApps();
    await folder.app('base', './failing.mjs');
    await write({ top: ['base'] });
    await expect(apps.start(folder.file('top.app'))).rejects.toThrow("app 'base'");
    expect(notes()).toEqual([]);
  });

  test.each([
    ['a module that is not there', './none.mjs', /:3:6: mod: the module '\.\/none\.mjs' cannot be found: /],
    [
      'a package that is not there',
      'no-such-package',
      /:3:6: mod: the module 'no-such-package' cannot be found: /,
    ],
  ])('for %s is a ConfigurationError that names place and module', async (_name, mod, text) => {
    const { apps } = await makeApps();
    const file = await folder.app('hello', mod);
    const failed = apps.start(file);
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.toThrow(file);
    await expect(failed).rejects.toThrow(text);
  });

  test.each([
    [
      'that does not parse',
      'export const\nstart = ;',
      "cannot be loaded: Unexpected token ';' (FOLDER/odd.mjs:2)",
    ],
    [
      'that imports what does not parse',
      "import { x } from './deep/bad.mjs';",
      "cannot be loaded: Unexpected token '}' (FOLDER/deep/bad.mjs:3)",
    ],
    [
      'that throws when it is loaded',
      `\n throw new Error('no licence');`,
      'cannot be loaded: no licence (FOLDER/odd.mjs:2:8)',
    ],
    ['without start', 'export const begin = () => [null, []];', "has no function 'start'"],
    ['whose start is no function', 'export const start = 5;', "has no function 'start'"],
    [
      'whose start is a default member',
      'export default { start: () => [null, []] };',
      "has no function 'start'",
    ],
  ])('for a module %s is a ConfigurationError', async (_name, source, text) => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', source);
    await folder.write('deep/bad.mjs', 'export const x = {\n  y: 1,\n  }}');
    const file = await folder.app('hello', './odd.mjs');
    const failed = apps.start(file);
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    const said = text.replace('FOLDER', folder.path);
    await expect(failed).rejects.toThrow(`${file}:3:6: mod './odd.mjs' ${said}`);
  });

  test('for a stop that is no function says so, and not that start is missing', async () => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', 'export const start = () => [null, []];\nexport const stop = 5;');
    const failed = apps.start(await folder.app('hello', './odd.mjs'));
    await expect(failed).rejects.toThrow(/'stop' .*no function/);
    await expect(failed).rejects.not.toThrow("has no function 'start'");
  });

  test.each([
    ['nothing', 'undefined'],
    ['no tuple', '({})'],
    ['a tuple of one', '[null]'],
    ['a tuple of three', '[null, [], 3]'],
    ['no state', '[null, null]'],
    ['a state that is no list', "[null, 'x']"],
    ['a root that is no id', '[7, []]'],
    ['no root', '[undefined, []]'],
  ])('ION 33: for a start that returns %s is a ConfigurationError', async (_name, source) => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', `export const start = async () => ${source};`);
    const file = await folder.app('hello', './odd.mjs');
    await expect(apps.start(file)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${file}: 'start' of app 'hello' must return [process id or null, [state…]]`,
    });
    expect(apps.list()).toEqual([]);
  });

  test('that knows nothing of the app is told with the file', async () => {
    const { apps } = await makeApps();
    await folder.write(
      'odd.mjs',
      `import { ConfigurationError } from 'ioncore';
       export const start = async () => { throw new ConfigurationError('class Odd has no op_add'); };`,
    );
    const file = await folder.app('hello', './odd.mjs');
    await expect(apps.start(file)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${file}: app 'hello': class Odd has no op_add`,
    });
  });

  test('ION 33: for a start that returns the id of no process is a ConfigurationError', async () => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', "export const start = async () => ['shore.77', []];");
    const file = await folder.app('hello', './odd.mjs');
    await expect(apps.start(file)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining("returned 'shore.77', which is no process of this container"),
    });
    expect(apps.list()).toEqual([]);
  });
});

describe('AppManager, modules', () => {
  test('a TypeScript module beside the file is loaded', async () => {
    const { apps, processes } = await makeApps();
    await folder.write(
      'typed.ts',
      `import { type AppStart, Process } from 'ioncore';
       class Typed extends Process { op_add(by: number): number { return by + 1; } }
       export const start: AppStart = async (container) => [await container.spawn(Typed), []];`,
    );
    const file = await folder.app('typed', './typed.ts');
    await apps.start(file);
    expect(apps.list()).toMatchObject([{ name: 'typed', root: 'shore.1', file }]);
    expect(processes.notes).toEqual(['spawn Typed']);
  });

  test('a package is found from the file upwards', async () => {
    const { apps, notes } = await makeApps();
    await folder.write('node_modules/noting/package.json', '{"name": "noting", "exports": "./index.mjs"}');
    await folder.write('node_modules/noting/index.mjs', notingModule);
    await folder.write('deep/down/hello.app', 'type: application\nname: hello\nmod: noting\n');
    await apps.start(folder.file('deep/down/hello.app'));
    expect(notes()).toEqual(['start hello']);
  });

  test('ION 34: args of the file go over those of mod; positional ones follow', async () => {
    const { apps, logger } = await makeApps();
    const file = await folder.app(
      'hello',
      '[./noting.mjs, [one, 2], {greeting: Ahoy, times: 1, deep: {kept: false}}]',
      'args: {times: 3, extra: [x], deep: {new: true}}\n',
    );
    await apps.start(file);
    expect(logger.lines.find(({ message }) => message === 'start hello')?.fields).toEqual({
      room: 'hello',
      app: 'hello',
      startType: 'temporary',
      args: { greeting: 'Ahoy', times: 3, extra: ['x'], deep: { new: true } },
      positional: ['one', 2],
    });
  });
});

describe('AppManager#stop()', () => {
  test('ION 31: gives the module its state; the app can be started again', async () => {
    const { apps, notes } = await makeApps();
    const file = await folder.app('hello', './noting.mjs');
    await apps.start(file);
    await apps.stop('hello');
    expect(apps.isStarted('hello')).toBe(false);
    expect(apps.list()).toEqual([]);
    await apps.stop('hello');
    await apps.stop('never heard of');
    await apps.start(file);
    expect(notes()).toEqual(['start hello', 'stop hello', 'start hello']);
  });

  test('stops all in reverse order of their starting when the manager terminates', async () => {
    const { apps, notes } = await makeApps();
    await write({ top: ['base'], base: [], last: [] });
    await apps.start(folder.file('top.app'));
    await apps.start(folder.file('last.app'));
    await apps.terminate();
    expect(notes().slice(3)).toEqual(['stop last', 'stop top', 'stop base']);
    expect(apps.list()).toEqual([]);
  });

  test('goes on with the others when one’s stop fails', async () => {
    const { apps, notes, logger } = await makeApps();
    await folder.write(
      'odd.mjs',
      `export const start = () => [null, []];\nexport const stop = () => { throw new Error('stuck'); };`,
    );
    await write({ first: [] });
    await apps.start(folder.file('first.app'));
    await apps.start(await folder.app('odd', './odd.mjs'));
    await apps.terminate();
    expect(notes()).toEqual(['start first', 'stop first']);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'stop of an app failed' }),
    );
    expect(apps.state).toBe('TERMINATED');
  });
});
