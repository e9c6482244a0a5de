import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const start = usePrograms();
const directory = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'options-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('ioncore start, its options', () => {
  test('names of apps, releases and scripts run in order', async () => {
    const script = file('greet.txt', "await rpc_send('hello', 'hello', 'script')\ncc.apps.list().length\n");
    const program = start(['start', 'hello', script, 'res/deploy/example.rel', script], { input: '' });
    expect(await program.exited()).toBe(0);
    expect(program.stdout.split('\n')).toEqual(['Hello there, script', '1', 'Hello there, script', '3', '']);
  });

  test('a script whose line fails stops the start with exit 1', async () => {
    const script = file('bad.txt', "await rpc_send('nobody', 'x')\n");
    const program = start(['start', script], { input: "'not reached'\n" });
    expect([await program.exited(), program.stdout]).toEqual([1, '']);
    expect(program.stderr).toMatch(/line 1: NoReceiver/);
    expect(program.stderr).toContain(`${script}: lines of the script failed`);
  });

  test('a binary file is no script', async () => {
    const program = start(['start', file('odd.bin', 'a\0b\n')], { input: '' });
    expect([await program.exited(), program.stdout]).toEqual([1, '']);
    expect(program.stderr).toMatch(
      /^ioncore: ConfigurationError: .*odd\.bin: a binary file is no script; .*\n$/,
    );
  });

  test('-a apparg_<app> warns where no app of that name was started', async () => {
    const program = start(['start', '-a', 'apparg_helo={greeting: Ahoy}', 'hello'], { input: '' });
    await program.succeeded();
    expect(program.stderr).toMatch(
      / warn .*-a apparg_helo: no app of this name was started; did you mean apparg_hello\?/,
    );
  });

  test('a script that is not there is named', async () => {
    const program = start(['start', './nowhere.txt'], { input: '' });
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toMatch(/nowhere\.txt: there is no such file/);
  });

  test('ION 34: -a apparg_<app> goes before the arguments of the app', async () => {
    const program = start(['start', 'hello', '-a', 'apparg_hello={greeting: "Ahoy,"}'], {
      input: "await rpc_send('hello', 'hello', 'you')\n",
    });
    await program.succeeded();
    expect(program.stdout).toBe('Ahoy, you\n');
  });

  test('-a sysname and contid are as the options', async () => {
    const program = start(['start', '--broker', 'embedded', '-a', 'sysname=fleet,contid=ship_1'], {
      input: 'cc.sysname\ncc.id\n',
    });
    await program.succeeded();
    expect(program.stdout).toBe('fleet\nship_1\n');
  });

  test('a boot script gets the container before the files run', async () => {
    const boot = file(
      'boot.mjs',
      'export async function boot(container) { container.booted = container.apps.list().length; }',
    );
    const program = start(['start', '-b', boot, 'hello'], { input: 'cc.booted\n' });
    await program.succeeded();
    expect(program.stdout).toBe('0\n');
  });

  test.each([
    ['nothing', '', /has no function 'boot'/],
    ['no module', 'export {', /cannot be loaded/],
    ['a boot that throws', "export function boot() { throw new Error('no sonar'); }", /no sonar/],
  ])('a boot script with %s fails the start', async (_what, text, says) => {
    const program = start(['start', '-b', file(`b${Math.random()}.mjs`, text)], { input: '' });
    expect([await program.exited(), program.stdout]).toEqual([1, '']);
    expect(program.stderr).toMatch(says);
    expect(program.stderr).not.toMatch(/^ {4}at /m);
  });

  test('pidfile and ready file are there while it runs, for their owner only, and gone afterwards', async () => {
    const [pidfile, readyFile] = [join(directory, 'pid'), join(directory, 'ready')];
    const program = start([
      'start',
      '-n',
      '--contid',
      'ship_1',
      '--pidfile',
      pidfile,
      '--ready-file',
      readyFile,
    ]);
    await program.until('stderr', / ready /);
    expect(readFileSync(pidfile, 'utf8')).toBe(`${program.pid}\n`);
    expect(JSON.parse(readFileSync(readyFile, 'utf8'))).toEqual({
      container: 'ship_1',
      sysname: 'ship_1',
      pid: program.pid,
    });
    expect(statSync(readyFile).mode & 0o777).toBe(0o600);
    process.kill(program.pid, 'SIGTERM');
    await program.succeeded();
    expect([existsSync(pidfile), existsSync(readyFile)]).toEqual([false, false]);
  });

  test('a pidfile that cannot be written fails the start', async () => {
    const program = start(['start', '--pidfile', join(directory, 'no', 'such', 'folder')], { input: '' });
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toMatch(/--pidfile .* cannot be written/);
  });

  test('values come from --config, the environment and --set, each over the one before, and explain themselves', async () => {
    const config = file(
      'my.yaml',
      'rpc: {timeoutMs: 1000}\nprocess:\n  shutdownMs: 70\nexchange: {prefetch: 3}\n',
    );
    const env = { IONCORE_CONFIG_PROCESS_SHUTDOWN_MS: '80', IONCORE_CONFIG_RPC_TIMEOUT_MS: '2000' };
    const program = start(['start', '--config', config, '--set', 'rpc.timeoutMs=3000'], {
      env,
      input:
        "for (const path of ['rpc.timeoutMs', 'process.shutdownMs', 'exchange.prefetch', 'container.stopMs']) console.log(path, cc.config.get(path), cc.config.explain(path).from)\n",
    });
    await program.succeeded();
    expect(program.stdout.split('\n')).toEqual([
      'rpc.timeoutMs 3000 --set rpc.timeoutMs',
      'process.shutdownMs 80 IONCORE_CONFIG_PROCESS_SHUTDOWN_MS',
      `exchange.prefetch 3 ${config}:4`,
      'container.stopMs 10000 default',
      '',
    ]);
  });

  test.each([
    [['--set', 'rpc.timeotMs=1'], {}, /unknown key 'rpc.timeotMs'; did you mean 'rpc.timeoutMs'/],
    [['--set', 'rpc.timeoutMs'], {}, /expected path=value/],
    [[], { IONCORE_CONFIG_RPC_TIMEOUT_MS: 'soon' }, /IONCORE_CONFIG_RPC_TIMEOUT_MS: expected a number/],
    [['--config', 'nowhere.yaml'], {}, /nowhere\.yaml: there is no such file/],
  ])('%j with %j fails with what is wrong', async (args, env, says) => {
    const program = start(['start', ...args], { input: '', env });
    expect([await program.exited(), program.stdout]).toEqual([1, '']);
    expect(program.stderr).toMatch(says);
  });

  test('every option has a variable; the option goes before it', async () => {
    const env = { IONCORE_CONTID: 'from_env', IONCORE_SET: 'rpc.timeoutMs=5,container.stopMs=6' };
    const input = "cc.id\ncc.config.get('container.stopMs')\n";
    const one = start(['start'], { env, input });
    const other = start(['start', '--contid', 'given'], { env, input });
    await Promise.all([one.succeeded(), other.succeeded()]);
    expect([one.stdout, other.stdout]).toEqual(['from_env\n6\n', 'given\n6\n']);
  });

  test.each([
    [
      'IONCORE_BROKER_PORT',
      'abc',
      /^ioncore: IONCORE_BROKER_PORT must be a whole number up to 65535, not 'abc'/,
    ],
    ['IONCORE_LOG_LEVEL', 'loud', /^ioncore: IONCORE_LOG_LEVEL must be one of error, .*, silent, not 'loud'/],
  ])('%s=%s is a usage error that names the variable', async (name, value, says) => {
    const program = start(['start'], { env: { [name]: value }, input: '' });
    expect([await program.exited(), program.stdout]).toEqual([64, '']);
    expect(program.stderr).toMatch(says);
  });

  test('what IONCORE_SET says is told as its own, not as --set', async () => {
    const path = 'rpc.timeoutMs';
    const explain = start(['config', 'explain', path], { env: { IONCORE_SET: `${path}=5` }, input: '' });
    const wrong = start(['check', 'res/apps/hello.app'], { env: { IONCORE_SET: `${path}=soon` }, input: '' });
    expect([await explain.exited(), await wrong.exited()]).toEqual([0, 1]);
    expect(explain.stdout).toContain('rpc.timeoutMs = 5   (IONCORE_SET rpc.timeoutMs)\n');
    expect(wrong.stderr).toMatch(/^ioncore: ConfigurationError: IONCORE_SET rpc\.timeoutMs: expected /);
  });

  test('a misspelt variable is a usage error', async () => {
    const program = start(['start'], { env: { IONCORE_SYSNAM: 'demo' }, input: '' });
    expect(await program.exited()).toBe(64);
    expect(program.stderr).toMatch(/unknown variable IONCORE_SYSNAM; did you mean IONCORE_SYSNAME/);
  });

  test('logs are JSON where no terminal reads, and as detailed as asked', async () => {
    const program = start(['start', '--log-level', 'info', '--contid', 'ship_1'], {
      env: { IONCORE_LOG_FORMAT: 'auto' },
      input: '',
    });
    await program.succeeded();
    const lines = program.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['container started', 'ready', 'container stopped']),
    );
    for (const line of lines) expect(line).toMatchObject({ container: 'ship_1', level: expect.any(String) });
  });
});

