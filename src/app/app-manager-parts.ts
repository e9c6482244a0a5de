import type { Config } from '../config/index.ts';
import type { ContainerError } from '../errors/index.ts';
import type { Identity } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { AppChange } from './app-change.ts';
import type { AppProcesses } from './app-processes.ts';
import type { Arguments } from './arguments.ts';

/** Options of the app manager. */
export interface AppOptions {
  /** Where apps are looked up by name, in this order. Default `['res/apps']`, below the working directory. */
  readonly directories?: readonly string[];
  /** After how long a start that is not done is logged as a warning. Default 10 000. */
  readonly slowStartMs?: number;
  /** After how long a start that is not done is given up. Default 120 000. */
  readonly startTimeoutMs?: number;
  /** After how long the function `stop` of an app is not waited for any longer. Default 5 000. */
  readonly stopTimeoutMs?: number;
  /** Arguments by the name of the app, over all others (`apparg_<app>` on the command line). */
  readonly argumentOverrides?: Readonly<Record<string, Arguments>>;
  /**
   * Whether apps are restarted when their files change, for whoever develops them. The modules of an app's own package are loaded anew
   * then; Node never forgets the old ones. Default false.
   */
  readonly watch?: boolean;
}

/** What an `AppManager` works with. */
export interface AppManagerParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly processes: AppProcesses;
  /** What is in force in the container; its section `apps` goes before the same options. */
  readonly config: Config;
  readonly options: Pick<AppOptions, 'argumentOverrides' | 'watch'> & {
    /** Milliseconds that the container has for stopping everything. Default: each app has its `stopTimeoutMs`. */
    readonly stopMs?: number;
  };
  /** Whether a service has an instance anywhere in the system. */
  readonly isServed: (service: string) => Promise<boolean>;
  /** Called when an app has ended by itself and the container is to stop for that reason; the app is gone by then. */
  readonly appEnded?: (error: ContainerError) => void;
  /** Told what happens to apps. It must not throw. */
  readonly appChanged?: (change: AppChange) => void;
}
