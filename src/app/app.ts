import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { AppDefinition } from './app-definition.ts';

/** How an app's end bears on its container; only permanent ones so far (OTP's application start types). */
export type AppStartType = 'permanent';

/** The container as an app sees it. What is spawned here belongs to the app and ends with it. */
export interface AppContainer {
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
  spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  terminate(id: ProcessId, reason?: ExitReason): Promise<void>;
}

/** What an app's `start` gives back (ION's 2-tuple): its root process or null, and whatever its `stop` shall get. */
export type AppStarted = readonly [root: ProcessId | null, state: readonly unknown[]];

/**
 * An app module's `start`. `args` are the keyword arguments: those of `mod`, overlaid by `args` of the app file, then by those of the
 * release or of the call that starts it, then by the command line's `apparg_<app>`; then come the positional ones of `mod`.
 */
export type AppStart = (
  container: AppContainer,
  startType: AppStartType,
  app: AppDefinition,
  args: Readonly<Record<string, unknown>>,
  ...positional: readonly unknown[]
) => AppStarted | Promise<AppStarted>;

/** An app module's `stop`, optional; called before the app's processes are ended. */
export type AppStop = (container: AppContainer, state: readonly unknown[]) => void | Promise<void>;

/** What an app's module exports. */
export interface AppModule {
  readonly start: AppStart;
  readonly stop?: AppStop;
}

/** A started app as `info()` shows it. */
export interface AppInfo {
  readonly name: string;
  /** Its name among the instances of the app here: the app's for the first, `hello#2` for the second. */
  readonly instance: string;
  readonly version: string | undefined;
  readonly root: ProcessId | null;
  readonly file: string;
}
