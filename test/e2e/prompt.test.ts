import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

type Step = readonly ['expect' | 'send', string];

const apps = ['res/apps/hello.app', 'test/e2e/fixtures/gauge.app'];
const prompt = '><> ';
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const tab = '\t';
const up = '\u001b[A';
const goodbye: readonly Step[] = [
  ['send', ctrlD],
  ['expect', 'The container runs on. Ctrl-C stops it.'],
  ['send', ctrlC],
];
const start = usePrograms();
/** Where the prompts of this file keep their history. */
const states = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'prompt-'));
const history = join(states, 'ioncore', 'history');
afterAll(() => rmSync(states, { recursive: true }));

/** Types a line at the prompt and awaits what it shows, then the next prompt. */
function line(text: string, ...shows: string[]): readonly Step[] {
  return [
    ['send', `${text}\r`],
    ...shows.map((shown) => ['expect', shown] as const),
    ['expect', `\n${prompt}`],
  ];
}

/** Types and awaits, in turn. */
function typed(...turns: readonly (readonly [send: string, shows: string])[]): readonly Step[] {
  return turns.flatMap(([send, shows]): Step[] => [
    ['send', send],
    ['expect', shows],
  ]);
}

/** Plays a user at a pseudo-terminal, from the first prompt on. */
function play(...steps: readonly Step[]) {
  return playWith([], [['expect', prompt], ...steps]);
}

async function playWith(options: readonly string[], steps: readonly Step[]) {
  const command = [process.execPath, 'dist/main.js', 'start', '--contid', 'shore', ...options, ...apps];
  const driver = start(['test/support/pty_driver.py', JSON.stringify(steps), ...command], {
    command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
    input: '',
    hasChildren: true,
    env: { XDG_STATE_HOME: states },
  });
  await driver.succeeded(40_000);
  const { exit, screen, failed } = JSON.parse(driver.stdout);
  if (failed !== null) throw new Error(`never came: ${JSON.stringify(failed)}\n${screen}`);
  return { exit: Number(exit), screen: String(screen) };
}

describe('a process that was spawned at the prompt', () => {
  test('crashes of its own stray errors; the prompt shows none of them, and goes on', async () => {
    const { exit, screen } = await play(
      ...line("const id = await spawn('./test/e2e/fixtures/stray.mjs')"),
      ...line('const ended = cc.processes.stopped(id)'),
      ...line("rpc_send(id, 'fail')", "'soon'"),
      ...line('(await ended).error.message', "'out of the blue'"),
      ...line("ps().some((p) => p.name === 'Stray')", 'false'),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen.match(/process failed/g)).toHaveLength(1);
    // The prompt's domain would have cut the stack off.
    expect(screen.replaceAll(/\s/g, '')).toMatch(/stray\.mjs:7:\d+/);
    expect(screen).not.toContain('Uncaught');
  });
});

