import type { ConsumeMessage } from 'amqplib';
import type { Settlement, Settler } from './channel-life.ts';
import { type Feed, type FeedParts, give } from './feed.ts';

/**
 * Counts what the consumer of a single-active queue has unsettled, on a channel of its own. Once stopped it hands nothing on, and tells when all is
 * settled, for the channel to be closed then.
 */
export class SingleActiveFeed implements Feed, Settler {
  readonly epoch: number;
  /** Resolves once it is stopped and nothing is unsettled, or the channel is gone. */
  readonly drained: Promise<void>;
  readonly #parts: FeedParts;
  #resolveDrained: () => void = () => {};
  #unsettled = 0;
  #stopped = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.epoch = parts.life.epoch;
    const settled = new Promise<void>((resolve) => {
      this.#resolveDrained = resolve;
    });
    this.drained = Promise.race([settled, parts.life.ended]);
  }

  get alive(): boolean {
    return this.#parts.life.alive;
  }

  get hasUnsettled(): boolean {
    return this.#unsettled > 0;
  }

  take(message: ConsumeMessage): void {
    // Back to its place with the end of the channel.
    if (this.#stopped) return;
    this.#unsettled++;
    give(this.#parts, message, this);
  }

  stop(): void {
    this.#stopped = true;
    this.#checkDrained();
  }

  settle(message: ConsumeMessage, how: Settlement): boolean {
    // What is given back comes here again, since this is still the active consumer: see take().
    const isInTime = this.#parts.life.settle(message, how);
    this.#unsettled--;
    this.#checkDrained();
    return isInTime;
  }

  #checkDrained(): void {
    if (this.#stopped && this.#unsettled === 0) this.#resolveDrained();
  }
}
