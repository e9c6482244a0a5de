import { describe, expect, test } from '@jest/globals';
import { describeChildren, resolveChildSpec } from '../../../src/supervisor/index.ts';
import { Simulation } from './simulation.ts';
import { begun, children, lastReply, plainSpec, start, story, tracedBy } from './specs.ts';

const crash = { error: 'crash' } as const;
const stop = { type: 'stop', reason: 'shutdown' } as const;
const abc = children('a', 'b', 'c');

describe('decide() at the beginning', () => {
  test('starts the children in order, one at a time', () => {
    expect(story(begun({}, abc))).toEqual(['start a.1', 'start b.1', 'start c.1', 'ready']);
  });

  test('undoes what was started, last first, when a start fails', () => {
    const simulation = begun({}, abc, { start: (name) => (name === 'c' ? 'fail' : 'ok') });
    expect(story(simulation)).toEqual([
      'start a.1',
      'start b.1',
      'start c.1 fail',
      'stop b.1 shutdown',
      'stop a.1 shutdown',
      'exit {shutdown:{failedToStart:c,reason:scripted}}',
    ]);
    expect(simulation.reports).toMatchObject([
      { context: 'start_error', reason: 'scripted', child: { id: 'c' } },
    ]);
  });

  test('keeps an ignored child without a process, and forgets a temporary one', () => {
    const specs = [...children('a'), { id: 'b', start, restart: 'temporary' as const }];
    const simulation = begun({}, specs, { start: () => 'ignore' });
    expect(describeChildren(simulation.state, simulation.now)).toMatchObject([
      { id: 'a', state: 'stopped', pid: undefined },
    ]);
  });

  test('shows which child is being started, and answers only when it is done', () => {
    const seen: string[] = [];
    const simulation = new Simulation(plainSpec({}, abc), {
      start: (name) => {
        seen.push(
          describeChildren(simulation.state, simulation.now)
            .map((child) => child.state)
            .join(' '),
        );
        if (name === 'a') simulation.send({ type: 'countChildren', from: 7 });
        return 'ok';
      },
    });
    simulation.send({ type: 'begin' });
    simulation.run();
    expect(seen).toEqual([
      'starting stopped stopped',
      'running starting stopped',
      'running running starting',
    ]);
    expect(lastReply(simulation)).toEqual({
      type: 'counts',
      counts: { specs: 3, active: 3, supervisors: 0, workers: 3 },
    });
  });
});

describe('decide() when something starts that it has not asked for', () => {
  test('ends it', () => {
    const simulation = begun({}, abc);
    simulation.send({ type: 'started', child: 1, pid: 'b.9' });
    expect(simulation.run().actions.at(-1)).toEqual({
      type: 'terminate',
      child: 1,
      pid: 'b.9',
      shutdown: 'brutal_kill',
    });
    expect(describeChildren(simulation.state, simulation.now)[1]).toMatchObject({ id: 'b', pid: 'b.1' });
  });
});

describe('decide() when a child exits', () => {
  test('one_for_one starts it alone', () => {
    const simulation = begun({ strategy: 'one_for_one' }, abc);
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual(['start b.2']);
  });

  test('one_for_all ends the others, last first, and starts all', () => {
    const simulation = begun({ strategy: 'one_for_all' }, abc);
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual([
      'stop c.1 shutdown',
      'stop a.1 shutdown',
      'start a.2',
      'start b.2',
      'start c.2',
    ]);
  });

  test('rest_for_one does so with those after it', () => {
    const simulation = begun({ strategy: 'rest_for_one' }, abc);
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual([
      'stop c.1 shutdown',
      'start b.2',
      'start c.2',
    ]);
  });

  test('does not end who has ended already, and takes note of how', () => {
    const simulation = begun({ strategy: 'one_for_all' }, abc);
    simulation.exit('b.1', crash);
    simulation.exit('c.1', 'killed');
    expect(tracedBy(simulation, () => undefined)).toEqual([
      'stop a.1 shutdown',
      'start a.2',
      'start b.2',
      'start c.2',
    ]);
    expect(simulation.reports.map(({ context, child }) => [context, child.pid])).toEqual([
      ['child_terminated', 'b.1'],
      ['shutdown_error', 'c.1'],
    ]);
  });

  test('kills who does not end in time', () => {
    const specs = [{ id: 'a', start, shutdown: 300 }, ...children('b')];
    const simulation = begun({ strategy: 'one_for_all' }, specs, { onShutdown: () => undefined });
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual([]);
    expect(describeChildren(simulation.state, simulation.now).map((child) => child.state)).toEqual([
      'terminating',
      'stopped',
    ]);
    expect(tracedBy(simulation, () => simulation.advance(300))).toEqual([
      'stop a.1 killed',
      'start a.2',
      'start b.2',
    ]);
    expect(simulation.reports.at(-1)).toMatchObject({ context: 'shutdown_error', reason: 'killed' });
  });

  test('gives up after too many restarts: the others end, last first', () => {
    const simulation = begun({ intensity: 1 }, abc);
    simulation.exit('b.1', crash);
    simulation.run();
    expect(tracedBy(simulation, () => simulation.exit('b.2', crash))).toEqual([
      'stop c.1 shutdown',
      'stop a.1 shutdown',
      'exit shutdown',
    ]);
    expect(simulation.reports.at(-1)).toMatchObject({
      context: 'shutdown',
      reason: 'reached_max_restart_intensity',
      child: { id: 'b', restarts: 1 },
    });
  });

  test.each(['any_significant', 'all_significant'] as const)(
    'ends itself by autoShutdown %s',
    (autoShutdown) => {
      const specs = ['a', 'b'].map((id) => ({ id, start, restart: 'transient' as const, significant: true }));
      const simulation = begun({ autoShutdown }, [...specs, ...children('c')]);
      const first = tracedBy(simulation, () => simulation.exit('a.1', 'normal'));
      const ends = ['stop c.1 shutdown', 'exit shutdown'];
      if (autoShutdown === 'any_significant')
        expect(first).toEqual(['stop c.1 shutdown', 'stop b.1 shutdown', 'exit shutdown']);
      else expect([first, tracedBy(simulation, () => simulation.exit('b.1', 'normal'))]).toEqual([[], ends]);
    },
  );
});

