import { describe, expect, test } from '@jest/globals';
import { resolveSupervisorSpec, type SupervisorFlags } from '../../../src/supervisor/index.ts';
import { resolveRestartDelay, restartDelayMs } from '../../../src/supervisor/restart-delay.ts';
import { type ChildScript, Simulation } from './simulation.ts';
import { children, lastReply, tracedBy } from './specs.ts';

const crash = { error: 'crash' } as const;
const flags = {
  intensity: 100,
  periodMs: 60_000,
  restartDelay: { initialMs: 100, maxMs: 1_000, jitter: 0, resetAfterMs: 5_000 },
} as const satisfies SupervisorFlags;

function begun(
  more: SupervisorFlags = {},
  script: ChildScript = {},
  chance = () => 0,
  ids = ['a', 'b', 'c'],
) {
  const simulation = new Simulation(
    resolveSupervisorSpec({ ...flags, ...more }, children(...ids)),
    script,
    chance,
  );
  simulation.send({ type: 'begin' });
  return simulation.run();
}
const delays = (simulation: Simulation) =>
  simulation.actions.flatMap((action) => (action.type === 'delay' ? [action.delayMs] : []));
const stateOf = (simulation: Simulation, id: string) => {
  simulation.send({ type: 'whichChildren', from: 99 });
  const reply = lastReply(simulation.run());
  return reply?.type === 'children' ? reply.children.find((child) => child.id === id) : undefined;
};

describe('restartDelayMs()', () => {
  test('is nothing at first, then doubles up to the bound', () => {
    const delay = resolveRestartDelay({ jitter: 0 }, 'test');
    if (delay === false) throw new Error('there is a delay');
    const waits = [0, 1, 2, 3, 7, 8, 1_000].map((before) => restartDelayMs(delay, before, 0));
    expect(waits).toEqual([0, 100, 200, 400, 6_400, 10_000, 10_000]);
  });

  test('is shortened by chance, at most by the jitter', () => {
    const delay = resolveRestartDelay({ jitter: 0.2 }, 'test');
    if (delay === false) throw new Error('there is a delay');
    expect([0, 0.5, 1].map((chance) => restartDelayMs(delay, 1, chance))).toEqual([100, 90, 80]);
  });
});

describe('decide() with back-off', () => {
  test('restarts at once the first time, then later and later', () => {
    const simulation = begun();
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      simulation.exit(`a.${attempt}`, crash);
      simulation.run().advance(1_000);
    }
    expect(delays(simulation)).toEqual([100, 200, 400, 800, 1_000]);
    expect(simulation.live.has('a.7')).toBe(true);
  });

  test('shows a child that waits as delayed, and when it is due', () => {
    const simulation = begun();
    simulation.exit('a.1', crash);
    simulation.run().advance(50);
    simulation.exit('a.2', crash);
    simulation.run();
    expect(stateOf(simulation, 'a')).toMatchObject({
      state: 'delayed',
      dueInMs: 100,
      pid: undefined,
      lastExit: crash,
    });
    simulation.advance(99);
    expect(simulation.live.has('a.3')).toBe(false);
    simulation.advance(1);
    expect(stateOf(simulation, 'a')).toMatchObject({ state: 'running', pid: 'a.3', restarts: 2 });
  });

  test('begins anew with a child that has run long enough; the wait is no running time', () => {
    const simulation = begun();
    simulation.exit('a.1', crash);
    simulation.run();
    simulation.exit('a.2', crash);
    simulation.run().advance(100 + 4_999);
    simulation.exit('a.3', crash);
    simulation.run().advance(200 + 5_000);
    simulation.exit('a.4', crash);
    expect(tracedBy(simulation, () => undefined)).toEqual(['start a.5']);
    expect(delays(simulation)).toEqual([100, 200]);
  });

  test('keeps each child its own count', () => {
    const simulation = begun();
    for (const pid of ['a.1', 'a.2', 'b.1'] as const) {
      simulation.exit(pid, crash);
      simulation.run();
    }
    expect(simulation.live.has('b.2')).toBe(true);
    expect(stateOf(simulation, 'a')?.state).toBe('delayed');
  });

  test('asks chance once for each delay', () => {
    let asked = 0;
    const simulation = begun({ restartDelay: { ...flags.restartDelay, jitter: 1 } }, {}, () => {
      asked += 1;
      return asked / 10;
    });
    for (const pid of ['a.1', 'b.1', 'a.2', 'b.2'] as const) {
      simulation.exit(pid, crash);
      simulation.run();
    }
    expect(delays(simulation)).toEqual([90, 80]);
  });

  test('waits before each further attempt of a start that fails, and counts each', () => {
    const simulation = begun({ intensity: 3 }, { start: (_, attempt) => (attempt === 1 ? 'ok' : 'fail') });
    simulation.exit('a.1', crash);
    expect(tracedBy(simulation, () => undefined)).toEqual(['start a.2 fail']);
    expect(tracedBy(simulation, () => simulation.advance(100))).toEqual(['start a.3 fail']);
    expect(tracedBy(simulation, () => simulation.advance(200))).toEqual([
      'start a.4 fail',
      'stop c.1 shutdown',
      'stop b.1 shutdown',
      'exit shutdown',
    ]);
    expect(simulation.alarms).toBe(0);
  });

  test('of a group ends the others at once and starts all when the wait is over', () => {
    const simulation = begun({ strategy: 'rest_for_one' });
    simulation.exit('b.1', crash);
    simulation.run();
    expect(tracedBy(simulation, () => simulation.exit('b.2', crash))).toEqual(['stop c.2 shutdown']);
    expect(tracedBy(simulation, () => simulation.advance(100))).toEqual(['start b.3', 'start c.3']);
    expect(simulation.live.has('a.1')).toBe(true);
  });

  test('waits for nothing once the supervisor stops', () => {
    const simulation = begun();
    for (const pid of ['a.1', 'a.2'] as const) {
      simulation.exit(pid, crash);
      simulation.run();
    }
    expect(tracedBy(simulation, () => simulation.send({ type: 'stop', reason: 'shutdown' }))).toEqual([
      'stop c.1 shutdown',
      'stop b.1 shutdown',
      'exit shutdown',
    ]);
    expect(simulation.alarms).toBe(0);
  });
});

