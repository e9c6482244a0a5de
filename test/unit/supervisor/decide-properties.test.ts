import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ProcessId } from '../../../src/exchange/index.ts';
import type { ExitReason } from '../../../src/process/index.ts';
import {
  type ChildSpec,
  decide,
  initialState,
  resolveChildSpec,
  resolveSupervisorSpec,
  type SupervisorEvent,
  type SupervisorSpec,
  type SupervisorState,
} from '../../../src/supervisor/index.ts';
import { Simulation } from './simulation.ts';
import { start } from './specs.ts';

const ids = ['a', 'b', 'c', 'd'];
const id = fc.constantFrom(...ids);
const key = fc.nat(5);
const pid = fc.tuple(id, fc.integer({ min: 1, max: 3 })).map(([name, n]): ProcessId => `${name}.${n}`);
const reason = fc.constantFrom<ExitReason>(
  'normal',
  'shutdown',
  'killed',
  'noproc',
  { shutdown: 1 },
  { error: 1 },
);
const from = fc.nat(1_000);
const target = fc.oneof(fc.record({ id }), fc.record({ pid }));
const childSpec = id.chain((name) => specOf(name));

function specOf(name: string): fc.Arbitrary<ChildSpec> {
  return fc.record({
    id: fc.constant(name),
    start: fc.constant(start),
    restart: fc.constantFrom('permanent' as const, 'transient' as const, 'temporary' as const),
    shutdown: fc.constantFrom<number | 'brutal_kill'>(0, 50, 'brutal_kill'),
  });
}

const supervisorSpec: fc.Arbitrary<SupervisorSpec> = fc
  .record({
    strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'),
    intensity: fc.nat(6),
    size: fc.integer({ min: 1, max: 4 }),
    isDelayed: fc.boolean(),
  })
  .chain(({ strategy, intensity, size, isDelayed }) => {
    const count = strategy === 'simple_one_for_one' ? 1 : size;
    return fc
      .tuple(...ids.slice(0, count).map((name) => specOf(name)))
      .map((specs) =>
        resolveSupervisorSpec({ strategy, intensity, ...(isDelayed ? {} : { restartDelay: false }) }, specs),
      );
  });

const request: fc.Arbitrary<SupervisorEvent> = fc.oneof(
  fc.record({
    type: fc.constant('startChild' as const),
    from,
    spec: childSpec.map((spec) => resolveChildSpec(spec)),
  }),
  fc.record({ type: fc.constant('startDynamicChild' as const), from, args: fc.tuple(id) }),
  fc.record({
    type: fc.constantFrom(
      'terminateChild',
      'deleteChild',
      'restartChild',
      'pauseChild',
      'resumeChild',
      'restartChildNow',
    ),
    from,
    child: target,
  }),
  fc.record({ type: fc.constantFrom('whichChildren', 'countChildren'), from }),
);
const anyEvent: fc.Arbitrary<SupervisorEvent> = fc.oneof(
  request,
  fc.constant({ type: 'begin' } as const),
  fc.record({ type: fc.constant('started' as const), child: key, pid }),
  fc.record({ type: fc.constant('ignored' as const), child: key }),
  fc.record({ type: fc.constant('startFailed' as const), child: key, reason: fc.constant('why') }),
  fc.record({ type: fc.constant('exited' as const), pid, reason }),
  fc.record({ type: fc.constant('tryAgain' as const), child: key }),
  fc.record({ type: fc.constant('delayOver' as const), child: key, timer: fc.nat(3) }),
  fc.record({ type: fc.constant('stop' as const), reason }),
);

/** All that a state says. */
function plain(state: SupervisorState) {
  const children = state.children.list();
  return structuredClone({
    ...state,
    flags: undefined,
    template: undefined,
    children: children.map((child) => ({ ...child, spec: child.spec.id })),
    found: children.map(({ spec, pid }) => [
      state.children.byId(spec.id)?.key,
      pid && state.children.byPid(pid)?.key,
    ]),
    history: [...state.history],
    waiting: [...state.waiting].map((event) => ('spec' in event ? { ...event, spec: event.spec.id } : event)),
  });
}

