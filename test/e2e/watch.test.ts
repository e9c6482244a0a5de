import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppProject, wordModule } from '../support/app-project.ts';
import { type Program, usePrograms } from '../support/cli.ts';

const start = usePrograms();
let project: AppProject;

beforeEach(async () => {
  project = await AppProject.make();
});
afterEach(() => project.dispose());

/** Saves a file as editors do that never leave a half written one. */
async function save(name: string, text: string): Promise<void> {
  await rename(await project.write(`.${name}.swp`, text), project.file(name));
}

/** Asks for something at the prompt, and resolves once it is answered with `answer`. */
async function ask(program: Program, line: string, answer: RegExp): Promise<void> {
  const before = program.stdout.length;
  program.write(`${line}\n`);
  await program.until('stdout', new RegExp(`^[^]{${before}}(?:.*\\n)*${answer.source}\\n`));
}

/** Resolves at the `count`-th entry of the log that says `message`. */
function logged(program: Program, message: string, count: number): Promise<void> {
  return program.until('stderr', new RegExp(`(?:${message}[^]*){${count}}`));
}

describe.each([['mjs'], ['ts']])('ioncore start --watch, modules in .%s', (ending) => {
  const word = (text: string) => `export const word = '${text}';\n`;
  const call = "await rpc_send('x', 'word')";

  async function watched(...more: readonly string[]): Promise<Program> {
    await project.write(`words.${ending}`, word('one'));
    await project.write(`x.${ending}`, wordModule('x', `./words.${ending}`));
    const program = start(['start', '--watch', ...more, await project.app('x', `./x.${ending}`)]);
    await program.until('stderr', / ready /);
    return program;
  }

  test('an app is restarted when a module that it imports changes; the others go on', async () => {
    const program = await watched('hello');
    await ask(program, call, /one/);
    await ask(
      program,
      "globalThis.before = ps().map((p) => p.id).join(' '); cc.processes.list().length",
      /2/,
    );
    await save(`words.${ending}`, word('two'));
    await logged(program, `restarting app .*app=x changed=${project.file(`words.${ending}`)}`, 1);
    await logged(program, 'app started .*app=x', 2);
    await ask(program, call, /two/);
    // The process of hello is the same one; that of x is new.
    const shared =
      "ps().filter((p) => globalThis.before.split(' ').includes(p.id)).map((p) => p.service).join(' ')";
    await ask(program, shared, /hello/);
    expect(program.stderr.match(/app stopped/g)).toHaveLength(1);
    program.signal('SIGTERM');
    await program.succeeded();
  });

  test('one that fails is told with its place and stays stopped until it is mended', async () => {
    const program = await watched();
    await save(`words.${ending}`, '\nexport const word = ;\n');
    await logged(program, `app could not be restarted.*app=x .*words\\.${ending}:2`, 1);
    await ask(program, "info().apps.length + ' apps'", /0 apps/);
    await save(`x.${ending}`, `${wordModule('x', `./words.${ending}`)}throw new Error('no depth');\n`);
    await logged(program, 'app could not be restarted', 2);
    await save(`words.${ending}`, word('three'));
    await logged(program, `app could not be restarted.*no depth \\(${project.file(`x.${ending}`)}:\\d+`, 1);
    await save(`x.${ending}`, wordModule('x', `./words.${ending}`));
    await logged(program, 'app started .*app=x', 2);
    await ask(program, call, /three/);
    expect(program.stderr).not.toMatch(/^\s+at /m);
    program.signal('SIGTERM');
    await program.succeeded();
  });
});

