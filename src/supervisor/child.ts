import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from '../process/index.ts';
import type { ResolvedChildSpec } from './child-spec.ts';
import type { ChildKey, ReportedChild } from './events.ts';

/** One child, with or without a process. */
export interface Child {
  readonly key: ChildKey;
  readonly spec: ResolvedChildSpec;
  readonly args: readonly unknown[];
  readonly status: ChildStatus;
  /** The process that it is or, unless it runs, last was. */
  readonly pid: ProcessId | undefined;
  /** While it runs: how that process ended, if it has and the news still waits for its turn. */
  readonly ended: ExitReason | undefined;
  /** When that was started; `undefined` once its end was taken into account. */
  readonly startedAt: number | undefined;
  /** How often it was started again, and how often in a row. */
  readonly restarts: number;
  readonly streak: number;
  readonly lastExit: ExitReason | undefined;
}

/** What a child is waiting for, if anything. */
export type ChildStatus =
  | { readonly type: 'running' }
  | { readonly type: 'stopped' }
  /** Its start failed; `tryAgain` is under way. */
  | { readonly type: 'restarting' }
  | { readonly type: 'delayed'; readonly timer: number; readonly dueAt: number }
  | { readonly type: 'paused'; readonly remainingMs: number };

export const stopped: ChildStatus = Object.freeze({ type: 'stopped' });
export const running: ChildStatus = Object.freeze({ type: 'running' });
export const restarting: ChildStatus = Object.freeze({ type: 'restarting' });

/** The child as reports show it. */
export function reported({ key, spec, pid, restarts }: Child): ReportedChild {
  return { key, id: spec.id, spec, pid, restarts };
}

/** A child that has never run. */
export function makeChild(key: ChildKey, spec: ResolvedChildSpec, args: readonly unknown[]): Child {
  return {
    key,
    spec,
    args,
    status: stopped,
    pid: undefined,
    ended: undefined,
    startedAt: undefined,
    restarts: 0,
    streak: 0,
    lastExit: undefined,
  };
}
