import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ConfigChange, ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { AppDefinition } from './app-definition.ts';

/**
 * What it means for its container that an app ends by itself, which it does when its root process ends untold (OTP's start types):
 * `permanent`, the container stops; `transient`, it stops unless the reason is `normal`; `temporary`, it goes on.
 */
export type AppStartType = 'permanent' | 'transient' | 'temporary';

/** The container as an app sees it. What is spawned here belongs to the app and ends with it. */
export interface AppContainer {
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
  spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  terminate(id: ProcessId, reason?: ExitReason): Promise<void>;
}

/** What an app's `start` gives back (ION's 2-tuple): its root process or null, and whatever its other functions shall get. */
export type AppStarted = readonly [root: ProcessId | null, state: readonly unknown[]];

/**
 * An app module's `start`. `args` are the keyword arguments: those of `mod`, overlaid by `args` of the app file, then by those of the
 * release or of the call that starts it, then by the command line's `apparg_<app>`; then come the positional ones of `mod`. When the root
 * that it returns ends, the app has ended; one without a root (null) runs until it is stopped. It is given up after `apps.startTimeoutMs`.
 */
export type AppStart = (
  container: AppContainer,
  startType: AppStartType,
  app: AppDefinition,
  args: Readonly<Record<string, unknown>>,
  ...positional: readonly unknown[]
) => AppStarted | Promise<AppStarted>;

/**
 * An app module's `startPhase`, which an app needs whose file names `startPhases`: called once for each of them, in order, after
 * `start`. If it throws, the start has failed and `stop` is called.
 */
export type AppStartPhaseHook = (
  container: AppContainer,
  phase: string,
  startType: AppStartType,
  args: Readonly<Record<string, unknown>>,
  state: readonly unknown[],
) => void | Promise<void>;

/**
 * An app module's `stop`, optional; called once, before the app's processes are ended; also when the app has ended by itself. What it
 * throws is logged; after `apps.stopTimeoutMs` it is not waited for any longer.
 */
export type AppStop = (container: AppContainer, state: readonly unknown[]) => void | Promise<void>;

/**
 * An app module's `onConfigChange`, optional: the arguments of the running app are about to change. If it throws, they do not, and who asked for
 * it gets the error. Without it an app must be restarted for new arguments.
 */
export type AppConfigChangeHook = (
  container: AppContainer,
  change: ConfigChange,
  state: readonly unknown[],
) => void | Promise<void>;

/** What an app's module exports. */
export interface AppModule {
  readonly start: AppStart;
  readonly startPhase?: AppStartPhaseHook;
  readonly stop?: AppStop;
  readonly onConfigChange?: AppConfigChangeHook;
}

/** What an app is doing. `waiting`: for services of apps in other containers, before it starts. */
export type AppState = 'waiting' | 'starting' | 'running' | 'stopping';

/** An instance of an app as `apps()` shows it. */
export interface AppInfo {
  readonly name: string;
  /** Its name among the instances of the app here: the app's for the first, `hello#2` for the second. */
  readonly instance: string;
  readonly version: string | undefined;
  readonly state: AppState;
  readonly startType: AppStartType;
  /** The services that are not there yet, each with the app that has it: `datastore of stores`. Empty unless it is waiting. */
  readonly waitingFor: readonly string[];
  readonly root: ProcessId | null;
  readonly file: string;
}

/** An app that is loaded, as `apps.loaded()` shows it. */
export interface LoadedAppInfo {
  readonly name: string;
  readonly version: string | undefined;
  readonly file: string;
}
