import { BadRequestError } from '../errors/index.ts';
import type { EventPattern, EventToPublish, PublishOptions } from '../interact/index.ts';
import { describeValue } from '../util/index.ts';
import { type EventType, isEventType } from './event-type.ts';

/**
 * What a subscription is for: an event type, whose contents are then checked, or a type pattern, both from every origin; or either of them with a pattern
 * of origins.
 */
export type EventSubject =
  | EventType
  | string
  | { readonly type: EventType | string; readonly origin?: string };

/** @throws BadRequestError for what is no subject */
export function toSubject(subject: EventSubject): {
  readonly pattern: EventPattern;
  readonly event: EventType | undefined;
} {
  if (isEventType(subject)) return { pattern: { type: subject.type }, event: subject };
  if (typeof subject === 'string') return { pattern: { type: subject }, event: undefined };
  if (typeof subject !== 'object' || subject === null) {
    throw new BadRequestError(
      `subscribe takes an event type, 'sensor.*', or {type, origin}, not ${describeValue(subject)}`,
    );
  }
  const { type, origin, ...others } = subject;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new BadRequestError(
      `subscribe knows type and origin of events, and no '${unknown}'; options come last`,
    );
  }
  const from = origin === undefined ? {} : { origin };
  return isEventType(type)
    ? { pattern: { type: type.type, ...from }, event: type }
    : { pattern: { type, ...from }, event: undefined };
}

/** @throws BadRequestError for an event that its type does not allow */
export function toEvent(
  sender: string,
  event: EventType | string,
  origin: string,
  content: unknown,
  { qos }: PublishOptions,
): EventToPublish {
  if (!isEventType(event)) {
    return { sender, type: event, origin, content, guarantee: checked(qos ?? 'live'), retention: undefined };
  }
  if (qos !== undefined && qos !== event.qos) {
    throw new BadRequestError(
      `events of type '${event.type}' are ${event.qos}, as their definition says; leave qos out`,
    );
  }
  event.check(content);
  return { sender, type: event.type, origin, content, guarantee: event.qos, retention: event.retention };
}

function checked(qos: EventToPublish['guarantee']): EventToPublish['guarantee'] {
  if (qos === 'live' || qos === 'durable' || qos === 'replay') return qos;
  throw new BadRequestError(`qos is 'live', 'durable' or 'replay', not ${describeValue(qos)}`);
}
