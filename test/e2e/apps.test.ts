import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppProject, wordModule } from '../support/app-project.ts';
import { projectRoot, usePrograms } from '../support/cli.ts';

const start = usePrograms();
let project: AppProject;

beforeEach(async () => {
  project = await AppProject.make();
});
afterEach(() => project.dispose());

/** What a started container answers to the lines of a script. */
async function ask(files: readonly string[], lines: readonly string[], env = {}): Promise<readonly string[]> {
  const program = start(['start', ...files], { input: `${lines.join('\n')}\n`, env });
  await program.succeeded();
  return program.stdout.trimEnd().split('\n');
}

/** What a start says that fails with exit code 1: one message, no stack. */
async function refusal(...args: readonly string[]): Promise<string> {
  const program = start(['start', ...args], { input: '"never run"\n' });
  expect([await program.exited(), program.stdout]).toEqual([1, '']);
  expect(program.stderr).toMatch(/^ioncore: [^\n]+\n( {2}and [^\n]+\n)*$/);
  return program.stderr;
}

/** The same as TypeScript: with types that must go before it runs. */
const typed = (source: string) => source.replace('op_word()', 'op_word(): Promise<string>');

describe('an app in TypeScript', () => {
  const word = "export const word: string = 'typed' satisfies string;\n";
  const call = ["await rpc_send('x', 'word')"];

  test.each([
    ['of an ES package', '{"type": "module"}', 'ts'],
    ['of a package that does not say', '{"name": "ship"}', 'ts'],
    ['of no package', '', 'ts'],
    ['with the ending .mts', '{"type": "commonjs"}', 'mts'],
  ])('is loaded, %s', async (_what, manifest, ending) => {
    if (manifest !== '') await project.write('package.json', manifest);
    await project.write(`words.${ending}`, word);
    await project.write(`x.${ending}`, typed(wordModule('x', `./words.${ending}`)));
    expect(await ask([await project.app('x', `./x.${ending}`)], call)).toEqual(['typed']);
  });

  test('gets the very classes of its container, whichever way its processes are named', async () => {
    await project.write('words.ts', word);
    await project.write('x.ts', typed(wordModule('x', './words.ts')));
    // An app that is a list of processes refuses a class that does not extend the container's own `Process`.
    const app = 'type: application\nname: x\nprocesses:\n  - {name: words, module: ./x.ts, class: Words}\n';
    expect(await ask([await project.write('x.app', app)], call)).toEqual(['typed']);
  });

  test('is loaded by two containers of one Node process', async () => {
    await project.write('words.ts', word);
    await project.write('x.ts', typed(wordModule('x', './words.ts')));
    const app = await project.app('x', './x.ts');
    const program = start(
      [
        await project.write(
          'two.mjs',
          `import { Container, ServiceProcess } from 'ioncore';
          const containers = [new Container(), new Container()];
          for (const container of containers) await container.start();
          await Promise.all(containers.map((container) => container.apps.start(${JSON.stringify(app)})));
          for (const container of containers) {
            const [{ id }] = container.processes.list();
            console.log(await container.rpcSend('x', 'word'), container.processes.get(id) instanceof ServiceProcess);
          }
          for (const container of containers) await container.stop();`,
        ),
      ],
      { command: process.execPath },
    );
    await program.succeeded();
    expect(program.stdout).toBe('typed true\ntyped true\n');
  });

  test('that does not parse is refused with the place', async () => {
    await project.write('words.ts', 'export const\n  word: = 1;\n');
    await project.write('x.ts', wordModule('x', './words.ts'));
    const said = await refusal(await project.app('x', './x.ts'));
    expect(said).toContain(`x.app:3:6: mod './x.ts' cannot be loaded: `);
    expect(said).toMatch(new RegExp(`${project.file('words.ts')}:2[:)]`));
  });

  // Where Node takes the types away itself, neither of these is an error.
  const byTsx = Reflect.get(process.features, 'typescript') ? test.skip : test;

  byTsx('in a CommonJS package is refused, with what to do', async () => {
    await project.write('package.json', '{"type": "commonjs"}');
    const file = await project.write('x.ts', wordModule('x', './words.ts'));
    expect(await refusal(await project.app('x', './x.ts'))).toContain(
      `${file} is CommonJS, as "type" in ${project.path}/package.json says; modules of apps are ES modules: change it to "module", or call the file .mts`,
    );
  });

  byTsx('without tsx is refused, with what to do', async () => {
    // The package as it is installed without its optional peer.
    const installed = project.file('elsewhere/node_modules/ioncore');
    await mkdir(installed, { recursive: true });
    await cp(join(projectRoot, 'dist'), join(installed, 'dist'), { recursive: true });
    await cp(join(projectRoot, 'package.json'), join(installed, 'package.json'));
    const module = await project.write('elsewhere/x.ts', wordModule('x', './words.ts'));
    const app = await project.app('elsewhere/x', './x.ts'.replace('elsewhere/', ''));
    await project.write('elsewhere/x.app', (await readFile(app, 'utf8')).replace('elsewhere/', ''));
    const program = start([join(installed, 'dist', 'main.js'), 'start', app], {
      command: process.execPath,
      input: '',
    });
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toBe(
      `ioncore: ConfigurationError: ${app}:3:6: mod './x.ts' cannot be loaded: ${module} is TypeScript, which Node ${process.versions.node} loads only with the help of tsx; run 'npm install --save-dev tsx', or name a compiled file\n`,
    );
  });
});

