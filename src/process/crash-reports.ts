import type { Logger } from '../logging/index.ts';
import { type CrashReport, crashFields } from './crash-report.ts';
import { scopes } from './scope.ts';

/** Tells of crashes: one line of the log each, and whoever listens. */
export class CrashReports {
  readonly #logger: Logger;
  readonly #listeners = new Set<(report: CrashReport) => void>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Gives what ends the listening. */
  listen(listener: (report: CrashReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Never throws. */
  tell(report: CrashReport): void {
    Object.freeze(report);
    if (report.starting) this.#logger.debug('process could not be started', crashFields(report));
    // Somebody wanted it so: the supervisor that has it so in the spec, an operator.
    else if (report.reason === 'killed' && !report.overdue)
      this.#logger.info('process killed', crashFields(report));
    else this.#logger.error('process failed', crashFields(report));
    // What listeners do is not the dead process's.
    if (this.#listeners.size > 0) scopes.exit(() => this.#tellListeners(report));
  }

  #tellListeners(report: CrashReport): void {
    for (const listener of this.#listeners) {
      try {
        listener(report);
      } catch (error) {
        this.#logger.error('a listener of crashes failed', { error });
      }
    }
  }
}
