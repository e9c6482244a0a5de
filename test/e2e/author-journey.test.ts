import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, type ProgramOptions, projectRoot, usePrograms } from '../support/cli.ts';
import { makeDirectory, npmEnv, packPackage } from '../support/package.ts';

const stepMs = 120_000;
/** What an author reads and types, in order. */
const story = readStory();

const start = usePrograms();
let vhost: TestVhost;
let directory = '';
let tarball = '';

beforeAll(async () => {
  vhost = await makeTestVhost('author');
  directory = await makeDirectory('author');
  ({ tarball } = await packPackage(directory));
}, stepMs);
afterAll(async () => {
  await vhost.dispose();
  await rm(directory, { recursive: true, force: true });
});

test('the steps of "Write a service" in README.md lead from nothing to a service that another container calls', async () => {
  const [create, enter, install, firstTest, secondTest, types, serve, call, ...more] = story.commands;
  expect([create, enter, install, firstTest, secondTest, types, more]).toEqual([
    'npx ioncore new service tides',
    'cd tides',
    'npm install',
    'npm test',
    'npm test',
    'npm run types',
    [],
  ]);
  const project = join(directory, 'tides');
  /** Starts a command of the README in a shell; with the packed tarball in place of the published package, and our broker. */
  const begin = (command = '', options: ProgramOptions = {}): Program => {
    const shown = command
      .replace(/^npx ioncore new/, `npx --yes --package='${tarball}' ioncore new`)
      .replace(/^npm install$/, `npm install '${tarball}'`)
      .replaceAll('amqp://127.0.0.1', `'${vhost.url}'`);
    return start(['-c', shown], { command: 'sh', env: npmEnv(), hasChildren: true, input: '', ...options });
  };
  /** Runs one to its end. */
  const run = async (command: string | undefined, cwd = project): Promise<string> => {
    const program = begin(command, { cwd });
    await program.succeeded(stepMs);
    return program.stdout;
  };

  expect(await run(create, directory)).toMatch(/^made the service 'tides' in tides:\n/);
  await run(install);
  expect(await run(firstTest)).toMatch(/^[#ℹ] pass 2$/m);

  const [operation = '', handler = '', example = ''] = story.snippets;
  edit(join(project, 'src/tides.ts'), (text) => after(text, /^ {2}operations: \{\n/m, operation));
  // The contract alone does not do: the types say so.
  const unkept = begin(types, { cwd: project });
  expect(await unkept.exited(stepMs)).not.toBe(0);
  expect(unkept.stdout).toMatch(/op_height/);
  edit(join(project, 'src/tides.ts'), (text) => after(text, /^export class .*\{\n/m, handler));
  edit(join(project, 'test/tides.test.ts'), (text) => `${text}\n${example}`);
  expect(await run(secondTest)).toMatch(/^[#ℹ] pass 3$/m);
  await run(types);

  const service = begin(serve, { cwd: project });
  await service.until('stderr', / ready /, stepMs);
  expect(await run(call)).toBe('4\n');
  process.kill(-service.pid, 'SIGTERM');
  await service.until('stderr', / container stopped /);
  await service.exited();
  // It was that container that answered.
  const alone = begin(call, { cwd: project });
  expect(await alone.exited(stepMs)).toBe(1);
  expect(alone.stderr).toMatch(/tides/);
}, 300_000);

/** The commands (indented lines) and snippets (in fences) of the README's section for authors. */
function readStory(): { readonly commands: readonly string[]; readonly snippets: readonly string[] } {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const [, section = ''] = /^## Write a service\n([\s\S]*?)(?=^## )/m.exec(readme) ?? [];
  const fence = /^```ts\n([\s\S]*?)^```\n/gm;
  const lines = section.replace(fence, '').split('\n');
  return {
    commands: lines.filter((line) => line.startsWith('    ')).map((line) => line.trim()),
    snippets: [...section.matchAll(fence)].map(([, text = '']) => text),
  };
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** `text` with `addition` after the one place that `anchor` matches. */
function after(text: string, anchor: RegExp, addition: string): string {
  expect(text).toMatch(anchor);
  return text.replace(anchor, (found) => found + addition);
}
