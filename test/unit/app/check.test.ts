import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkFiles } from '../../../src/app/index.ts';
import { runCheck } from '../../../src/cli/check-command.ts';
import { AppFolder } from '../../support/app-folder.ts';

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('good.mjs', 'export const start = () => [null, []];\n');
});
afterEach(() => folder.dispose());

const APP = (name: string, rest = '') => `type: application\nname: ${name}\nmod: ./good.mjs\n${rest}`;
const REL = (apps: string, rest = '') => `type: release\nname: fleet\napps:\n${apps}${rest}`;
const LIST = (item: string) => `type: application\nname: a\nprocesses:\n  - ${item}\n`;

/** Writes the files, checks the first, and tells its problems as `file:line:column: message` without the folder. */
async function check(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  const [first = ''] = Object.keys(files);
  const { problems } = await checkFiles([folder.file(first)], { directories: [folder.file('lib')] });
  return problems.map(({ file, line, column, message }) =>
    `${file}:${line}:${column}: ${message}`.replaceAll(`${folder.path}/`, ''),
  );
}

describe('checkFiles() finds nothing wrong with', () => {
  test.each<[what: string, files: Record<string, string>]>([
    ['an app alone', { 'a.app': APP('a') }],
    [
      'an app whose module is a package of ours',
      { 'a.app': 'type: application\nname: a\nmod: ioncore/apps/hello\n' },
    ],
    [
      'an app that needs others',
      {
        'a.app': APP('a', 'applications: [b, c]\n'),
        'b.app': APP('b', 'applications: [c]\n'),
        'c.app': APP('c'),
      },
    ],
    [
      'an app that needs one of the directories',
      { 'a.app': APP('a', 'applications: [b]\n'), 'lib/b.app': APP('b').replace('./good', '../good') },
    ],
    [
      'a list of processes',
      {
        'a.app': LIST(
          '{name: p, module: ./good.mjs, class: P, concurrency: 2, serviceName: s.t, localName: l, args: {b: 1}}',
        ),
      },
    ],
    [
      'a release with versions, levels and instances',
      {
        'x.rel': REL(
          "  - {name: b, version: '1.0.0', level: 2}\n  - {file: ./a.app, level: 1}\n  - {name: a, mult: true}\n",
        ),
        'a.app': APP('a', 'registered: [n]\n'),
        'b.app': APP('b', "version: '1.0.0'\napplications: [a]\n"),
      },
    ],
  ])('%s', async (_what, files) => {
    expect(await check(files)).toEqual([]);
  });

  test('the files that we ship', async () => {
    const files = ['hello', 'ioncore', 'example'].map((name) => `res/deploy/${name}.rel`);
    const report = await checkFiles([...files, 'res/apps/hello.app']);
    expect(report.problems).toEqual([]);
    expect([...report.files].sort()).toEqual([
      'res/apps/example.app',
      'res/apps/hello.app',
      'res/deploy/example.rel',
      'res/deploy/hello.rel',
      'res/deploy/ioncore.rel',
    ]);
  });
});

