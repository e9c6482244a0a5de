import type { ConsumeMessage } from 'amqplib';
import { AscendingMap } from '../../util/index.ts';
import type { Settlement, Settler } from './channel-life.ts';
import { type Feed, type FeedParts, give } from './feed.ts';

/** Hands on whatever comes, until the broker sends nothing more, and knows what is unsettled. */
export class CountingFeed implements Feed, Settler {
  readonly epoch: number;
  readonly #parts: FeedParts;
  /** By their delivery tags. */
  readonly #unsettled = new AscendingMap<ConsumeMessage>();
  #isQueueGone = false;
  #resolveSettled: () => void = () => {};

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.epoch = parts.life.epoch;
  }

  get alive(): boolean {
    return !this.#isQueueGone && this.#parts.life.alive;
  }

  get hasUnsettled(): boolean {
    return this.#unsettled.size > 0;
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
    if (this.#parts.spec.noAck !== true) this.#unsettled.set(message.fields.deliveryTag, message);
    give(this.#parts, message, this);
  }

  /** What is on its way must reach the owner, who alone can settle it. */
  stop(): void {}

  /**
   * What was unsettled went with the queue. It is acknowledged now, before there is another queue of that name: RabbitMQ would take a later
   * acknowledgement for one of a message there that has the same place, and would close the channel over one that never comes.
   */
  queueGone(): void {
    for (const message of this.#unsettled.values()) this.settle(message, 'ack');
    this.#isQueueGone = true;
  }

  settle(message: ConsumeMessage, how: Settlement): boolean {
    const isInTime = this.#parts.life.settle(message, how);
    this.#unsettled.delete(message.fields.deliveryTag);
    if (!this.hasUnsettled) this.#resolveSettled();
    return isInTime;
  }
}
