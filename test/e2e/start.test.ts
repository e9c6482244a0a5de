import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const hello = 'res/apps/hello.app';
const fixtures = 'test/e2e/fixtures';
const start = usePrograms();

/** What a script prints when it is piped into a container with the hello app. */
async function run(...lines: string[]) {
  const program = start(['start', hello], { input: lines.join('\n') });
  const exit = await program.exited();
  return { exit, stdout: program.stdout, stderr: program.stderr };
}

describe('ioncore start with a script on standard input', () => {
  test('runs the lines in order, each after the one before has settled', async () => {
    const pause = 'new Promise((resolve) => setTimeout(resolve, 30, "slow"))';
    expect(await run(`await ${pause}`, '"fast"', "await rpc_send('hello', 'hello', 'you')", '1 + 1')).toEqual(
      {
        exit: 0,
        stdout: 'slow\nfast\nHello there, you\n2\n',
        stderr: '',
      },
    );
  });

  test('prints texts as they are, nothing for undefined, everything else as Node shows it', async () => {
    const { stdout } = await run('"two\\nlines"', 'undefined', '', 'null', '({ depth: 3 })', 'let y;', '[]');
    expect(stdout).toBe('two\nlines\nnull\n{ depth: 3 }\n[]\n');
  });

  test('takes input of several lines, and keeps what is declared', async () => {
    const { exit, stdout, stderr } = await run(
      'const names = [',
      "  'you',",
      "  'me',",
      '];',
      'async function greet(name) {',
      '',
      "  return await rpc_send('hello', 'hello', name);",
      '}',
      'const first = await greet(names[0]);',
      'first',
      'await greet(names[1])',
    );
    expect({ exit, stdout, stderr }).toEqual({
      exit: 0,
      stdout: 'Hello there, you\nHello there, me\n',
      stderr: '',
    });
  });

  test.each<[what: string, line: string, message: RegExp]>([
    ['a call that nobody takes', "await rpc_send('nobody', 'hello')", /^line 2: NoReceiver: .*'nobody'/],
    ['an operation that is not there', "await rpc_send('hello', 'nope')", /^line 2: NotFound: .*'nope'/],
    ['content against the contract', "await rpc_send('hello', 'hello', 5)", /^line 2: BadRequest: /],
    ['an error of its own', "throw new Error('boom')", /^line 2: Error: boom\n$/],
    ['a rejected promise', "await Promise.reject(new TypeError('no'))", /^line 2: TypeError: no\n$/],
    ['a name that is not there', 'nothingOfTheKind', /^line 2: ReferenceError: nothingOfTheKind/],
    ['a syntax error', 'a lot of words', /^line 2: SyntaxError: /],
    ['undefined, thrown', 'throw undefined', /^line 2: undefined\n$/],
  ])('%s: told with its line, the lines after it run, exit code 1', async (_what, line, message) => {
    const { exit, stdout, stderr } = await run('"before"', line, '"after"');
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: 'before\nafter\n' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('an error in a timer of the script is told and makes the exit code 1', async () => {
    const late = "setTimeout(() => { throw new Error('late'); }, 1); 0";
    const { exit, stdout, stderr } = await run(late, 'await new Promise(() => {})', '"after"');
    expect({ exit, stdout, stderr }).toEqual({
      exit: 1,
      stdout: '0\nafter\n',
      stderr: 'line 2: Error: late\n',
    });
  });

  test('an incomplete last line is an error of the line where it begins', async () => {
    const { exit, stdout, stderr } = await run('"before"', 'const open = [', '1,');
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: 'before\n' });
    expect(stderr).toMatch(/^line 2: SyntaxError: [^\n]+\n$/);
  });

  test('without lines and without apps it starts and stops', async () => {
    const program = start(['start'], { input: '' });
    expect([await program.exited(), program.stdout, program.stderr]).toEqual([0, '', '']);
  });

  test('a signal ends a script that waits for ever', async () => {
    const program = start(['start']);
    program.write('"waiting"\nawait new Promise(() => {})\n');
    await program.until('stdout', /waiting\n/);
    program.signal('SIGTERM');
    expect(await program.exited()).toBe(0);
  });
});

