import { describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const hello = 'res/apps/hello.app';
const start = usePrograms();

describe('a command line that cannot be understood', () => {
  test.each<[what: string, args: string[], says: RegExp]>([
    ['no command', [], /no command given/],
    ['an unknown command', ['strat', hello], /Did you mean start\?/],
    ['an unknown option', ['start', '--sysnam', 'demo', hello], /sysnam; did you mean --sysname\?/],
    ['an unknown short option', ['start', '-x'], /x/],
    ['an option without its argument', ['start', hello, '--sysname'], /sysname/],
    ['an option whose argument is another option', ['start', '--contid', '-n'], /contid/],
    ['a sysname without a broker', ['start', '-s', 'demo', hello], /--broker embedded/],
    [
      'a certificate without its key',
      ['start', '--broker', 'amqps://h', '--broker-cert', 'c.pem'],
      /go together/,
    ],
    [
      'a key without its certificate',
      ['start', '--broker', 'amqps://h', '--broker-key', 'k.pem'],
      /go together/,
    ],
    [
      'a CA for an address without TLS',
      ['start', '--broker', 'amqp://h', '--broker-ca', 'c.pem'],
      /amqps:\/\//,
    ],
    ['a CA without a broker', ['start', '--broker-ca', 'c.pem'], /amqps:\/\//],
    ['a container id with a blank', ['start', '--contid', 'a b'], /container id 'a b'/],
    ['a container id with a dot', ['start', '--contid', 'a.b'], /container id 'a\.b'/],
    ['a container id without text', ['start', '--contid', ''], /container id ''/],
    ['a reserved sysname', ['start', '-s', '~x', '--broker', 'embedded'], /sysname '~x'/],
    ['a sysname of 101 characters', ['start', '-s', 'x'.repeat(101), '--broker', 'embedded'], /sysname/],
    ['the broker twice over', ['start', '--broker', 'amqp://h', '-p', '5673'], /not both/],
    ['a port that is none', ['start', '-p', 'x'], /--broker-port must be a whole number, not 'x'/],
    ['a level that is none', ['start', '--log-level', 'loud'], /log-level.*loud/],
    ['container arguments with a misspelt key', ['start', '-a', 'sysnam=demo'], /unknown key 'sysnam'/],
    [
      'container arguments that are code',
      ['start', '-a', 'apparg_hello=process.exit(3)'],
      /expected a map literal/,
    ],
    ['a sysname among the arguments, without a broker', ['start', '-a', 'sysname=demo'], /--broker embedded/],
    ['a broker without text', ['start', '--broker', ''], /--broker is empty/],
    [
      'a container id with a blank among the arguments',
      ['start', '-a', 'contid=a b'],
      /-a: container id 'a b'/,
    ],
    ['check without files', ['check'], /Not enough/],
    ['config without what', ['config'], /ioncore config explain/],
    ['config with something else', ['config', 'show', 'rpc.timeoutMs'], /show/],
    ['an option given twice', ['start', '--contid', 'a', '--contid', 'b'], /--contid is given 2 times/],
  ])('%s: one line on standard error and exit code 64', async (_what, args, says) => {
    const program = start(args, { input: '' });
    expect([await program.exited(), program.stdout]).toEqual([64, '']);
    expect(program.stderr).toMatch(/^ioncore: [^\n]+ \(see ioncore --help\)\n$/);
    expect(program.stderr).toMatch(says);
  });
});

describe('what is asked about the program', () => {
  test.each([[['--help']], [['-?']], [['start', '--help']]])('%j prints help', async (args) => {
    const program = start(args, { input: '' });
    expect([await program.exited(), program.stderr]).toEqual([0, '']);
    expect(program.stdout).toContain('ioncore start [files..]');
  });

  test('start --help mentions every option, its short form, and the exit codes', async () => {
    const program = start(['start', '--help'], { input: '' });
    await program.exited();
    const options = (
      'sysname contid broker broker-host broker-port broker-vhost broker-username broker-password broker-credfile ' +
      'broker-heartbeat broker-ca broker-cert broker-key args boot-script config set pidfile ready-file log-level log-format no-shell'
    ).split(' ');
    for (const option of [...options, 'help', 'version']) {
      expect(program.stdout).toMatch(new RegExp(` --${option}\\s+[A-Z']`));
    }
    expect(program.stdout).toMatch(/-s, --sysname/);
    expect(program.stdout).toMatch(/-n, --no-shell/);
    expect(program.stdout.replace(/\s+/g, ' ')).toContain(
      'Exit codes: 0 stopped in order, 1 start or script failed, 64 usage error, 130 second signal.',
    );
  });

  test.each([
    ['ioncore --version', undefined, ['--version']],
    ['scripts/start-cc --version', 'scripts/start-cc', ['--version']],
  ])(
    '%s prints the version of the package',
    async (_what, command, args) => {
      const program = start(args, {
        input: '',
        hasChildren: true,
        ...(command !== undefined && { command }),
      });
      await program.succeeded(60_000);
      expect(program.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    },
    90_000,
  );
});

describe('completion of the command line', () => {
  const completes = async (...words: string[]) => {
    const program = start(['--get-yargs-completions', 'ioncore', ...words], { input: '' });
    expect([await program.exited(), program.stderr]).toEqual([0, '']);
    return program.stdout.split('\n').filter((line) => line !== '');
  };

  test.each(['/bin/bash', '/bin/zsh'])('has a script for %s', async (shell) => {
    const program = start(['completion'], { input: '', env: { SHELL: shell } });
    expect([await program.exited(), program.stderr]).toEqual([0, '']);
    expect(program.stdout).toContain(
      shell.endsWith('zsh') ? '#compdef ioncore' : '_ioncore_yargs_completions ioncore',
    );
  });

  test('knows commands, options and their values', async () => {
    expect(await completes('')).toEqual(expect.arrayContaining(['start', 'check', 'config', 'completion']));
    expect(await completes('config', '')).toEqual(['explain']);
    expect(await completes('start', '--broker-cr')).toContain('--broker-credfile');
    expect(await completes('start', '--log-format', '')).toEqual(['auto', 'line', 'json']);
  });

  test('says nothing where only names of files fit', async () => {
    expect(await completes('start', 'hel')).toEqual([]);
  });
});
