import type { ConsumeMessage } from 'amqplib';
import type { ConsumeSpec } from '../types.ts';
import { toError } from './broker-errors.ts';
import type { ChannelLife, Settler } from './channel-life.ts';
import type { Counters } from './counters.ts';
import { AmqpDelivery, type StreamPlace } from './delivery.ts';
import type { LinkLife } from './link-life.ts';

/** What the messages of one consumer pass through on their way to its owner, for one life of the channel. */
export interface Feed {
  /** A message has come. Never throws: amqplib would close the channel. */
  take(message: ConsumeMessage): void;
  /** The consumer is cancelled. What is at hand may still be settled. Idempotent. */
  stop(): void;
}

/** What a {@link Feed} works with. */
export interface FeedParts {
  readonly spec: ConsumeSpec;
  /** Of the channel on which the consumer is. */
  readonly life: ChannelLife;
  readonly link: LinkLife;
  readonly counters: Counters;
}

/** Hands a message to the consumer's owner; `settler` is where it will be settled. */
export function give(
  { spec, link, counters }: FeedParts,
  message: ConsumeMessage,
  settler: Settler,
  place?: StreamPlace,
): void {
  counters.delivered++;
  try {
    spec.onDelivery(new AmqpDelivery(message, settler, spec.noAck === true, counters, place));
  } catch (error) {
    link.logger.error('amqp: a delivery callback threw', { queue: spec.queue, error: toError(error) });
  }
}
