import { type Arrival, took } from '../exchange/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';

/** The operation by which a container tells the others that it stops. */
export const leaving = 'leaving';
/** The operation by which it tells them that it wants events about their processes. */
export const wanted = 'wanted';

/**
 * What containers tell everybody, or one that has asked. Anybody could have sent it, so all that it does is a line of the log, an event more, or more or fewer messages
 * in a frame.
 */
export class Announcements {
  readonly #container: string;
  readonly #logger: Logger;
  readonly #onWanted: () => void;
  readonly #onTook: (service: string, op: string, workUs: number) => void;
  readonly #logged = new OncePer();

  /**
   * `onWanted`: another container has begun to listen to what happens to processes. `onTook`: so many microseconds one-way messages to a service keep an instance from
   * others.
   */
  constructor(
    container: string,
    logger: Logger,
    onWanted: () => void,
    onTook: (service: string, op: string, workUs: number) => void,
  ) {
    this.#container = container;
    this.#logger = logger;
    this.#onWanted = onWanted;
    this.#onTook = onTook;
  }

  /** Whatever else is told comes from a later version, and is nothing to us. */
  take(arrival: Arrival): void {
    const { message, origin } = arrival;
    arrival.settle();
    if (message.op === took) this.#takeWork(message.content);
    if (origin === this.#container) return;
    if (message.op === wanted) this.#onWanted();
    if (message.op !== leaving || !this.#logged.first(origin)) return;
    this.#logger.info('another container leaves the system', { leaving: origin });
  }

  /** `[service, [op, microseconds, …], …]` */
  #takeWork(content: unknown): void {
    if (!Array.isArray(content)) return;
    const [service, ...works]: readonly unknown[] = content;
    if (typeof service !== 'string') return;
    for (const work of works) {
      if (!Array.isArray(work)) continue;
      const [op, ...times]: readonly unknown[] = work;
      if (typeof op !== 'string') continue;
      for (const workUs of times) {
        if (typeof workUs === 'number' && workUs > 0) this.#onTook(service, op, workUs);
      }
    }
  }
}
