import type { Logger } from '../logging/index.ts';
import { type CrashReport, crashFields } from './crash-report.ts';
import { Listeners } from './listeners.ts';

/** Tells of crashes: one line of the log each, and whoever listens. */
export class CrashReports {
  readonly #logger: Logger;
  readonly #listeners: Listeners<CrashReport>;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#listeners = new Listeners(logger, 'crashes');
  }

  /** Gives what ends the listening. */
  listen(listener: (report: CrashReport) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Never throws. */
  tell(report: CrashReport): void {
    Object.freeze(report);
    if (report.starting) this.#logger.debug('process could not be started', crashFields(report));
    // Somebody wanted it so: the supervisor that has it so in the spec, an operator.
    else if (report.reason === 'killed' && !report.overdue)
      this.#logger.info('process killed', crashFields(report));
    else this.#logger.error('process failed', crashFields(report));
    this.#listeners.tell(report);
  }
}
