import type { ConsumeMessage } from 'amqplib';
import { CountingFeed } from './counting-feed.ts';

/** Of a consumer of a single-active queue, which leaves with its channel: once stopped it hands nothing on. */
export class SingleActiveFeed extends CountingFeed {
  #stopped = false;

  override take(message: ConsumeMessage): void {
    // Back to its place with the end of the channel; so is what is given back now and comes here again, since this is still the active consumer.
    if (!this.#stopped) super.take(message);
  }

  override stop(): void {
    this.#stopped = true;
  }
}
