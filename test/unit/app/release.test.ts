import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseReleaseFile } from '../../../src/app/index.ts';
import { Container, type ContainerOptions } from '../../../src/container/index.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

describe('AppManager#startRelease()', () => {
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

  const release = (...entries: string[]) =>
    folder.write(
      'fleet.rel',
      `type: release\nname: fleet\nversion: '1.0.0'\napps: [${entries.join(', ')}]\n`,
    );

  test('ION 31: starts all apps, in their order', async () => {
    const { apps, notes, logger } = await makeApps();
    await write({ one: [], two: [], three: [] });
    await apps.startRelease(await release('{name: one}', '{name: two}', '{file: three.app}'));
    expect(notes()).toEqual(['start one', 'start two', 'start three']);
    expect(apps.list().map(({ name }) => name)).toEqual(['one', 'two', 'three']);
    expect(logger.lines.at(-1)).toMatchObject({
      message: 'release started',
      fields: { release: 'fleet', version: '1.0.0' },
    });
  });

  test('goes by boot level, and stops in reverse', async () => {
    const { apps, notes } = await makeApps();
    await write({ late: [], early: [], beside: [], first: [] });
    await apps.startRelease(
      await release(
        '{name: late, level: 6}',
        '{name: early, level: 4}',
        '{name: beside}',
        '{name: first, level: 0}',
      ),
    );
    await apps.terminate();
    expect(notes()).toEqual([
      'start first',
      'start early',
      'start beside',
      'start late',
      'stop late',
      'stop beside',
      'stop early',
      'stop first',
    ]);
  });

  test('starts what an app needs before it, with the arguments that its own entry gives, and once', async () => {
    const { apps, notes, logger } = await makeApps();
    await write({ top: ['base', 'unnamed'], base: [], unnamed: [] });
    await apps.startRelease(await release('{name: top}', '{name: base, args: {depth: 5}}'));
    expect(notes()).toEqual(['start base', 'start unnamed', 'start top']);
    expect(logger.lines.find(({ message }) => message === 'start base')?.fields.args).toEqual({ depth: 5 });
  });

  test('ION 31: mult starts another instance of an app; without it one that runs is left alone', async () => {
    const { apps, notes, logger } = await makeApps();
    await write({ one: [] });
    await apps.start(folder.file('one.app'));
    const file = await release('{name: one, args: {n: 1}}', '{name: one, mult: true, args: {n: 2}}');
    await apps.startRelease(file);
    expect(notes()).toEqual(['start one', 'start one']);
    expect(apps.list().map(({ instance }) => instance)).toEqual(['one', 'one#2']);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'app runs already', fields: { app: 'one' } },
    ]);
    expect(logger.lines.findLast(({ message }) => message === 'start one')?.fields.args).toEqual({ n: 2 });
  });

  test('takes a definition as well as a file', async () => {
    const { apps, notes } = await makeApps();
    await write({ one: [] });
    const text = 'type: release\nname: fleet\napps: [{name: one}]\n';
    await apps.startRelease(parseReleaseFile(text, folder.file('fleet.rel')));
    expect(notes()).toEqual(['start one']);
  });

  test('finds what is wrong with a definition too', async () => {
    const { apps } = await makeApps({ directories: [] });
    const definition = parseReleaseFile(
      'type: release\nname: fleet\napps: [{name: one}]\n',
      folder.file('x.rel'),
    );
    await expect(apps.startRelease(definition)).rejects.toThrow(
      `${folder.file('x.rel')}:1:1: apps[0].name: there is no app 'one'`,
    );
  });

  test('that fails stops what it had started, in reverse, and leaves alone what ran before', async () => {
    const { apps, notes } = await makeApps();
    await write({ before: [], one: [], two: ['base'], base: [] });
    await folder.app('bad', './failing.mjs');
    await apps.start(folder.file('before.app'));
    const file = await release(
      '{name: before}',
      '{name: one}',
      '{name: two}',
      '{name: bad}',
      '{name: never}',
    );
    await write({ never: [] });
    await expect(apps.startRelease(file)).rejects.toMatchObject({ code: 'StartFailed' });
    expect(notes().slice(1)).toEqual([
      'start one',
      'start base',
      'start two',
      'stop two',
      'stop base',
      'stop one',
    ]);
    expect(apps.list().map(({ name }) => name)).toEqual(['before']);
  });

  test('starts nothing while anything is wrong, and tells all of it', async () => {
    const { apps, notes } = await makeApps({ directories: [] });
    await write({ one: [], a: ['b'], b: ['a'] });
    await folder.app('nowhere', './none.mjs');
    const file = await release(
      "{name: one, version: '2.0.0'}",
      '{name: a}',
      '{name: none}',
      '{name: nowhere}',
    );
    const failed = await apps.startRelease(file).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConfigurationError);
    expect(failed).toMatchObject({
      message: `${file}:4:29: apps[0].version: expected '2.0.0', but ${folder.file('one.app')} has no version (and 3 more)`,
      details: {
        file,
        problems: [
          { file, key: 'apps[0].version' },
          { file, key: 'apps[2].name' },
          { file: folder.file('nowhere.app'), key: 'mod' },
          { file: folder.file('b.app'), key: 'applications[0]' },
        ],
      },
    });
    expect(notes()).toEqual([]);
    expect(apps.list()).toEqual([]);
  });

  test('refuses a name that a running app has registered', async () => {
    const { apps, notes } = await makeApps();
    await folder.app('one', './noting.mjs', 'registered: [desk]\n');
    await folder.app('two', './noting.mjs', 'registered: [desk]\n');
    await apps.start(folder.file('one.app'));
    await expect(apps.startRelease(await release('{name: two}'))).rejects.toThrow(
      `${folder.file('two.app')}:4:14: registered[0]: 'desk' is registered by the app 'one' (${folder.file('one.app')}) too`,
    );
    expect(notes()).toEqual(['start one']);
  });

  test('ION 32: a file that is no release is a ConfigurationError', async () => {
    const { apps } = await makeApps();
    await write({ one: [] });
    await expect(apps.startRelease(folder.file('one.app'))).rejects.toBeInstanceOf(ConfigurationError);
    await expect(apps.startRelease(folder.file('none.rel'))).rejects.toThrow('there is no such file');
    await expect(apps.start(await release('{name: one}'))).rejects.toBeInstanceOf(ConfigurationError);
  });

  test('ION 33: a start of it that returns no pair is a ConfigurationError, one that throws StartFailed with the cause', async () => {
    const { apps } = await makeApps();
    await folder.write('odd.mjs', 'export const start = () => 5;\n');
    await folder.app('odd', './odd.mjs');
    await folder.app('bad', './failing.mjs');
    await expect(apps.startRelease(await release('{name: odd}'))).rejects.toMatchObject({
      code: 'ConfigurationError',
    });
    await expect(apps.startRelease(await release('{name: bad}'))).rejects.toMatchObject({
      code: 'StartFailed',
      cause: expect.objectContaining({ name: 'RangeError', message: 'no line' }),
    });
  });

  test('is refused unless the manager is active', async () => {
    const { apps } = await makeApps();
    await write({ one: [] });
    const file = await release('{name: one}');
    await apps.terminate();
    await expect(apps.startRelease(file)).rejects.toMatchObject({ code: 'IllegalState' });
  });
});

