import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { History, historyFile } from '../../../src/shell/history.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'history-'));
  file = join(directory, 'state', 'ioncore', 'history');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A session in which these lines are typed; gives the lines of earlier ones. */
function session(...lines: readonly string[]): readonly string[] {
  const history = new History(file);
  for (const line of lines) history.add(line);
  history.close();
  return history.earlier;
}

function write(text: string, mode: number): void {
  mkdirSync(join(directory, 'state', 'ioncore'), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('historyFile()', () => {
  test.each([
    [{ XDG_STATE_HOME: '/var/state' }, '/var/state/ioncore/history'],
    [{ XDG_STATE_HOME: 'relative' }, '/home/me/.local/state/ioncore/history'],
    [{}, '/home/me/.local/state/ioncore/history'],
  ])('for %p is %s', (variables, path) => {
    expect(historyFile(variables, '/home/me')).toBe(path);
  });
});

describe('History', () => {
  test('keeps lines from one session to the next, readable by their owner only', () => {
    expect(session('ps()', 'info()')).toEqual([]);
    expect(session('svc()')).toEqual(['ps()', 'info()']);
    expect(session()).toEqual(['ps()', 'info()', 'svc()']);
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(join(directory, 'state', 'ioncore'))).toBe(0o700);
  });

  test('mends the rights of a file that others could read', () => {
    write('ps()\n', 0o644);
    expect(session()).toEqual(['ps()']);
    expect(modeOf(file)).toBe(0o600);
  });

  test('drops empty lines and lines equal to the one before, across sessions too', () => {
    session('ps()', 'ps()', '', '  ', 'ps()', 'info()');
    session('info()', 'ps()');
    expect(readFileSync(file, 'utf8')).toBe('ps()\ninfo()\nps()\n');
    write('a\na\n\nb\r\na\n', 0o600);
    expect(session()).toEqual(['a', 'b', 'a']);
  });

  test('keeps the last 2500 lines', () => {
    const lines = Array.from({ length: 2_600 }, (_, number) => `line ${number}`);
    write(`${lines.join('\n')}\n`, 0o600);
    expect(session('new')).toEqual(lines.slice(-2_500));
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toEqual([...lines.slice(-2_500), 'new']);
  });

  test('of two open prompts keeps the lines of both', () => {
    const [one, two] = [new History(file), new History(file)];
    one.add('first');
    two.add('second');
    one.add('third');
    one.close();
    two.close();
    expect(session()).toEqual(['first', 'second', 'third']);
  });

  test('says what is wrong with a file that cannot be used', () => {
    mkdirSync(file, { recursive: true });
    expect(() => new History(file)).toThrow(/^the history .*history cannot be used: .*EISDIR/);
  });

  test('keeps nothing after it was closed', () => {
    const history = new History(file);
    history.close();
    history.close();
    history.add('late');
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
