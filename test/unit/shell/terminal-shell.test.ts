import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, Process, type ReceivedMessage } from '../../../src/index.ts';
import { openTerminal, type Terminal } from '../../../src/shell/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { DepthService } from './bed.ts';
import { FakeTerminal } from './fake-terminal.ts';

const ctrlC = '\u0003';
const ctrlD = '\u0004';
const tab = '\t';
const up = '\u001b[A';

/** Its handlers never end, and can be seen to be told to. */
class Listener extends Process {
  readonly signals: AbortSignal[] = [];
  op_wait(_content: unknown, { signal }: ReceivedMessage): Promise<never> {
    this.signals.push(signal);
    return new Promise(() => undefined);
  }
}

let container: Container;
let terminal: FakeTerminal;
let shell: Terminal;
let directory: string;
/** What of the screen has been awaited already. */
let seen: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'terminal-'));
  container = new Container({ id: 'shore', processes: { shutdownMs: 1 } });
  await container.start();
  await container.processes.spawn(DepthService);
});
afterEach(async () => {
  shell.leave();
  await shell.left;
  await container.stop();
  rmSync(directory, { recursive: true });
});

function open(historyFile?: string): void {
  terminal = new FakeTerminal();
  seen = 0;
  shell = openTerminal(container, terminal, { historyFile });
}

/** Awaits that texts appear, each after the one before; gives the whole screen. */
async function shown(...texts: readonly string[]): Promise<string> {
  for (const text of texts) {
    await eventually(() => terminal.screen.includes(text, seen), {
      what: `'${text}' in\n${terminal.screen}`,
    });
    seen = terminal.screen.indexOf(text, seen) + text.length;
  }
  return terminal.screen;
}

/** Types a line and awaits what it shows, then the prompt. */
async function line(text: string, ...shows: readonly string[]): Promise<void> {
  terminal.type(`${text}\r`);
  await shown(...shows, '\n--> ');
}

describe('openTerminal()', () => {
  test('greets, evaluates, and leaves at Ctrl-D with the container running on', async () => {
    open();
    await shown('Ioncore container shore of system shore\n', 'help()', '--> ');
    await line('1 + 1', '2');
    await line('const twice = (n) => n * 2');
    await line('twice(21)', '42');
    terminal.type(ctrlD);
    await shell.left;
    await shown('The container runs on. Ctrl-C stops it.\n');
    expect(container.state).toBe('ACTIVE');
    expect(terminal.input.isRaw).toBe(false);
  });

  test('awaits what helpers promise', async () => {
    open();
    await line("rpc_send('depth', 'measure', { at: 'bow' })", '12.5');
    await line("ping('depth')", 'shore.1 answered after');
    await line('_.from', "'shore.1'");
    await line('new Promise(() => undefined)', 'Promise { <pending> }');
  });

  test('shows errors as code, message and remedy, or as name and message, never with a stack', async () => {
    open();
    await line("rpc_send('nobody', 'x')", 'NoReceiver: nobody in system', '\n  Check the name');
    await line("await rpc_send('depth', 'nope')", "NotFound: DepthService has no operation 'nope'", '\n  ');
    await line('null.x', 'TypeError: Cannot read properties of null');
    await line('let 5', 'SyntaxError: ');
    await line('throw "text"', 'text');
    await line('new Error("value")', 'Error: value');
    expect(terminal.screen).not.toMatch(/^\s+at |Uncaught/m);
    await line('_error', 'text');
  });

  test.each(["rpc_send('depth', 'wait')", "await rpc_send('depth', 'wait')", 'await new Promise(() => 0)'])(
    'Ctrl-C gives the prompt back while %s waits',
    async (source) => {
      open();
      await shown('--> ');
      terminal.type(`${source}\r`);
      terminal.type('typed ahead\r');
      terminal.type(ctrlC);
      await shown('^C\n', 'its result is dropped', '\n--> ');
      await line('6 * 7', '42');
      expect(terminal.screen).not.toContain('typed ahead');
      expect(container.state).toBe('ACTIVE');
    },
  );

  test('Ctrl-C cancels the calls of the line, so that their handlers are told, and those of no other', async () => {
    const id = await container.processes.spawn(Listener, { concurrency: 2 });
    const listener = container.processes.get(id);
    if (!(listener instanceof Listener)) throw new Error('it is not there');
    open();
    await line("const earlier = rpc_send(2, 'wait').catch(() => undefined)");
    terminal.type("rpc_send(2, 'wait')\r");
    await eventually(() => listener.signals.length === 2);
    terminal.type(ctrlC);
    await eventually(() => listener.signals[1]?.aborted);
    expect(listener.signals[0]?.aborted).toBe(false);
    await shown('Given up', '\n--> ');
    await line('1 + 1', '2');
    expect(terminal.screen).not.toContain('Cancelled');
  });

  test('Ctrl-C clears a line, leaves an unfinished piece, and on an empty line says how to leave', async () => {
    open();
    await shown('--> ');
    terminal.type('half a line');
    terminal.type(ctrlC);
    await shown('half a line\n--> ');
    terminal.type('function f() {\r');
    await shown('function f() {\n');
    terminal.type(ctrlC);
    await shown('\n--> ');
    expect(terminal.screen).not.toContain('(Ctrl-D');
    for (let time = 0; time < 3; time += 1) {
      terminal.type(ctrlC);
      await shown('(Ctrl-D leaves the prompt; the container runs on.)\n--> ');
    }
    await line('5 + 5', '10');
  });

  test('runs what is pasted line by line, each after the one before has settled', async () => {
    open();
    await shown('--> ');
    terminal.type(
      "var depth = await rpc_send('depth', 'measure', { at: 'bow' })\rfunction half(n) {\r  return n / 2\r}\rhalf(depth)\r",
    );
    await shown('\n6.25\n--> ');
  });

  test('tells of errors in timers above the line that is being typed', async () => {
    open();
    await line("setTimeout(() => { throw new RangeError('too deep') }, 1), 'armed'", "'armed'");
    terminal.type('1 +');
    await shown('RangeError: too deep\n--> 1 +');
    terminal.type(' 1\r');
    await shown('\n2\n');
  });

  test('.clear forgets variables and keeps the helpers', async () => {
    open();
    await line('var mine = 5');
    await line('.clear', 'Clearing context');
    await line('typeof mine + typeof ps', "'undefinedfunction'");
  });

  test('.load runs the lines of a file in order', async () => {
    const file = join(directory, 'lines.js');
    writeFileSync(file, 'var n = await ping(1)\nfunction from() {\n  return n.from\n}\nfrom()\n');
    open();
    await shown('--> ');
    terminal.type(`.load ${file}\r`);
    await shown("'shore.1'\n--> ");
    await line(`.load ${file}x`, 'ENOENT');
  });

  test('.help is Node’s own', async () => {
    open();
    await line('.help', '.editor', '.load', 'Run the lines of a file');
  });

  test('leave() closes it from outside', async () => {
    open();
    await shown('--> ');
    shell.leave();
    shell.leave();
    await shell.left;
    expect(terminal.screen).not.toContain('runs on');
  });
});