describe('a delayed child', () => {
  function delayed() {
    const simulation = begun();
    for (const pid of ['a.1', 'a.2'] as const) {
      simulation.exit(pid, crash);
      simulation.run();
    }
    return simulation.advance(30);
  }
  const ask = (
    simulation: Simulation,
    type:
      | 'pauseChild'
      | 'resumeChild'
      | 'restartChildNow'
      | 'terminateChild'
      | 'restartChild'
      | 'deleteChild',
    id = 'a',
  ) => {
    simulation.send({ type, from: 1, child: { id } });
    return lastReply(simulation.run());
  };

  test('is held by pause and goes on from there by resume', () => {
    const simulation = delayed();
    expect(ask(simulation, 'pauseChild')).toEqual({ type: 'done' });
    expect(stateOf(simulation, 'a')?.state).toBe('paused');
    expect(ask(simulation, 'pauseChild')).toEqual({ type: 'done' });
    expect(tracedBy(simulation, () => simulation.advance(60_000))).toEqual([]);
    expect(ask(simulation, 'resumeChild')).toEqual({ type: 'done' });
    expect(tracedBy(simulation, () => simulation.advance(69))).toEqual([]);
    expect(tracedBy(simulation, () => simulation.advance(1))).toEqual(['start a.3']);
  });

  test.each([false, true])('starts at once when told to, paused: %s', (isPaused) => {
    const simulation = delayed();
    if (isPaused) ask(simulation, 'pauseChild');
    expect(ask(simulation, 'restartChildNow')).toEqual({ type: 'done' });
    expect(simulation.live.has('a.3')).toBe(true);
    expect(simulation.alarms).toBe(0);
    expect(tracedBy(simulation, () => simulation.advance(60_000))).toEqual([]);
  });

  test('does not start by a timer that was cancelled too late', () => {
    const simulation = delayed();
    const late = simulation.actions.find((action) => action.type === 'delay');
    if (late === undefined) throw new Error('it is delayed');
    ask(simulation, 'pauseChild');
    ask(simulation, 'resumeChild');
    expect(
      tracedBy(simulation, () =>
        simulation.send({ type: 'delayOver', child: late.child, timer: late.timer }),
      ),
    ).toEqual([]);
  });

  test('stays down when it is terminated', () => {
    const simulation = delayed();
    expect(ask(simulation, 'terminateChild')).toEqual({ type: 'done' });
    expect(simulation.alarms).toBe(0);
    expect(ask(simulation, 'restartChild')).toEqual({ type: 'started', pid: 'a.3' });
  });

  test('is neither deleted nor started by hand', () => {
    const simulation = delayed();
    expect(ask(simulation, 'deleteChild')).toEqual({ type: 'refused', because: 'restarting' });
    expect(ask(simulation, 'restartChild')).toEqual({ type: 'refused', because: 'restarting' });
  });

  test.each(['pauseChild', 'resumeChild', 'restartChildNow'] as const)(
    '%s is refused for any other',
    (type) => {
      const simulation = delayed();
      expect(ask(simulation, type, 'b')).toEqual({ type: 'refused', because: 'not_delayed' });
      expect(ask(simulation, type, 'z')).toEqual({ type: 'refused', because: 'not_found' });
    },
  );
});