describe('the shipped releases, in a container on the embedded broker', () => {
  const containers: Container[] = [];
  afterEach(async () => {
    for (const container of containers.splice(0)) expect((await container.stop()).complete).toBe(true);
  });

  async function started(options: ContainerOptions = {}): Promise<Container> {
    const container = new Container(options);
    containers.push(container);
    await container.start();
    return container;
  }

  test.each(['hello', 'ioncore'])('%s starts the hello service', async (name) => {
    const container = await started();
    await container.apps.startRelease(`res/deploy/${name}.rel`);
    expect(await container.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
  });

  test('example starts two apps, one of them twice', async () => {
    const container = await started();
    await container.apps.startRelease('res/deploy/example.rel');
    expect(container.apps.list().map(({ instance }) => instance)).toEqual(['hello', 'example', 'example#2']);
    expect(container.processes.list().map(({ name }) => name)).toEqual([
      'hello',
      'app-supervisor-example',
      'port-guide',
      'starboard-guide',
      'app-supervisor-example#2',
      'port-guide',
      'starboard-guide',
    ]);
    const welcomes = new Set<unknown>();
    for (let call = 0; call < 8; call += 1) welcomes.add(await container.rpcSend('guide', 'welcome', 'you'));
    expect([...welcomes].sort()).toEqual([
      'Good day, you, welcome to the port side',
      'Good day, you, welcome to the starboard side',
      'Good day, you, welcome to the upper deck',
    ]);
    await container.apps.stop('example#1');
    expect(container.apps.list().map(({ instance }) => instance)).toEqual(['hello', 'example#2']);
    expect(await container.rpcSend('guide', 'welcome', 'you')).toBe(
      'Good day, you, welcome to the upper deck',
    );
  });
});
