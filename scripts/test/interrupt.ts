import { constants } from 'node:os';

/** SIGINT or SIGTERM during the run: what is going on ends early, and everything is still cleaned up. */
export interface Interrupt {
  /** Aborted once a signal came; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** What a shell expects of a program that a signal ended: 128 + its number. */
  exitCode(): number;
  /** Gives the signals back. */
  dispose(): void;
}

/** Catches SIGINT and SIGTERM from now on. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const caught = (name: NodeJS.Signals) => controller.abort(name);
  process.on('SIGINT', caught);
  process.on('SIGTERM', caught);
  return {
    signal: controller.signal,
    exitCode: () =>
      128 + (controller.signal.reason === 'SIGTERM' ? constants.signals.SIGTERM : constants.signals.SIGINT),
    dispose: () => {
      process.off('SIGINT', caught);
      process.off('SIGTERM', caught);
    },
  };
}
