import type { ConsumeMessage } from 'amqplib';
import { RingBuffer } from '../../util/index.ts';
import type { StreamPosition } from '../stream-position.ts';
import type { StreamStart } from '../types.ts';
import type { Settlement, Settler } from './channel-life.ts';
import { type Feed, type FeedParts, give } from './feed.ts';
import { offsetHeader } from './properties.ts';

/**
 * Stands between a stream and one reader, for one life of the channel. RabbitMQ sends whole batches, whatever the prefetch: what is more than that
 * is held back here. It takes an ack as credit and nothing else, and closes the whole connection over a nack (540): to bring a message again, and to know
 * what has been settled, is done here and in the {@link StreamPosition}.
 */
export class StreamFeed implements Feed, Settler {
  readonly epoch: number;
  readonly #parts: FeedParts;
  readonly #position: StreamPosition;
  readonly #held = new RingBuffer<ConsumeMessage>();
  /** Requeued since the last turn. */
  #returned: ConsumeMessage[] = [];
  #unsettled = 0;
  #hasBegun = false;
  #busy = false;
  #stopped = false;

  constructor(parts: FeedParts, position: StreamPosition) {
    this.#parts = parts;
    this.#position = position;
    this.epoch = parts.life.epoch;
  }

  get alive(): boolean {
    return this.#stopped || this.#parts.life.alive;
  }

  take(message: ConsumeMessage): void {
    if (this.#stopped) return;
    if (!this.#hasBegun) this.#position.begins(offsetOf(message));
    this.#hasBegun = true;
    this.#held.push(message);
    if (!this.#busy) this.#handOn();
  }

  /** Nothing more is handed on, and what is at hand is nobody's any more: the stream keeps it anyway. */
  stop(): void {
    this.#stopped = true;
    // RabbitMQ would close the channel after half an hour over what nobody will settle.
    for (const message of [...this.#returned, ...this.#held]) this.#ack(message);
    this.#returned = [];
    this.#held.clear();
  }

  settle(message: ConsumeMessage, how: Settlement): boolean {
    this.#unsettled--;
    if (this.#stopped) {
      this.#ack(message);
      return true;
    }
    if (how === 'requeue') {
      this.#returned.push(message);
      this.#handOnLater();
      return true;
    }
    this.#position.settled(offsetOf(message));
    if (this.#held.length > 0) this.#handOnLater();
    return this.#ack(message);
  }

  #ack(message: ConsumeMessage): boolean {
    return this.#parts.life.settle(message, 'ack');
  }

  /** Never inside the owner's own call. */
  #handOnLater(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#parts.link.env.scheduler.soon(() => this.#handOn());
  }

  #handOn(): void {
    const { prefetch } = this.#parts.spec;
    this.#busy = true;
    for (const message of this.#returned.sort((a, b) => offsetOf(b) - offsetOf(a)))
      this.#held.unshift(message);
    this.#returned = [];
    while (this.#unsettled < prefetch && this.#parts.life.alive) {
      const message = this.#held.shift();
      if (message === undefined) break;
      this.#give(message);
    }
    this.#busy = false;
    if (this.#returned.length > 0) this.#handOnLater();
  }

  #give(message: ConsumeMessage): void {
    const offset = offsetOf(message);
    const acquaintance = this.#position.knows(offset);
    if (acquaintance === 'settled') {
      this.#ack(message);
      return;
    }
    this.#position.gave(offset);
    this.#unsettled++;
    give(this.#parts, message, this, { offset, redelivered: acquaintance === 'unsettled' });
  }
}

/** What `x-stream-offset` says to basic.consume. */
export function startArgument(start: StreamStart): unknown {
  if (typeof start === 'string') return start;
  if ('offset' in start) return start.offset;
  // AMQP's timestamps are whole seconds; a little too early is better than too late.
  return { '!': 'timestamp', value: Math.max(0, Math.floor(start.at / 1_000)) };
}

/** RabbitMQ adds it to every message of a stream. */
function offsetOf(message: ConsumeMessage): number {
  return Number(message.properties.headers?.[offsetHeader]);
}
