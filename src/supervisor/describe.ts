import type { ChildCounts, ChildInfo, ChildState } from './events.ts';
import type { Child, SupervisorState } from './state.ts';
import type { Moment } from './turn.ts';

/** The children as they stand, in the order of start: for a tree, at any moment, in the midst of an operation too. */
export function describeChildren(state: SupervisorState): readonly ChildInfo[] {
  return state.children.map((child) => {
    const { spec, status, pid, restarts, lastExit } = child;
    const now = stateOf(state, child);
    return {
      id: state.template === undefined ? spec.id : undefined,
      state: now,
      pid: status.type === 'running' ? pid : undefined,
      type: spec.type,
      restarts,
      dueAt: status.type === 'delayed' ? status.dueAt : undefined,
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
  const active = children.filter(
    ({ status, pid }) =>
      status.type === 'running' && pid !== undefined && (template !== undefined || isAlive(pid)),
  );
  const supervisors = children.filter((child) => child.spec.type === 'supervisor').length;
  return {
    specs: template === undefined ? children.length : 1,
    active: active.length,
    supervisors,
    workers: children.length - supervisors,
  };
}

function stateOf({ work }: SupervisorState, { key, status }: Child): ChildState {
  if (work?.type === 'starting' && work.keys[0] === key) return 'starting';
  if (work?.type === 'terminating' && work.keys[0] === key) return 'terminating';
  if (work?.type === 'dissolving' && work.keys.includes(key)) return 'terminating';
  return status.type;
}