describe('decide()', () => {
  test('throws for no event in any state, and changes no state it was given', () => {
    fc.assert(
      fc.property(supervisorSpec, fc.array(anyEvent, { maxLength: 40 }), (spec, events) => {
        let state = initialState(spec);
        const moment = { now: 0, chance: () => 0.5, isAlive: () => true };
        for (const event of [{ type: 'begin' } as const, ...events]) {
          const before = plain(state);
          const decision = decide(state, event, moment);
          expect(plain(state)).toEqual(before);
          state = decision.state;
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Deed =
  | { readonly type: 'exit'; readonly name: string; readonly reason: ExitReason }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'request'; readonly event: SupervisorEvent };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('exit' as const), name: id, reason }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.nat(3_000) }) },
    { weight: 2, arbitrary: request.map((event): Deed => ({ type: 'request', event })) },
  ),
  { maxLength: 30 },
);
const life = fc.record({
  spec: supervisorSpec,
  deeds,
  starts: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'fail', 'ignore'), { maxLength: 30 }),
  ignoring: fc.constantFrom(...ids, 'nobody'),
  chance: fc.double({ min: 0, max: 0.99, noNaN: true }),
});
type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never;

/** Lives through it, and ends with a stop that has all the time it needs. */
function live({ spec, deeds, starts, ignoring, chance }: Life, watch: (simulation: Simulation) => void) {
  let started = 0;
  const simulation: Simulation = new Simulation(
    spec,
    {
      start: () => {
        watch(simulation);
        return starts[started++] ?? 'ok';
      },
      onShutdown: (name) => (name === ignoring ? undefined : 'shutdown'),
    },
    () => chance,
  );
  const asked: number[] = [];
  simulation.send({ type: 'begin' });
  for (const deed of deeds) {
    if (deed.type === 'advance') simulation.advance(deed.ms);
    else if (deed.type === 'request') {
      asked.push(asked.length);
      simulation.send({ ...deed.event, ...('from' in deed.event ? { from: asked.length - 1 } : {}) });
    } else {
      const victim = [...simulation.live].find(([, name]) => name === deed.name)?.[0];
      if (victim !== undefined) simulation.exit(victim, deed.reason);
    }
    if (deed.type !== 'request') simulation.run();
  }
  simulation.run().advance(1_000);
  const atStop = simulation.happenings.length;
  const order = simulation.state.children
    .list()
    .flatMap((child) => (child.status.type === 'running' ? [child.pid] : []));
  simulation.send({ type: 'stop', reason: 'shutdown' });
  simulation.run().advance(1_000);
  return { simulation, asked, order, stopped: simulation.happenings.slice(atStop) };
}

describe('a supervisor through a random life', () => {
  test('leaves no process, no timer and no request behind', () => {
    fc.assert(
      fc.property(life, (given) => {
        const { simulation, asked } = live(given, () => undefined);
        expect(simulation.state.phase).toBe('ended');
        expect([...simulation.live.keys()]).toEqual([]);
        expect(simulation.alarms).toBe(0);
        const answered = simulation.happenings.flatMap((happening) =>
          happening.type === 'reply' ? [happening.to] : [],
        );
        expect(answered.toSorted((a, b) => a - b)).toEqual(asked);
        expect(simulation.happenings.filter((happening) => happening.type === 'exit')).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  test('starts no child twice: a start is for one that does not run, and one is under way at a time', () => {
    fc.assert(
      fc.property(life, (given) => {
        live(given, ({ state, actions, live: alive }) => {
          const action = actions.at(-1);
          const child = action?.type === 'start' ? state.children.get(action.child) : undefined;
          expect(child?.status.type).not.toBe('running');
          if (state.template === undefined && child !== undefined) {
            expect([...alive.values()]).not.toContain(child.spec.id);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  test('at its end stops the children in the reverse order of start', () => {
    fc.assert(
      fc.property(life, (given) => {
        const { simulation, order, stopped } = live(given, () => undefined);
        fc.pre(simulation.state.template === undefined);
        const pids = stopped.flatMap((happening) => (happening.type === 'stop' ? [happening.pid] : []));
        expect(pids).toEqual(order.toReversed());
      }),
      { numRuns: 500 },
    );
  });
});
