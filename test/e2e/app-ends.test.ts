import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppProject } from '../support/app-project.ts';
import { type Program, usePrograms } from '../support/cli.ts';

const run = usePrograms();
const start = (args: readonly string[]) => run([...args, '--log-level', 'info']);
let project: AppProject;

/** Has a root that ends when its service is told to, for the reason that it is told. */
const brief = `
import { ServiceProcess } from 'ioncore';
export class Brief extends ServiceProcess {
  static serviceName = 'brief';
  op_end(how) { this.exit(how === 'normal' ? 'normal' : { error: new Error(how) }); }
}
export const start = async (container) => [await container.spawn(Brief), []];
export const stop = (container) => console.log('stopped');
`;

beforeEach(async () => {
  project = await AppProject.make();
  await project.write('brief.mjs', brief);
  await project.app('brief', './brief.mjs');
});
afterEach(() => project.dispose());

const app = () => project.file('brief.app');
const end = (how: string) => `await send('brief', 'end', '${how}')\n`;
const said = (startType: string, reason: string) =>
  `\nioncore: AppEnded: the ${startType} app 'brief' (${app()}) has ended by itself, for the reason: ${reason}`;

/** It ends with exit code 1, in order, and says why. */
async function fails(program: Program, message: string): Promise<void> {
  expect(await program.exited()).toBe(1);
  expect(program.stderr).toContain(message);
  expect(program.stderr).toMatch(/container stopped .*complete=true/);
  expect(program.stderr.match(/^ioncore: /gm)).toHaveLength(1);
  expect(program.stdout).toContain('stopped\n');
}

