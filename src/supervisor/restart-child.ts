import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from '../process/index.ts';
import { type Child, reported, stopped } from './child.ts';
import type { ChildKey } from './events.ts';
import { isAutoShutdown, isReportedExit, isRestartedAfter } from './on-exit.ts';
import { restartDelayMs } from './restart-delay.ts';
import { addRestart } from './restart-intensity.ts';
import { startChildren } from './start-children.ts';
import type { AfterTerminating } from './state.ts';
import { restartPlans } from './strategy.ts';
import { dropChild, endSupervisor, exitSupervisor, terminateChildren } from './terminate-children.ts';
import type { Turn } from './turn.ts';

/** A child ended by itself: it is started again, or its end may be that of the supervisor. */
export function takeExit(turn: Turn, pid: ProcessId, reason: ExitReason): void {
  const child = turn.runningAs(pid);
  if (child === undefined) return;
  const { spec } = child;
  if (isRestartedAfter(spec.restart, reason)) {
    restart(turn, { ...child, lastExit: reason }, reason);
    return;
  }
  if (isReportedExit(spec.restart, reason))
    turn.report({ context: 'child_terminated', reason, child: reported(child) });
  dropChild(turn, child, reason);
  if (isAutoShutdown(turn.state.flags.autoShutdown, spec, turn.state.children)) {
    endSupervisor(turn, 'shutdown');
  }
}

/** The next attempt after a failed one, unless the child was ended or started meanwhile. */
export function takeTryAgain(turn: Turn, key: ChildKey): void {
  const child = turn.child(key);
  if (child?.status.type === 'restarting') restart(turn, child);
}

/** The wait of a delayed child is over, unless it was cut short. */
export function takeDelayOver(turn: Turn, key: ChildKey, timer: number): void {
  const child = turn.child(key);
  if (child?.status.type === 'delayed' && child.status.timer === timer) restartNow(turn, child);
}

/** Restarts what the strategy says, at once and without counting it. */
export function restartNow(turn: Turn, child: Child): void {
  const { key, status } = child;
  if (status.type === 'delayed') turn.act({ type: 'cancelDelay', timer: status.timer });
  terminateForRestart(turn, child, { type: 'restart', key });
}

/** Keeps the child waiting for its restart. */
export function delayRestart(turn: Turn, key: ChildKey, delayMs: number): void {
  const timer = turn.state.nextTimer;
  const dueAt = turn.moment.now + delayMs;
  turn.set({ nextTimer: timer + 1 });
  turn.change(key, { status: { type: 'delayed', timer, dueAt } });
  turn.act({ type: 'delay', child: key, timer, delayMs });
}

/** What follows when the children that had to end have ended. */
export function afterTerminating(turn: Turn, next: AfterTerminating): void {
  switch (next.type) {
    case 'restart': {
      const plan = restartPlans[turn.state.flags.strategy](turn.state.children, next.key);
      startChildren(turn, plan.start, { type: 'restart' });
      break;
    }
    case 'delay':
      delayRestart(turn, next.key, next.delayMs);
      break;
    case 'answer':
      turn.reply(next.to, { type: 'done' });
      break;
    case 'exit':
      exitSupervisor(turn, next.reason);
      break;
  }
}

/** Counts the restart; too many of them end the supervisor, a child that fails in a row waits. `ended`: how it ended, if that is news. */
function restart(turn: Turn, child: Child, ended?: ExitReason): void {
  const { key } = child;
  const { history, isExceeded } = addRestart(turn.state.history, turn.moment.now, turn.state.flags);
  turn.set({ history });
  const delayMs = isExceeded ? 0 : takeDelayMs(turn, child);
  if (ended !== undefined) {
    turn.report({
      context: 'child_terminated',
      reason: ended,
      child: reported(child),
      nextDelayMs: delayMs > 0 ? delayMs : undefined,
    });
  }
  if (isExceeded) {
    turn.report({ context: 'shutdown', reason: 'reached_max_restart_intensity', child: reported(child) });
    dropChild(turn, child, undefined);
    endSupervisor(turn, 'shutdown');
    return;
  }
  terminateForRestart(turn, child, delayMs > 0 ? { type: 'delay', key, delayMs } : { type: 'restart', key });
}

function terminateForRestart(turn: Turn, { key, lastExit }: Child, next: AfterTerminating): void {
  turn.change(key, { status: stopped, startedAt: undefined, lastExit });
  const plan = restartPlans[turn.state.flags.strategy](turn.state.children, key);
  const then = terminateChildren(turn, plan.terminate, next);
  if (then !== undefined) afterTerminating(turn, then);
}

/** The wait before this restart, which is one more in a row unless the child had run long enough. */
function takeDelayMs(turn: Turn, { key, spec, startedAt, streak }: Child): number {
  const { flags } = turn.state;
  const delay = spec.restartDelay ?? flags.restartDelay;
  if (delay === false) return 0;
  const { now, chance } = turn.moment;
  const hasRun = startedAt !== undefined && now - startedAt >= (delay.resetAfterMs ?? flags.periodMs);
  const before = hasRun ? 0 : streak;
  turn.change(key, { streak: before + 1 });
  return before < 1 ? 0 : restartDelayMs(delay, before, chance());
}