describe('checkFiles() tells in one message with file, line, key, found and expected of', () => {
  test.each<[what: string, files: Record<string, string>, message: string]>([
    [
      'an app with neither mod nor processes',
      { 'a.app': 'type: application\nname: a\n' },
      "a.app:1:1: the key 'mod' is missing; expected the module of the app, or 'processes'",
    ],
    [
      'an app with mod and processes',
      { 'a.app': `${APP('a')}processes:\n  - {name: p, module: ./good.mjs}\n` },
      "a.app:5:3: processes: an app has either 'mod' or 'processes'; remove one of them",
    ],
    [
      'processes that are a map',
      { 'a.app': 'type: application\nname: a\nprocesses: {name: p}\n' },
      'a.app:3:12: processes: expected a list of processes such as {name: hello, module: ./hello.ts}, found a map',
    ],
    [
      'processes that are none',
      { 'a.app': 'type: application\nname: a\nprocesses: []\n' },
      'a.app:3:12: processes: expected a list of processes such as {name: hello, module: ./hello.ts}, found an empty list',
    ],
    [
      'a process that is text',
      { 'a.app': LIST('./good.mjs') },
      "a.app:4:5: processes[0]: expected a map such as {name: hello, module: ./hello.ts}, found the text './good.mjs'",
    ],
    [
      'a process without a name',
      { 'a.app': LIST('module: ./good.mjs') },
      "a.app:4:5: processes[0]: the key 'name' is missing; expected a name for the process",
    ],
    [
      'a process without a module',
      { 'a.app': LIST('name: p') },
      "a.app:4:5: processes[0]: the key 'module' is missing; expected the module of its class",
    ],
    [
      'two processes of one name',
      { 'a.app': `${LIST('{name: p, module: ./good.mjs}')}  - {name: p, module: ./good.mjs}\n` },
      "a.app:5:12: processes[1].name: 'p' stands twice in the list",
    ],
    [
      'a misspelt key of a process',
      { 'a.app': LIST('{name: p, module: ./good.mjs, clas: P}') },
      "a.app:4:35: processes[0]: unknown key 'clas'; did you mean 'class'?",
    ],
    [
      'a class that is a number',
      { 'a.app': LIST('{name: p, module: ./good.mjs, class: 5}') },
      "a.app:4:42: processes[0].class: expected the name of an exported class, found the number 5; quote it: '5'",
    ],
    [
      'a concurrency of 0',
      { 'a.app': LIST('{name: p, module: ./good.mjs, concurrency: 0}') },
      'a.app:4:48: processes[0].concurrency: expected a whole number of at least 1, found the number 0',
    ],
    [
      'a service name with a wildcard',
      { 'a.app': LIST("{name: p, module: ./good.mjs, serviceName: 'a.*'}") },
      "a.app:4:48: processes[0].serviceName: expected a name of letters, digits, _ and -, in parts with dots between them, found the text 'a.*'",
    ],
    [
      'args of a process that are a list',
      { 'a.app': LIST('{name: p, module: ./good.mjs, args: []}') },
      'a.app:4:41: processes[0].args: expected a map, found a list',
    ],
    [
      'a process whose module is not there',
      { 'a.app': LIST('{name: p, module: ./none.mjs}') },
      "a.app:4:23: processes[0].module: the module './none.mjs' cannot be found: there is no file none.mjs",
    ],
    [
      'a module that is not there',
      { 'a.app': 'type: application\nname: a\nmod: ./none.mjs\n' },
      "a.app:3:6: mod: the module './none.mjs' cannot be found: there is no file none.mjs",
    ],
    [
      'a module in a list that is a directory',
      { 'a.app': 'type: application\nname: a\nmod: [./lib, []]\n', 'lib/x': '' },
      "a.app:3:7: mod[0]: the module './lib' cannot be found: there is no file lib",
    ],
    [
      'a package that is not there',
      { 'a.app': 'type: application\nname: a\nmod: no-such-package\n' },
      "a.app:3:6: mod: the module 'no-such-package' cannot be found: no installed package provides it; for a file, write its path with ./ in front",
    ],
    [
      'a module of Node',
      { 'a.app': 'type: application\nname: a\nmod: fs\n' },
      "a.app:3:6: mod: the module 'fs' cannot be found: 'fs' is a module of Node, not of an app",
    ],
    [
      'a needed app that is not there',
      { 'a.app': APP('a', 'applications: [b]\n') },
      `a.app:4:16: applications[0]: there is no app 'b'; looked for b.app, lib/b.app, ${resolve('res/apps/b.app')}`,
    ],
    [
      'a needed app that is a directory',
      { 'a.app': APP('a', 'applications: [b]\n'), 'b.app/x': '' },
      'a.app:4:16: applications[0]: b.app: expected a file, found a directory',
    ],
    [
      'a needed app with another name',
      { 'a.app': APP('a', 'applications: [b]\n'), 'b.app': APP('c') },
      "a.app:4:16: applications[0]: expected the app 'b' in b.app, found the app 'c'",
    ],
    [
      'a needed app with a fault',
      { 'a.app': APP('a', 'applications: [b]\n'), 'b.app': APP('b', 'verison: 1\n') },
      "b.app:4:1: unknown key 'verison'; did you mean 'version'?",
    ],
    [
      'a needed app that is a release',
      { 'a.app': APP('a', 'applications: [b]\n'), 'b.app': REL('  - name: a\n') },
      "b.app:1:7: type: expected 'application', found the text 'release'",
    ],
    [
      'an app that depends on itself',
      { 'a.app': APP('a', 'applications: [a]\n') },
      "a.app:4:16: applications[0]: the app 'a' depends on itself",
    ],
    [
      'a cycle',
      {
        'a.app': APP('a', 'applications: [b]\n'),
        'b.app': APP('b', 'applications: [c]\n'),
        'c.app': APP('c', 'applications: [a]\n'),
      },
      'c.app:4:16: applications[0]: applications depend on each other in a cycle: a → b → c → a',
    ],
    [
      'a cycle behind the app',
      {
        'a.app': APP('a', 'applications: [b]\n'),
        'b.app': APP('b', 'applications: [c]\n'),
        'c.app': APP('c', 'applications: [b]\n'),
      },
      'c.app:4:16: applications[0]: applications depend on each other in a cycle: b → c → b',
    ],
    [
      'a name that two apps register',
      {
        'a.app': APP('a', 'registered: [m, n]\napplications: [b]\n'),
        'b.app': APP('b', 'registered: [n]\n'),
      },
      "b.app:4:14: registered[0]: 'n' is registered by the app 'a' (a.app) too; give one of them another name",
    ],
    [
      'a release whose app is not there',
      { 'x.rel': REL('  - name: b\n') },
      `x.rel:4:11: apps[0].name: there is no app 'b'; looked for b.app, lib/b.app, ${resolve('res/apps/b.app')}`,
    ],
    [
      'a release whose app file is not there',
      { 'x.rel': REL('  - file: ../b.app\n') },
      'x.rel:4:11: apps[0].file: FOLDER/../b.app: there is no such file',
    ],
    [
      'a release whose app is of another version',
      { 'x.rel': REL("  - {name: a, version: '1.0.0'}\n"), 'a.app': APP('a', "version: '1.0.1'\n") },
      "x.rel:4:24: apps[0].version: expected '1.0.0', but a.app has version '1.0.1'",
    ],
    [
      'a release whose app has no version',
      { 'x.rel': REL("  - {name: a, version: '1.0.0'}\n"), 'a.app': APP('a') },
      "x.rel:4:24: apps[0].version: expected '1.0.0', but a.app has no version",
    ],
    [
      'a release for another container',
      { 'x.rel': REL('  - name: a\n', "ioncore: '0.0.1'\n"), 'a.app': APP('a') },
      "x.rel:5:10: ioncore: the release is for version '0.0.1', and this is version '0.1.0'",
    ],
    [
      'a release with an app twice',
      { 'x.rel': REL('  - name: a\n  - name: a\n'), 'a.app': APP('a') },
      "x.rel:5:5: apps[1]: the app 'a' stands here twice; say 'mult: true' to run another instance",
    ],
    [
      'a release with an app twice, by name and file',
      { 'x.rel': REL('  - name: a\n  - file: a.app\n'), 'a.app': APP('a') },
      "x.rel:5:5: apps[1]: the app 'a' stands here twice; say 'mult: true' to run another instance",
    ],
    [
      'a release with two files of one app',
      { 'x.rel': REL('  - name: a\n  - file: lib/a.app\n'), 'a.app': APP('a'), 'lib/a.app': APP('a') },
      "x.rel:5:11: apps[1].file: both a.app and lib/a.app are the app 'a'; name one of them only",
    ],
    [
      'a release with names that clash',
      {
        'x.rel': REL('  - name: a\n  - name: b\n'),
        'a.app': APP('a', 'registered: [n]\n'),
        'b.app': APP('b', 'registered: [n]\n'),
      },
      "b.app:4:14: registered[0]: 'n' is registered by the app 'a' (a.app) too; give one of them another name",
    ],
    [
      'a release with an app that needs one of a higher level',
      {
        'x.rel': REL('  - {name: a, level: 4}\n  - {name: b, level: 5}\n'),
        'a.app': APP('a', 'applications: [b]\n'),
        'b.app': APP('b'),
      },
      "x.rel:5:22: apps[1].level: 'b' is needed by 'a' at boot level 4 and must not have a higher one, 5",
    ],
    [
      'a release whose apps form a cycle',
      {
        'x.rel': REL('  - name: a\n  - name: b\n'),
        'a.app': APP('a', 'applications: [b]\n'),
        'b.app': APP('b', 'applications: [a]\n'),
      },
      'b.app:4:16: applications[0]: applications depend on each other in a cycle: a → b → a',
    ],
    [
      'a release that is an app',
      { 'x.rel': APP('a') },
      "x.rel:1:7: type: expected 'release', found the text 'application'",
    ],
    [
      'an app that is a release',
      { 'a.app': REL('  - name: a\n') },
      "a.app:1:7: type: expected 'application', found the text 'release'",
    ],
    ['another file', { 'a.yaml': APP('a') }, 'a.yaml:1:1: expected a .app or .rel file'],
    ['a directory', { 'a.app/x': '', 'x.rel': '' }, 'a.app/x:1:1: expected a .app or .rel file'],
    [
      'a file that is not text',
      { 'a.app': '\u0000' },
      'a.app:1:1: found the control character U+0000; expected text',
    ],
  ])('%s', async (_what, files, message) => {
    const expected = message.replace('FOLDER/..', folder.path.slice(0, folder.path.lastIndexOf('/')));
    expect(await check(files)).toEqual([expected]);
  });

  test('a file that is not there', async () => {
    const { problems } = await checkFiles(['none.app', 'res/none.rel']);
    expect(problems).toEqual([
      { file: 'none.app', line: 1, column: 1, message: 'there is no such file' },
      { file: 'res/none.rel', line: 1, column: 1, message: 'there is no such file' },
    ]);
  });
});

