import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkFiles, readAppSettings } from '../../../src/app/index.ts';
import { Config, readAssignments, type Setting } from '../../../src/config/index.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, testSections } from './bed.ts';

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('good.mjs', 'export const start = () => [null, []];\n');
});
afterEach(() => folder.dispose());

const app = (name: string, rest = '') => folder.app(name, './good.mjs', rest);
const release = (apps: string) => folder.write('x.rel', `type: release\nname: fleet\napps:\n${apps}`);
const read = (...files: string[]) =>
  readAppSettings(files, { directories: [folder.path], sections: testSections });

/** `path = value (place)` without the folder. */
const shown = (settings: readonly Setting[]) =>
  settings.map(
    ({ path, value, origin }) =>
      `${path} = ${value} (${origin.layer} ${origin.file?.replace(`${folder.path}/`, '')}:${origin.line})`,
  );

describe('readAppSettings()', () => {
  test('gives the settings of apps in the order of their start, those that they need first', async () => {
    await app('base', 'config:\n  rpc:\n    timeoutMs: 1\n');
    const top = await app('top', 'applications: [base]\nconfig: {rpc: {timeoutMs: 2, retries: 3}}\n');
    expect(shown(await read(top))).toEqual([
      'rpc.timeoutMs = 1 (app base.app:6)',
      'rpc.timeoutMs = 2 (app top.app:5)',
      'rpc.retries = 3 (app top.app:5)',
    ]);
  });

  test('gives those of a release in a layer of their own, with the place of the entry', async () => {
    await app('a', 'config: {rpc: {timeoutMs: 1}}\n');
    const file = await release('  - {name: a, config: {rpc: {timeoutMs: 5}}}\n');
    expect(shown(await read(file))).toEqual([
      'rpc.timeoutMs = 1 (app a.app:4)',
      'rpc.timeoutMs = 5 (release x.rel:4)',
    ]);
  });

  test('takes names of apps, and what is named twice once', async () => {
    await app('a', 'config: {rpc: {timeoutMs: 1}}\n');
    const file = await release('  - name: a\n  - {name: a, mult: true}\n');
    expect(shown(await read('a', file, 'a'))).toEqual(['rpc.timeoutMs = 1 (app a.app:4)']);
  });

  test('rejects with every problem of all files', async () => {
    await app('a', 'config: {rcp: {timeoutMs: 1}}\n');
    await app('b', 'registered: [n]\nverison: 1\n');
    const error = await read('a', 'b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining(`${folder.file('a.app')}:4:10: config: unknown key 'rcp'`),
      details: { problems: [{ key: 'config.rcp' }, { key: 'verison' }] },
    });
  });

  test('finds names that clash between files', async () => {
    await app('a', 'registered: [n]\n');
    await app('b', 'registered: [n]\n');
    await expect(read('a', 'b')).rejects.toThrow(/b\.app:4:14: .*'n' is registered by the app 'a'/);
  });

  test('merged, the later of two apps wins, and explain() shows the other', async () => {
    await app('a', 'config: {rpc: {timeoutMs: 1}}\n');
    await app('b', 'config: {rpc: {timeoutMs: 2}}\n');
    const config = Config.merge(testSections, await read('a', 'b'));
    expect(config.explain('rpc.timeoutMs')).toMatchObject({
      value: 2,
      from: `${folder.file('b.app')}:4`,
      overridden: [
        { value: 1, from: `${folder.file('a.app')}:4` },
        { value: 15_000, from: 'default' },
      ],
    });
    const stronger = config.with(readAssignments(['rpc.timeoutMs=3'], testSections));
    expect(stronger.get('rpc.timeoutMs')).toBe(3);
  });
});