describe('an app whose module is a package', () => {
  test('that only ES modules can import starts, and gets the very classes of its container', async () => {
    await project.write(
      'node_modules/sonar/package.json',
      JSON.stringify({
        name: 'sonar',
        version: '1.0.0',
        exports: { import: './lib/main.js' },
        type: 'module',
      }),
    );
    await project.write('node_modules/sonar/lib/main.js', wordModule('sonar', './word.js'));
    await project.write('node_modules/sonar/lib/word.js', "export const word = 'ping';\n");
    const app = await project.app('sonar', 'sonar');
    expect(await ask([app], ["await rpc_send('sonar', 'word')"])).toEqual(['ping']);
  });

  test('that is linked from elsewhere starts', async () => {
    const name = 'lidar';
    await project.write(`${name}/package.json`, JSON.stringify({ name, exports: { import: './main.mjs' } }));
    await project.write(`${name}/main.mjs`, "export const start = () => [null, ['up']];\n");
    await symlink(project.file(name), project.file(`node_modules/${name}`));
    expect(await ask([await project.app(name, name)], ['info().apps'])).toEqual([`[ '${name}' ]`]);
  });
});

describe('directories of apps', () => {
  beforeEach(async () => {
    await project.write('good.mjs', 'export const start = () => [null, []];\n');
    await project.app('far', './good.mjs', 'applications: [near]\n');
    await project.app('near', './good.mjs');
  });

  test('come from the configuration, for names at the start and at the prompt', async () => {
    const set = ['--set', `apps.directories=[${project.path}, res/apps]`];
    expect(await ask(['far', ...set], ["await cc.apps.start('hello')", "info().apps.join(' ')"])).toEqual([
      'near far hello',
    ]);
    expect(await refusal('far')).toBe(
      "ioncore: ConfigurationError: there is no app 'far'; looked for res/apps/far.app\n",
    );
  });

  test('those of the package come last, wherever it is started', async () => {
    const program = start(['start', 'hello'], {
      cwd: project.path,
      input: "rpc_send('hello', 'hello', 'you')",
    });
    expect([await program.exited(), program.stdout]).toEqual([0, 'Hello there, you\n']);
  });

  test('come from the configuration for `ioncore check`', async () => {
    const release = await project.write('sub/x.rel', 'type: release\nname: x\napps: [{name: near}]\n');
    const check = async (env = {}) => {
      const program = start(['check', release], { env });
      return { exit: await program.exited(), said: program.stdout + program.stderr };
    };
    const env = { IONCORE_CONFIG_APPS_DIRECTORIES: `[${project.path}]` };
    expect(await check(env)).toEqual({ exit: 0, said: '2 files checked, no problems\n' });
    expect(await check({ IONCORE_CONFIG_APPS_DIRECTORIES: '[nowhere]' })).toEqual({
      exit: 1,
      said: `${release}:3:15: apps[0].name: there is no app 'near'; looked for ${project.file('sub/near.app')}, nowhere/near.app, ${projectRoot}/res/apps/near.app\n1 file checked, 1 problem\n`,
    });
  });
});

