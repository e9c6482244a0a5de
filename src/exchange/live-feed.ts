import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import { eventsExchange, liveQueue } from './event-topology.ts';
import type { Identity } from './names.ts';

/** More patterns than this that begin with the same word are bound as one, `<word>.#`: bindings are slow, and what is too much is sorted out here. */
const maxPatternsOfWord = 64;

/** What a {@link LiveFeed} works with. */
export interface LiveFeedParts {
  readonly identity: Identity;
  readonly transport: Transport;
  /** Declares the exchange of events. */
  readonly declareEvents: () => Promise<void>;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** The type patterns that begin with one word. */
interface Word {
  /** What lets in all of them. */
  readonly wide: string;
  /** How many want a pattern. */
  readonly wanted: Map<string, number>;
  /** The bindings that are made or being made, by routing key. */
  readonly bound: Map<string, Promise<void>>;
}

/**
 * The queue that the live subscriptions of a container share. It is bound by event type only; what origin a subscription wants is matched
 * by whoever takes from it. Made for the first pattern, it stays.
 */
export class LiveFeed {
  readonly #parts: LiveFeedParts;
  /** By the first word of type patterns. */
  readonly #words = new Map<string, Word>();
  #opened: Promise<ConsumerHandle> | undefined;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  /** Resolves when events of that type pattern come in. @throws what the broker refuses */
  async add(typePattern: string): Promise<void> {
    const word = this.#wordOf(typePattern);
    word.wanted.set(typePattern, (word.wanted.get(typePattern) ?? 0) + 1);
    try {
      await this.#open();
      // It may have been removed meanwhile.
      if (!word.wanted.has(typePattern)) return;
      const isFull = word.bound.has(word.wide) || word.bound.size >= maxPatternsOfWord;
      await this.#bind(word, isFull ? word.wide : bindingKey(typePattern));
    } catch (error) {
      await this.remove(typePattern);
      throw error;
    }
  }

  /** The last that wanted a type pattern takes its binding with it. Never rejects. */
  async remove(typePattern: string): Promise<void> {
    const word = this.#wordOf(typePattern);
    const { wanted, bound } = word;
    const left = (wanted.get(typePattern) ?? 1) - 1;
    if (left > 0) {
      wanted.set(typePattern, left);
      return;
    }
    wanted.delete(typePattern);
    if (wanted.size > maxPatternsOfWord) return;
    const needed = new Set([...wanted.keys()].map(bindingKey));
    const gone = [...bound.keys()].filter((key) => !needed.has(key));
    for (const key of gone) bound.delete(key);
    try {
      // Some may have come in by one that goes.
      if (gone.includes(word.wide)) await Promise.all([...needed].map((key) => this.#bind(word, key)));
    } catch {
      // What is still bound lets in more than is wanted.
      return;
    }
    // Without a connection it is forgotten, and so not made again.
    for (const key of gone)
      if (!bound.has(key)) await this.#parts.transport.unbind(this.#binding(key)).catch(() => undefined);
    if (wanted.size === 0 && bound.size === 0) this.#words.delete(firstWord(typePattern));
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
    const { identity, transport, declareEvents, onDelivery } = this.#parts;
    const queue = liveQueue(identity);
    await declareEvents();
    await transport.declareQueue(queue);
    return transport.consume({ queue: queue.name, prefetch: 0, noAck: true, exclusive: true, onDelivery });
  }

  #bind({ bound }: Word, key: string): Promise<void> {
    let binding = bound.get(key);
    if (binding === undefined) {
      binding = this.#parts.transport.bind(this.#binding(key));
      bound.set(key, binding);
      binding.catch(() => bound.delete(key));
    }
    return binding;
  }

  #wordOf(typePattern: string): Word {
    const first = firstWord(typePattern);
    let word = this.#words.get(first);
    if (word === undefined) {
      word = { wide: `${first}.#`, wanted: new Map(), bound: new Map() };
      this.#words.set(first, word);
    }
    return word;
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
