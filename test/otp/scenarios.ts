import fc from 'fast-check';
import type { Op, Scenario, ScenarioChild, ScenarioReason, ScenarioStart, Step } from './scenario.ts';

const staticIds = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Ids that `start` may add; the first is one of the beginning. */
const moreIds = ['a', 'g', 'h'];
const dynamicIds = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const reason = fc.oneof(
  { weight: 4, arbitrary: fc.constant<ScenarioReason>('crash') },
  { weight: 3, arbitrary: fc.constantFrom<ScenarioReason>('normal', 'shutdown', 'shutdown_term', 'killed') },
);
const autoShutdown = fc.oneof(
  { weight: 2, arbitrary: fc.constant('never' as const) },
  { weight: 1, arbitrary: fc.constantFrom('any_significant' as const, 'all_significant' as const) },
);

/** Everything: on a clock that the driver sets, so that a scenario may cross the period often. */
export const clockedScenarios: fc.Arbitrary<Scenario> = scenarios(true);

/** For Erlang's supervisor as it is: at most one `advance`, and that one waits longer than the period. */
export const waitingScenarios: fc.Arbitrary<Scenario> = scenarios(false);

function scenarios(isClocked: boolean): fc.Arbitrary<Scenario> {
  const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one');
  const intensity = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(6));
  return fc
    .tuple(strategy, intensity, autoShutdown, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
    .chain(([kind, most, auto, period, size]) => {
      const isDynamic = kind === 'simple_one_for_one';
      const ids = isDynamic ? dynamicIds : [...staticIds.slice(0, size), 'g', 'h'];
      const op = isDynamic ? dynamicOp : staticOp(ids);
      return fc.record({
        strategy: fc.constant(kind),
        intensity: fc.constant(most),
        periodSeconds: fc.constant(isClocked ? period : 2),
        autoShutdown: fc.constant(auto),
        isClocked: fc.constant(isClocked),
        children: isDynamic
          ? fc.tuple(child('template', auto !== 'never', true))
          : fc.tuple(...staticIds.slice(0, size).map((id) => child(id, auto !== 'never'))),
        more: isDynamic ? fc.constant([]) : fc.tuple(...moreIds.map((id) => child(id, auto !== 'never'))),
        scripts: scripts(ids, op, isDynamic),
        steps: steps(op, period, isClocked),
      });
    });
}

function child(id: string, maySignify: boolean, isTemplate = false): fc.Arbitrary<ScenarioChild> {
  return fc
    .record({
      id: fc.constant(id),
      restart: fc.constantFrom('permanent', 'transient', 'temporary'),
      type: fc.constantFrom('worker', 'worker', 'supervisor'),
      isSignificant: fc.boolean(),
      startedBy: fc.constantFrom('class', 'function'),
      end: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...ends) },
        // Real milliseconds pass until it is killed.
        {
          weight: isTemplate ? 2 : 1,
          arbitrary: fc.constant({ shutdown: 2, onShutdown: 'ignore' } as const),
        },
      ),
    })
    .map(({ isSignificant, end, ...rest }) => ({
      ...rest,
      ...end,
      significant: maySignify && isSignificant && rest.restart !== 'permanent',
    }));
}

const ends = [
  { shutdown: 60_000, onShutdown: 'obey' },
  { shutdown: 60_000, onShutdown: 'normal' },
  { shutdown: 60_000, onShutdown: 'crash' },
  { shutdown: 'infinity', onShutdown: 'obey' },
  { shutdown: 'infinity', onShutdown: 'crash' },
  { shutdown: 'brutal_kill', onShutdown: 'obey' },
] as const;

/** Most starts succeed. A dynamic child is not ignored at a restart: see docs/supervision.md. */
function scripts(
  ids: readonly string[],
  op: fc.Arbitrary<Op>,
  isDynamic: boolean,
): fc.Arbitrary<Record<string, readonly ScenarioStart[]>> {
  const during = fc.oneof(
    { weight: 3, arbitrary: fc.constant<readonly Op[]>([]) },
    { weight: 1, arbitrary: fc.array(op, { minLength: 1, maxLength: 3 }) },
  );
  const start = (results: fc.Arbitrary<ScenarioStart['result']>) => fc.record({ result: results, during });
  const first = start(
    fc.oneof(
      { weight: isDynamic ? 8 : 40, arbitrary: fc.constant('ok') },
      { weight: 1, arbitrary: fc.constantFrom('fail', 'ignore') },
    ),
  );
  const later = start(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('ok') },
      { weight: 2, arbitrary: fc.constantFrom('fail', isDynamic ? 'fail' : 'ignore') },
    ),
  );
  const starts = fc
    .tuple(first, fc.array(later, { maxLength: 4 }))
    .map(([one, others]) => (one.result === 'ok' || !isDynamic ? [one, ...others] : [one]));
  return fc.record(Object.fromEntries(ids.map((id) => [id, starts])));
}

function steps(op: fc.Arbitrary<Op>, period: number, isClocked: boolean): fc.Arbitrary<readonly Step[]> {
  const batch = fc
    .oneof(
      { weight: 3, arbitrary: fc.tuple(op) },
      { weight: 1, arbitrary: fc.array(op, { minLength: 2, maxLength: 4 }) },
    )
    .map((ops): Step => ({ type: 'batch', ops }));
  const end: Step = { type: 'batch', ops: [{ type: 'stop' }] };
  if (!isClocked) {
    const wait: Step = { type: 'advance', seconds: 3.1 };
    const some = fc.array(batch, { minLength: 1, maxLength: 5 });
    return fc.tuple(some, some).map(([before, after]) => [...before, wait, ...after, end]);
  }
  const advance = fc
    .constantFrom(0, 1, period - 1, period, period, period + 1)
    .map((seconds): Step => ({ type: 'advance', seconds }));
  const crash = fc
    .constantFrom('a', 'b')
    .map((id): Step => ({ type: 'batch', ops: [{ type: 'exit', id, reason: 'crash' }] }));
  const anything = fc.array(fc.oneof({ weight: 3, arbitrary: batch }, { weight: 1, arbitrary: advance }), {
    maxLength: 12,
  });
  // Little else than crashes and time: what the window lets through, and its edge.
  const windows = fc.array(fc.oneof(crash, advance), { minLength: 4, maxLength: 14 });
  return fc
    .oneof({ weight: 4, arbitrary: anything }, { weight: 1, arbitrary: windows })
    .map((some) => [...some, end]);
}

function staticOp(ids: readonly string[]): fc.Arbitrary<Op> {
  const id = fc.constantFrom(...ids);
  return fc.oneof(
    { weight: 12, arbitrary: exit(id) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('start' as const), index: fc.nat(moreIds.length - 1) }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('terminate' as const), id }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'restart' as const), id }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('which' as const, 'count' as const) }) },
    { weight: 1, arbitrary: stop },
  );
}

const stop = fc.constant<Op>({ type: 'stop' });
const dynamicId = fc.constantFrom(...dynamicIds);
const dynamicOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: exit(dynamicId) },
  { weight: 10, arbitrary: fc.record({ type: fc.constant('startDynamic' as const), id: dynamicId }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('terminate' as const), id: dynamicId }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'restart' as const), id: dynamicId }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('which' as const, 'count' as const) }) },
  { weight: 1, arbitrary: stop },
);

function exit(id: fc.Arbitrary<string>): fc.Arbitrary<Op> {
  return fc.record({ type: fc.constant('exit' as const), id, reason });
}