describe('the prompt on a terminal', () => {
  test('greets, calls, lists processes, and ends with Ctrl-D and Ctrl-C', async () => {
    const { exit, screen } = await play(
      ...line("await rpc_send('hello', 'hello', 'you')", "\n'Hello there, you'"),
      ...line(
        'ps()',
        '\nID ',
        ' NAME ',
        ' SERVICE  STATE ',
        '\nshore.1  hello ',
        ' ACTIVE ',
        '\nRunning processes: 3',
      ),
      ...line('const x = await rpc_send(1, "hello", "x")'),
      ...line('x', "\n'Hello there, x'"),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).toMatch(/^Ioncore container shore of system shore\n/);
    expect(screen).toContain("Try: help() · ps() · rpc_send('hello', 'hello', 'you')");
  });

  test('explains itself', async () => {
    const { exit } = await play(
      ...line('help()', '\nSIGNATURE ', '\nps() ', 'The processes of this container', '\nmping('),
      ...line("help('ps')", '\nps()', '  The processes of this container', '  ><> ps()'),
      ...line(
        "help('gauge')",
        '\ngauge 1.0.0: GaugeService, 1 instance here',
        '\nmeasure  {at: string}  number ',
      ),
      ...line('ping', '\nping(to, timeoutMs?)'),
      ...line('.help', '\n.editor '),
      ...goodbye,
    );
    expect(exit).toBe(0);
  });

  test('awaits helpers by itself and shows their results as tables; they stay values', async () => {
    const { exit } = await play(
      ...line("rpc_send('gauge', 'measure', { at: 'bow' })", '\n12.5'),
      ...line('_ * 2', '\n25'),
      ...line('svc()', '\nNAME   VERSION  CLASS         INSTANCES  OPERATIONS', '\nServices: 2'),
      ...line("mping('hello')", '\nSERVICE  PRESENT  INSTANCES ', '\nhello    yes      1 '),
      ...line('_.hello.present', '\ntrue'),
      ...line("set_level('exchange', 'error')", '\nexchange  error'),
      ...goodbye,
    );
    expect(exit).toBe(0);
  });

  test('shows an error as code, message and remedy, without a stack', async () => {
    const { exit, screen } = await play(
      ...line(
        "await rpc_send('nobody', 'hello')",
        "\nNoReceiver: nobody in system '",
        '\n  Check the name and the sysname',
      ),
      ...line("rpc_send('hello', 'nope')", "\nNotFound: hello has no operation 'nope'", 'contract'),
      ...line('null.x', '\nTypeError: Cannot read properties of null'),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).not.toMatch(/^\s+at |Uncaught/m);
  });

  test('kill() ends a process', async () => {
    const { exit, screen } = await play(
      ...line('kill(1)'),
      ...line("await rpc_send('hello', 'hello', 'you')", 'NoReceiver: '),
      ...line("ps().some((p) => p.name === 'hello')", '\nfalse'),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).not.toContain('Hello there');
  });

  test('TAB completes helper, name, id and operation, and shows what the operation takes', async () => {
    const { exit } = await play(
      ...typed(
        ['rpc_', 'rpc_'],
        [tab, 'send('],
        ["'ga", "'ga"],
        [tab, "uge'"],
        [", 'me", "'me"],
        [tab, "asure'"],
        [', ', ', '],
        [tab, `\ncontent: {at: string} → number\n${prompt}rpc_send('gauge', 'measure', `],
      ),
      ...line("{ at: 'bow' })", '\n12.5'),
      ...typed(["get_proc('sh", "'sh"], [tab, 'ore.'], ['3', '3'], [tab, "'"]),
      ...line(').name', "\n'gauge'"),
      ...typed(['const harbour = 5\r', prompt], ['harb', 'harb'], [tab, 'our']),
      ...line('', '\n5'),
      ...goodbye,
    );
    expect(exit).toBe(0);
  });

  test('the container lives on after Ctrl-D: a process of it still runs', async () => {
    const { exit } = await play(
      ...line(
        "setTimeout(async () => console.log(await rpc_send('hello', 'hello', 'later')), 300).ref().constructor.name",
      ),
      ['send', ctrlD],
      ['expect', 'The container runs on. Ctrl-C stops it.'],
      ['expect', 'Hello there, later'],
      ['send', ctrlC],
    );
    expect(exit).toBe(0);
  });

  test('Ctrl-C gives the prompt back while a call hangs, clears a line, and never stops the container', async () => {
    const toldHow = `(Ctrl-D leaves the prompt; the container runs on.)\n${prompt}`;
    const { exit } = await play(
      ...typed(
        ["rpc_send('gauge', 'wait')\r", '\n'],
        [ctrlC, `its result is dropped.\n${prompt}`],
        ["await rpc_send('gauge', 'wait')\r", '\n'],
        [ctrlC, `its result is dropped.\n${prompt}`],
        ['half a line', 'half a line'],
        [ctrlC, `\n${prompt}`],
        [ctrlC, toldHow],
        [ctrlC, toldHow],
        [ctrlC, toldHow],
      ),
      ...line('cc.state', "\n'ACTIVE'"),
      ...goodbye,
    );
    expect(exit).toBe(0);
  });
});

describe('the history of the prompt', () => {
  test('survives to the next session and only its owner can read it', async () => {
    rmSync(history, { force: true });
    await play(...line("'first ' + 'session'", "\n'first session'"), ...goodbye);
    expect(statSync(history).mode & 0o777).toBe(0o600);
    const { exit } = await play(
      ...typed([up, "><> 'first ' + 'session'"], ['\r', "\n'first session'\n"]),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(readFileSync(history, 'utf8')).toBe("'first ' + 'session'\n");
  });

  test.each([['-i'], ['--no-history']])('is left alone with %s', async (option) => {
    rmSync(history, { force: true });
    const { exit, screen } = await playWith(
      [option],
      [['expect', '--> '], ...typed(['1 + 1\r', '\n2\n--> ']), ...goodbye],
    );
    expect(exit).toBe(0);
    expect(existsSync(history)).toBe(false);
    expect(screen).not.toContain(prompt);
  });
});
