import type { ProcessId } from '../exchange/index.ts';
import {
  endChildren,
  Process,
  type ProcessClass,
  type Shutdown,
  type SpawnOptions,
} from '../process/index.ts';
import { checkKeys, checkTimer, isClass, oneOf, refusal } from './refusal.ts';
import { type ResolvedRestartDelay, type RestartDelayOptions, resolveRestartDelay } from './restart-delay.ts';

/**
 * Whether a child that ended is started again: `permanent` always, `transient` if it ended abnormally, `temporary` never; its spec is
 * forgotten then.
 */
export type RestartType = (typeof restartTypes)[number];
export const restartTypes = ['permanent', 'transient', 'temporary'] as const;

/** What a child is to its supervisor's counts, and what `shutdown` defaults to. */
export type ChildType = (typeof childTypes)[number];
export const childTypes = ['worker', 'supervisor'] as const;

/** How a child is made to end: asked and given that many milliseconds, killed at once, or asked and waited for. */
export type ChildShutdown = Shutdown;

/** When a supervisor ends because significant children ended by themselves. */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/** Spawns on behalf of a supervisor, which owns the process from then on. */
export interface ChildSpawner {
  /** @throws what `Process#spawnChild` throws, and IllegalStateError when the start that it was given to is over */
  spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
}

/**
 * Starts a child: spawns it and answers its id, or `undefined` if there is nothing to start (OTP's `ignore`). A rejection is a failed start, and
 * what was spawned is ended. What it spawns besides the child ends with the child. `args` are those of `startChild` of a
 * `simple_one_for_one` supervisor, otherwise empty.
 */
export type ChildStart = (spawner: ChildSpawner, args: readonly unknown[]) => Promise<ProcessId | undefined>;

/** What a supervisor has to know of a child. */
export interface ChildSpec {
  /** Unique among the children. Of a `simple_one_for_one` template it only names it in reports. */
  readonly id: string;
  /** A class to spawn, or a function that starts the child. The decisions hand it on unread. */
  readonly start: ProcessClass | ChildStart;
  /** How a class is spawned, read at each start. `name` is the id by default; a map given to `startChild` goes over `args`. Not with a function. */
  readonly options?: SpawnOptions;
  /**
   * Milliseconds that a function may take; `Infinity` for no limit. Default 60 000 for a worker, none for a supervisor. Not with a class, which has
   * `options.startTimeoutMs`.
   */
  readonly startTimeoutMs?: number;
  /** Default `permanent`. */
  readonly restart?: RestartType;
  /** Default 5 000 ms for a worker, `infinity` for a supervisor. */
  readonly shutdown?: ChildShutdown;
  /** Its end by itself counts for the supervisor's `autoShutdown`; not for `permanent` children. Default false. */
  readonly significant?: boolean;
  /** Default `supervisor` for a class of supervisors, else `worker`. */
  readonly type?: ChildType;
  /** Waits before this child's restarts; `false` for none. Default: the supervisor's. */
  readonly restartDelay?: false | RestartDelayOptions;
}

/** A {@link ChildSpec}, checked, with every default in its place. */
export interface ResolvedChildSpec {
  readonly id: string;
  readonly start: ProcessClass | ChildStart;
  readonly options: SpawnOptions;
  readonly startTimeoutMs: number;
  readonly restart: RestartType;
  readonly shutdown: ChildShutdown;
  readonly significant: boolean;
  readonly type: ChildType;
  /** `undefined`: the supervisor's. */
  readonly restartDelay: ResolvedRestartDelay | false | undefined;
}

/** The defaults of {@link ChildSpec}; `shutdown` and `startTimeoutMs` are by type. */
export const childSpecDefaults = {
  startTimeoutMs: { worker: 60_000, supervisor: Number.POSITIVE_INFINITY },
  restart: 'permanent',
  shutdown: { worker: 5_000, supervisor: 'infinity' },
  significant: false,
  type: 'worker',
} as const;

const keys = [
  'id',
  'start',
  'options',
  'startTimeoutMs',
  'restart',
  'shutdown',
  'significant',
  'type',
  'restartDelay',
];

/**
 * Checks a spec for a supervisor with this `autoShutdown` and fills in its defaults. `action` begins the message of an error.
 *
 * @throws ConfigurationError that names the action, the key, what is wanted and what was found
 */