test('ioncore start stops in order when nobody reads its results any more', async () => {
  const more = "await new Promise((resolve) => setTimeout(resolve, 5, 'more'))\n";
  const node = `"${process.execPath}" dist/main.js start ${hello}`;
  const program = start(['-c', `(${node}; echo "exit code $?" >&2) | head -n 1`], {
    command: 'sh',
    input: `"first"\n${more.repeat(5_000)}`,
    hasChildren: true,
  });
  await program.exited();
  expect([program.stdout, program.stderr]).toEqual(['first\n', 'exit code 0\n']);
});

describe('ioncore start -n', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
    'runs until %s, then stops in order; logs go to standard error',
    async (signal) => {
      const program = start(['start', '-n', hello], { input: '"not read"\n' });
      await program.until('stderr', /info {2}ready {2}.*sinceStartMs=\d+/);
      expect(program.stderr).not.toContain('container stopped');
      program.signal(signal);
      expect(await program.exited()).toBe(0);
      expect(program.stderr).toMatch(
        new RegExp(`stopping .*signal=${signal}(?:.|\\n)*container stopped .*complete=true`),
      );
      expect(program.stdout).toBe('');
    },
  );

  test('a second signal while a stop hangs ends it at once with 130', async () => {
    const program = start(['start', '-n', `${fixtures}/stuck.app`]);
    await program.until('stderr', / ready /);
    program.signal('SIGTERM');
    await program.until('stderr', /onTerminate never ends/);
    program.signal('SIGINT');
    expect(await program.exited(2_000)).toBe(130);
    expect(program.stderr).toContain('ioncore: second signal (SIGINT), stopped at once\n');
    expect(program.stderr).not.toContain('container stopped');
  });

  test('SIGTERM during the start gives the start up', async () => {
    const mute = createServer();
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    try {
      const connected = once(mute, 'connection');
      const program = start(['start', '-n', '--broker', `amqp://127.0.0.1:${address.port}`, hello]);
      expect(await Promise.race([connected.then(() => 'connected'), program.exited()])).toBe('connected');
      program.signal('SIGTERM');
      // The broker has 10 s to answer; it is not waited for.
      expect(await program.exited(5_000)).toBe(0);
      expect(program.stderr).not.toMatch(/^ioncore: /m);
    } finally {
      mute.close();
    }
  });
});

describe('apps', () => {
  test('several start in the order given', async () => {
    const program = start(['start', '-n', hello, `${fixtures}/whoami.app`]);
    await program.until('stderr', / ready {2}.*apps=2/);
    expect(program.stderr).toMatch(/app started .*app=hello(?:.|\n)*app started .*app=whoami/);
  });

  test('one that another needs starts first; `start` gets the arguments of the file', async () => {
    const program = start(['start', `${fixtures}/dependent.app`], {
      input: "await rpc_send('dependent', 'facts')\ninfo().apps.join(' ')\n",
    });
    expect([await program.exited(), program.stderr]).toEqual([0, '']);
    const [facts = '', apps] = program.stdout.split('\n');
    expect(apps).toBe('base dependent');
    expect(JSON.parse(facts)).toEqual({
      answer: 42,
      startType: 'permanent',
      app: 'dependent',
      args: { colour: 'blue', size: 5 },
      positional: ['first', 2],
    });
  });

  test('arguments of the file reach the service', async () => {
    const program = start(['start', `${fixtures}/polite.app`], {
      input: "await rpc_send('hello', 'hello', 'you')",
    });
    expect([await program.exited(), program.stdout]).toEqual([0, 'Good evening, you\n']);
  });
});
