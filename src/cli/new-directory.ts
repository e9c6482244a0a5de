import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import type { ProjectFile } from './new-template.ts';

/**
 * Writes a project into a directory, which is made if it is not there. A repository that has just been made (`.git` alone) counts as
 * empty.
 *
 * @throws ConfigurationError when the directory holds anything, or cannot be written; then nothing of the project is left in it
 */
export async function writeProject(directory: string, files: readonly ProjectFile[]): Promise<void> {
  await assertEmpty(directory);
  const written: string[] = [];
  let made: string | undefined;
  try {
    made = await mkdir(directory, { recursive: true });
    for (const { path, text } of files) {
      const file = join(directory, path);
      const folder = await mkdir(dirname(file), { recursive: true });
      if (folder !== undefined) written.push(folder);
      await writeFile(file, text, { flag: 'wx' });
      written.push(file);
    }
  } catch (cause) {
    for (const path of made === undefined ? written : [made]) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
    throw new ConfigurationError(`${directory} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

async function assertEmpty(directory: string): Promise<void> {
  const entries = await entriesOf(directory);
  const [first] = entries.filter((name) => name !== '.git').sort();
  if (first === undefined) return;
  throw new ConfigurationError(
    `${directory} is there and not empty: it holds '${first}'; choose another place with --directory DIR, or move it away`,
  );
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') return [];
    const remedy = 'choose another place with --directory DIR';
    const reason = code === 'ENOTDIR' ? 'is no directory' : `cannot be looked into: ${messageOf(cause)}`;
    throw new ConfigurationError(`${directory} ${reason}; ${remedy}`, { cause });
  }
}
