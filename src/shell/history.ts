import {
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/** So many lines are kept (ION's number). */
export const historyLines = 2_500;

const ownerOnly = 0o600;

/** Where the history is, as the XDG base directories say: below `$XDG_STATE_HOME` if that is absolute, else `~/.local/state`. */
export function historyFile(
  variables: Readonly<Record<string, string | undefined>>,
  home: string = homedir(),
): string {
  const given = variables.XDG_STATE_HOME;
  const state = given !== undefined && isAbsolute(given) ? given : join(home, '.local', 'state');
  return join(state, 'ioncore', 'history');
}

/**
 * The lines typed at the prompt, in a file that only its owner can read. Each line is appended as it is typed, so that several prompts
 * share a file and a crash loses nothing; the file is cut to the last 2500 lines when it is opened. Lines equal to the one before are dropped.
 */
export class History {
  /** The lines of earlier prompts, the oldest first. */
  readonly earlier: readonly string[];
  readonly #descriptor: number;
  #last: string | undefined;
  #isOpen = true;

  /** Opens the file, and makes it and its folder where they are missing. @throws ConfigurationError if it cannot be used */
  constructor(file: string) {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.earlier = readLines(file);
      this.#descriptor = openSync(file, 'a', ownerOnly);
      if ((fstatSync(this.#descriptor).mode & 0o777) !== ownerOnly) fchmodSync(this.#descriptor, ownerOnly);
    } catch (cause) {
      throw new ConfigurationError(`the history ${file} cannot be used: ${messageOf(cause)}`, { cause });
    }
    this.#last = this.earlier.at(-1);
  }

  /** Adds a line. @throws ConfigurationError if it cannot be written; later lines are not kept then */
  add(line: string): void {
    if (!this.#isOpen || line.trim() === '' || line === this.#last) return;
    this.#last = line;
    try {
      writeSync(this.#descriptor, `${line}\n`);
    } catch (cause) {
      this.close();
      throw new ConfigurationError(`the history cannot be written any more: ${messageOf(cause)}`, { cause });
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

/** The last lines of the file, consecutive duplicates dropped. A file that holds more is cut. */
function readLines(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const all = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const lines = all.filter((line, at) => line !== all[at - 1]).slice(-historyLines);
  // In place: another prompt may have the file open and go on appending to it.
  if (all.length > historyLines) writeFileSync(file, `${lines.join('\n')}\n`, { mode: ownerOnly });
  return lines;
}