describe('ioncore start, an app that ends by itself', () => {
  test.each(['normal', 'boom'])(
    'named on the command line it is permanent (%s): exit code 1',
    async (how) => {
      const program = start(['start', app(), 'hello']);
      await program.until('stderr', / ready /);
      program.write(end(how));
      await fails(program, said('permanent', how));
      expect(program.stderr).toMatch(/app stopped .*app=hello/);
    },
  );

  test('without a prompt', async () => {
    const timed = brief.replace(
      "static serviceName = 'brief';",
      "onActivate() { setTimeout(() => this.exit({ error: new Error('boom') }), 300); }",
    );
    await project.write('brief.mjs', timed);
    const program = start(['start', '-n', app()]);
    await fails(program, said('permanent', 'boom ('));
  });

  test('while a later app is being started: it is told, not that the other was given up', async () => {
    await project.write(
      'slow.mjs',
      "export const start = async (c) => { console.log('slow'); await new Promise(() => undefined); };",
    );
    const timed = brief.replace(
      "static serviceName = 'brief';",
      "onActivate() { setTimeout(() => this.exit('normal'), 500); }",
    );
    await project.write('brief.mjs', timed);
    const program = start(['start', '-n', app(), await project.app('slow', './slow.mjs')]);
    await fails(program, said('permanent', 'normal'));
    expect(program.stdout).toBe('slow\nstopped\n');
  });

  test('of a release it is what the release says', async () => {
    const release = await project.write(
      'x.rel',
      'type: release\nname: x\napps: [{name: brief, startType: transient}]\n',
    );
    const program = start(['start', release]);
    await program.until('stderr', / ready /);
    program.write(end('normal'));
    await program.until('stderr', /app stopped .*app=brief/);
    program.write(`await cc.apps.startRelease('${release}')\n`);
    await program.until('stderr', /(?:release started(?:.|\n)*){2}/);
    program.write(end('boom'));
    await fails(program, said('transient', 'boom'));
  });

  test('of a boot script it is permanent', async () => {
    const boot = await project.write(
      'boot.mjs',
      `export const boot = (container) => container.apps.start('${app()}');`,
    );
    const program = start(['start', '-b', boot]);
    await program.until('stderr', / ready /);
    program.write(end('normal'));
    await fails(program, said('permanent', 'normal'));
  });

  test('started at the prompt it is temporary: the container goes on', async () => {
    const program = start(['start', 'hello']);
    await program.until('stderr', / ready /);
    program.write(`await start_app('${app()}'); 'run'\n`);
    await program.until('stdout', /run\n/);
    program.write(end('boom'));
    await program.until('stderr', /app ended by itself .*app=brief startType=temporary error="?boom/);
    await program.until('stderr', /app stopped .*app=brief/);
    program.write("apps().map(({ name }) => name).join(' ')\n");
    await program.until('stdout', /hello\n/);
    program.signal('SIGTERM');
    await program.succeeded();
  });

  test('while the boot script does not return', async () => {
    const boot = await project.write(
      'boot.mjs',
      `export const boot = async (container) => {
         await container.apps.start('${app()}');
         await container.send('brief', 'end', 'normal');
         await new Promise(() => undefined);
       };`,
    );
    await fails(start(['start', '-n', '-b', boot]), said('permanent', 'normal'));
  });

  test('a container that is stopped by code ends the program: exit code 0', async () => {
    const boot = await project.write(
      'boot.mjs',
      'export const boot = (container) => void setTimeout(() => container.stop(), 300);',
    );
    const program = start(['start', '-n', '-b', boot]);
    await program.succeeded();
    expect(program.stderr).toMatch(/container stopped .*complete=true/);
  });

  test('while a prompt is open on a terminal: it is left, the screen is whole, exit code 1', async () => {
    const steps = [
      ['expect', '><> '],
      ['send', `${end('boom').trim()}\r`],
      ['expect', 'AppEnded'],
    ];
    const command = [process.execPath, 'dist/main.js', 'start', '--no-history', app()];
    steps[0] = ['expect', '--> '];
    const driver = run(['test/support/pty_driver.py', JSON.stringify(steps), ...command], {
      command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
      input: '',
      hasChildren: true,
    });
    await driver.succeeded(40_000);
    const { exit, screen, failed } = JSON.parse(driver.stdout);
    expect({ exit, failed }).toEqual({ exit: 1, failed: null });
    expect(screen).toContain(said('permanent', 'boom').trim());
  });

  test('with --watch it waits for a change of its files instead', async () => {
    const program = start(['start', '--watch', app()]);
    await program.until('stderr', / ready /);
    program.write(end('boom'));
    await program.until('stderr', /the app is started again when its files change .*app=brief/);
    await project.write('brief.mjs', `${brief}\n// mended\n`);
    await program.until('stderr', /(?:app started (?:.|\n)*){2}/);
    program.write("cc.apps.list()[0].startType + '!'\n");
    await program.until('stdout', /permanent!\n/);
    program.signal('SIGTERM');
    await program.succeeded();
  });
});

describe('an app that was mended', () => {
  test.each([
    ['threw when it was loaded', "import './lib.mjs';\nthrow new Error('first');\n"],
    ['could not be parsed', 'export const start = ;\n'],
    ['had no start', 'export const begin = 1;\n'],
    ['returned nonsense', 'export const start = () => 5;\n'],
    ['threw in start', "export const start = () => { throw new Error('first'); };\n"],
  ])('that %s can be started without starting the container anew', async (_what, source) => {
    await project.write('lib.mjs', 'export const word = 1;\n');
    await project.write('odd.mjs', source);
    const odd = await project.app('odd', './odd.mjs');
    const program = start(['start', 'hello']);
    await program.until('stderr', / ready /);
    const tell = `await cc.apps.start('${odd}').then(() => 'started', (error) => error.code)\n`;
    program.write(tell);
    await program.until('stdout', /(ConfigurationError|StartFailed)\n/);
    await project.write('odd.mjs', 'export const start = () => [null, []];\n// another size\n');
    program.write(tell);
    await program.until('stdout', /started\n/);
    program.signal('SIGTERM');
    await program.succeeded();
  });

  test('is loaded anew with what it imports, if that was at fault', async () => {
    await project.write('lib.mjs', "throw new Error('lib');\n");
    await project.write('odd.mjs', "import './lib.mjs';\nexport const start = () => [null, []];\n");
    const odd = await project.app('odd', './odd.mjs');
    const program = start(['start', 'hello']);
    await program.until('stderr', / ready /);
    const tell = `await load_app('${odd}').then(() => 'loaded', (error) => error.message)\n`;
    program.write(tell);
    await program.until('stdout', /cannot be loaded: lib/);
    await project.write('lib.mjs', 'export const word = 1;\n');
    program.write(tell);
    await program.until('stdout', /loaded\n/);
    program.signal('SIGTERM');
    await program.succeeded();
  });
});