describe('TAB', () => {
  test('completes helpers, names, operations and members, and shows what an operation takes', async () => {
    open();
    await shown('--> ');
    terminal.type('rpc_');
    for (const [typed, completed] of [
      ['', 'rpc_send('],
      ["'de", "'depth'"],
      [", 'me", "'measure'"],
    ] as const) {
      terminal.type(typed);
      terminal.type(tab);
      await shown(completed);
    }
    terminal.type(', ');
    terminal.type(tab);
    await shown("\ncontent: {at: string, fast?: boolean} → number\n--> rpc_send('depth', 'measure', ");
    await line("{ at: 'bow' })", '12.5');
    await line('const harbour = { depth: 5 }');
    terminal.type('harbour.de');
    terminal.type(tab);
    await shown('harbour.de', 'pth');
    await line('', '5');
  });

  test('lists several candidates at the second TAB', async () => {
    open();
    await shown('--> ');
    terminal.type('st');
    terminal.type(tab);
    await eventually(() => terminal.input.isRaw && !terminal.input.isPaused());
    terminal.type(tab);
    await shown('start_app(', 'stop_app(', 'structuredClone', '--> st');
  });
});

describe('history', () => {
  const file = () => join(directory, 'ioncore', 'history');

  test('is there in the next session, whole pieces only', async () => {
    open(file());
    await shown('><> ');
    terminal.type('1 + 1\r');
    await shown('\n2\n><> ');
    terminal.type('function f() {\r');
    await shown('function f() {\n');
    terminal.type(ctrlC);
    await shown('\n><> ');
    terminal.type('function g() {\r return 3 }\rg()\r');
    await shown('\n3\n><> ');
    shell.leave();
    await shell.left;
    expect(readFileSync(file(), 'utf8')).toBe('1 + 1\nfunction g() {\n return 3 }\ng()\n');
    open(file());
    await shown('><> ');
    terminal.type(up);
    await shown('><> g()');
    terminal.type(`${up}${up}${up}\r`);
    await shown('1 + 1', '\n2\n><> ');
  });

  test('that cannot be kept is told once, and the prompt opens all the same', async () => {
    mkdirSync(file(), { recursive: true });
    open(file());
    await shown('Nothing that is typed is kept: the history ', 'EISDIR', '--no-history', '\n--> ');
    await line('1 + 1', '2');
    expect(terminal.screen.match(/EISDIR/g)).toHaveLength(1);
    chmodSync(directory, 0o700);
  });
});
