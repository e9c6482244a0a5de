import type { ConsumeMessage } from 'amqplib';
import { RingBuffer } from '../../util/index.ts';
import type { StreamPosition } from '../stream-position.ts';
import type { ConsumeSpec, StreamStart } from '../types.ts';
import { toError } from './broker-errors.ts';
import type { ChannelLife, Settlement, Settler } from './channel-life.ts';
import type { Counters } from './counters.ts';
import { AmqpDelivery } from './delivery.ts';
import type { LinkLife } from './link-life.ts';
import { offsetHeader } from './properties.ts';

/** What a {@link StreamFeed} works with. */
export interface StreamFeedParts {
  readonly spec: ConsumeSpec;
  readonly position: StreamPosition;
  /** Of the channel on which the consumer is. */
  readonly life: ChannelLife;
  readonly link: LinkLife;
  readonly counters: Counters;
}

/**
 * Stands between a stream and one reader, for one life of the channel. RabbitMQ sends whole batches, whatever the prefetch: what is more than that
 * is held back here. It takes an ack as credit and nothing else, and closes the whole connection over a nack (540): to bring a message again, and to know
 * what has been settled, is done here and in the {@link StreamPosition}.
 */
export class StreamFeed implements Settler {
  readonly life: ChannelLife;
  readonly #parts: StreamFeedParts;
  readonly #held = new RingBuffer<ConsumeMessage>();
  /** Requeued since the last turn. */
  #returned: ConsumeMessage[] = [];
  #unsettled = 0;
  #busy = false;
  #stopped = false;

  constructor(parts: StreamFeedParts) {
    this.#parts = parts;
    this.life = parts.life;
  }

  /** A message has come. */
  take(message: ConsumeMessage): void {
    if (this.#stopped) {
      this.life.settle(message, 'ack');
      return;
    }
    this.#held.push(message);
    if (!this.#busy) this.#handOn();
  }

  /** The consumer is cancelled: nothing more is handed on. What is at hand may still be settled. */
  stop(): void {
    this.#stopped = true;
    // RabbitMQ would close the channel after half an hour over what nobody will settle.
    for (const message of [...this.#returned, ...this.#held]) this.life.settle(message, 'ack');
    this.#returned = [];
    this.#held.clear();
  }

  settle(message: ConsumeMessage, how: Settlement): boolean {
    this.#unsettled--;
    if (how === 'requeue' && !this.#stopped) {
      this.#returned.push(message);
      this.#handOnLater();
      return true;
    }
    if (how !== 'requeue') this.#parts.position.settled(offsetOf(message));
    if (this.#held.length > 0) this.#handOnLater();
    return this.life.settle(message, 'ack');
  }

  /** Never inside the owner's own call. */
  #handOnLater(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#parts.link.env.scheduler.soon(() => this.#handOn());
  }

  #handOn(): void {
    const { spec } = this.#parts;
    this.#busy = true;
    for (const message of this.#returned.sort((a, b) => offsetOf(b) - offsetOf(a)))
      this.#held.unshift(message);
    this.#returned = [];
    while (this.#unsettled < spec.prefetch && this.life.alive) {
      const message = this.#held.shift();
      if (message === undefined) break;
      this.#give(message);
    }
    this.#busy = false;
    if (this.#returned.length > 0) this.#handOnLater();
  }

  #give(message: ConsumeMessage): void {
    const { spec, position, counters, link } = this.#parts;
    const offset = offsetOf(message);
    const acquaintance = position.knows(offset);
    if (acquaintance === 'settled') {
      this.life.settle(message, 'ack');
      return;
    }
    position.gave(offset);
    this.#unsettled++;
    counters.delivered++;
    const place = { offset, redelivered: acquaintance === 'unsettled' };
    try {
      spec.onDelivery(new AmqpDelivery(message, this, false, counters, place));
    } catch (error) {
      link.logger.error('amqp: a delivery callback threw', { queue: spec.queue, error: toError(error) });
    }
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
