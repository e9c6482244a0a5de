import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from '../process/index.ts';
import type { ChildShutdown, ChildType, ResolvedChildSpec, RestartType } from './child-spec.ts';

/** A supervisor's own number of a child: never used twice, and the same through all its restarts. */
export type ChildKey = number;

/** Whom a request means: by id, or, of `simple_one_for_one`, by the process it runs or last ran as. */
export type ChildTarget = { readonly id: string } | { readonly pid: ProcessId };

/** What somebody asks of a supervisor. `from` is the executor's number of the request; exactly one `reply` answers it. */
export type SupervisorRequest =
  | { readonly type: 'startChild'; readonly from: number; readonly spec: ResolvedChildSpec }
  /** Starts one more child of a `simple_one_for_one` supervisor. */
  | { readonly type: 'startDynamicChild'; readonly from: number; readonly args: readonly unknown[] }
  | { readonly type: ChildRequestType; readonly from: number; readonly child: ChildTarget }
  | { readonly type: 'whichChildren' | 'countChildren'; readonly from: number };

/** Ends it, forgets it, starts it again; holds back its delayed restart, lets that go on, or does it at once. */
export type ChildRequestType =
  | 'terminateChild'
  | 'deleteChild'
  | 'restartChild'
  | 'pauseChild'
  | 'resumeChild'
  | 'restartChildNow';

/** What has happened, in the order in which it came to the supervisor. */
export type SupervisorEvent =
  /** The first event: start the children. */
  | { readonly type: 'begin' }
  /** How a `start` action went. `started` comes before the same process's `exited`. */
  | { readonly type: 'started'; readonly child: ChildKey; readonly pid: ProcessId }
  | { readonly type: 'ignored'; readonly child: ChildKey }
  | { readonly type: 'startFailed'; readonly child: ChildKey; readonly reason: unknown }
  /** A child ended, by itself or because a `terminate` action asked for it. */
  | { readonly type: 'exited'; readonly pid: ProcessId; readonly reason: ExitReason }
  /** What a `tryAgain` action posted. */
  | { readonly type: 'tryAgain'; readonly child: ChildKey }
  /** What a `delay` action's timer brought. */
  | { readonly type: 'delayOver'; readonly child: ChildKey; readonly timer: number }
  /** The supervisor itself is to end, with this reason. */
  | { readonly type: 'stop'; readonly reason: ExitReason }
  | SupervisorRequest;

/** What is to be done, in this order. */
export type SupervisorAction =
  /** Start it and bring `started`, `ignored` or `startFailed`. */
  | {
      readonly type: 'start';
      readonly child: ChildKey;
      readonly spec: ResolvedChildSpec;
      readonly args: readonly unknown[];
    }
  /** Make it end as `shutdown` says and bring its `exited`, once it has ended or is detached. */
  | {
      readonly type: 'terminate';
      readonly child: ChildKey;
      readonly pid: ProcessId;
      readonly shutdown: ChildShutdown;
    }
  /** Post `tryAgain` behind everything that has arrived, so that a stop can come in between. */
  | { readonly type: 'tryAgain'; readonly child: ChildKey }
  /** Bring `delayOver` after that time. */
  | {
      readonly type: 'delay';
      readonly child: ChildKey;
      readonly timer: number;
      readonly delayMs: number;
    }
  | { readonly type: 'cancelDelay'; readonly timer: number }
  | { readonly type: 'reply'; readonly to: number; readonly reply: SupervisorReply }
  /** For the log. */
  | { readonly type: 'report'; readonly report: SupervisorReport }
  /** All children of the beginning are started. */
  | { readonly type: 'ready' }
  /** No child runs any more: end. Nothing but refusals follows. */
  | { readonly type: 'exit'; readonly reason: ExitReason };

/** The answer to a request. */
export type SupervisorReply =
  /** It runs; without `pid` there was nothing to start. */
  | { readonly type: 'started'; readonly pid: ProcessId | undefined }
  | { readonly type: 'done' }
  | { readonly type: 'children'; readonly children: readonly ChildInfo[] }
  | { readonly type: 'counts'; readonly counts: ChildCounts }
  | { readonly type: 'refused'; readonly because: RefusedBecause }
  | { readonly type: 'refused'; readonly because: 'already_started'; readonly pid: ProcessId }
  | { readonly type: 'refused'; readonly because: 'start_failed'; readonly reason: unknown };

/** Why a request is refused: OTP's words, and `not_delayed` for pause, resume and restart now; `noproc`: the supervisor has ended. */
export type RefusedBecause =
  | 'not_found'
  | 'running'
  | 'restarting'
  | 'already_present'
  | 'simple_one_for_one'
  | 'invalid_child_spec'
  | 'not_delayed'
  | 'noproc';

/** What a child is doing. The first two pass within one operation, which requests wait for; only a snapshot shows them. */
export type ChildState =
  | 'starting'
  | 'terminating'
  | 'running'
  | 'stopped'
  | 'restarting'
  | 'delayed'
  | 'paused';

/** One child, for whoever asks. */
export interface ChildInfo {
  /** `undefined` of a child of `simple_one_for_one`. */
  readonly id: string | undefined;
  readonly state: ChildState;
  /** The process it is; `undefined` unless it runs. */
  readonly pid: ProcessId | undefined;
  readonly type: ChildType;
  readonly restart: RestartType;
  /** How often it was started again. */
  readonly restarts: number;
  /** Milliseconds until its restart, if it is `delayed`. */
  readonly dueInMs: number | undefined;
  /** Why it ended when it last did; of an error only the message is left when the child runs again. */
  readonly lastExit: ExitReason | undefined;
}

/** How many children there are. */
export interface ChildCounts {
  /** Specs, running or not; of `simple_one_for_one` always 1. */
  readonly specs: number;
  /** Those that run; of `simple_one_for_one` as far as the supervisor has heard. */
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** What a report is about. */
export type ReportSubject =
  /** A child ended by itself, or otherwise than it was told. */
  | { readonly context: 'child_terminated' | 'shutdown_error'; readonly reason: ExitReason }
  | { readonly context: 'start_error'; readonly reason: unknown }
  /** The supervisor has used up its restarts. */
  | { readonly context: 'shutdown'; readonly reason: 'reached_max_restart_intensity' };

/** The child that a report is about. */
export interface ReportedChild {
  readonly key: ChildKey;
  readonly id: string;
  readonly spec: ResolvedChildSpec;
  readonly pid: ProcessId | undefined;
  /** How often it was started again so far. */
  readonly restarts: number;
}

/** Something a person should be able to read about. */
export type SupervisorReport = ReportSubject & {
  readonly child: ReportedChild;
  /** How long a child that ended waits for its restart; `undefined` if it does not wait, or is not started again. */
  readonly nextDelayMs?: number | undefined;
};
