import type { ConsumeMessage } from 'amqplib';
import type { Settlement, Settler } from './channel-life.ts';
import { type Feed, type FeedParts, give } from './feed.ts';

/** Hands on whatever comes, until the broker sends nothing more, and knows what is unsettled. */
export class CountingFeed implements Feed, Settler {
  readonly epoch: number;
  readonly #parts: FeedParts;
  #unsettled = 0;
  #resolveSettled: () => void = () => {};

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.epoch = parts.life.epoch;
  }

  get alive(): boolean {
    return this.#parts.life.alive;
  }

  get hasUnsettled(): boolean {
    return this.#unsettled > 0;
  }

  /** Asked once, when nothing more comes: resolves once nothing is unsettled, or the channel is gone. */
  settled(): Promise<void> {
    if (!this.hasUnsettled) return Promise.resolve();
    const settled = new Promise<void>((resolve) => {
      this.#resolveSettled = resolve;
    });
    return Promise.race([settled, this.#parts.life.ended]);
  }

  take(message: ConsumeMessage): void {
    if (this.#parts.spec.noAck !== true) this.#unsettled++;
    give(this.#parts, message, this);
  }

  /** What is on its way must reach the owner, who alone can settle it. */
  stop(): void {}

  settle(message: ConsumeMessage, how: Settlement): boolean {
    const isInTime = this.#parts.life.settle(message, how);
    this.#unsettled--;
    if (!this.hasUnsettled) this.#resolveSettled();
    return isInTime;
  }
}
