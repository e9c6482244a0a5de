import type { Logger } from '../logging/index.ts';
import type { QueueInfo } from '../transport/index.ts';
import type { Clock, Timer } from '../util/index.ts';

/** How often the broker is asked about one service at most, and how long it must be without an instance to count as absent. */
const intervalMs = 1000;

/** What an {@link InstanceWatch} works with. */
export interface InstanceWatchParts {
  /** Asks the broker about the service's queue; rejects while there is no connection. */
  readonly inspect: (service: string) => Promise<QueueInfo | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether calls to the service have been pending for a while. */
  readonly isAwaited: (service: string) => boolean;
  /** Nobody has served the service for a second. */
  readonly onAbsent: (service: string) => void;
}

interface Watched {
  timer: Timer | undefined;
  absentSince: number | undefined;
}

/**
 * A queue is not an instance: a durable service queue takes requests although nobody serves it. While calls to a service have
 * waited for long, the broker is asked once a second who consumes from its queue.
 */
export class InstanceWatch {
  readonly #parts: InstanceWatchParts;
  readonly #watched = new Map<string, Watched>();

  constructor(parts: InstanceWatchParts) {
    this.#parts = parts;
  }

  /** Begins to watch `service`, as long as it is awaited. Harmless when it is watched already. */
  watch(service: string): void {
    if (this.#watched.has(service)) return;
    const watched: Watched = { timer: undefined, absentSince: undefined };
    this.#watched.set(service, watched);
    void this.#check(service, watched);
  }

  /** Stops every watch. */
  close(): void {
    for (const { timer } of this.#watched.values()) timer?.cancel();
    this.#watched.clear();
  }

  async #check(service: string, watched: Watched): Promise<void> {
    const { clock, isAwaited, onAbsent } = this.#parts;
    const consumers = await this.#consumers(service);
    if (this.#watched.get(service) !== watched) return;
    if (consumers !== 0) watched.absentSince = undefined;
    else watched.absentSince ??= clock.now();
    if (watched.absentSince !== undefined && clock.now() - watched.absentSince >= intervalMs)
      onAbsent(service);
    // Kept for the rest of the second even if nobody waits now: the next watch() must not ask before it is over.
    watched.timer = clock.timer(intervalMs, () => {
      if (isAwaited(service)) void this.#check(service, watched);
      else this.#watched.delete(service);
    });
  }

  /** Undefined when the broker cannot be asked. */
  async #consumers(service: string): Promise<number | undefined> {
    try {
      return (await this.#parts.inspect(service))?.consumers ?? 0;
    } catch (error) {
      this.#parts.logger.debug('the broker could not be asked who serves a service', { service, error });
      return undefined;
    }
  }
}
