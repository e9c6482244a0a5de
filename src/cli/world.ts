import type { Env } from '../util/index.ts';

/** What the command line touches of the outside. */
export interface CliWorld {
  readonly env: Env;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The environment's variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` on each SIGINT, SIGTERM, SIGHUP and SIGQUIT, and when nobody reads `stdout` any more; returns the function that stops it. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Ends the program at once. */
  readonly exit: (code: number) => never;
}
