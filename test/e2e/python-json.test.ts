import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Container, defineService, operation, ServiceProcess, Type } from '../../src/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, usePrograms } from '../support/cli.ts';

const sysname = 'json';
const python = process.env.IONCORE_TEST_PYTHON ?? 'python3';
const examples = 'examples/python';

const Depth = defineService({
  name: 'depth',
  version: '1.0.0',
  wire: 'json',
  operations: {
    measure: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.Number(),
      errors: { NoSuchPlace: Type.Object({ known: Type.Array(Type.String()) }) },
      idempotent: true,
    }),
  },
});

const Hello = defineService({
  name: 'hello',
  version: '1.0.0',
  operations: {
    hello: operation({ content: Type.String(), result: Type.String() }),
    never: operation({ result: Type.Null() }),
    refuse: operation({ result: Type.Null(), errors: { OutOfStock: Type.Object({ left: Type.Integer() }) } }),
  },
});

class HelloService extends ServiceProcess.for(Hello) {
  op_hello(text: string): string {
    return `Hello there, ${text}`;
  }
  op_never(): Promise<null> {
    return new Promise(() => undefined);
  }
  op_refuse(): never {
    throw new Hello.errors.OutOfStock({ left: 0 }, 'no more pumps');
  }
}

const start = usePrograms();
let vhost: TestVhost;
let container: Container;

beforeAll(async () => {
  vhost = await makeTestVhost('json');
  container = new Container({ sysname, broker: vhost.url, stopMs: 500 });
  await container.start();
  await container.processes.spawn(HelloService, { concurrency: 8 });
});
afterAll(async () => {
  await container.stop();
  await vhost.dispose();
});

