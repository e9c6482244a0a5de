import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Container } from '../../src/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { projectRoot, usePrograms } from '../support/cli.ts';
import { makeDirectory } from '../support/package.ts';

const start = usePrograms();
let vhost: TestVhost;
let directory = '';

beforeAll(async () => {
  vhost = await makeTestVhost('interceptors');
  directory = await makeDirectory('interceptors');
});
afterAll(async () => {
  await vhost.dispose();
  await rm(directory, { recursive: true, force: true });
});

test('examples/audit: a started container writes a line for each request, answered or refused', async () => {
  const cwd = join(directory, 'audit');
  await cp(join(projectRoot, 'examples/audit'), cwd, { recursive: true });
  const sysname = `audit-${process.pid}`;
  const hello = join(projectRoot, 'res/apps/hello.app');
  const where = ['-s', sysname, '--broker', vhost.url];
  const host = start(['start', '-n', ...where, '--contid', 'host', hello], { cwd });
  await host.until('stderr', / interceptors made .*audit/);
  await host.until('stderr', / ready /);
  const caller = new Container({ id: 'caller', sysname, broker: vhost.url });
  try {
    await caller.start();
    expect(await caller.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
    await expect(caller.rpcSend('hello', 'fly')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(caller.rpcSend('hello', 'hello', 7)).rejects.toMatchObject({ code: 'BadRequest' });
  } finally {
    await caller.stop();
  }
  host.signal('SIGTERM');
  expect(await host.exited()).toBe(0);
  const text = await readFile(join(cwd, 'audit.jsonl'), 'utf8');
  const lines: unknown[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const asked = {
    user: 'ANONYMOUS',
    sender: 'caller.0',
    receiver: 'hello',
    at: expect.any(String),
    ms: expect.any(Number),
  };
  expect(lines).toEqual([
    { ...asked, op: 'hello', outcome: 'ok' },
    { ...asked, op: 'fly', outcome: 'NotFound' },
    { ...asked, op: 'hello', outcome: 'BadRequest' },
  ]);
});

test.each([
  ['stack: [aduit, log]', /interceptors\.yaml:1:9: stack\[0\]: there is no interceptor 'aduit'/],
  [
    'interceptors: {audit: {module: ./audit.mjs}}\nstack: [audit]',
    /interceptors\.yaml:1:32: interceptors\.audit\.module '\.\/audit\.mjs' cannot be loaded: there is no file/,
  ],
])('a stack that cannot be used fails the start, naming the place: %s', async (text, expected) => {
  const cwd = await makeDirectory('stack');
  await mkdir(join(cwd, 'res/config'), { recursive: true });
  await writeFile(join(cwd, 'res/config/interceptors.yaml'), text);
  const program = start(['start', '-n'], { cwd });
  expect(await program.exited()).not.toBe(0);
  expect(program.stderr).toMatch(expected);
  await rm(cwd, { recursive: true, force: true });
});
