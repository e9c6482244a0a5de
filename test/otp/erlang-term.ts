import type { NestedChild, NestedScenario, NestedStep, NestedSupervisor } from './nested-scenario.ts';
import type { Op, Scenario, ScenarioChild, ScenarioReason, ScenarioStart, Step } from './scenario.ts';

/** The scenario as one line that the Erlang driver reads. All words in it are atoms of `[a-z][a-z0-9_]*`. */
export function erlangTerm(n: number, scenario: Scenario): string {
  const { children, more, scripts, steps } = scenario;
  const members = {
    n,
    clocked: scenario.isClocked,
    strategy: scenario.strategy,
    intensity: scenario.intensity,
    period: scenario.periodSeconds,
    auto: scenario.autoShutdown,
    children: list(children, childTerm),
    more: list(more, childTerm),
    scripts: map(
      Object.fromEntries(Object.entries(scripts).map(([id, starts]) => [id, list(starts, startTerm)])),
    ),
    steps: list(steps, stepTerm),
  };
  return `${map(members)}.\n`;
}

/** As {@link erlangTerm}. */
export function nestedErlangTerm(n: number, { tree, steps }: NestedScenario): string {
  return `${map({ n, tree: supervisorTerm(tree), steps: list(steps, nestedStepTerm) })}.\n`;
}

function supervisorTerm(supervisor: NestedSupervisor): string {
  const { strategy, intensity, periodSeconds, autoShutdown, children } = supervisor;
  return tuple(strategy, intensity, periodSeconds, autoShutdown, list(children, nestedChildTerm));
}

function nestedChildTerm({ id, restart, shutdown, significant, inner }: NestedChild): string {
  return tuple(id, restart, shutdown, significant, inner === undefined ? 'worker' : supervisorTerm(inner));
}

function nestedStepTerm(step: NestedStep): string {
  if (step.type === 'stop') return step.type;
  return step.type === 'advance'
    ? tuple('advance', step.seconds)
    : tuple('exit', step.id, reasonTerm(step.reason));
}

function childTerm({ id, restart, shutdown, significant, type, onShutdown }: ScenarioChild): string {
  return tuple(id, restart, shutdown, significant, type, onShutdown);
}

function startTerm({ result, during }: ScenarioStart): string {
  return tuple(result, list(during, opTerm));
}

function stepTerm(step: Step): string {
  return step.type === 'advance' ? tuple('advance', step.seconds) : tuple('batch', list(step.ops, opTerm));
}

function opTerm(op: Op): string {
  switch (op.type) {
    case 'exit':
      return tuple('exit', op.id, reasonTerm(op.reason));
    case 'start':
      return tuple('start', op.index);
    case 'startDynamic':
      return tuple('start_dynamic', op.id);
    case 'terminate':
    case 'delete':
    case 'restart':
      return tuple(op.type, op.id);
    default:
      return op.type;
  }
}

function reasonTerm(reason: ScenarioReason): string {
  return reason === 'shutdown_term' ? '{shutdown,said}' : reason;
}

function tuple(...members: readonly (string | number | boolean)[]): string {
  return `{${members.join(',')}}`;
}

function list<Item>(items: readonly Item[], term: (item: Item) => string): string {
  return `[${items.map(term).join(',')}]`;
}

function map(members: Readonly<Record<string, string | number | boolean>>): string {
  return `#{${Object.entries(members)
    .map(([key, value]) => `${key}=>${value}`)
    .join(',')}}`;
}
