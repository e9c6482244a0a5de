import type { ExitReason } from '../process/index.ts';
import { type Child, reported, stopped } from './child.ts';
import type { ChildKey } from './events.ts';
import { isExpectedTermination } from './on-exit.ts';
import { Queue } from './queue.ts';
import type { AfterTerminating } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Ends these children from `first` on, one after the other, each when the one before it has ended. Answers `next` once none of them runs any
 * more, and `undefined` while there is one to wait for.
 */
export function terminateChildren(
  turn: Turn,
  keys: readonly ChildKey[],
  next: AfterTerminating,
  first: number = 0,
): AfterTerminating | undefined {
  for (let at = first; at < keys.length; at += 1) {
    const key = keys[at];
    if (key !== undefined && beginTerminating(turn, key)) {
      turn.set({ work: { type: 'terminating', keys, at, next } });
      return undefined;
    }
  }
  turn.set({ work: undefined });
  return next;
}

/** Takes note that a child which was made to end has ended: it is stopped, or forgotten if it is temporary or has no id. */
export function settleTerminated(turn: Turn, child: Child, reason: ExitReason | undefined): void {
  if (reason !== undefined && !isExpectedTermination(child.spec, reason)) {
    turn.report({ context: 'shutdown_error', reason, child: reported(child) });
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
  const keys = turn.state.children
    .list()
    .map((child) => child.key)
    .toReversed();
  if (turn.state.template === undefined) {
    if (terminateChildren(turn, keys, { type: 'exit', reason }) !== undefined) exitSupervisor(turn, reason);
    return;
  }
  for (const key of keys) beginTerminating(turn, key);
  if (turn.state.children.size === 0) exitSupervisor(turn, reason);
  else turn.set({ work: { type: 'dissolving', reason } });
}

/** No child is left: the supervisor ends, and whoever waits for an answer is refused. */
export function exitSupervisor(turn: Turn, reason: ExitReason): void {
  const { waiting } = turn.state;
  turn.set({ phase: 'ended', work: undefined, waiting: Queue.of() });
  turn.act({ type: 'exit', reason });
  for (const event of waiting) {
    if ('from' in event) turn.reply(event.from, { type: 'refused', because: 'noproc' });
  }
}

/** Whether the child is being ended now; if not it has ended already, even if the news of it still waits. */
function beginTerminating(turn: Turn, key: ChildKey): boolean {
  const child = turn.child(key);
  if (child === undefined) return false;
  const { pid, spec, status, ended } = child;
  if (status.type !== 'running' || pid === undefined) {
    settleTerminated(turn, child, undefined);
    return false;
  }
  if (ended !== undefined) {
    settleTerminated(turn, child, ended);
    return false;
  }
  turn.act({ type: 'terminate', child: key, pid, shutdown: spec.shutdown });
  return true;
}
