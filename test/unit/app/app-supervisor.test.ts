import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppSupervisor } from '../../../src/app/index.ts';
import { Container } from '../../../src/container/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';

const modules = `
import { appendFileSync } from 'node:fs';
import { Process } from 'ioncore';
class Noting extends Process {
  #note(text) { appendFileSync(new URL('./notes', import.meta.url), text + ' ' + this.name + '\\n'); }
  onInit() { this.#note('init'); }
  onTerminate(reason) { this.#note('end'); }
  op_args() { return this.args; }
  op_end(how) { this.exit(how === 'boom' ? { error: new Error('boom') } : 'normal'); }
}
export class First extends Noting {}
export class Second extends Noting {}
export class Broken extends Noting { onInit() { throw new Error('no line'); } }
export const notAClass = 5;
export class Stranger {}
`;

describe('an app that is a list of processes', () => {
  let folder: AppFolder;
  let container: Container;

  beforeEach(async () => {
    folder = await AppFolder.make();
    await folder.write('all.mjs', modules);
    await folder.write('notes', '');
    await folder.write(
      'single.mjs',
      `import { Process } from 'ioncore';\nexport class Only extends Process {}\nexport const x = 1;\n`,
    );
    await folder.write('none.mjs', 'export class Stranger {}\n');
    await folder.write(
      'default.mjs',
      `import { Process } from 'ioncore';\nexport class Other extends Process {}\nexport default class Chosen extends Process {}\n`,
    );
    container = new Container({ sysname: 'fleet' });
    await container.start();
  });
  afterEach(async () => {
    await container.stop();
    await folder.dispose();
  });

  const write = (processes: string, rest = '') =>
    folder.write('ship.app', `type: application\nname: ship\nprocesses:\n${processes}${rest}`);

  const notes = async () => (await readFile(folder.file('notes'), 'utf8')).trim().split('\n');

  const names = () => container.processes.list().map(({ name }) => name);

  test('runs under a supervisor that is its root; they start in order and end in reverse', async () => {
    const file = await write(
      '  - {name: bow, module: ./all.mjs, class: First}\n  - {name: stern, module: ./all.mjs, class: Second}\n',
    );
    await container.apps.start(file);
    expect(names()).toEqual(['app-supervisor-ship', 'bow', 'stern']);
    expect(container.apps.list()).toMatchObject([{ name: 'ship', root: container.processes.list()[0]?.id }]);
    await container.apps.stop('ship');
    expect(await notes()).toEqual(['init bow', 'init stern', 'end stern', 'end bow']);
    expect(names()).toEqual([]);
  });

  test('ends with its root', async () => {
    await container.apps.start(await write('  - {name: bow, module: ./all.mjs, class: First}\n'));
    const root = container.apps.list()[0]?.root ?? '';
    await container.processes.terminateProcess(root);
    expect(names()).toEqual([]);
    await eventually(() => container.apps.list().length === 0);
  });

  const child = (name: string, more = '') =>
    `  - {name: ${name}, module: ./all.mjs, class: First, localName: ${name}${more}}\n`;
  const end = (name: string, how: string) => container.send(`${container.id}.${name}`, 'end', how);
  const idOf = (name: string) => container.processes.list().find((process) => process.name === name)?.id;
  /** Resolves when that child is another process than `before`. */
  const restarted = (name: string, before: string | undefined) =>
    eventually(() => ![undefined, before].includes(idOf(name)));

  test('a process that ends by itself is started again, the others stay', async () => {
    await container.apps.start(await write(child('bow') + child('stern')));
    const [bow, stern] = [idOf('bow'), idOf('stern')];
    await end('bow', 'normal');
    await restarted('bow', bow);
    expect(idOf('stern')).toBe(stern);
    expect(container.apps.isStarted('ship')).toBe(true);
  });

  test.each([
    ['transient', 'normal', ['stern']],
    ['temporary', 'boom', ['stern']],
  ])('one that is %s is not, after %s', async (restart, how, left) => {
    await container.apps.start(await write(child('bow', `, restart: ${restart}`) + child('stern')));
    await end('bow', how);
    await eventually(() => idOf('bow') === undefined);
    expect(names()).toEqual(['app-supervisor-ship', ...left]);
  });

  test('without flags OTP’s hold: more than one restart in 5 s, and the app ends', async () => {
    await container.apps.start(await write(child('bow', ', restartDelay: false') + child('stern')), {
      startType: 'temporary',
    });
    const bow = idOf('bow');
    await end('bow', 'boom');
    await restarted('bow', bow);
    await end('bow', 'boom');
    await eventually(() => container.apps.list().length === 0);
    expect(names()).toEqual([]);
    expect(container.state).toBe('ACTIVE');
  });

  test('what failed deep in the tree is told, not that a supervisor ended', async () => {
    const flags = 'supervisor: {intensity: 0}';
    const file = await write(
      `  - {name: deck, ${flags}, processes: [{name: bow, module: ./all.mjs, class: First, localName: bow}]}\n`,
      `${flags}\n`,
    );
    await container.apps.start(file, { startType: 'permanent' });
    await end('bow', 'normal');
    const { cause } = await container.stopped;
    expect(cause?.message).toMatch(/: shutdown, as .* are used up: 'bow' has ended: normal$/);
  });

  test.each(['permanent', 'transient'] as const)(
    'the container stops with a %s app whose supervisor gives up, and says why',
    async (startType) => {
      const file = await write(child('bow', ', restartDelay: false'), 'supervisor: {intensity: 0}\n');
      await container.apps.start(file, { startType });
      await end('bow', 'boom');
      const report = await container.stopped;
      expect(report).toMatchObject({
        complete: true,
        cause: {
          code: 'AppEnded',
          message: expect.stringMatching(
            new RegExp(
              `^the ${startType} app 'ship' \\(${file}\\) has ended by itself, for the reason: shutdown, ` +
                "as the restarts of its supervisor are used up: 'bow' has ended: boom \\(.*all\\.mjs:9:\\d+\\)$",
            ),
          ),
        },
      });
      expect(container.state).toBe('TERMINATED');
      expect((await container.stop()).cause).toBe(report.cause);
    },
  );

  test('flags and specs of the file are the supervisor’s, down the tree', async () => {
    await container.apps.start(
      await write(
        '  - name: deck\n    supervisor: {strategy: one_for_all, intensity: 7}\n    processes:\n' +
          `    ${child('bow', ', shutdown: brutal_kill')}    ${child('stern', ', restartDelay: {initialMs: 5}')}` +
          child('keel', ', restart: temporary, significant: true'),
        'supervisor: {strategy: rest_for_one, intensity: 3, periodMs: 9000, autoShutdown: any_significant}\n',
      ),
    );
    expect(names()).toEqual(['app-supervisor-ship', 'deck', 'bow', 'stern', 'keel']);
    const describe = (name: string) => {
      const process = container.processes.get(idOf(name) ?? '');
      return process instanceof AppSupervisor ? process.describe() : undefined;
    };
    expect(describe('app-supervisor-ship')).toMatchObject({
      flags: { strategy: 'rest_for_one', intensity: 3, periodMs: 9_000, autoShutdown: 'any_significant' },
      children: [
        { id: 'deck', type: 'supervisor' },
        { id: 'keel', type: 'worker' },
      ],
    });
    expect(describe('deck')).toMatchObject({ flags: { strategy: 'one_for_all', intensity: 7 } });
    const [stern, keel] = [idOf('stern'), idOf('keel')];
    await end('bow', 'boom');
    await restarted('stern', stern);
    expect(idOf('keel')).toBe(keel);
    await end('keel', 'normal');
    await eventually(() => container.apps.list().length === 0);
    expect(names()).toEqual([]);
  });

  test('one that fails ends those before it, and the start of the app fails', async () => {
    const file = await write(
      ['First', 'Second', 'Broken', 'First']
        .map((name, n) => `  - {name: p${n}, module: ./all.mjs, class: ${name}}\n`)
        .join(''),
    );
    await expect(container.apps.start(file)).rejects.toMatchObject({
      code: 'StartFailed',
      message: expect.stringMatching(
        new RegExp(
          `^app 'ship' \\(${file}\\) could not be started: supervisor 'app-supervisor-ship' \\(\\S+\\): child 'p2' could not be started: no line \\(.*/all\\.mjs:\\d+:\\d+\\)$`,
        ),
      ),
    });
    expect(await notes()).toEqual(['init p0', 'init p1', 'end p1', 'end p0']);
    expect(names()).toEqual([]);
    expect(container.apps.list()).toEqual([]);
  });

  test('each gets its args, under those of the app', async () => {
    const file = await write(
      '  - {name: bow, module: ./all.mjs, class: First, args: {a: 1, b: 1, c: 1}, localName: bow}\n  - {name: stern, module: ./all.mjs, class: Second, localName: stern}\n',
      'args: {b: 2, c: 2}\n',
    );
    await container.apps.start(file, { args: { c: 3 } });
    const argsOf = (name: string) => container.rpcSend(`${container.id}.${name}`, 'args');
    expect(await argsOf('bow')).toEqual({ a: 1, b: 2, c: 3 });
    expect(await argsOf('stern')).toEqual({ b: 2, c: 3 });
  });

  test('serviceName makes it serve that name', async () => {
    await container.apps.start(
      await write(
        '  - {name: bow, module: ./all.mjs, class: First, serviceName: desk.bow, concurrency: 3, args: {n: 7}}\n',
      ),
    );
    expect(container.processes.list()[1]).toMatchObject({ name: 'bow', service: 'desk.bow' });
    expect(await container.rpcSend('desk.bow', 'args')).toEqual({ n: 7 });
  });

  test('without class it is the default export, or the only process class', async () => {
    await container.apps.start(
      await write('  - {name: a, module: ./single.mjs}\n  - {name: b, module: ./default.mjs}\n'),
    );
    const classes = container.processes.list().map(({ id }) => container.processes.get(id)?.constructor.name);
    expect(classes.slice(1)).toEqual(['Only', 'Chosen']);
  });

  test.each(['', ', class: Words'])(
    'whose class extends the Process of another copy of ioncore is refused with the place of that copy (%s)',
    async (wanted) => {
      await folder.write('node_modules/ioncore/package.json', '{"name": "ioncore", "exports": "./index.js"}');
      const copy = await folder.write('node_modules/ioncore/index.js', '');
      await folder.write(
        'foreign.mjs',
        'class Process { rpcSend() {} spawnChild() {} onInit() {} onTerminate() {} }\n' +
          'class ServiceProcess extends Process {}\nexport class Words extends ServiceProcess {}\n',
      );
      const file = await write(`  - {name: a, module: ./foreign.mjs${wanted}}\n`);
      await expect(container.apps.start(file)).rejects.toMatchObject({
        code: 'ConfigurationError',
        message: `${file}:4:5: processes[0]: the class 'Words' of './foreign.mjs' extends the Process of another copy of ioncore, loaded from ${copy}; start with that copy (npx ioncore, in its project), or remove one of the two`,
      });
      expect(names()).toEqual([]);
    },
  );

  test.each([
    [
      'a class that is not there',
      '{name: a, module: ./all.mjs, class: Frist}',
      "4:41: processes[0].class: './all.mjs' exports no class 'Frist' that extends Process; did you mean 'First'?",
    ],
    [
      'a class that is no process',
      '{name: a, module: ./single.mjs, class: Stranger}',
      "4:44: processes[0].class: './single.mjs' exports no class 'Stranger' that extends Process; it exports Only",
    ],
    [
      'a class that is a number',
      '{name: a, module: ./none.mjs, class: x}',
      "4:42: processes[0].class: './none.mjs' exports no class 'x' that extends Process; it exports none",
    ],
    [
      'several classes to choose from',
      '{name: a, module: ./all.mjs}',
      "4:5: processes[0]: './all.mjs' exports no single class that extends Process; it exports Broken, First, Second; name one with 'class'",
    ],
    [
      'no class',
      '{name: a, module: ./none.mjs}',
      "4:5: processes[0]: './none.mjs' exports no single class that extends Process; it exports none; name one with 'class'",
    ],
  ])('for %s is a ConfigurationError, and nothing is spawned', async (_what, spec, message) => {
    const file = await write(`  - ${spec}\n`);
    await expect(container.apps.start(file)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${file}:${message}`,
    });
    expect(names()).toEqual([]);
  });
});