describe('ioncore start --watch', () => {
  test('takes the .app file anew: arguments, and faults', async () => {
    const args = (text: string) =>
      `type: application\nname: polite\nmod: ioncore/apps/hello\nargs: {greeting: ${text}}\n`;
    const program = start(['start', '--watch', await project.write('polite.app', args('Ahoy'))]);
    const call = "await rpc_send('hello', 'hello', 'you')";
    await ask(program, call, /Ahoy you/);
    await save('polite.app', args('[Ahoy'));
    await logged(program, 'app could not be restarted.*polite\\.app:4:', 1);
    await save('polite.app', args('Moin'));
    await logged(program, 'app started', 2);
    await ask(program, call, /Moin you/);
    program.signal('SIGTERM');
    await program.succeeded();
  });

  test('does not restart an app that was stopped by hand, nor the apps that need a restarted one', async () => {
    await project.write('words.mjs', "export const word = 'one';\n");
    await project.write('x.mjs', wordModule('x', './words.mjs'));
    await project.app('x', './x.mjs');
    await project.write('top.mjs', 'export const start = () => [null, []];\n');
    await project.app('extra', './top.mjs');
    const top = await project.app('top', './top.mjs', 'applications: [x, extra]\n');
    const program = start(['start', '--watch', top]);
    await program.until('stderr', / ready /);
    await ask(program, "await cc.apps.stop('extra'); 'stopped'", /stopped/);
    await save('top.mjs', 'export const start = () => [null, [2]];\n');
    await logged(program, 'app started .*app=top', 2);
    await save('words.mjs', "export const word = 'two';\n");
    await logged(program, 'app started .*app=x', 2);
    await ask(program, "await rpc_send('x', 'word')", /two/);
    expect(program.stderr.match(/restarting app .*app=\w+/g)?.map((line) => line.split('app=')[1])).toEqual([
      'top',
      'x',
    ]);
    program.signal('SIGTERM');
    await program.succeeded();
    // What needs another stops before it, whichever of them was restarted last.
    expect(program.stderr).toMatch(
      /app stopped .*app=top\n(?:.*\n)*.*app stopped .*app=x\n(?:.*\n)*.*container stopped/,
    );
  });

  test('gives up a module that hangs when it is mended', async () => {
    const good = 'export const start = () => [null, []];\n';
    await project.write('x.mjs', good);
    const program = start(['start', '-n', '--watch', await project.app('x', './x.mjs')]);
    await program.until('stderr', / ready /);
    await save('x.mjs', `await new Promise(() => {});\n${good}`);
    await logged(program, 'restarting app', 1);
    await logged(program, 'app stopped', 1);
    await save('x.mjs', `${good}// mended\n`);
    await logged(program, 'app started', 2);
    program.signal('SIGTERM');
    await program.succeeded();
    expect(program.stderr).not.toContain('could not be restarted');
  });

  test('loads packages and the container once', async () => {
    await project.write(
      'node_modules/counter/package.json',
      '{"name": "counter", "type": "module", "exports": "./main.js"}',
    );
    await project.write('node_modules/counter/main.js', 'export const state = { loads: 0 };\n');
    const source = `import { state } from 'counter';
import { Process } from 'ioncore';
state.loads += 1;
globalThis.processClasses = (globalThis.processClasses ?? new Set()).add(Process);
export const start = (container) => {
  container.logger.info('loaded', { loads: state.loads, classes: globalThis.processClasses.size });
  return [null, []];
};
`;
    await project.write('x.mjs', source);
    const program = start(['start', '-n', '--watch', await project.app('x', './x.mjs')]);
    await logged(program, 'loaded .*loads=1 classes=1', 1);
    await save('x.mjs', `${source}// again\n`);
    await logged(program, 'loaded .*loads=2 classes=1', 1);
    program.signal('SIGTERM');
    await program.succeeded();
  });

  test('is an option that a variable can set, and off without it', async () => {
    await project.write(
      'x.mjs',
      'export const start = () => [null, [import.meta.url]];\nconsole.error(import.meta.url);\n',
    );
    const app = await project.app('x', './x.mjs');
    const run = async (env: Readonly<Record<string, string>>) => {
      const program = start(['start', app], { input: '', env });
      await program.succeeded();
      return program.stderr;
    };
    expect(await run({ IONCORE_WATCH: 'true' })).toContain('x.mjs?ioncore-watch=');
    expect(await run({})).not.toContain('ioncore-watch');
    const program = start(['start', app], { input: '', env: { IONCORE_WATCH: 'maybe' } });
    expect([await program.exited(), program.stderr]).toEqual([
      64,
      "ioncore: IONCORE_WATCH must be true or false, not 'maybe' (see ioncore --help)\n",
    ]);
  });
});
