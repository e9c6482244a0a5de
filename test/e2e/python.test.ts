import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { Program, usePrograms } from '../support/cli.ts';

/** What `json_client.py` sends, and what it prints of the answer. */
interface JsonMessage {
  readonly body: string;
  readonly type?: string;
  readonly content_type?: string;
  readonly correlation_id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const sysname = 'python';
const start = usePrograms();
let vhost: TestVhost;
let container: Program;

beforeAll(async () => {
  vhost = await makeTestVhost('python');
  container = new Program(['start', '-n', '-s', sysname, '--broker', vhost.url, 'res/apps/hello.app'], {});
  await container.until('stderr', / ready /);
});
afterAll(async () => {
  container.signal('SIGTERM');
  expect(await container.exited()).toBe(0);
  await container.dispose();
  await vhost.dispose();
});

/** Sends messages to the hello service from Python and gives the answers. */
async function send(reply: 'queue' | 'direct', ...messages: readonly JsonMessage[]): Promise<unknown[]> {
  const program = start(['test/support/json_client.py'], {
    command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
    input: JSON.stringify({ url: vhost.url, exchange: sysname, key: 'hello', reply, messages }),
  });
  await program.succeeded();
  return JSON.parse(program.stdout);
}

function ok(content: unknown, correlationId: string | null) {
  return {
    content,
    correlation_id: correlationId,
    content_type: 'application/json',
    headers: expect.objectContaining({ status: 'OK', 'response-code': 200 }),
  };
}

function failed(responseCode: number, code: string, message: RegExp, correlationId: string | null) {
  return {
    content: expect.objectContaining({ code, message: expect.stringMatching(message) }),
    correlation_id: correlationId,
    content_type: 'application/json',
    headers: expect.objectContaining({ status: 'ERROR', 'response-code': responseCode }),
  };
}

describe.each(['queue', 'direct'] as const)(
  'a Python program that calls with plain JSON (reply to %s)',
  (reply) => {
    test('is answered in JSON, with its correlation id, or without one if it gave none', async () => {
      const json = { content_type: 'application/json', type: 'hello', body: '"you"' };
      expect(
        await send(
          reply,
          { ...json, correlation_id: 'first' },
          { ...json, body: '"Zoë ☃"', correlation_id: 'second' },
          json,
          { ...json, content_type: 'application/json; charset=utf-8', correlation_id: 'with charset' },
        ),
      ).toEqual([
        ok('Hello there, you', 'first'),
        ok('Hello there, Zoë ☃', 'second'),
        ok('Hello there, you', null),
        ok('Hello there, you', 'with charset'),
      ]);
    });

    test('need not name a content type, and may name the operation in a header', async () => {
      expect(
        await send(
          reply,
          { type: 'hello', body: '"you"', correlation_id: 'a' },
          { headers: { op: 'hello' }, body: '"me"', correlation_id: 'b' },
        ),
      ).toEqual([ok('Hello there, you', 'a'), ok('Hello there, me', 'b')]);
    });

    test('is told what was wrong, with its correlation id', async () => {
      const json = { content_type: 'application/json' };
      expect(
        await send(
          reply,
          { ...json, type: 'nope', body: '"you"', correlation_id: '1' },
          { ...json, type: 'hello', body: '{"name":"you"}', correlation_id: '2' },
          { ...json, type: 'hello', body: '{"name":', correlation_id: '3' },
          { ...json, body: '"you"', correlation_id: '4' },
          { ...json, type: 'hello', body: '"still there"', correlation_id: '5' },
        ),
      ).toEqual([
        failed(404, 'NotFound', /'nope'/, '1'),
        failed(400, 'BadRequest', /./, '2'),
        failed(400, 'BadRequest', /./, '3'),
        failed(400, 'BadRequest', /./, '4'),
        ok('Hello there, still there', '5'),
      ]);
    });
  },
);
