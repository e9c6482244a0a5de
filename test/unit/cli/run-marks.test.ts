import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RunMarks } from '../../../src/cli/run-marks.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'marks-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const modeOf = (file: string) => statSync(file).mode & 0o777;

describe('RunMarks#writePid()', () => {
  test('makes a file that only the owner can read, and nothing beside it', async () => {
    const file = join(directory, 'pid');
    const marks = new RunMarks();
    await marks.writePid(file, 4711);
    expect(readFileSync(file, 'utf8')).toBe('4711\n');
    expect(modeOf(file)).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['pid']);
    await marks.remove();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('replaces a file that everybody could read', async () => {
    const file = join(directory, 'pid');
    writeFileSync(file, 'of a container that died, and longer');
    chmodSync(file, 0o666);
    await new RunMarks().writePid(file, 4711);
    expect(readFileSync(file, 'utf8')).toBe('4711\n');
    expect(modeOf(file)).toBe(0o600);
  });

  test('writes through no link', async () => {
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'untouched');
    const file = join(directory, 'pid');
    symlinkSync(victim, file);
    symlinkSync(victim, join(directory, '.pid.4711'));
    await new RunMarks().writePid(file, 4711);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(readFileSync(file, 'utf8')).toBe('4711\n');
    expect(readdirSync(directory).sort()).toEqual(['pid', 'victim']);
  });

  test('names the option and leaves nothing behind where it cannot write', async () => {
    const refusal = new RunMarks().writePid(directory, 4711);
    await expect(refusal).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining(`--pidfile ${directory} cannot be written`),
    });
    expect(readdirSync(join(directory, '..')).filter((name) => name.endsWith('.4711'))).toEqual([]);
    const nowhere = join(directory, 'no', 'pid');
    await expect(new RunMarks().writePid(nowhere, 4711)).rejects.toThrow(/cannot be written/);
    expect(existsSync(nowhere)).toBe(false);
  });
});