describe('examples/python/json_client.py', () => {
  function client(op: string, content: unknown, service = 'hello'): Program {
    const args = [`${examples}/json_client.py`, vhost.url, sysname, service, op, JSON.stringify(content)];
    return start(args, { command: python });
  }

  test('prints the result of a typed operation', async () => {
    const program = client('hello', 'Zoë ☃');
    await program.succeeded();
    expect(JSON.parse(program.stdout)).toBe('Hello there, Zoë ☃');
  });

  test.each([
    ['hello', 7, 'hello', 'ServiceError: BadRequest: '],
    ['fly', null, 'hello', 'ServiceError: NotFound: '],
    ['refuse', null, 'hello', 'ServiceError: OutOfStock: no more pumps'],
    ['hello', 'you', 'nobody', "ServiceError: NoReceiver: nobody has the name 'nobody'"],
  ])('raises what goes wrong: %s(%j) of %s', async (op, content, service, error) => {
    const program = client(op, content, service);
    expect(await program.exited()).toBe(1);
    expect(program.stderr).toContain(error);
  });

  test('is a class to import: code and details of errors, its own time, and the next call after that', async () => {
    const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from json_client import JsonClient, ServiceError
client = JsonClient(sys.argv[2], sys.argv[3])
said = []
try:
    client.call("hello", "refuse")
except ServiceError as error:
    said.append([error.code, error.details])
try:
    client.call("hello", "never", timeout_s=0.3)
except TimeoutError as error:
    said.append(str(error))
said.append(client.call("hello", "hello", "again"))
print(json.dumps(said))
`;
    const program = start(['-B', '-c', script, examples, vhost.url, sysname], { command: python });
    await program.succeeded();
    expect(JSON.parse(program.stdout)).toEqual([
      ['OutOfStock', { left: 0 }],
      'hello.never did not answer within 0.3 s',
      'Hello there, again',
    ]);
  });
});

describe('examples/python/json_service.py', () => {
  async function serving(): Promise<Program> {
    const program = start([`${examples}/json_service.py`, vhost.url, sysname], { command: python });
    await program.until('stdout', /ready/);
    return program;
  }

  test('serves a contract with wire json: results and declared errors', async () => {
    await serving();
    const depth = container.client(Depth);
    expect(await depth.measure({ at: 'bow' })).toBe(12.5);
    const error = await depth.measure({ at: 'keel' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Depth.errors.NoSuchPlace);
    expect(error).toMatchObject({ details: { known: ['bow', 'stern'] } });
  });

  test('answers whatever goes wrong', async () => {
    await serving();
    const json = { wire: 'json' } as const;
    await expect(container.rpcSend('depth', 'fly', null, json)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(container.rpcSend('depth', 'measure', 'bow', json)).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('TypeError'),
    });
  });

  test('is called from a prompt, by the option or by configuration', async () => {
    await serving();
    const prompt = start(['start', '-s', sysname, '--broker', vhost.url], {
      input: "await rpc_send('depth', 'measure', { at: 'stern' }, { wire: 'json' })\n",
    });
    await prompt.succeeded();
    expect(prompt.stdout).toBe('14\n');
    const configured = start(['start', '-s', sysname, '--broker', vhost.url], {
      input: "await rpc_send('depth', 'measure', { at: 'bow' })\n",
      env: { IONCORE_CONFIG_EXCHANGE_JSON_SERVICES: '["depth"]' },
    });
    await configured.succeeded();
    expect(configured.stdout).toBe('12.5\n');
  });

  test('takes one-way messages, and instances share the work', async () => {
    const two = [await serving(), await serving()];
    await container.send('depth', 'measure', { at: 'bow' }, { wire: 'json' });
    const depth = container.client(Depth);
    const answers = await Promise.all(Array.from({ length: 20 }, () => depth.measure({ at: 'bow' })));
    expect(answers).toEqual(Array.from({ length: 20 }, () => 12.5));
    expect(two.map(({ stderr }) => stderr)).toEqual(['', '']);
  });

  test('when it has ended calls fail: its queue is no instance', async () => {
    const program = await serving();
    program.signal('SIGINT');
    expect(await program.exited()).toBe(0);
    await expect(container.client(Depth).measure({ at: 'bow' })).rejects.toMatchObject({
      code: 'Unavailable',
      details: { reason: 'no instance' },
    });
  });
});

const hasAmqpTools = spawnSync('amqp-publish', ['--help']).status === 0;
const withAmqpTools = hasAmqpTools ? test : test.skip;

describe('a shell with amqp-tools', () => {
  async function run(command: string, ...args: string[]): Promise<string> {
    const program = start(['-u', vhost.url, ...args], { command });
    await program.succeeded();
    return program.stdout;
  }

  withAmqpTools('calls a service, as the README of the examples says', async () => {
    const queue = (await run('amqp-declare-queue', '-q', '')).trim();
    expect(queue).toMatch(/^amq\.gen-/);
    const ask = ['-e', sysname, '-r', 'hello', '-t', queue, '-C', 'application/json'];
    await run('amqp-publish', ...ask, '-H', 'op: hello', '-b', '"you"');
    expect(await run('amqp-consume', '-q', queue, '-c', '1', 'cat')).toBe('"Hello there, you"');
    await run('amqp-publish', ...ask, '-H', 'op: fly', '-b', 'null');
    expect(JSON.parse(await run('amqp-consume', '-q', queue, '-c', '1', 'cat'))).toMatchObject({
      code: 'NotFound',
    });
    await run('amqp-delete-queue', '-q', queue);
  });

  withAmqpTools('takes one-way messages', async () => {
    const args = ['-u', vhost.url, '-x', '-q', 'a-log', '-e', sysname, '-r', 'log', '-c', '1', 'cat'];
    const program = start(args, { command: 'amqp-consume' });
    // It does not say when it is ready: until then nobody has the name.
    for (let sent = false; !sent; ) {
      sent = await container.send('log', 'note', { at: 'bow' }, { wire: 'json' }).then(
        () => true,
        () => false,
      );
    }
    await program.succeeded();
    expect(JSON.parse(program.stdout)).toEqual({ at: 'bow' });
  });
});
