import type { BindingSpec, ExchangeSpec, QueueSpec } from '../transport/index.ts';
import type { Identity } from './names.ts';
import { inboxQueue } from './topology.ts';

/** Wire version 1's topology of events as data. A system that is one container's own leaves nothing behind for long. */

/** So long a queue without consumers stays in a system that is one container's own, beyond what it may be left for. */
const trialMs = 600_000;
/** Frames that wait at the broker for a container that does not keep up; the oldest are dropped. */
const maxLiveFrames = 100_000;

/** Where events are published: topic, by `<type>.<escaped origin>`. */
export function eventsExchange({ sysname, container }: Identity): ExchangeSpec {
  return { name: `${sysname}~events`, type: 'topic', durable: true, autoDelete: sysname === container };
}

/**
 * What takes the exchange of a system that is one container's own along when that goes: the broker deletes it with its last binding, and not if it never had one.
 * No topic is empty, so nothing comes this way.
 */
export function eventsAnchor(identity: Identity): BindingSpec {
  return { exchange: eventsExchange(identity).name, queue: inboxQueue(identity).name, routingKey: '' };
}

/** What all live subscriptions of a container share. */
export function liveQueue({ sysname, container }: Identity): QueueSpec {
  return {
    name: `${sysname}~live.${container}`,
    perEpoch: true,
    durable: false,
    exclusive: true,
    autoDelete: false,
    maxLength: maxLiveFrames,
  };
}

/** The members of a group share one queue, which goes with the last of them. */
export function groupQueue({ sysname }: Identity, name: string, pattern: string): QueueSpec {
  return {
    name: `${sysname}~group.${name}`,
    durable: false,
    exclusive: false,
    autoDelete: true,
    ...rememberPattern(sysname, pattern),
  };
}

/** The name of the queue of a durable subscription. */
export function durableName({ sysname }: Pick<Identity, 'sysname'>, name: string): string {
  return `${sysname}~durable.${name}`;
}

/** The queue of a durable subscription, which keeps events while nobody takes them. */
export function durableQueue(
  { sysname, container }: Identity,
  name: string,
  pattern: string,
  isOrdered: boolean,
): QueueSpec {
  return {
    name: durableName({ sysname }, name),
    durable: true,
    exclusive: false,
    autoDelete: false,
    ...(isOrdered && { singleActiveConsumer: true }),
    ...(sysname === container && { expiresMs: trialMs }),
    ...rememberPattern(sysname, pattern),
  };
}

/** The address of a durable subscription: under that key dead letters that are replayed, and what is tried again, come to it. No container's inbox is bound so. */
export function durableAddress(name: string): string {
  return `~durable~${name}`;
}

/** Replay: the log of one event type. `retention` is a promise of its contract. */
export function streamQueue({ sysname }: Identity, type: string, retention: StreamRetention): QueueSpec {
  const { maxAgeMs, maxBytes } = retention;
  const segmentBytes = segmentOf(retention);
  return {
    name: `${sysname}~stream.${type}`,
    durable: true,
    exclusive: false,
    autoDelete: false,
    queueType: 'stream',
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxBytes !== undefined && { maxLengthBytes: maxBytes }),
    ...(segmentBytes !== undefined && { segmentBytes }),
  };
}

/** How much of the log of an event type is kept. Neither: everything. */
export interface StreamRetention {
  /** Milliseconds; whole segments that are older are dropped. */
  readonly maxAgeMs?: number;
  /** About so many bytes; the oldest segments are dropped. At least 2 000 000. */
  readonly maxBytes?: number;
}

/** What is kept of a log for which nobody says. */
export const defaultRetention: StreamRetention = Object.freeze({ maxBytes: 1_000_000_000 });

/** Of all events of a type, whatever their origin. */
export function streamBinding(identity: Identity, type: string): BindingSpec {
  return {
    exchange: eventsExchange(identity).name,
    queue: streamQueue(identity, type, {}).name,
    routingKey: `${type}.#`,
  };
}

/**
 * What waits to be tried again: one queue for each delay, since messages of different times to live would block each other. `spare`: 0, or of those that
 * stand in for ones that a broker has lost, which one.
 */
export function retryExchange(
  { sysname, container }: Identity,
  delayMs: number,
  spare: number,
): ExchangeSpec {
  return {
    name: `${sysname}~retry.${delayMs}${spareName(spare)}`,
    type: 'fanout',
    durable: true,
    autoDelete: sysname === container,
  };
}

/**
 * Its messages go, when their time is over, to whom they were for: the routing key stays. A quorum queue hands them on at least once; a classic one loses
 * what it has handed on when the broker is killed before that is written (measured: docs/failures.md).
 */
export function retryQueue(identity: Identity, delayMs: number, spare: number): QueueSpec {
  const { sysname, container } = identity;
  return {
    name: `${sysname}~retry.${delayMs}${spareName(spare)}`,
    durable: true,
    exclusive: false,
    autoDelete: false,
    queueType: 'quorum',
    messageTtlMs: delayMs,
    deadLetterExchange: againExchange(identity).name,
    deadLetterStrategy: 'at-least-once',
    ...(sysname === container && { expiresMs: trialMs + delayMs }),
  };
}

function spareName(spare: number): string {
  return spare === 0 ? '' : `.spare${spare}`;
}

/** By which work comes back when its delay is over; each queue that work may fail of is bound here by its address. What is for a queue that is gone becomes a dead letter. */
export function againExchange(identity: Identity): ExchangeSpec {
  const { sysname, container } = identity;
  return {
    name: `${sysname}~again`,
    type: 'topic',
    durable: true,
    autoDelete: sysname === container,
    alternateExchange: deadExchange(identity).name,
  };
}

/** Where dead letters go; the routing key is the address that they were for. */
export function deadExchange({ sysname, container }: Identity): ExchangeSpec {
  return { name: `${sysname}~dead`, type: 'topic', durable: true, autoDelete: sysname === container };
}

/** Where dead letters stay until somebody looks. */
export function deadQueue({ sysname, container }: Identity): QueueSpec {
  return {
    name: `${sysname}~dead`,
    durable: true,
    exclusive: false,
    autoDelete: false,
    ...(sysname === container && { expiresMs: trialMs }),
  };
}

/**
 * The broker compares a queue's arguments with those of whoever declares it again, and dead-letters nothing that we never reject: so it remembers for
 * us what a shared subscription is for, and refuses another one of that name.
 */
function rememberPattern(sysname: string, pattern: string) {
  return { deadLetterExchange: `${sysname}~dead`, deadLetterRoutingKey: pattern };
}

/** A stream drops whole segments only: a bound that is smaller than the broker's own segments (500 MB) needs smaller ones. */
function segmentOf({ maxBytes, maxAgeMs }: StreamRetention): number | undefined {
  if (maxBytes !== undefined) return Math.max(1_000_000, Math.min(500_000_000, Math.floor(maxBytes / 4)));
  return maxAgeMs === undefined ? undefined : 20_000_000;
}