export function resolveChildSpec(
  spec: ChildSpec,
  autoShutdown: AutoShutdown = 'never',
  action = 'child spec',
): ResolvedChildSpec {
  checkKeys(action, spec, keys);
  const { id, start } = spec;
  if (typeof id !== 'string' || id === '') throw refusal(action, 'id', 'text that is not empty', id);
  const where = `${action} '${id}'`;
  checkStart(where, start);
  const type = oneOf(where, 'type', childTypes, spec.type ?? typeOf(start));
  const restart = oneOf(where, 'restart', restartTypes, spec.restart ?? childSpecDefaults.restart);
  const significant = spec.significant ?? childSpecDefaults.significant;
  if (typeof significant !== 'boolean') throw refusal(where, 'significant', 'true or false', significant);
  if (significant && autoShutdown === 'never') {
    throw refusal(where, 'significant', "false, as the supervisor's autoShutdown is 'never'", significant);
  }
  if (significant && restart === 'permanent') {
    throw refusal(where, 'significant', "false, as restart is 'permanent'", significant);
  }
  const shutdown = spec.shutdown ?? childSpecDefaults.shutdown[type];
  if (!isShutdown(shutdown)) {
    throw refusal(where, 'shutdown', "whole milliseconds from 0 on, 'brutal_kill' or 'infinity'", shutdown);
  }
  if (typeof shutdown === 'number') checkTimer(where, 'shutdown', shutdown);
  const restartDelay =
    spec.restartDelay === undefined ? undefined : resolveRestartDelay(spec.restartDelay, where);
  const options = resolveOptions(where, spec);
  const startTimeoutMs = resolveStartTimeout(where, spec, type);
  return Object.freeze({
    id,
    start,
    options,
    startTimeoutMs,
    restart,
    shutdown,
    significant,
    type,
    restartDelay,
  });
}

/** Whether a child is started by spawning a class. */
export function isProcessClass(start: ProcessClass | ChildStart): start is ProcessClass {
  return start.prototype instanceof Process;
}

/**
 * Checks the children a supervisor begins with: each spec, and that no id stands twice.
 *
 * @throws ConfigurationError for the first that is wrong
 */
export function resolveChildSpecs(
  specs: readonly ChildSpec[],
  autoShutdown: AutoShutdown = 'never',
  action = 'child spec',
): readonly ResolvedChildSpec[] {
  const ids = new Set<string>();
  const resolved = specs.map((spec) => {
    const child = resolveChildSpec(spec, autoShutdown, action);
    if (ids.has(child.id)) {
      throw refusal(`${action} '${child.id}'`, 'id', 'an id that no child before it has', child.id);
    }
    ids.add(child.id);
    return child;
  });
  return Object.freeze(resolved);
}

function checkStart(where: string, start: ProcessClass | ChildStart): void {
  const wanted = 'a class that extends Process, or a function';
  if (typeof start !== 'function') throw refusal(where, 'start', wanted, start);
  // To call another class fails with a message that names no place.
  if (isClass(start) && !(start.prototype instanceof Process)) throw refusal(where, 'start', wanted, start);
}

function typeOf(start: ProcessClass | ChildStart): ChildType {
  return isProcessClass(start) && endChildren in start.prototype ? 'supervisor' : childSpecDefaults.type;
}

function resolveOptions(where: string, { start, options }: ChildSpec): SpawnOptions {
  if (options === undefined) return noOptions;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw refusal(where, 'options', 'a map of spawn options', options);
  }
  if (isProcessClass(start)) return options;
  throw refusal(where, 'options', 'left out, as start is a function', options);
}

const noOptions: SpawnOptions = Object.freeze({});

function resolveStartTimeout(where: string, { start, startTimeoutMs }: ChildSpec, type: ChildType): number {
  if (startTimeoutMs === undefined) return childSpecDefaults.startTimeoutMs[type];
  if (isProcessClass(start)) {
    const wanted = 'left out, as start is a class: options.startTimeoutMs is for those';
    throw refusal(where, 'startTimeoutMs', wanted, startTimeoutMs);
  }
  if (typeof startTimeoutMs !== 'number' || !(startTimeoutMs > 0)) {
    throw refusal(where, 'startTimeoutMs', 'milliseconds above 0, or Infinity', startTimeoutMs);
  }
  checkTimer(where, 'startTimeoutMs', startTimeoutMs);
  return startTimeoutMs;
}

function isShutdown(value: unknown): value is ChildShutdown {
  if (value === 'brutal_kill' || value === 'infinity') return true;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
