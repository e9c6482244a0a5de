import fc from 'fast-check';
import type {
  AutoShutdown,
  ChildShutdown,
  RestartType,
  SupervisorStrategy,
} from '../../src/supervisor/index.ts';
import type { ScenarioReason } from './scenario.ts';

/** What is done to the workers of a supervisor of supervisors, one thing at a time. */
export interface NestedScenario {
  readonly tree: NestedSupervisor;
  readonly steps: readonly NestedStep[];
}

export interface NestedSupervisor {
  readonly strategy: Exclude<SupervisorStrategy, 'simple_one_for_one'>;
  readonly intensity: number;
  readonly periodSeconds: number;
  readonly autoShutdown: AutoShutdown;
  readonly children: readonly NestedChild[];
}

export interface NestedChild {
  /** Unique in the tree. */
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdown: ChildShutdown;
  readonly significant: boolean;
  /** Without it a worker. */
  readonly inner: NestedSupervisor | undefined;
}

export type NestedStep =
  | { readonly type: 'exit'; readonly id: string; readonly reason: ScenarioReason }
  | { readonly type: 'advance'; readonly seconds: number }
  | { readonly type: 'stop' };

/** Trees of two or three levels whose supervisors bear little. */
export const nestedScenarios: fc.Arbitrary<NestedScenario> = supervisor('', 3).chain((tree) =>
  fc.record({ tree: fc.constant(tree), steps: steps(workersOf(tree)) }),
);

function supervisor(path: string, levels: number): fc.Arbitrary<NestedSupervisor> {
  const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one');
  return fc
    .tuple(
      fc.constantFrom('never', 'never', 'any_significant', 'all_significant'),
      fc.integer({ min: 1, max: 3 }),
    )
    .chain(([autoShutdown, size]) =>
      fc.record({
        strategy,
        intensity: fc.integer({ min: 0, max: 2 }),
        periodSeconds: fc.integer({ min: 1, max: 3 }),
        autoShutdown: fc.constant(autoShutdown),
        children: fc.tuple(
          ...['a', 'b', 'c']
            .slice(0, size)
            .map((id) => child(path + id, levels - 1, autoShutdown !== 'never')),
        ),
      }),
    );
}

function child(id: string, levels: number, maySignify: boolean): fc.Arbitrary<NestedChild> {
  const inner =
    levels > 1
      ? fc.oneof(
          { weight: 2, arbitrary: supervisor(id, levels - 1) },
          { weight: levels - 1, arbitrary: fc.constant(undefined) },
        )
      : fc.constant(undefined);
  return fc
    .record({
      restart: fc.constantFrom<RestartType>('permanent', 'permanent', 'transient', 'temporary'),
      isBrutal: fc.boolean(),
      isSignificant: fc.boolean(),
      inner,
    })
    .map(({ restart, isBrutal, isSignificant, inner: below }) => ({
      id,
      restart,
      // The children of a supervisor that is killed end in no particular order.
      shutdown: below !== undefined ? 'infinity' : isBrutal ? 'brutal_kill' : 60_000,
      significant: maySignify && isSignificant && restart !== 'permanent',
      inner: below,
    }));
}

function steps(workers: readonly string[]): fc.Arbitrary<readonly NestedStep[]> {
  const exit = fc.record({
    type: fc.constant('exit' as const),
    id: fc.constantFrom(...workers),
    reason: fc.constantFrom<ScenarioReason>('crash', 'crash', 'crash', 'killed', 'normal', 'shutdown_term'),
  });
  const advance = fc.record({ type: fc.constant('advance' as const), seconds: fc.constantFrom(1, 2, 3, 4) });
  return fc
    .array(fc.oneof({ weight: 5, arbitrary: exit }, { weight: 1, arbitrary: advance }), {
      minLength: 3,
      maxLength: 16,
    })
    .map((some) => [...some, { type: 'stop' }]);
}

function workersOf({ children }: NestedSupervisor): readonly string[] {
  return children.flatMap(({ id, inner }) => (inner === undefined ? [id] : workersOf(inner)));
}
