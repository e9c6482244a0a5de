import { describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

type Step = readonly ['expect' | 'send', string];

const prompt = '--> ';
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const start = usePrograms();

/** Types a line at the prompt and awaits what it shows, then the next prompt. */
function line(text: string, ...shows: string[]): readonly Step[] {
  return [
    ['send', `${text}\r`],
    ...shows.map((shown) => ['expect', shown] as const),
    ['expect', `\n${prompt}`],
  ];
}

/** Plays a user at a pseudo-terminal, from the first prompt to the end; gives what appeared. */
async function play(...steps: readonly Step[]): Promise<string> {
  const whole: readonly Step[] = [
    ['expect', prompt],
    ...steps,
    ['send', ctrlD],
    ['expect', 'The container runs on. Ctrl-C stops it.'],
    ['send', ctrlC],
  ];
  const command = [process.execPath, 'dist/main.js', 'start', '--contid', 'shore', '--no-history'];
  const driver = start(['test/support/pty_driver.py', JSON.stringify(whole), ...command], {
    command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
    input: '',
    hasChildren: true,
    env: { IONCORE_CONFIG_CONTAINER_SYSTEM_EVENTS: 'off' },
  });
  await driver.succeeded(40_000);
  const { exit, screen, failed } = JSON.parse(driver.stdout);
  if (failed !== null) throw new Error(`never came: ${JSON.stringify(failed)}\n${screen}`);
  expect(exit).toBe(0);
  return String(screen);
}

/** Publishes a depth every few milliseconds until `clearInterval(timer)`. */
const publishing = line(
  "let n = 0, timer = setInterval(() => publish('sensor.depth', 'ship7', { n: ++n }), 20)",
);
const quiet = line('clearInterval(timer)');

describe('events at the prompt', () => {
  test('tail() shows them until Ctrl-C; then the prompt is back and nobody is subscribed', async () => {
    const screen = await play(
      ...publishing,
      ['send', "tail('sensor.#')\r"],
      ['expect', 'Z sensor.depth ship7 { n: '],
      ['expect', 'Z sensor.depth ship7 { n: '],
      ['send', ctrlC],
      ['expect', `its result is dropped.\n${prompt}`],
      ...quiet,
      ...line('subscriptions().length', '\n0'),
    );
    expect(screen).not.toMatch(/Uncaught|\n +at /);
  });

  test('one that is begun in an assignment shows them above the line that is typed', async () => {
    await play(
      ...line("const t = tail('sensor.#')"),
      ['send', 'half'],
      ['expect', 'half'],
      ['send', '\u0015'],
      ...line('subscriptions()', '\nPROCESS ', '\nshore.0  live ', '\nSubscriptions: 1'),
      ...line("setTimeout(() => publish('sensor.depth', 'ship7', 4.2), 200) && 1", '\n1'),
      ['send', '5 + 37'],
      ['expect', 'Z sensor.depth ship7 4.2\n'],
      ['expect', `${prompt}5 + 37`],
      ['send', '\r'],
      ['expect', '\n42'],
      ['expect', prompt],
      ...line('subscriptions().at(-1).cancel()'),
      ...line('subscriptions().length', '\n0'),
    );
  });

  test('dead letters are listed, shown, replayed and dropped', async () => {
    await play(
      ...line('let isFailing = true, seen = []'),
      ...line(
        "const s = await cc.events.subscribe('sensor.#', (c) => { if (isFailing) throw new Error('out of ink'); seen.push(c); }, { durable: 'recorder', attempts: 1 })",
      ),
      ...line("publish('sensor.depth', 'ship7', 1, { qos: 'durable' })", "\n'confirmed'"),
      ...line("publish('sensor.wind', 'ship7', 2, { qos: 'durable' })", "\n'confirmed'"),
      ...line('while ((await dead.list()).length < 2);'),
      ...line('dead.list()', '\nID ', ' sensor.depth ', ' sensor.wind ', '\nDead letters: 2'),
      ...line('const { id } = (await dead.list({ op: "sensor.wind" }))[0]'),
      ...line('dead.show(id)', '\nid ', '\ntype         sensor.wind', '\ncontent      2'),
      ...line('dead.replay()', 'BadRequest: dead.replay(which): expected an id', '{} means all'),
      ...line('isFailing = false', '\nfalse'),
      ...line('dead.replay(id)', '\n1'),
      ...line('while (seen.length < 1) await new Promise((r) => setImmediate(r));'),
      ...line('seen', '\n[ 2 ]'),
      ...line('dead.drop({})', '\n1'),
      ...line('dead.list()', '\nDead letters: 0'),
      ...line('dead', '\ndead.list(filter?)', '\ndead.replay(which)', '{} means all'),
    );
  });

  test('a script tails with a limit', async () => {
    const script = start(['start'], {
      input:
        "await publish('sensor.log', 'ship7', 1, { qos: 'replay' })\nawait publish('sensor.log', 'ship7', 2, { qos: 'replay' })\n" +
        "(await tail('sensor.log', { from: 'first', limit: 2 })).events\n",
    });
    await script.succeeded();
    const lines = script.stdout.split('\n').map((shown) => shown.replace(/^\S+Z /, ''));
    expect(lines).toEqual(['confirmed', 'confirmed', 'sensor.log ship7 1', 'sensor.log ship7 2', '2', '']);
  });
});
