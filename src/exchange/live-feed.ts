import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import { eventsExchange, liveQueue } from './event-topology.ts';
import type { Identity } from './names.ts';

/** More patterns than this that begin with the same word are bound as one, `<word>.#`: bindings are slow, and what is too much is sorted out here. */
const maxPatternsOfWord = 64;

/** What a {@link LiveFeed} works with. */
export interface LiveFeedParts {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly onDelivery: (delivery: Delivery) => void;
}

/**
 * The queue that the live subscriptions of a container share. It is bound by event type only; what origin a subscription wants is matched
 * by whoever takes from it. Made for the first pattern, it stays.
 */
export class LiveFeed {
  readonly #parts: LiveFeedParts;
  /** How many want a type pattern. */
  readonly #wanted = new Map<string, number>();
  /** By first word, the bindings that are made or being made. */
  readonly #bound = new Map<string, Map<string, Promise<void>>>();
  #opened: Promise<ConsumerHandle> | undefined;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  /** Resolves when events of that type pattern come in. @throws what the broker refuses */
  async add(typePattern: string): Promise<void> {
    this.#wanted.set(typePattern, (this.#wanted.get(typePattern) ?? 0) + 1);
    try {
      await this.#open();
      await this.#bind(typePattern);
    } catch (error) {
      await this.remove(typePattern);
      throw error;
    }
  }

  /** The last that wanted a type pattern takes its binding with it. Never rejects. */
  async remove(typePattern: string): Promise<void> {
    const left = (this.#wanted.get(typePattern) ?? 1) - 1;
    if (left > 0) {
      this.#wanted.set(typePattern, left);
      return;
    }
    this.#wanted.delete(typePattern);
    const word = firstWord(typePattern);
    const keys = this.#bound.get(word);
    const isLast = keys !== undefined && ![...this.#wanted.keys()].some((other) => firstWord(other) === word);
    const gone = isLast
      ? [...keys.keys()]
      : keys?.has(bindingKey(typePattern))
        ? [bindingKey(typePattern)]
        : [];
    for (const key of gone) {
      keys?.delete(key);
      // Without a connection it is forgotten, and so not made again.
      await this.#parts.transport.unbind(this.#binding(key)).catch(() => undefined);
    }
    if (keys?.size === 0) this.#bound.delete(word);
  }

  /** Takes nothing more. */
  async close(): Promise<void> {
    const consumer = await this.#opened?.catch(() => undefined);
    await consumer?.cancel();
  }

  #open(): Promise<ConsumerHandle> {
    if (this.#opened === undefined) {
      const opened = this.#declare();
      this.#opened = opened;
      opened.catch(() => {
        this.#opened = undefined;
      });
    }
    return this.#opened;
  }

  async #declare(): Promise<ConsumerHandle> {
    const { identity, transport, onDelivery } = this.#parts;
    const queue = liveQueue(identity);
    await transport.declareExchange(eventsExchange(identity));
    await transport.declareQueue(queue);
    return transport.consume({ queue: queue.name, prefetch: 0, noAck: true, exclusive: true, onDelivery });
  }

  #bind(typePattern: string): Promise<void> {
    const word = firstWord(typePattern);
    const keys = this.#bound.get(word) ?? new Map<string, Promise<void>>();
    this.#bound.set(word, keys);
    const wide = keys.get(`${word}.#`);
    if (wide !== undefined) return wide;
    const key = keys.size < maxPatternsOfWord ? bindingKey(typePattern) : `${word}.#`;
    let bound = keys.get(key);
    if (bound === undefined) {
      bound = this.#parts.transport.bind(this.#binding(key));
      keys.set(key, bound);
      bound.catch(() => keys.delete(key));
    }
    return bound;
  }

  #binding(routingKey: string) {
    const { identity } = this.#parts;
    return { exchange: eventsExchange(identity).name, queue: liveQueue(identity).name, routingKey };
  }
}

/** Whatever the origin is. */
function bindingKey(typePattern: string): string {
  return typePattern === '#' || typePattern.endsWith('.#') ? typePattern : `${typePattern}.#`;
}

function firstWord(typePattern: string): string {
  const dot = typePattern.indexOf('.');
  return dot === -1 ? typePattern : typePattern.slice(0, dot);
}
