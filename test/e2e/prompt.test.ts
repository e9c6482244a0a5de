import { describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

type Step = readonly ['expect' | 'send', string];

const hello = 'res/apps/hello.app';
const prompt = '><> ';
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const goodbye: readonly Step[] = [
  ['send', ctrlD],
  ['expect', 'The container runs on. Ctrl-C stops it.'],
  ['send', ctrlC],
];
const start = usePrograms();

/** Types a line at the prompt and awaits what it shows, then the next prompt. */
function line(text: string, ...shows: string[]): readonly Step[] {
  return [
    ['send', `${text}\r`],
    ...shows.map((shown) => ['expect', shown] as const),
    ['expect', `\n${prompt}`],
  ];
}

/** Plays a user at a pseudo-terminal, from the first prompt on. */
async function play(...steps: readonly Step[]) {
  const all: Step[] = [['expect', prompt], ...steps];
  const command = [process.execPath, 'dist/main.js', 'start', hello];
  const driver = start(['test/support/pty_driver.py', JSON.stringify(all), ...command], {
    command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
    input: '',
    hasChildren: true,
  });
  await driver.succeeded();
  const { exit, screen, failed } = JSON.parse(driver.stdout);
  if (failed !== null) throw new Error(`never came: ${JSON.stringify(failed)}\n${screen}`);
  return { exit: Number(exit), screen: String(screen) };
}

describe('the prompt on a terminal', () => {
  test('greets, calls, lists processes, and ends with Ctrl-D and Ctrl-C', async () => {
    const { exit, screen } = await play(
      ...line("await rpc_send('hello', 'hello', 'you')", "\n'Hello there, you'"),
      ...line('ps()', '\nID ', ' NAME   SERVICE  STATE ', ' hello  hello    ACTIVE '),
      ...line('const x = await rpc_send(1, "hello", "x")'),
      ...line('x', "\n'Hello there, x'"),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).toMatch(/^Ioncore container \S+ of system \S+\n/);
    expect(screen).toContain("Try: await rpc_send('hello', 'hello', 'you')");
  });

  test('shows an error as code, message and remedy, without a stack', async () => {
    const { exit, screen } = await play(
      ...line(
        "await rpc_send('nobody', 'hello')",
        "NoReceiver: nobody in system '",
        'Check the name and the sysname',
      ),
      ...line("await rpc_send('hello', 'nope')", "NotFound: hello has no operation 'nope'", 'contract'),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).not.toMatch(/^\s+at /m);
  });

  test('kill() ends a process', async () => {
    const { exit, screen } = await play(
      ...line('await kill(1)'),
      ...line("await rpc_send('hello', 'hello', 'you')", 'NoReceiver: '),
      ...line('ps().length', '\n0'),
      ...goodbye,
    );
    expect(exit).toBe(0);
    expect(screen).not.toContain('Hello there');
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

  test('Ctrl-C twice leaves the prompt, a third one stops the container', async () => {
    const { exit } = await play(
      ['send', ctrlC],
      ['expect', 'press Ctrl+C again'],
      ['expect', prompt],
      ['send', ctrlC],
      ['expect', 'The container runs on. Ctrl-C stops it.'],
      ['send', ctrlC],
    );
    expect(exit).toBe(0);
  });
});
