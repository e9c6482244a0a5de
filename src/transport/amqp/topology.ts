import type { Channel, Options } from 'amqplib';
import type { BindingSpec, ExchangeSpec, QueueSpec } from '../types.ts';

/**
 * One thing that shall be so at the broker. The removals stand for what was deleted or unbound while there was no connection: they are
 * made up for at the next one and then forgotten.
 */
export type TopologyEntry =
  | { readonly kind: 'exchange'; readonly spec: ExchangeSpec }
  | { readonly kind: 'queue'; readonly spec: QueueSpec }
  | { readonly kind: 'binding'; readonly spec: BindingSpec }
  | { readonly kind: 'queue removal'; readonly name: string }
  | { readonly kind: 'binding removal'; readonly spec: BindingSpec };

/** Declared topology as data: what a new connection is given, in the order of first declaration. */
export class Topology {
  readonly #entries = new Map<string, TopologyEntry>();

  /** Everything recorded, in order. What is recorded during the iteration is part of it. */
  entries(): IterableIterator<TopologyEntry> {
    return this.#entries.values();
  }

  /** Records `entry` in place of the one under the same name; returns what takes it back. */
  record(entry: TopologyEntry): () => void {
    const key = keyOf(entry);
    const before = this.#entries.get(key);
    this.#entries.set(key, entry);
    return () => {
      if (this.#entries.get(key) !== entry) return;
      if (before === undefined) this.#entries.delete(key);
      else this.#entries.set(key, before);
    };
  }

  forget(entry: TopologyEntry): void {
    this.#entries.delete(keyOf(entry));
  }

  /** Forgets a queue with its bindings. */
  forgetQueue(name: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.kind === 'queue' && entry.spec.name === name) this.#entries.delete(key);
      if (entry.kind === 'binding' && entry.spec.queue === name) this.#entries.delete(key);
    }
  }

  queue(name: string): QueueSpec | undefined {
    const entry = this.#entries.get(queueKey(name));
    return entry?.kind === 'queue' ? entry.spec : undefined;
  }

  /** Whether `entry` is a stream or a binding of one. */
  concernsStream(entry: TopologyEntry): boolean {
    if (entry.kind === 'queue') return entry.spec.queueType === 'stream';
    return entry.kind === 'binding' && this.queue(entry.spec.queue)?.queueType === 'stream';
  }

  /** Whether `entry` is an exclusive queue or a binding of one. */
  concernsExclusive(entry: TopologyEntry): boolean {
    if (entry.kind === 'queue') return entry.spec.exclusive;
    return entry.kind === 'binding' && this.queue(entry.spec.queue)?.exclusive === true;
  }

  /** Whether `entry` is still wanted as it is. */
  holds(entry: TopologyEntry): boolean {
    return this.#entries.get(keyOf(entry)) === entry;
  }

  /** What it takes to have a queue again that was deleted: exchanges it is bound to, itself, its bindings. */
  entriesOfQueue(name: string): TopologyEntry[] {
    const exchanges = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.kind === 'binding' && entry.spec.queue === name) exchanges.add(entry.spec.exchange);
    }
    return [...this.#entries.values()].filter(
      (entry) =>
        (entry.kind === 'exchange' && exchanges.has(entry.spec.name)) ||
        (entry.kind === 'queue' && entry.spec.name === name) ||
        (entry.kind === 'binding' && entry.spec.queue === name),
    );
  }

  /** The broker's name of a queue in `epoch`. */
  brokerName(name: string, epoch: number): string {
    return this.queue(name)?.perEpoch === true ? `${name}~${epoch}` : name;
  }

  /** Makes `entry` so, through `channel`, by one AMQP method. */
  async apply(entry: TopologyEntry, channel: Channel, epoch: number): Promise<void> {
    switch (entry.kind) {
      case 'exchange': {
        const { name, type, durable, autoDelete, alternateExchange } = entry.spec;
        await channel.assertExchange(name, type, {
          durable,
          autoDelete,
          ...(alternateExchange !== undefined && { alternateExchange }),
        });
        return;
      }
      case 'queue':
        await channel.assertQueue(this.brokerName(entry.spec.name, epoch), queueOptions(entry.spec));
        return;
      case 'binding': {
        const { queue, exchange, routingKey } = entry.spec;
        await channel.bindQueue(this.brokerName(queue, epoch), exchange, routingKey);
        return;
      }
      case 'queue removal':
        await channel.deleteQueue(this.brokerName(entry.name, epoch));
        return;
      case 'binding removal': {
        const { queue, exchange, routingKey } = entry.spec;
        await channel.unbindQueue(this.brokerName(queue, epoch), exchange, routingKey);
        return;
      }
    }
  }
}

/** What applying `entry` does, for messages. */
export function describeEntry(entry: TopologyEntry): string {
  switch (entry.kind) {
    case 'exchange':
      return `declare the exchange "${entry.spec.name}"`;
    case 'queue':
      return `declare the queue "${entry.spec.name}"`;
    case 'binding':
      return `bind ${describeBinding(entry.spec)}`;
    case 'queue removal':
      return `delete the queue "${entry.name}"`;
    case 'binding removal':
      return `unbind ${describeBinding(entry.spec)}`;
  }
}

function describeBinding({ queue, exchange, routingKey }: BindingSpec): string {
  return `the queue "${queue}" to the exchange "${exchange}" with the key "${routingKey}"`;
}

const removed = 'removed ';

function keyOf(entry: TopologyEntry): string {
  switch (entry.kind) {
    case 'exchange':
      return `exchange ${entry.spec.name}`;
    case 'queue':
      return queueKey(entry.spec.name);
    case 'queue removal':
      return removed + queueKey(entry.name);
    case 'binding':
      return bindingKey(entry.spec);
    case 'binding removal':
      return removed + bindingKey(entry.spec);
  }
}

function queueKey(name: string): string {
  return `queue ${name}`;
}

function bindingKey({ queue, exchange, routingKey }: BindingSpec): string {
  return `binding ${JSON.stringify([queue, exchange, routingKey])}`;
}

function queueOptions(spec: QueueSpec): Options.AssertQueue {
  const options: Options.AssertQueue = {
    durable: spec.durable,
    exclusive: spec.exclusive,
    autoDelete: spec.autoDelete,
  };
  const isTyped = spec.queueType !== undefined && spec.queueType !== 'classic';
  options.arguments = {
    // 'classic' is left out: RabbitMQ holds an explicit type and none for different arguments; and so with false.
    'x-queue-type': isTyped ? spec.queueType : undefined,
    'x-single-active-consumer': spec.singleActiveConsumer === true ? true : undefined,
    'x-max-age': spec.maxAgeMs === undefined ? undefined : `${Math.ceil(spec.maxAgeMs / 1_000)}s`,
    'x-max-length-bytes': spec.maxLengthBytes,
    'x-stream-max-segment-size-bytes': spec.segmentBytes,
    'x-dead-letter-strategy': spec.deadLetterStrategy,
    // Without it RabbitMQ ignores the strategy.
    'x-overflow': spec.deadLetterStrategy === undefined ? undefined : 'reject-publish',
  };
  if (spec.expiresMs !== undefined) options.expires = spec.expiresMs;
  if (spec.messageTtlMs !== undefined) options.messageTtl = spec.messageTtlMs;
  if (spec.deadLetterExchange !== undefined) options.deadLetterExchange = spec.deadLetterExchange;
  if (spec.deadLetterRoutingKey !== undefined) options.deadLetterRoutingKey = spec.deadLetterRoutingKey;
  if (spec.maxLength !== undefined) options.maxLength = spec.maxLength;
  return options;
}
