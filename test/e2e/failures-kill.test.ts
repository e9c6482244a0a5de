import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, defineService, operation, Type } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, usePrograms } from '../support/cli.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** As `fixtures/failures/ledger.mjs` has it. */
const entry = { content: Type.String(), result: Type.Integer() };
const Ledger = defineService({
  name: 'ledger',
  version: '1.0.0',
  operations: { once: operation(entry), again: operation({ ...entry, idempotent: true }) },
});

/** One execution, as its instance wrote it down. */
interface Execution {
  readonly id: string;
  readonly pid: number;
}

describe('instances that are lost while they handle', () => {
  const start = usePrograms();
  let vhost: TestVhost;
  let directory: string;
  let caller: Container;
  let systems = 0;

  beforeAll(async () => {
    vhost = await makeTestVhost('failures-kill');
  });
  afterAll(() => vhost.dispose());
  beforeEach(async () => {
    systems += 1;
    directory = await mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'ledger-'));
    await writeFile(join(directory, 'ledger'), '');
    caller = new Container({ sysname: `ledger-${process.pid}-${systems}`, broker: vhost.url });
    await caller.start();
  });
  afterEach(async () => {
    await caller.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('rows 14 and 27: 32 kills: what must not run twice never does, and says that it may have run; what may, succeeds elsewhere', async () => {
    const client = caller.client(Ledger);
    const running: Program[] = await Promise.all([1, 2, 3, 4].map(() => instance()));
    const replacements: Promise<void>[] = [];
    const lost: string[] = [];
    for (let round = 0; round < 32; round += 1) {
      await eventually(() => running.length >= 2, { withinMs: 15_000 });
      const calls = new Map<string, Promise<unknown>>();
      for (const kind of ['once', 'again', 'retried'] as const) {
        for (const number of [1, 2]) {
          const id = `${kind}-${round}-${number}`;
          const options = kind === 'retried' ? { retry: { attempts: 4 } } : {};
          calls.set(id, outcome(kind === 'once' ? client.once(id) : client.again(id, options)));
        }
      }
      const begun: Execution[] = [];
      await eventually(async () => {
        begun.splice(0, begun.length, ...(await executions()).filter(({ id }) => calls.has(id)));
        return begun.length === calls.size;
      });
      const victim = running.find(({ pid }) => pid === begun[round % begun.length]?.pid);
      if (victim === undefined) throw new Error('nobody handles it');
      running.splice(running.indexOf(victim), 1);
      victim.signal('SIGKILL');
      replacements.push(instance().then((program) => void running.push(program)));
      for (const { id, pid } of begun) {
        if (pid !== victim.pid) continue;
        lost.push(id);
        const answer = await calls.get(id);
        if (id.startsWith('once')) {
          expect(answer).toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
        } else {
          expect(answer).not.toBe(victim.pid);
          expect(running.map(({ pid: other }) => other)).toContain(answer);
        }
      }
      for (const program of running) program.signal('SIGUSR2');
      for (const { id, pid } of begun) if (pid !== victim.pid) expect(await calls.get(id)).toBe(pid);
    }
    await Promise.all(replacements);

    const counts = new Map<string, number>();
    for (const { id } of await executions()) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(counts.size).toBe(32 * 6);
    for (const [id, count] of counts)
      expect([id, count]).toEqual([id, lost.includes(id) && !id.startsWith('once') ? 2 : 1]);
    expect(lost.length).toBeGreaterThanOrEqual(32);
    expect(new Set(lost.map((id) => id.split('-')[0]))).toEqual(new Set(['once', 'again', 'retried']));
  }, 90_000);

  test('without another instance a call fails within seconds, executed unknown; by id it takes its whole time', async () => {
    const program = await instance(['--contid', 'alone']);
    const client = caller.client(Ledger);
    const calls = [
      outcome(client.once('shared')),
      outcome(caller.rpcSend('alone.1', 'once', 'by id', { timeoutMs: 4000 })),
    ];
    await eventually(async () => (await executions()).length === 2);
    program.signal('SIGKILL');
    const startedAt = performance.now();
    expect(await calls[0]).toMatchObject({
      code: 'Unavailable',
      details: { executed: 'unknown', reason: 'no instance' },
    });
    expect(performance.now() - startedAt).toBeLessThan(4000);
    expect(await calls[1]).toMatchObject({ code: 'Timeout' });
    expect(await executions()).toHaveLength(2);
  }, 30_000);

  test('a broker connection that breaks while an instance handles: nothing that must not runs twice', async () => {
    const proxy = await TcpProxy.start(vhost.url);
    try {
      const cut = await instance([], proxy.url);
      const client = caller.client(Ledger);
      const calls = { once: outcome(client.once('once')), again: outcome(client.again('again')) };
      await eventually(async () => (await executions()).length === 2);
      const other = await instance();
      proxy.sever();
      expect(await calls.once).toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
      expect(await calls.again).toBe(other.pid);
      cut.signal('SIGUSR2');
      // It has a connection again, and works.
      let round = 0;
      await eventually(
        async () => {
          round += 1;
          const ids = [1, 2, 3, 4].map((number) => `after-${round}-${number}`);
          const answers = ids.map((id) => outcome(client.again(id)));
          await eventually(
            async () => (await executions()).filter(({ id }) => ids.includes(id)).length === 4,
          );
          for (const program of [cut, other]) program.signal('SIGUSR2');
          const pids = new Set(await Promise.all(answers));
          return pids.has(cut.pid) && pids.has(other.pid);
        },
        { withinMs: 15_000 },
      );
      const counts = (await executions()).filter(({ id }) => id === 'once' || id === 'again');
      expect(counts.map(({ id, pid }) => [id, pid])).toEqual(
        expect.arrayContaining([
          ['once', cut.pid],
          ['again', cut.pid],
          ['again', other.pid],
        ]),
      );
      expect(counts).toHaveLength(3);
    } finally {
      await proxy.dispose();
    }
  }, 60_000);

  test('row 44: SIGTERM while an instance handles: it finishes and answers, and takes nothing new', async () => {
    const leaving = await instance();
    const client = caller.client(Ledger);
    const begun = [outcome(client.once('begun-1')), outcome(client.once('begun-2'))];
    await eventually(async () => (await executions()).length === 2);
    const staying = await instance();
    leaving.signal('SIGTERM');
    await leaving.until('stderr', /stop/i);
    const later = outcome(client.once('later'));
    await eventually(async () => (await executions()).length === 3);
    for (const program of [leaving, staying]) program.signal('SIGUSR2');
    expect(await Promise.all(begun)).toEqual([leaving.pid, leaving.pid]);
    expect(await later).toBe(staying.pid);
    expect(await leaving.exited()).toBe(0);
    expect(await executions()).toHaveLength(3);
  }, 60_000);

  /** A container with the ledger, ready. */
  async function instance(more: readonly string[] = [], broker = vhost.url): Promise<Program> {
    const program = start(
      [
        'start',
        '-n',
        '-s',
        caller.sysname,
        '--broker',
        broker,
        ...more,
        'test/e2e/fixtures/failures/ledger.app',
      ],
      { env: { LEDGER_FILE: join(directory, 'ledger') } },
    );
    await program.until('stderr', / ready /);
    return program;
  }

  async function executions(): Promise<readonly Execution[]> {
    const lines = (await readFile(join(directory, 'ledger'), 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => {
      const [id = '', pid = ''] = line.split(' ');
      return { id, pid: Number(pid) };
    });
  }
});

/** What a call came to: its result, or its error. */
function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error);
}
