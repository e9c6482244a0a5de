import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Container } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { usePrograms } from '../support/cli.ts';

const start = usePrograms();
let vhost: TestVhost;

beforeAll(async () => {
  vhost = await makeTestVhost('failures-stream');
});
afterAll(() => vhost.dispose());

interface Poured {
  readonly poured: number;
  readonly finished: number;
  readonly checksum: string;
  readonly peakKb: number;
}
interface Filled {
  readonly filled: number;
  readonly parts: number;
  readonly checksum: string;
  readonly peakKb: number;
}

const MiB = 1024 * 1024;
const all = Number.MAX_SAFE_INTEGER;
/** What the peak of a process may grow by from a stream of 64 MiB to one of 1 GiB. */
const growthMb = 64;

test('row 20: a stream of 1 GiB goes through RabbitMQ whole and in constant memory, and breaking out of one stops its writer', async () => {
  const sysname = `flood-${process.pid}`;
  const where = ['start', '-n', '-s', sysname, '--broker', vhost.url];
  const programs = ['flood', 'basin'].map((app) =>
    start([...where, `test/e2e/fixtures/failures/${app}.app`]),
  );
  for (const program of programs) await program.until('stderr', / ready /);
  const caller = new Container({ sysname, broker: vhost.url });
  await caller.start();
  try {
    const fill = async (bytes: number, until = all) =>
      (await caller.rpcSend('basin', 'fill', { bytes, until }, { timeoutMs: 120_000 })) as Filled;
    const state = async () => (await caller.rpcSend('flood', 'state')) as Poured;

    await fill(64 * MiB);
    const before = { reader: (await fill(64 * MiB)).peakKb, writer: (await state()).peakKb };

    const filled = await fill(1024 * MiB);
    const poured = await state();
    expect(filled.filled).toBe(1024 * MiB);
    expect(poured).toMatchObject({ poured: 1024 * MiB, finished: 3, checksum: filled.checksum });
    expect(filled.peakKb - before.reader).toBeLessThan(growthMb * 1024);
    expect(poured.peakKb - before.writer).toBeLessThan(growthMb * 1024);

    const half = await fill(1024 * MiB, 512 * MiB);
    await eventually(async () => (await state()).finished === 4);
    expect(half.filled).toBeLessThan(514 * MiB);
    // What was granted and under way when the reader stopped.
    expect((await state()).poured - half.filled).toBeLessThan(34 * MiB);
  } finally {
    await caller.stop();
  }
}, 120_000);