describe('checkFiles()', () => {
  test('tells everything at once, with key, found and expected; what two files lead to once', async () => {
    await folder.write(
      'x.rel',
      REL("  - {name: a, version: '2.0.0', levle: 1}\n  - {name: none}\n", 'verison: x\n'),
    );
    await folder.write('a.app', APP('a', "version: '1.0.0'\napplications: [b]\nargs: 5\n"));
    await folder.write('b.app', 'type: application\nname: b\nmod: ./none.mjs\n');
    const files = [folder.file('x.rel'), folder.file('a.app'), folder.file('b.app')];
    const { problems, files: read } = await checkFiles(files, { directories: [] });
    expect(read).toEqual(files);
    expect(problems.map(({ file, line, key }) => [file.slice(folder.path.length + 1), line, key])).toEqual([
      ['x.rel', 4, 'apps[0].version'],
      ['x.rel', 4, 'apps[0].levle'],
      ['x.rel', 5, 'apps[1].name'],
      ['x.rel', 6, 'verison'],
      ['a.app', 6, 'args'],
      ['b.app', 3, 'mod'],
    ]);
    expect(problems[0]).toMatchObject({ expected: '2.0.0', found: '1.0.0' });
  });

  test('checks files as if started together: a clash of registered names is told, the same app twice is none', async () => {
    const [a, b] = [
      await folder.write('a.app', APP('a', 'registered: [desk]\n')),
      await folder.write('b.app', APP('b', 'registered: [desk]\n')),
    ];
    const found = async (...files: string[]) =>
      (await checkFiles(files, { directories: [] })).problems.map(({ file, key, message }) => [
        file,
        key,
        message,
      ]);
    expect(await found(a, a)).toEqual([]);
    expect(await found(b)).toEqual([]);
    expect(await found(a, b)).toEqual([
      [
        b,
        'registered[0]',
        `registered[0]: 'desk' is registered by the app 'a' (${a}) too; give one of them another name`,
      ],
    ]);
  });

  test('checks files as if started together: what one of them only loads does not run beside the other', async () => {
    await folder.write('a.app', APP('a', 'registered: [desk]\n'));
    const b = await folder.write('b.app', APP('b', 'registered: [desk]\n'));
    const release = (startType: string) =>
      folder.write('x.rel', REL(`  - {name: a, startType: ${startType}}\n`));
    const found = async (startType: string) =>
      (await checkFiles([await release(startType), b], { directories: [] })).problems.length;
    expect([await found('load'), await found('none'), await found('temporary')]).toEqual([0, 0, 1]);
  });

  test('loads no module', async () => {
    const mark = folder.file('loaded');
    await folder.write(
      'noisy.mjs',
      `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\nexport const start = () => [null, []];\n`,
    );
    const file = await folder.app('a', './noisy.mjs');
    expect((await checkFiles([file])).problems).toEqual([]);
    await expect(access(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('runCheck()', () => {
  async function run(files: readonly string[], json: boolean, variables = {}) {
    const written = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        written[name] += text;
        return true;
      },
    });
    const code = await runCheck(
      files,
      { json },
      {
        stdout: stream('stdout'),
        stderr: stream('stderr'),
        variables,
        configDirectory: folder.file('config'),
      },
    );
    return { code, ...written };
  }

  test('says how many files were checked when nothing is wrong', async () => {
    expect(await run(['res/deploy/hello.rel'], false)).toEqual({
      code: 0,
      stdout: '2 files checked, no problems\n',
      stderr: '',
    });
    expect((await run(['res/apps/hello.app'], false)).stdout).toBe('1 file checked, no problems\n');
  });

  test('writes a line per problem to standard error, and ends with 1', async () => {
    const file = await folder.write('a.app', 'type: application\nname: a\nmod: ./none.mjs\nverison: 1\n');
    expect(await run([file], false)).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        `${file}:3:6: mod: the module './none.mjs' cannot be found: there is no file ${folder.file('none.mjs')}`,
        `${file}:4:1: unknown key 'verison'; did you mean 'version'?`,
        '1 file checked, 2 problems\n',
      ].join('\n'),
    });
  });

  test('with json writes the report to standard output', async () => {
    const file = await folder.write('a.app', 'type: application\nname: a\nmod: ./good.mjs\nverison: 1\n');
    const bad = await run([file], true);
    expect([bad.code, bad.stderr]).toEqual([1, '']);
    expect(JSON.parse(bad.stdout)).toEqual({
      files: [file],
      problems: [
        {
          file,
          line: 4,
          column: 1,
          key: 'verison',
          message: "unknown key 'verison'; did you mean 'version'?",
        },
      ],
    });
    const good = await run(['res/apps/hello.app'], true);
    expect([good.code, JSON.parse(good.stdout)]).toEqual([
      0,
      { files: ['res/apps/hello.app'], problems: [] },
    ]);
  });
});
