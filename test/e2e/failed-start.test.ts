import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, testBroker } from '../support/broker.ts';
import { usePrograms } from '../support/cli.ts';

const hello = 'res/apps/hello.app';
const broken = 'test/e2e/fixtures/broken';
const start = usePrograms();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ioncore-failed-start-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What a start says that fails with exit code 1: standard error, which holds one message and no stack. */
async function failure(...args: string[]): Promise<string> {
  const program = start(['start', ...args], { input: '"never run"\n' });
  expect([await program.exited(), program.stdout]).toEqual([1, '']);
  const messages = program.stderr.split('\n').filter((line) => line.startsWith('ioncore: '));
  expect(messages).toHaveLength(1);
  expect(program.stderr).not.toMatch(/^\s+at /m);
  return program.stderr;
}

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  await once(server.close(), 'close');
  return address.port;
}

describe('a broker that cannot be used', () => {
  test('nobody listens: BrokerUnreachable, with the cause and without the password', async () => {
    const port = await closedPort();
    const said = await failure('--broker', `amqp://user:secret@127.0.0.1:${port}`, hello);
    expect(said).toBe(
      `ioncore: BrokerUnreachable: amqp://user@127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    );
  });

  test('nobody listens at any of several: every address is named', async () => {
    const ports = [await closedPort(), await closedPort()];
    const urls = ports.map((port) => `amqp://user:secret@127.0.0.1:${port}`);
    const said = await failure('--broker', urls.join(','), hello);
    expect(said).toContain('ioncore: BrokerUnreachable: ');
    for (const port of ports) expect(said).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);
    expect(said).not.toContain('secret');
  });

  test('a host that does not exist: BrokerUnreachable', async () => {
    expect(await failure('--broker', 'amqp://user:secret@no-such-host.invalid', hello)).toMatch(
      /^ioncore: BrokerUnreachable: amqp:\/\/user@no-such-host\.invalid:5672: .*no-such-host\.invalid/,
    );
  });

  test('RabbitMQ refuses the password: BrokerRefused', async () => {
    const url = new URL(testBroker().url);
    url.password = 'secret';
    url.username ||= 'guest';
    const said = await failure('--broker', url.href, hello);
    expect(said).toMatch(/^ioncore: BrokerRefused: amqp:\/\/.*ACCESS_REFUSED/);
    expect(said).not.toContain('secret');
  });

  test('RabbitMQ has no such virtual host: BrokerRefused names it', async () => {
    const url = new URL(testBroker().url);
    url.pathname = '/no-such-vhost';
    expect(await failure('--broker', url.href, hello)).toMatch(
      /^ioncore: BrokerRefused: .*virtual host "no-such-vhost"/,
    );
  });

  test('an address that is none: ConfigurationError', async () => {
    expect(await failure('--broker', 'rabbit', hello)).toMatch(
      /^ioncore: ConfigurationError: .*"rabbit" is not a URL/,
    );
  });

  test('a CA file that is not there, is a directory, or is no certificate', async () => {
    const text = join(directory, 'text.pem');
    await writeFile(text, 'no certificate\n');
    const url = `amqps://127.0.0.1:${await closedPort()}`;
    for (const file of [join(directory, 'nowhere.pem'), directory]) {
      const said = await failure('--broker', url, '--broker-ca', file);
      expect(said.startsWith(`ioncore: ConfigurationError: --broker-ca ${file} cannot be read: `)).toBe(true);
    }
    expect(await failure('--broker', url, '--broker-ca', text)).toMatch(
      /^ioncore: ConfigurationError: .*PEM/,
    );
  });
});

