import type { ConsumerHandle, Delivery, QueueSpec, Transport } from '../transport/index.ts';
import { againExchange, durableAddress, durableQueue, eventsExchange, groupQueue } from './event-topology.ts';
import type { Identity } from './names.ts';
import { systemExchange } from './topology.ts';

/** A queue of events that several subscribers share, wherever they are. */
export interface SharedFeedSpec {
  /** `group`: it goes with its last member. `durable`: it keeps events while nobody takes them. */
  readonly kind: 'group' | 'durable';
  readonly name: string;
  /** The topics that it takes: `<type pattern>.<origin pattern>`. */
  readonly pattern: string;
  /** One container at a time takes from it, so that order is kept whatever fails. */
  readonly isOrdered: boolean;
  /** Frames that may be with this container unsettled. */
  readonly prefetch: number;
}

/** What a {@link SharedFeed} works with. */
export interface SharedFeedParts {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly spec: SharedFeedSpec;
  /** Declares the exchange of events. */
  readonly declareEvents: () => Promise<void>;
  /** Declares where dead letters go. */
  readonly declareDead: () => Promise<void>;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** This container's share of such a queue. */
export class SharedFeed {
  readonly #parts: SharedFeedParts;
  readonly #queue: QueueSpec;
  #consumer: ConsumerHandle | undefined;

  constructor(parts: SharedFeedParts) {
    this.#parts = parts;
    const { identity, spec } = parts;
    this.#queue =
      spec.kind === 'group'
        ? groupQueue(identity, spec.name, spec.pattern)
        : durableQueue(identity, spec.name, spec.pattern, spec.isOrdered);
  }

  /** Resolves when the queue is bound and consumed from. @throws TopologyConflict if there is one of that name for something else */
  async open(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#parts.transport.forget(this.#queue.name);
      throw error;
    }
  }

  /** Takes nothing more; what was taken may still be settled. */
  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.cancel();
    // No reconnection makes it again: nobody here would take from it.
    this.#parts.transport.forget(this.#queue.name);
  }

  async #open(): Promise<void> {
    const { identity, transport, spec, declareEvents, declareDead, onDelivery } = this.#parts;
    const queue = this.#queue.name;
    await declareEvents();
    // What cannot be read is rejected, and the broker drops what it finds no exchange for.
    if (spec.kind === 'durable') await declareDead();
    await transport.declareQueue(this.#queue);
    await transport.bind({ exchange: eventsExchange(identity).name, queue, routingKey: spec.pattern });
    if (spec.kind === 'durable') {
      const routingKey = durableAddress(spec.name);
      const again = againExchange(identity);
      await transport.declareExchange(again);
      await transport.bind({ exchange: again.name, queue, routingKey });
      await transport.bind({ exchange: systemExchange(identity).name, queue, routingKey });
    }
    this.#consumer = await transport.consume({ queue, prefetch: spec.prefetch, onDelivery });
  }
}
