import { type Child, reported, restarting, running, stopped } from './child.ts';
import type { ChildKey, SupervisorEvent } from './events.ts';
import { pastExit } from './past-error.ts';
import type { AfterStarting } from './state.ts';
import { endSupervisor } from './terminate-children.ts';
import type { Turn } from './turn.ts';

/** How a start went. */
export type StartOutcome = Extract<SupervisorEvent, { readonly type: 'started' | 'ignored' | 'startFailed' }>;

/** Starts these children from `at` on, one after the other, each when the one before it runs; what follows is `next`. */
export function startChildren(
  turn: Turn,
  keys: readonly ChildKey[],
  next: AfterStarting,
  at: number = 0,
): void {
  const key = keys[at];
  const child = key === undefined ? undefined : turn.child(key);
  if (child === undefined) {
    turn.set({ work: undefined });
    if (next.type === 'begin') turn.act({ type: 'ready' });
    return;
  }
  turn.set({ work: { type: 'starting', keys, at, next } });
  turn.act({ type: 'start', child: child.key, spec: child.spec, args: child.args });
}

/** Goes on after a start. A process that nobody has asked for is ended at once: it would be an orphan. */
export function takeStartOutcome(turn: Turn, event: StartOutcome): void {
  const { work } = turn.state;
  const child = turn.child(event.child);
  if (work?.type !== 'starting' || work.keys[work.at] !== event.child || child === undefined) {
    if (event.type !== 'started') return;
    const { pid } = event;
    turn.act({ type: 'terminate', child: event.child, pid, shutdown: 'brutal_kill' });
    return;
  }
  if (event.type === 'startFailed') {
    startFailed(turn, child, work.next, event.reason);
    return;
  }
  if (event.type === 'started') {
    const restarts = work.next.type === 'restart' ? child.restarts + 1 : child.restarts;
    const startedAt = turn.moment.now;
    const lastExit = pastExit(child.lastExit);
    turn.change(child.key, {
      status: running,
      pid: event.pid,
      ended: undefined,
      startedAt,
      restarts,
      lastExit,
    });
  } else if (isForgotten(turn, child)) {
    turn.remove(child.key);
  } else {
    turn.change(child.key, { status: stopped });
  }
  if (work.next.type === 'answer') {
    const pid = event.type === 'started' ? event.pid : undefined;
    turn.reply(work.next.to, { type: 'started', pid });
  }
  startChildren(turn, work.keys, work.next, work.at + 1);
}

/** The beginning is undone; a request is refused; a restart is tried again later, by way of the mailbox. */
function startFailed(turn: Turn, child: Child, next: AfterStarting, reason: unknown): void {
  turn.set({ work: undefined });
  if (next.type === 'answer') {
    if (next.isNew) turn.remove(child.key);
    turn.reply(next.to, { type: 'refused', because: 'start_failed', reason });
    return;
  }
  turn.report({ context: 'start_error', reason, child: reported(child) });
  if (next.type === 'begin') {
    endSupervisor(turn, { shutdown: { failedToStart: child.spec.id, reason } });
    return;
  }
  turn.change(child.key, { status: restarting });
  turn.act({ type: 'tryAgain', child: child.key });
}

/** Whether nothing is kept of a child that has no process. */
function isForgotten(turn: Turn, { spec }: Child): boolean {
  return spec.restart === 'temporary' || turn.state.template !== undefined;
}
