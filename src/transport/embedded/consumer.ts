import type { StreamPosition } from '../stream-position.ts';
import type { Delivery, MessageProperties, QueueSpec } from '../types.ts';
import { copyOf, type QueueEntry } from './message.ts';

/** What a consumer asks of the queue that it reads from. */
export interface ConsumerSource {
  readonly spec: QueueSpec;
  /** A delivery was settled, so the consumer may have room again. */
  settled(consumer: QueueConsumer, entry: QueueEntry, outcome: Settlement): void;
  /** The consumer has left; `unsettled` comes back. */
  removeConsumer(consumer: QueueConsumer, unsettled?: QueueEntry[]): void;
}

/** The client's side of one consumer. Nothing here may throw. */
export interface ConsumerClient {
  deliver(delivery: Delivery): void;
  /** The broker has ended the consumer, because its queue ended. */
  cancelled(): void;
}

/** What a consumer tells its connection. */
export interface ConsumerSink {
  readonly epoch: number;
  /** A delivery was settled again, or too late. */
  staleSettlement(): void;
  /** The consumer's queue has ended. */
  orphaned(consumer: QueueConsumer): void;
  /** A consumer that gets nothing more has settled all it had. */
  drained(consumer: QueueConsumer): void;
}

export type Settlement = 'acked' | 'requeued' | 'rejected';

/** How a consumer takes what comes. */
export interface QueueConsumerOptions {
  readonly prefetch: number;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** How far it has come, if it reads a stream. */
  readonly position?: StreamPosition | undefined;
}

/** A consumer as the queue sees it: how much it takes at a time and what it holds unsettled. */
export class QueueConsumer {
  readonly prefetch: number;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly position: StreamPosition | undefined;
  readonly source: ConsumerSource;
  readonly client: ConsumerClient;
  readonly #sink: ConsumerSink;
  readonly #unsettled = new Set<EmbeddedDelivery>();
  /** Takes part in the queue's rotation; the queue alone writes it. */
  isQueued = false;
  #active = true;

  constructor(
    source: ConsumerSource,
    sink: ConsumerSink,
    client: ConsumerClient,
    options: QueueConsumerOptions,
  ) {
    this.source = source;
    this.#sink = sink;
    this.client = client;
    this.prefetch = options.prefetch;
    this.noAck = options.noAck;
    this.exclusive = options.exclusive;
    this.position = options.position;
  }

  /** False once cancelled, or its queue or connection is gone. */
  get active(): boolean {
    return this.#active;
  }

  /** How many more deliveries it takes now. */
  get room(): number {
    if (!this.#active) return 0;
    return this.noAck || this.prefetch === 0 ? Infinity : this.prefetch - this.#unsettled.size;
  }

  get hasUnsettled(): boolean {
    return this.#unsettled.size > 0;
  }

  deliver(entry: QueueEntry): void {
    const delivery = new EmbeddedDelivery(this, entry, this.#sink.epoch);
    if (!this.noAck) this.#unsettled.add(delivery);
    this.client.deliver(delivery);
  }

  /** No more deliveries; those at hand can still be settled. */
  deactivate(): void {
    this.#active = false;
  }

  /** Its queue has ended: no more deliveries, and its connection is told. */
  orphan(): void {
    this.#active = false;
    this.#sink.orphaned(this);
  }

  /** Gives up what is unsettled, for the queue to take back; settling it later is stale. */
  abandon(): QueueEntry[] {
    this.#active = false;
    const entries = Array.from(this.#unsettled, (delivery) => delivery.entry);
    this.#unsettled.clear();
    return entries;
  }

  settle(delivery: EmbeddedDelivery, outcome: Settlement): void {
    if (!this.#unsettled.delete(delivery)) {
      this.#sink.staleSettlement();
      return;
    }
    this.source.settled(this, delivery.entry, outcome);
    if (!this.#active && this.#unsettled.size === 0) this.#sink.drained(this);
  }
}

/** One delivery to one consumer. */
export class EmbeddedDelivery implements Delivery {
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly epoch: number;
  readonly offset: number | undefined;
  readonly #consumer: QueueConsumer;
  readonly #entry: QueueEntry;

  constructor(consumer: QueueConsumer, entry: QueueEntry, epoch: number) {
    const { message } = entry;
    // Whoever may see the message again must not find what this consumer made of its bytes.
    this.body = consumer.noAck && !entry.shared ? message.body : copyOf(message.body);
    this.properties = message.properties;
    this.exchange = message.exchange;
    this.routingKey = message.routingKey;
    this.redelivered = entry.redelivered;
    this.epoch = epoch;
    this.offset = entry.offset;
    this.#consumer = consumer;
    this.#entry = entry;
  }

  /** @internal */
  get entry(): QueueEntry {
    return this.#entry;
  }

  ack(): void {
    this.#consumer.settle(this, 'acked');
  }

  requeue(): void {
    this.#consumer.settle(this, 'requeued');
  }

  reject(): void {
    this.#consumer.settle(this, 'rejected');
  }
}
