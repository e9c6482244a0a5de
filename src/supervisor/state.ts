import type { ProcessId } from '../exchange/index.ts';
import type { ResolvedChildSpec } from './child-spec.ts';
import type { ChildKey, SupervisorEvent } from './events.ts';
import type { ExitReason } from './exit-reason.ts';
import type { RestartHistory } from './restart-intensity.ts';
import type { ResolvedSupervisorFlags, SupervisorSpec } from './supervisor-flags.ts';

/** Everything a supervisor knows: plain frozen-by-type data, replaced and never changed. */
export interface SupervisorState {
  readonly phase: 'new' | 'active' | 'ended';
  readonly flags: ResolvedSupervisorFlags;
  /** What children of `simple_one_for_one` are made after. */
  readonly template: ResolvedChildSpec | undefined;
  /** In the order of their specs, which is that of start. */
  readonly children: readonly Child[];
  readonly history: RestartHistory;
  /** What it is in the midst of; `undefined`: it takes the next event. */
  readonly work: Work | undefined;
  /** Events that came meanwhile. */
  readonly waiting: readonly SupervisorEvent[];
  readonly nextKey: ChildKey;
  readonly nextTimer: number;
}

/** One child, with or without a process. */
export interface Child {
  readonly key: ChildKey;
  readonly spec: ResolvedChildSpec;
  readonly args: readonly unknown[];
  readonly status: ChildStatus;
  /** The process that it is or, unless it runs, last was. */
  readonly pid: ProcessId | undefined;
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

/** An operation of several steps. The first key is the child whose step is under way. */
export type Work =
  | { readonly type: 'terminating'; readonly keys: readonly ChildKey[]; readonly next: AfterTerminating }
  | { readonly type: 'starting'; readonly keys: readonly ChildKey[]; readonly next: AfterStarting }
  /** All at once, in any order: the end of `simple_one_for_one`. */
  | { readonly type: 'dissolving'; readonly keys: readonly ChildKey[]; readonly reason: ExitReason };

/** What follows when the last of them has ended. */
export type AfterTerminating =
  | { readonly type: 'restart'; readonly key: ChildKey }
  | { readonly type: 'delay'; readonly key: ChildKey; readonly delayMs: number }
  | { readonly type: 'answer'; readonly to: number }
  | { readonly type: 'exit'; readonly reason: ExitReason };

/** What the starts are for. */
export type AfterStarting =
  | { readonly type: 'begin' }
  | { readonly type: 'restart' }
  | { readonly type: 'answer'; readonly to: number; readonly isNew: boolean };

export const stopped: ChildStatus = Object.freeze({ type: 'stopped' });
export const running: ChildStatus = Object.freeze({ type: 'running' });
export const restarting: ChildStatus = Object.freeze({ type: 'restarting' });

/** A supervisor before its first event. */
export function initialState({ flags, children }: SupervisorSpec): SupervisorState {
  const isDynamic = flags.strategy === 'simple_one_for_one';
  return {
    phase: 'new',
    flags,
    template: isDynamic ? children[0] : undefined,
    children: isDynamic ? [] : children.map((spec, key) => makeChild(key, spec, [])),
    history: [],
    work: undefined,
    waiting: [],
    nextKey: isDynamic ? 0 : children.length,
    nextTimer: 0,
  };
}

/** A child that has never run. */
export function makeChild(key: ChildKey, spec: ResolvedChildSpec, args: readonly unknown[]): Child {
  return {
    key,
    spec,
    args,
    status: stopped,
    pid: undefined,
    startedAt: undefined,
    restarts: 0,
    streak: 0,
    lastExit: undefined,
  };
}
