import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppendFile } from '../../../../src/apps/buoy/append-file.ts';
import { AppFolder } from '../../../support/app-folder.ts';

let folder: AppFolder;
beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(() => folder.dispose());

async function appended(path: string, ...lines: readonly string[]): Promise<string> {
  const file = new AppendFile(path);
  await file.initialize();
  for (const line of lines) file.append(line);
  await file.terminate();
  return readFile(path, 'utf8');
}

describe('AppendFile#append()', () => {
  test('appends lines to a file that may be there already', async () => {
    const path = join(folder.path, 'log');
    expect(await appended(path, 'one')).toBe('one\n');
    expect(await appended(path, 'two')).toBe('one\ntwo\n');
    expect(await appended(path)).toBe('one\ntwo\n');
  });

  test('leaves what was cut a line of its own', async () => {
    const path = join(folder.path, 'log');
    await writeFile(path, 'one\n{"cut":');
    expect(await appended(path, 'two')).toBe('one\n{"cut":\ntwo\n');
  });

  test('fails where nothing can be written', async () => {
    await expect(new AppendFile(join(folder.path, 'none', 'log')).initialize()).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(() => new AppendFile(join(folder.path, 'log')).append('one')).toThrow('is not open');
  });

  const withFullDisk = existsSync('/dev/full') ? test : test.skip;
  withFullDisk('throws when the disk is full', async () => {
    const file = new AppendFile('/dev/full');
    await file.initialize();
    expect(() => file.append('one')).toThrow('ENOSPC');
    await file.terminate();
  });
});
