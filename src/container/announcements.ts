import type { Arrival } from '../exchange/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';

/** The operation by which a container tells the others that it stops. */
export const leaving = 'leaving';

/** What the other containers tell everybody. Anybody could have sent it, so it is believed in nothing but the log. */
export class Announcements {
  readonly #container: string;
  readonly #logger: Logger;
  readonly #logged = new OncePer();

  constructor(container: string, logger: Logger) {
    this.#container = container;
    this.#logger = logger;
  }

  /** Whatever else is told comes from a later version, and is nothing to us. */
  take(arrival: Arrival): void {
    const { message, origin } = arrival;
    arrival.settle();
    if (message.op !== leaving || origin === this.#container || !this.#logged.first(origin)) return;
    this.#logger.info('another container leaves the system', { leaving: origin });
  }
}