test('levels for rooms that there are not are warned of, once each; nothing is refused', async () => {
  file('res/logging/loglevels.yaml', 'exchage: debug\nexchange.inbox: debug\n');
  const program = start(['start'], { cwd: directory, input: '' });
  await program.succeeded();
  expect(program.stderr.match(/ warn .*/g)).toEqual([
    expect.stringContaining(
      "log levels: no room of the container is called 'exchage'; did you mean 'exchange'?",
    ),
  ]);
});

describe('ioncore check and config explain', () => {
  test('check tells every problem and starts nothing', async () => {
    const bad = file('bad.app', 'type: application\nname: bad\nversion: 1.10\nmodd: x\n');
    const good = start(['check', 'res/apps/hello.app', 'res/deploy/example.rel'], { input: '' });
    const program = start(['check', bad], { input: '' });
    const json = start(['check', '--json', bad], { input: '' });
    expect([await good.exited(), good.stderr]).toEqual([0, '']);
    expect([await program.exited(), program.stdout, await json.exited(), json.stderr]).toEqual([
      1,
      '',
      1,
      '',
    ]);
    expect(program.stderr).toMatch(/bad\.app:3:10: version: .*quote it: '1\.10'/);
    expect(program.stderr).toMatch(/bad\.app:4:1: unknown key 'modd'; did you mean 'mod'/);
    expect(JSON.parse(json.stdout).problems.length).toBeGreaterThanOrEqual(2);
  });

  test('check takes --config and --set, and their variables, as start does', async () => {
    const needy = file('needy.app', 'type: application\nname: needy\nmod: ./mod.mjs\napplications: [far]\n');
    file('mod.mjs', 'export const start = () => [null, []];\n');
    file('far/far.app', 'type: application\nname: far\nmod: ../mod.mjs\n');
    const directories = `[${dirname(needy)}/far]`;
    const config = file('c.yaml', `apps: {directories: ${directories}}\n`);
    const runs = [
      start(['check', needy], { input: '' }),
      start(['check', '--config', config, needy], { input: '' }),
      start(['check', '--set', `apps.directories=${directories}`, needy], { input: '' }),
      start(['check', needy], { env: { IONCORE_CONFIG: config }, input: '' }),
      start(['check', needy], { env: { IONCORE_SET: `apps.directories=${directories}` }, input: '' }),
    ];
    expect(await Promise.all(runs.map((program) => program.exited()))).toEqual([1, 0, 0, 0, 0]);
    expect(runs[0]?.stderr).toContain("there is no app 'far'");
  });

  test('config explain shows value and origin, as text and as JSON', async () => {
    const env = { IONCORE_CONFIG_RPC_TIMEOUT_MS: '44' };
    const text = start(['config', 'explain', 'rpc'], { env, input: '' });
    const json = start(['config', 'explain', '--json'], { env, input: '' });
    const unknown = start(['config', 'explain', 'rcp.timeoutMs'], { input: '' });
    await Promise.all([text.succeeded(), json.succeeded()]);
    expect(text.stdout).toMatch(
      /^rpc\.timeoutMs = 44 {3}\(IONCORE_CONFIG_RPC_TIMEOUT_MS\)\n.*\n {4}instead of 15000 \(default\)\n$/,
    );
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({ path: 'exchange.prefetch', value: 32, from: 'default' }),
    );
    expect(await unknown.exited()).toBe(1);
    expect(unknown.stderr).toMatch(/did you mean 'rpc\.timeoutMs'/);
  });
});

describe('ioncore config explain', () => {
  const explained = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const program = start(['config', 'explain', ...args, '--json'], { input: '', env });
    await program.succeeded();
    return JSON.parse(program.stdout);
  };

  test('shows what apps and releases set, with file and line', async () => {
    const app = file(
      'calm.app',
      "type: application\nname: calm\nversion: '1.0.0'\nmod: ioncore/apps/hello\nconfig:\n  rpc: {timeoutMs: 700}\n",
    );
    expect(await explained(['rpc.timeoutMs', app])).toMatchObject([
      { value: 700, from: `${app}:6`, overridden: [{ value: 15_000, from: 'default' }] },
    ]);
  });

  test('takes the variables that start takes; a list keeps its commas', async () => {
    const more = file('more.yaml', 'rpc: {timeoutMs: 300}\n');
    const env = {
      IONCORE_CONFIG: more,
      IONCORE_SET: 'apps.directories=[res/apps, more],process.shutdownMs=9',
    };
    expect(await explained(['rpc.timeoutMs', 'apps.directories', 'process.shutdownMs'], env)).toMatchObject([
      { value: 300, from: `${more}:1` },
      { value: ['res/apps', 'more'] },
      { value: 9 },
    ]);
  });
});
