import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { reconnectDefaults, tcpLines } from '../../../../src/apps/buoy/tcp-lines.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';

let server: Server;
const clients: Socket[] = [];

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    clients.push(socket);
  });
  await listen(0);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

async function listen(port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

/** The server's side of the connection number `count`. */
async function client(count: number): Promise<Socket> {
  await eventually(() => clients.length >= count);
  const socket = clients[count - 1];
  if (socket === undefined) throw new Error('no connection');
  return socket;
}

function reading(port = (server.address() as AddressInfo).port) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const abort = new AbortController();
  const lines: string[] = [];
  const source = tcpLines({ host: '127.0.0.1', port }, env, logger, abort.signal);
  const ended = (async () => {
    for await (const line of source) lines.push(line);
  })();
  const has = (...expected: readonly string[]) =>
    eventually(() => {
      expect(lines).toEqual(expected);
      return true;
    });
  const warnings = () => logger.lines.filter(({ level }) => level === 'warn');
  return { env, abort, ended, lines, has, warnings, port };
}

describe('tcpLines()', () => {
  test('gives the lines as they come, and ends the connection when the signal aborts', async () => {
    const { env, abort, ended, has } = reading();
    const instrument = await client(1);
    instrument.write('one\r\ntw');
    await has('one');
    instrument.write('o\r\n');
    await has('one', 'two');
    const closed = once(instrument, 'close');
    abort.abort();
    await ended;
    await closed;
    expect(env.pendingTimers()).toBe(0);
  });

  test('makes a lost connection anew, after a wait; the cut line is a line too', async () => {
    const { env, abort, ended, has, warnings } = reading();
    (await client(1)).end('one\r\ntw');
    await has('one', 'tw');
    await eventually(() => warnings().length === 1 && env.pendingTimers() === 1);
    expect(warnings()[0]).toMatchObject({ message: 'no connection; tries again' });
    await env.advance(reconnectDefaults.initialMs);
    (await client(2)).write('three\r\n');
    await has('one', 'tw', 'three');
    abort.abort();
    await ended;
  });

  test('waits longer after each failure, up to a bound, and begins anew after a success', async () => {
    const { port } = reading();
    (await client(1)).destroy();
    await new Promise((resolve) => server.close(resolve));
    const { env, abort, ended, has, warnings } = reading(port);
    const waits = () => warnings().map(({ fields }) => Number(fields.inMs));
    for (let count = 1; count <= 9; count++) {
      await eventually(() => warnings().length === count && env.pendingTimers() === 1);
      await env.advance((waits().at(-1) ?? 0) + 1);
    }
    for (const [index, waitMs] of waits().entries()) {
      const most = Math.min(reconnectDefaults.initialMs * 2 ** index, reconnectDefaults.maxMs);
      expect(waitMs).toBeLessThanOrEqual(most);
      expect(waitMs).toBeGreaterThanOrEqual(most / 2 - 1);
    }
    await eventually(() => warnings().length === 10 && env.pendingTimers() === 1);
    await listen(port);
    clients.length = 0;
    await env.advance((waits().at(-1) ?? 0) + 1);
    (await client(1)).end('one\r\n');
    await has('one');
    await eventually(() => warnings().length === 11);
    expect(waits().at(-1)).toBeLessThanOrEqual(reconnectDefaults.initialMs);
    abort.abort();
    await ended;
  });

  test('cuts a connection that is silent', async () => {
    const { env, abort, ended, has, warnings } = reading();
    const instrument = await client(1);
    instrument.write('one\r\n');
    await has('one');
    await env.advance(reconnectDefaults.silentMs - 1);
    instrument.write('two\r\n');
    await has('one', 'two');
    await env.advance(reconnectDefaults.silentMs - 1);
    await turns();
    expect(warnings()).toEqual([]);
    await env.advance(1);
    await eventually(() => warnings().length === 1);
    expect(warnings()[0]?.fields.error).toMatchObject({ message: 'nothing was heard for 60000 ms' });
    abort.abort();
    await ended;
  });

  test('leaves one alone whose bytes nobody takes', async () => {
    const { port } = server.address() as AddressInfo;
    const env = fakeEnv();
    const logger = recordingLogger();
    const abort = new AbortController();
    const lines = tcpLines({ host: '127.0.0.1', port }, env, logger, abort.signal);
    const first = lines.next();
    const instrument = await client(1);
    instrument.write('one\r\n');
    expect(await first).toEqual({ value: 'one', done: false });
    await env.advance(3 * reconnectDefaults.silentMs);
    instrument.write('two\r\n');
    expect(await lines.next()).toEqual({ value: 'two', done: false });
    expect(logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    abort.abort();
    await lines.return();
    expect(env.pendingTimers()).toBe(0);
  });
});
