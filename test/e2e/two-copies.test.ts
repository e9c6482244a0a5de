import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AppProject, wordModule } from '../support/app-project.ts';
import { projectRoot, usePrograms } from '../support/cli.ts';

const start = usePrograms();
let project: AppProject;
beforeEach(async () => {
  project = await AppProject.make();
});
afterEach(() => project.dispose());

test('an app whose own copy of ioncore is not the one that starts it is told so', async () => {
  const copy = project.file('node_modules/ioncore');
  await rm(copy);
  await mkdir(copy);
  for (const part of ['package.json', 'dist']) {
    await cp(join(projectRoot, part), join(copy, part), { recursive: true });
  }
  await project.write('word.mjs', "export const word = 'ahoy';\n");
  await project.write('words.mjs', wordModule('words', './word.mjs'));
  const file = await project.write(
    'words.app',
    'type: application\nname: words\nprocesses:\n  - {name: words, module: ./words.mjs}\n',
  );
  const program = start(['start', file], { input: '' });
  expect(await program.exited()).toBe(1);
  expect(program.stderr).toBe(
    `ioncore: ConfigurationError: ${file}:4:5: processes[0]: the class 'Words' of './words.mjs' extends the Process of another copy of ioncore, loaded from ${copy}/dist/index.js; start with that copy (npx ioncore, in its project), or remove one of the two\n`,
  );
});
