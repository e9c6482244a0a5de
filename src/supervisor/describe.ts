import type { Child } from './child.ts';
import type { ChildCounts, ChildInfo, ChildState } from './events.ts';
import type { SupervisorState } from './state.ts';
import type { Moment } from './turn.ts';

/** The children as they stand, in the order of start: for a tree, at any moment, in the midst of an operation too. */
export function describeChildren(state: SupervisorState, now: number): readonly ChildInfo[] {
  return state.children.list().map((child) => {
    const { spec, status, pid, restarts, lastExit } = child;
    return {
      id: state.template === undefined ? spec.id : undefined,
      state: stateOf(state, child),
      pid: status.type === 'running' ? pid : undefined,
      type: spec.type,
      restart: spec.restart,
      restarts,
      dueInMs: status.type === 'delayed' ? Math.max(0, status.dueAt - now) : undefined,
      lastExit,
    };
  });
}

/**
 * How many there are. A child whose process has ended is not active, even if the supervisor has not heard of it yet; but for
 * `simple_one_for_one` that would take too long, as in OTP, and only what it has heard of counts.
 */
export function countChildren(
  { children, template }: SupervisorState,
  isAlive: Moment['isAlive'],
): ChildCounts {
  const all = children.list();
  const active = all.filter(
    ({ status, pid }) =>
      status.type === 'running' && pid !== undefined && (template !== undefined || isAlive(pid)),
  );
  const supervisors = all.filter((child) => child.spec.type === 'supervisor').length;
  return {
    specs: template === undefined ? all.length : 1,
    active: active.length,
    supervisors,
    workers: all.length - supervisors,
  };
}

function stateOf({ work }: SupervisorState, { key, status }: Child): ChildState {
  if (work?.type === 'starting' && work.keys[work.at] === key) return 'starting';
  if (work?.type === 'terminating' && work.keys[work.at] === key) return 'terminating';
  if (work?.type === 'dissolving' && status.type === 'running') return 'terminating';
  return status.type;
}