describe('an app that cannot be started', () => {
  test.each<[what: string, file: string, says: string]>([
    ['no such file', 'nowhere.app', 'ConfigurationError: nowhere.app: there is no such file'],
    ['YAML that is none', 'yaml.app', 'yaml.app:4:1: not valid YAML'],
    [
      'a misspelt key',
      'misspelt.app',
      "misspelt.app:4:1: unknown key 'registred'; did you mean 'registered'?",
    ],
    [
      'a module that is not there',
      'missing-module.app',
      "missing-module.app:4:6: mod: the module './nowhere.mjs' cannot be found",
    ],
    [
      'a package that is not there',
      'missing-package.app',
      "missing-package.app:4:6: mod: the module 'no-such-package-of-ours' cannot be found",
    ],
    [
      'a module without start',
      'no-start.app',
      "no-start.app:4:6: mod './no-start.mjs' has no function 'start'",
    ],
    ['a start that throws', 'throws.app', 'could not be started: the sensor is not plugged in'],
    [
      'a start that gives no 2-tuple',
      'no-tuple.app',
      "'start' of app 'no-tuple' must return [process id or null, ",
    ],
    [
      'a dependency that is not there',
      'missing-dependency.app',
      "missing-dependency.app:5:16: applications[0]: there is no app 'nowhere'",
    ],
  ])('%s', async (_what, file, says) => {
    const path = file === 'nowhere.app' ? file : `${broken}/${file}`;
    const said = await failure(path);
    expect(said).toMatch(/^ioncore: (ConfigurationError|StartFailed): /);
    expect(said).toContain(path);
    expect(said).toContain(says);
  });

  test('dependencies in a ring: the file that closes it is named', async () => {
    const said = await failure(`${broken}/cycle-a.app`);
    expect(said).toContain('cycle-b.app:5:16: applications[0]: ');
    expect(said).toContain('in a cycle: cycle-a → cycle-b → cycle-a');
  });

  test('a directory', async () => {
    const path = join(directory, 'folder.app');
    await mkdir(path);
    expect(await failure(path)).toBe(
      `ioncore: ConfigurationError: ${path}: expected a file, found a directory\n`,
    );
  });

  // Root may read everything.
  (process.getuid?.() === 0 ? test.skip : test)('a file that may not be read', async () => {
    const path = join(directory, 'locked.app');
    await writeFile(path, 'type: application\n');
    await chmod(path, 0);
    expect(await failure(path)).toContain(`${path}: the file may not be read`);
  });

  test('the second of two: the first one is stopped again', async () => {
    const program = start(['start', '-n', hello, `${broken}/throws.app`], { input: '' });
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toMatch(/app stopped .*app=hello(?:.|\n)*container stopped .*complete=true/);
    expect(program.stderr).not.toContain('ready');
  });

  test('on RabbitMQ: nothing is left there', async () => {
    const vhost = await makeTestVhost('failed-start');
    try {
      const said = await failure('--broker', vhost.url, `${broken}/throws.app`);
      expect(said).toContain('the sensor is not plugged in');
      const { ctl, vhost: name } = vhost;
      if (ctl === undefined || name === undefined) return;
      expect(await ctl('list_queues', '-p', name, 'name')).not.toContain('~inbox');
      await eventually(async () => !(await ctl('list_connections', 'vhost')).includes(name), {
        withinMs: 15_000,
      });
    } finally {
      await vhost.dispose();
    }
  });
});

describe('a boot script that throws', () => {
  test('is named', async () => {
    const boot = join(directory, 'boot.mjs');
    await writeFile(boot, "export function boot() { throw new Error('no\\nway'); }");
    expect(await failure('-b', boot)).toBe(`ioncore: StartFailed: --boot-script ${boot} failed: no way\n`);
  });
});

describe('an error that nobody handles', () => {
  test.each([
    ['thrown in a timer', "setTimeout(() => { throw new Error('too late'); })"],
    ['of a promise that nobody awaits', "void Promise.reject(new Error('too late'))"],
  ])('%s stops the container in order: exit code 1, one message, nothing left behind', async (what, code) => {
    const name = what.replaceAll(' ', '-');
    const pidfile = join(directory, `${name}.pid`);
    await writeFile(
      join(directory, `${name}.mjs`),
      `export function start() { ${code}; return [null, []]; }
       export function stop() { console.log('stopped'); }`,
    );
    const app = join(directory, `${name}.app`);
    await writeFile(app, `type: application\nname: ${name}\nversion: '1.0.0'\nmod: ./${name}.mjs\n`);
    const program = start(['start', '-n', '--pidfile', pidfile, app]);
    expect([await program.exited(), program.stdout]).toEqual([1, 'stopped\n']);
    expect(program.stderr).toContain(
      `\nioncore: Internal: nobody handles this error: too late (${join(directory, `${name}.mjs`)}:1:`,
    );
    expect(program.stderr).not.toMatch(/^\s+at /m);
    await expect(access(pidfile)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
