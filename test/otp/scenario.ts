import type {
  AutoShutdown,
  ChildShutdown,
  ChildType,
  RestartType,
  SupervisorStrategy,
} from '../../src/supervisor/index.ts';

/** What is done to a supervisor and its children, the same for Erlang's and ours. */
export interface Scenario {
  readonly strategy: SupervisorStrategy;
  readonly intensity: number;
  readonly periodSeconds: number;
  readonly autoShutdown: AutoShutdown;
  /** False: Erlang's supervisor as it is installed, and `advance` really waits. */
  readonly isClocked: boolean;
  /** The children it begins with; of `simple_one_for_one` the template. */
  readonly children: readonly ScenarioChild[];
  /** What `start` names by index. */
  readonly more: readonly ScenarioChild[];
  /** By id, how each start goes, the first one first; those that are not listed succeed. */
  readonly scripts: Readonly<Record<string, readonly ScenarioStart[]>>;
  readonly steps: readonly Step[];
}

export interface ScenarioChild {
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdown: ChildShutdown;
  readonly significant: boolean;
  readonly type: ChildType;
  /** What it does when asked to end: ends so, ignores it, or ends with another reason. */
  readonly onShutdown: 'obey' | 'ignore' | 'normal' | 'crash';
  /** Of real processes only: started by spawning a class, or by a function. One that is ever to be ignored needs a function. */
  readonly startedBy: 'class' | 'function';
}

export interface ScenarioStart {
  readonly result: 'ok' | 'ignore' | 'fail';
  /** What arrives while the supervisor waits for this start. */
  readonly during: readonly Op[];
}

/** A batch is put into the mailbox before the supervisor sees any of it; then it works until nothing is left. */
export type Step =
  | { readonly type: 'batch'; readonly ops: readonly Op[] }
  | { readonly type: 'advance'; readonly seconds: number };

export type Op =
  | { readonly type: 'exit'; readonly id: string; readonly reason: ScenarioReason }
  | { readonly type: 'start'; readonly index: number }
  | { readonly type: 'startDynamic'; readonly id: string }
  | { readonly type: 'terminate'; readonly id: string }
  | { readonly type: 'delete' | 'restart'; readonly id: string }
  | { readonly type: 'which' | 'count' }
  | { readonly type: 'stop' };

export type ScenarioReason = 'normal' | 'shutdown' | 'shutdown_term' | 'crash' | 'killed';