describe('checkFiles() tells of the config of apps and releases', () => {
  test.each([
    ['a misspelt section', '{rcp: {}}', "a.app:4:10: config: unknown key 'rcp'; did you mean 'rpc'?"],
    [
      'a misspelt member',
      '{rpc: {timeotMs: 1}}',
      "a.app:4:16: config: unknown key 'rpc.timeotMs'; did you mean 'rpc.timeoutMs'?",
    ],
    ['a section that is text', '{rpc: x}', 'a.app:4:15: config.rpc: expected a map, found the text x'],
    ['a section that is a list', '{rpc: [1]}', 'a.app:4:15: config.rpc: expected a map, found a list'],
    [
      'text for a number',
      "{rpc: {timeoutMs: '5'}}",
      'a.app:4:27: config.rpc.timeoutMs: expected a number of at least 1, found the text 5',
    ],
    [
      'a fraction for a whole number',
      '{rpc: {retries: 1.5}}',
      'a.app:4:25: config.rpc.retries: expected a whole number of at least 0, found 1.5',
    ],
    ['config that is a list', '[rpc]', 'a.app:4:9: config: expected a map, found a list'],
    [
      'the section of apps',
      '{apps: {directories: [x]}}',
      'a.app:4:30: config.apps.directories: an app cannot say how apps are found and started; set it in ioncore.yaml',
    ],
  ])('%s', async (_what, config, message) => {
    const check = async (file: string) => {
      const { problems } = await checkFiles([file], { directories: [], sections: testSections });
      return problems.map(({ file: at, line, column, message: said }) =>
        `${at}:${line}:${column}: ${said}`.replace(`${folder.path}/`, ''),
      );
    };
    expect(await check(await app('a', `config: ${config}\n`))).toEqual([message]);
    await app('a');
    const [inRelease = '', ...others] = await check(await release(`  - {name: a, config: ${config}}\n`));
    expect(others).toEqual([]);
    expect(inRelease).toMatch(/^x\.rel:4:\d+: apps\[0\]\.config/);
    const words = (text: string) => text.replace(/^[^ ]+ /, '').replace('apps[0].config', 'config');
    expect(words(inRelease)).toBe(words(message));
  });

  test('all of it at once, and nothing when nobody says what may be set', async () => {
    const file = await app('a', 'config:\n  rcp: {}\n  rpc:\n    timeoutMs: 0\n    retries: x\n');
    expect((await checkFiles([file], { directories: [] })).problems).toEqual([]);
    const { problems } = await checkFiles([file], { directories: [], sections: testSections });
    expect(problems.map(({ line, key, found, expected }) => [line, key, found, expected])).toEqual([
      [5, 'config.rcp', undefined, undefined],
      [7, 'config.rpc.timeoutMs', '0', 'a number of at least 1'],
      [8, 'config.rpc.retries', 'the text x', 'a whole number of at least 0'],
    ]);
  });
});

describe('AppManager#start(), config of an app', () => {
  const inForce = (value: number): Setting => ({
    path: 'rpc.timeoutMs',
    value,
    origin: { layer: 'ioncore.yaml', file: 'res/config/ioncore.yaml', line: 3 },
  });

  test('that equals what is in force passes', async () => {
    const { apps } = await makeApps({}, [inForce(5)]);
    await apps.start(await app('a', 'config: {rpc: {timeoutMs: 5, retries: 0}}\n'));
    expect(apps.isStarted('a')).toBe(true);
  });

  test('that would change it is refused, with what is in force, where from, and what to do', async () => {
    const { apps } = await makeApps({}, [inForce(7)]);
    const file = await app('a', 'config: {rpc: {timeoutMs: 5}}\n');
    await expect(apps.start(file)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${file}:4:27: config.rpc.timeoutMs: found 5, but the running container has 7 in force (res/config/ioncore.yaml:3), which cannot change any more; name the file at 'ioncore start', or set the value in ioncore.yaml and start anew`,
      details: { problems: [{ key: 'config.rpc.timeoutMs', found: '5', expected: '7' }] },
    });
    expect(apps.list()).toEqual([]);
  });

  test('that a stronger layer overrides passes', async () => {
    const { apps } = await makeApps({}, readAssignments(['rpc.timeoutMs=9'], testSections));
    await apps.start(await app('a', 'config: {rpc: {timeoutMs: 5}}\n'));
    expect(apps.isStarted('a')).toBe(true);
  });

  test('that was merged when the container was made passes, though another app has overridden it', async () => {
    const [a, b] = [
      await app('a', 'config: {rpc: {timeoutMs: 1}}\n'),
      await app('b', 'config: {rpc: {timeoutMs: 2}}\n'),
    ];
    const { apps } = await makeApps({}, await read(a, b));
    await apps.start(a);
    await apps.start(b);
    expect(apps.list()).toHaveLength(2);
  });

  test('of a release that is given as a definition is checked too', async () => {
    const { apps } = await makeApps({ directories: [folder.path] });
    await app('a');
    const entry = {
      file: undefined,
      version: undefined,
      args: {},
      mult: false,
      startType: undefined,
      level: undefined,
    };
    const definition = {
      file: 'mine',
      name: 'x',
      version: undefined,
      description: undefined,
      ioncore: undefined,
    };
    const start = (config: Record<string, unknown>) =>
      apps.startRelease({ ...definition, apps: [{ ...entry, name: 'a', config }] });
    await expect(start({ rcp: {} })).rejects.toThrow(/mine:1:1: apps\[0\]\.config: unknown key 'rcp'/);
    await expect(start({ rpc: { timeoutMs: 'x' } })).rejects.toThrow(/expected a number of at least 1/);
    await expect(start({ rpc: { timeoutMs: 5 } })).rejects.toThrow(
      /found 5, but the running container has 15000/,
    );
    await start({ rpc: { timeoutMs: 15_000 } });
    expect(apps.isStarted('a')).toBe(true);
  });
});
