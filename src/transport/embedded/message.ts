import type { MessageProperties, OutboundMessage } from '../types.ts';

/** Why a message left a queue for the queue's dead-letter exchange; RabbitMQ's words. */
export type DeathReason = 'rejected' | 'expired' | 'maxlen';

/** One queue that a message left by dead-lettering. */
export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
}

/** A message inside the broker. Its body is the broker's own copy. */
export interface BrokerMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  /** Latest first, each queue and reason once: what RabbitMQ keeps in `x-death`. We keep it for the check of cycles only. */
  readonly deaths: readonly Death[];
}

/** A message's place in one queue. */
export interface QueueEntry {
  readonly message: BrokerMessage;
  /** The order of arrival; a requeued message keeps it. */
  readonly sequence: number;
  /** On the broker's clock; `Infinity` where it has no time to live. Kept when requeued. */
  readonly expiresAt: number;
  /** Delivered before. */
  redelivered: boolean;
  /** Another queue has the message too, so its body must not be handed out itself. */
  readonly shared: boolean;
  /** Its place in a stream. */
  readonly offset?: number;
}

const noDeaths: readonly Death[] = Object.freeze([]);

/** The broker's copy of a published message: the publisher may use its buffer again at once. */
export function acceptMessage(message: OutboundMessage): BrokerMessage {
  return {
    exchange: message.exchange,
    routingKey: message.routingKey,
    body: copyOf(message.body),
    properties: message.properties,
    deaths: noDeaths,
  };
}

/** Own bytes, and never a window into somebody's larger buffer that other messages share. */
export function copyOf(body: Uint8Array): Uint8Array {
  return new Uint8Array(body);
}
