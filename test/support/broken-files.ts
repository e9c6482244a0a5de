import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { usePrograms } from './cli.ts';

/** Something that cannot be started: the files of a directory, the command line there, and what is said. */
export interface BrokenCase {
  /** By path; a path that ends in `/` is a directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** After `ioncore start`. Default: the first of `files`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The message, without `ioncore: ` and the error's code; what is after `…` may follow. */
  readonly says: string;
  /** The further lines, one for each further problem of the files, without `  and `. Default none. */
  readonly also?: readonly string[];
  /** Default 1. */
  readonly exit?: number;
}

/** A module that does nothing, for apps that are broken elsewhere. */
const good = 'export const start = () => [null, []];\n';

/**
 * Runs such cases. Each must end with its exit code and the one message, on one line of standard error, or on one for each problem of the
 * file, without a stack; nothing may have been run. Call it at the top of a file.
 */
export function useBrokenFiles(): (broken: BrokenCase) => Promise<void> {
  const start = usePrograms();
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'broken-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  return async ({ files = {}, args, env = {}, says, also = [], exit = 1 }) => {
    for (const [name, content] of Object.entries({ 'good.mjs': good, ...files })) {
      const path = join(directory, name);
      await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true });
      if (!name.endsWith('/')) await writeFile(path, content);
    }
    const named = args ?? Object.keys(files).slice(0, 1);
    const program = start(['start', ...named], { input: "'run'\n", env, cwd: directory });
    const ended = await program.exited();
    const [begin = '', end = ''] = says.split('…');
    const [told = '', ...further] = program.stderr.replaceAll(directory, 'DIR').trimEnd().split('\n');
    const said = told.replace(/^ioncore: (?:[A-Z]\w+: )?/, '');
    expect({
      exit: ended,
      stdout: program.stdout,
      said: program.stderr.replaceAll(directory, 'DIR'),
    }).toEqual({
      exit,
      stdout: '',
      said: expect.stringMatching(/^ioncore: [^\n]+\n( {2}and [^\n]+\n)*$/),
    });
    expect(said.slice(0, begin.length)).toBe(begin);
    expect(said.endsWith(end)).toBe(true);
    if (!says.includes('…')) expect(said).toBe(says);
    expect(further).toEqual(also.map((line) => `  and ${line}`));
  };
}
