import type { ChildKey } from './events.ts';
import type { ExitReason } from './exit-reason.ts';
import { isExpectedTermination } from './on-exit.ts';
import { type AfterTerminating, type Child, stopped } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Ends these children one after the other, each when the one before it has ended. Answers `next` once none of them runs any more, and
 * `undefined` while there is one to wait for.
 */
export function terminateChildren(
  turn: Turn,
  keys: readonly ChildKey[],
  next: AfterTerminating,
): AfterTerminating | undefined {
  for (const [index, key] of keys.entries()) {
    if (beginTerminating(turn, key)) {
      turn.set({ work: { type: 'terminating', keys: keys.slice(index), next } });
      return undefined;
    }
  }
  turn.set({ work: undefined });
  return next;
}

/** Takes note that a child which was made to end has ended: it is stopped, or forgotten if it is temporary or has no id. */
export function settleTerminated(turn: Turn, child: Child, reason: ExitReason | undefined): void {
  if (reason !== undefined && !isExpectedTermination(child.spec, reason)) {
    turn.report('shutdown_error', child, reason);
  }
  dropChild(turn, child, reason);
}

/** The child is not started again: it is stopped, or forgotten if it is temporary or has no id. */
export function dropChild(turn: Turn, child: Child, reason: ExitReason | undefined): void {
  const { key, spec, status } = child;
  if (status.type === 'delayed') turn.act({ type: 'cancelDelay', timer: status.timer });
  if (spec.restart === 'temporary' || turn.state.template !== undefined) turn.remove(key);
  else turn.change(key, { status: stopped, startedAt: undefined, lastExit: reason ?? child.lastExit });
}

/** Ends all children, the last started first (those of `simple_one_for_one` all at once), and then the supervisor. */
export function endSupervisor(turn: Turn, reason: ExitReason): void {
  const keys = turn.state.children.map((child) => child.key).toReversed();
  if (turn.state.template === undefined) {
    if (terminateChildren(turn, keys, { type: 'exit', reason }) !== undefined) exitSupervisor(turn, reason);
    return;
  }
  const left = keys.filter((key) => beginTerminating(turn, key));
  if (left.length === 0) exitSupervisor(turn, reason);
  else turn.set({ work: { type: 'dissolving', keys: left, reason } });
}

/** No child is left: the supervisor ends, and whoever waits for an answer is refused. */
export function exitSupervisor(turn: Turn, reason: ExitReason): void {
  const { waiting } = turn.state;
  turn.set({ phase: 'ended', work: undefined, waiting: [] });
  turn.act({ type: 'exit', reason });
  for (const event of waiting) {
    if ('from' in event) turn.reply(event.from, { type: 'refused', because: 'noproc' });
  }
}

/** Whether the child is being ended now; if not it has ended already, even if the news of it still waits. */
function beginTerminating(turn: Turn, key: ChildKey): boolean {
  const child = turn.child(key);
  if (child === undefined) return false;
  const { pid, spec, status } = child;
  if (status.type !== 'running' || pid === undefined) {
    settleTerminated(turn, child, undefined);
    return false;
  }
  const reason = turn.takeExit(pid);
  if (reason !== undefined) {
    settleTerminated(turn, child, reason);
    return false;
  }
  turn.act({ type: 'terminate', child: key, pid, shutdown: spec.shutdown });
  return true;
}