describe('config of apps and releases', () => {
  const explain = (path: string) =>
    `(({ value, from, overridden }) => [value, from, ...overridden.map((o) => o.from)].join(' '))(cc.config.explain('${path}'))`;

  beforeEach(() => project.write('good.mjs', 'export const start = () => [null, []];\n'));

  test('hold in a container that is started with them, each layer over the one before', async () => {
    await project.app(
      'base',
      './good.mjs',
      'config:\n  rpc:\n    timeoutMs: 1000\n  process: {shutdownMs: 10}\n',
    );
    const top = await project.app(
      'top',
      './good.mjs',
      'applications: [base]\nconfig: {rpc: {timeoutMs: 2000}}\n',
    );
    const release = await project.write(
      'x.rel',
      'type: release\nname: x\napps:\n  - name: base\n    config: {rpc: {timeoutMs: 3000}}\n',
    );
    const settings = await project.write('my.yaml', 'rpc: {timeoutMs: 500}\n');
    const files = [top, '--config', settings];
    const base = project.file('base.app');
    const weaker = `${top}:5 ${base}:6 ${settings}:1 default`;
    expect(await ask(files, [explain('rpc.timeoutMs'), explain('process.shutdownMs')])).toEqual([
      `2000 ${weaker}`,
      `10 ${base}:7 default`,
    ]);
    expect(await ask([...files, release], [explain('rpc.timeoutMs')])).toEqual([
      `3000 ${release}:5 ${weaker}`,
    ]);
    const env = { IONCORE_CONFIG_RPC_TIMEOUT_MS: '4000' };
    expect(await ask([...files, release], [explain('rpc.timeoutMs')], env)).toEqual([
      `4000 IONCORE_CONFIG_RPC_TIMEOUT_MS ${release}:5 ${weaker}`,
    ]);
    expect(
      await ask([...files, release, '--set', 'rpc.timeoutMs=5000'], ["cc.config.get('rpc.timeoutMs')"], env),
    ).toEqual(['5000']);
  });

  test('of an app that is started later are refused where they would change what is in force', async () => {
    const quick = await project.app('quick', './good.mjs', 'config: {rpc: {timeoutMs: 1000}}\n');
    const same = await project.app('same', './good.mjs', 'config: {rpc: {timeoutMs: 15000}}\n');
    const tell = (file: string) =>
      `await cc.apps.start('${file}').then(() => 'started', (error) => error.code + ' ' + error.message)`;
    expect(await ask([], [tell(quick), tell(same)])).toEqual([
      `ConfigurationError ${quick}:4:27: config.rpc.timeoutMs: found 1000, but the running container has 15000 in force (default), which cannot change any more; name the file at 'ioncore start', or set the value in ioncore.yaml and start anew`,
      'started',
    ]);
  });

  test('with a fault keep the container from starting; `ioncore check` tells the same', async () => {
    const file = await project.app('x', './good.mjs', 'config:\n  rcp: {}\n  rpc: {timeoutMs: soon}\n');
    const [first, second] = [
      `${file}:5:3: config: unknown key 'rcp'; did you mean 'rpc'?`,
      `${file}:6:20: config.rpc.timeoutMs: expected a number from 1 to 86400000, found the text soon`,
    ];
    expect(await refusal(file)).toBe(`ioncore: ConfigurationError: ${first} (and 1 more)\n  and ${second}\n`);
    const program = start(['check', file]);
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toBe(`${first}\n${second}\n1 file checked, 2 problems\n`);
  });
});

describe('an app that hangs while it starts', () => {
  test.each([
    ['its module', 'await new Promise(() => {});\nexport const start = () => [null, []];\n'],
    ['its start', 'export const start = () => new Promise(() => {});\n'],
  ])('in %s: it is named after a while, and a signal stops everything in order', async (_where, source) => {
    await project.write('stuck.mjs', source);
    const app = await project.app('stuck', './stuck.mjs');
    const program = start(['start', '-n', '--set', 'apps.slowStartMs=50', 'hello', app]);
    await program.until('stderr', /warn {2}an app is still starting .*app=stuck sinceMs=50/);
    program.signal('SIGTERM');
    await program.succeeded();
    expect(program.stderr).toMatch(/app stopped .*app=hello(?:.|\n)*container stopped .*complete=true/);
    expect(program.stderr).not.toMatch(/^ioncore: | ready /m);
  });
});