describe('decide() when a restart fails', () => {
  const failing = {
    start: (name: string, attempt: number) => (name === 'b' && attempt > 1 ? 'fail' : 'ok'),
  } as const;

  test('tries again, and each attempt counts', () => {
    const simulation = begun({ intensity: 3 }, abc, failing);
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual([
      'start b.2 fail',
      'start b.3 fail',
      'start b.4 fail',
      'stop c.1 shutdown',
      'stop a.1 shutdown',
      'exit shutdown',
    ]);
  });

  test('tries again behind what has arrived, so that a stop comes in between', () => {
    const simulation = begun({}, abc, {
      start: (name, attempt) => {
        if (name === 'b' && attempt === 2) simulation.send(stop);
        return failing.start(name, attempt);
      },
    });
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual([
      'start b.2 fail',
      'stop c.1 shutdown',
      'stop a.1 shutdown',
      'exit shutdown',
    ]);
  });

  test('leaves it when it was terminated in between', () => {
    const simulation = begun({}, abc, {
      start: (name, attempt) => {
        if (name === 'b' && attempt === 2)
          simulation.send({ type: 'terminateChild', from: 1, child: { id: 'b' } });
        return failing.start(name, attempt);
      },
    });
    expect(tracedBy(simulation, () => simulation.exit('b.1', crash))).toEqual(['start b.2 fail']);
    expect(describeChildren(simulation.state, simulation.now)[1]).toMatchObject({
      id: 'b',
      state: 'stopped',
    });
  });
});

describe('decide() for simple_one_for_one', () => {
  function pool(names: readonly string[]) {
    const simulation = begun({ strategy: 'simple_one_for_one' }, children('worker'));
    for (const name of names) simulation.send({ type: 'startDynamicChild', from: 0, args: [name] });
    return simulation.run();
  }

  test('starts children with their arguments, again with the same ones', () => {
    const simulation = pool(['x', 'y']);
    expect(tracedBy(simulation, () => simulation.exit('x.1', crash))).toEqual(['start x.2']);
  });

  test('ends them all at once', () => {
    const simulation = pool(['x', 'y']);
    expect(tracedBy(simulation, () => simulation.send(stop))).toEqual([
      'stop y.1 shutdown',
      'stop x.1 shutdown',
      'exit shutdown',
    ]);
    const terminations = simulation.actions.filter((action) => action.type === 'terminate');
    expect(terminations).toHaveLength(2);
  });

  test('terminates by process, forgets the child, and grants what is gone already', () => {
    const simulation = pool(['x', 'y']);
    for (const expected of ['stop x.1 shutdown', undefined]) {
      const happened = tracedBy(simulation, () =>
        simulation.send({ type: 'terminateChild', from: 1, child: { pid: 'x.1' } }),
      );
      expect(happened[0]).toBe(expected);
      expect(lastReply(simulation)).toEqual({ type: 'done' });
    }
    expect(describeChildren(simulation.state, simulation.now)).toMatchObject([{ id: undefined, pid: 'y.1' }]);
  });

  test('does not know a process of somebody else', () => {
    const simulation = pool(['x']);
    simulation.live.set('other.1', 'other');
    simulation.send({ type: 'terminateChild', from: 1, child: { pid: 'other.1' } });
    expect(lastReply(simulation.run())).toEqual({ type: 'refused', because: 'not_found' });
  });

  test('refuses what needs an id', () => {
    const simulation = pool(['x']);
    const refused = { type: 'refused', because: 'simple_one_for_one' };
    const spec = resolveChildSpec({ id: 'a', start });
    for (const request of [
      { type: 'startChild', from: 1, spec },
      { type: 'deleteChild', from: 1, child: { id: 'worker' } },
      { type: 'restartChild', from: 1, child: { pid: 'x.1' } },
      { type: 'terminateChild', from: 1, child: { id: 'worker' } },
    ] as const) {
      simulation.send(request);
      expect(lastReply(simulation.run())).toEqual(refused);
    }
  });
});

describe('decide() once it has ended', () => {
  test('refuses requests, those too that were waiting', () => {
    const simulation = begun({}, abc);
    simulation.send(stop);
    simulation.send({ type: 'whichChildren', from: 4 });
    simulation.run();
    expect(lastReply(simulation)).toEqual({ type: 'refused', because: 'noproc' });
    simulation.send({ type: 'startDynamicChild', from: 5, args: [] });
    expect(simulation.run().happenings.at(-1)).toEqual({
      type: 'reply',
      to: 5,
      reply: { type: 'refused', because: 'noproc' },
    });
  });
});
