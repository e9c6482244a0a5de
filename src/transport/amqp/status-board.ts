import type { Logger } from '../../logging/index.ts';
import type { TransportStatus } from '../status.ts';
import { toError } from './broker-errors.ts';

/** The present status and those who follow it. A listener that throws is logged and harms nobody. */
export class StatusBoard {
  readonly #logger: Logger;
  readonly #listeners = new Set<(status: TransportStatus) => void>();
  #status: TransportStatus = { type: 'idle' };

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  listen(listener: (status: TransportStatus) => void): () => void {
    // A function of its own, so that one listener given twice can be stopped once.
    const entry = (status: TransportStatus): void => listener(status);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  set(status: TransportStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#logger.error('amqp: a status listener threw', { error: toError(error) });
      }
    }
  }

  /** Nobody hears of anything after this. */
  dispose(): void {
    this.#listeners.clear();
  }
}
