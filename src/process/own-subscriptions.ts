import type { StreamRetention } from '../exchange/index.ts';
import type { EventPattern, SubscribeOptions, Subscriber, SubscriberHost } from '../interact/index.ts';
import { EventDelivery } from './event-delivery.ts';
import type { EventOperation } from './event-operation.ts';
import type { Events } from './seams.ts';

/** The process that subscribes. */
export interface SubscribingOwner {
  readonly id: string;
  readonly concurrency: number;
  readonly events: Events;
  readonly hasEnded: boolean;
  /** Has an event handled in its turn, or gives it back. */
  acceptEvent(delivery: EventDelivery): void;
}

/** What one process has subscribed to; it ends with the process. */
export class OwnSubscriptions {
  readonly #owner: SubscribingOwner;
  readonly #subscribers = new Set<Subscriber>();
  #isEnded = false;

  constructor(owner: SubscribingOwner) {
    this.#owner = owner;
  }

  async add(
    pattern: EventPattern,
    operation: EventOperation,
    options?: SubscribeOptions,
    retention?: StreamRetention,
  ): Promise<Subscriber> {
    const owner = this.#owner;
    const host: SubscriberHost = {
      id: owner.id,
      concurrency: owner.concurrency,
      begin: (arrival, subscriber) => owner.acceptEvent(new EventDelivery(arrival, subscriber, operation)),
      ended: (subscriber) => this.#subscribers.delete(subscriber),
    };
    const subscriber = await owner.events.subscribe(host, pattern, options, retention);
    if (!subscriber.hasEnded) this.#subscribers.add(subscriber);
    // Too late to be ended with the others.
    if (this.#isEnded) await subscriber.cancel();
    return subscriber;
  }

  /** Ends them all; resolves when nothing comes any more. Never rejects. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all([...this.#subscribers].map((subscriber) => subscriber.cancel().catch(() => undefined)));
  }
}
