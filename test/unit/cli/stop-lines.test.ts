import { describe, expect, test } from '@jest/globals';
import { describeProgress, describeShutdown, StopLines } from '../../../src/cli/stop-lines.ts';
import { Container, Process, type ShutdownReport } from '../../../src/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';

const complete: ShutdownReport = {
  complete: true,
  tookMs: 12,
  phases: [],
  handedBack: 3,
  unfinishedHandlers: [],
  killed: [],
  unfinishedApps: [],
  leftProcesses: [],
  cause: undefined,
  error: undefined,
};

/** Standard error that keeps what is written. */
function makeWorld(isTTY: boolean) {
  const env = fakeEnv();
  const written: string[] = [];
  const stderr: NodeJS.WriteStream = Object.create(process.stderr, {
    isTTY: { value: isTTY },
    write: { value: (text: string) => written.push(text) > 0 },
  });
  return { env, written, world: { env, stderr } };
}

describe('describeShutdown()', () => {
  test('has nothing to say of a stop that was complete', () => {
    expect(describeShutdown(complete)).toEqual([]);
  });

  test('names whatever had not ended, once', () => {
    const report: ShutdownReport = {
      ...complete,
      complete: false,
      tookMs: 8_040,
      killed: [
        { id: 'ship.2', name: 'orders', ops: ['place', 'cancel'] },
        { id: 'ship.1', name: 'root', ops: [] },
      ],
      unfinishedHandlers: [
        { id: 'ship.2', name: 'orders', op: 'place', ageMs: 9_000 },
        { id: 'ship.7', name: 'lost', op: 'find', ageMs: 3_210 },
      ],
      unfinishedApps: ['shop'],
      leftProcesses: [{ id: 'ship.9', name: 'last' }],
      phases: [
        { phase: 'draining', tookMs: 2_500, late: true },
        { phase: 'apps', tookMs: 2, late: false },
      ],
      error: 'no line to amqp://user:secret@host',
    };
    expect(describeShutdown(report)).toEqual([
      'ioncore: stopped in 8.0 s, but not everything had ended:',
      "  process ship.2 (orders) was killed: 'place', 'cancel' had not ended",
      '  process ship.1 (root) was killed: its onInit or onTerminate, its children or what it holds had not ended',
      "  'find' of process ship.7 (lost) still runs after 3.2 s",
      '  app shop: its stop had not ended',
      '  process ship.9 (last) is left',
      '  not done in time: draining (2.5 s)',
      expect.not.stringContaining('secret'),
    ]);
  });
});

describe('describeProgress()', () => {
  test.each([
    [
      { apps: ['shop', 'hello#2'], processes: 4 },
      'stopping for 1.0 s: apps (apps: shop, hello#2; processes: 4); what is left is cut off within 9.0 s',
    ],
    [{ apps: [], processes: 0 }, 'stopping for 1.0 s: apps; what is left is cut off within 9.0 s'],
  ])('says what is left: %j', (left, text) => {
    const progress = { phase: 'apps', sinceMs: 1_000, leftMs: 9_000, handedBack: 0, ...left } as const;
    expect(describeProgress(progress)).toBe(text);
  });
});

describe('StopLines', () => {
  class Slow extends Process {
    override onTerminate(): Promise<void> {
      return new Promise((resolve) => {
        this.env.clock.timer(2_500, resolve);
      });
    }
  }

  test.each([
    [
      'on a terminal, once a second',
      true,
      [/^ioncore: stopping for 1.0 s: processes/, /^ioncore: stopping for 2.0 s/],
    ],
    ['nowhere else', false, []],
  ])('tell how a stop goes on: %s', async (_where, isTTY, expected) => {
    const { env, world, written } = makeWorld(isTTY);
    const container = new Container({ env, broker: 'embedded', id: 'ship' });
    const lines = new StopLines(container, world);
    await container.start();
    await container.processes.spawn(Slow);
    const stopping = container.stop();
    await env.advance(2_600);
    const report = await stopping;
    lines.close(report);
    await env.advance(5_000);
    expect(report.complete).toBe(true);
    expect(written).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(env.pendingTimers()).toBe(0);
  });
});
