import type { Arrival } from '../exchange/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';

/** The operation by which a container tells the others that it stops. */
export const leaving = 'leaving';
/** The operation by which it tells them that it wants events about their processes. */
export const wanted = 'wanted';

/** What the other containers tell everybody. Anybody could have sent it, so all that it does is a line of the log, or an event more. */
export class Announcements {
  readonly #container: string;
  readonly #logger: Logger;
  readonly #onWanted: () => void;
  readonly #logged = new OncePer();

  /** `onWanted`: another container has begun to listen to what happens to processes. */
  constructor(container: string, logger: Logger, onWanted: () => void) {
    this.#container = container;
    this.#logger = logger;
    this.#onWanted = onWanted;
  }

  /** Whatever else is told comes from a later version, and is nothing to us. */
  take(arrival: Arrival): void {
    const { message, origin } = arrival;
    arrival.settle();
    if (origin === this.#container) return;
    if (message.op === wanted) this.#onWanted();
    if (message.op !== leaving || !this.#logged.first(origin)) return;
    this.#logger.info('another container leaves the system', { leaving: origin });
  }
}
