import { BadRequestError } from '../errors/index.ts';
import { fitsShortString, maxShortStringBytes } from '../util/index.ts';
import { assertStreamArguments } from './stream-limits.ts';
import type { BindingSpec, ExchangeSpec, OutboundMessage, QueueSpec } from './types.ts';

/** RabbitMQ's longest expiration: 2^32 - 1 ms. */
const maxExpirationMs = 4_294_967_295;
/** What `~<epoch>` may add to the name of a queue of one connection. */
const epochRoom = '~'.padEnd(11, '0');

/**
 * Checks that AMQP can carry a message: names, routing key, text properties and header names are text of at most 255 bytes in UTF-8,
 * `expirationMs` is whole and from 0 to 2^32 - 1 (RabbitMQ closes the channel for another). Cheap enough for every message.
 *
 * @throws BadRequestError
 */
export function assertCarriable(message: OutboundMessage): void {
  const { properties } = message;
  assertShort('exchange', message.exchange);
  assertShort('routingKey', message.routingKey);
  assertShort('contentType', properties.contentType ?? '');
  assertShort('correlationId', properties.correlationId ?? '');
  assertShort('replyTo', properties.replyTo ?? '');
  assertShort('messageId', properties.messageId ?? '');
  assertShort('type', properties.type ?? '');
  assertShort('userId', properties.userId ?? '');
  assertShort('appId', properties.appId ?? '');
  if (properties.expirationMs !== undefined) assertExpiration(properties.expirationMs);
  if (properties.headers !== undefined) {
    for (const name in properties.headers) assertShort('the name of a header', name);
  }
}

/** What can be declared. */
export type Declaration =
  | { readonly kind: 'exchange'; readonly spec: ExchangeSpec }
  | { readonly kind: 'queue'; readonly spec: QueueSpec }
  | { readonly kind: 'binding'; readonly spec: BindingSpec };

/** Checks what shall be declared. @throws BadRequestError if AMQP cannot carry names or keys, or a stream's arguments contradict each other */
export function assertDeclarable({ kind, spec }: Declaration): void {
  if (kind === 'exchange') assertExchange(spec);
  else if (kind === 'queue') assertQueue(spec);
  else assertBinding(spec);
}

/** Checks a binding's names and key. @throws BadRequestError if AMQP cannot carry them */
export function assertBinding({ exchange, queue, routingKey }: BindingSpec): void {
  assertShort('the name of an exchange', exchange);
  assertQueueName(queue);
  assertShort('the routing key of a binding', routingKey);
}

/** Checks the name of a queue that is used. @throws BadRequestError if AMQP cannot carry it */
export function assertQueueName(name: string): void {
  assertShort('the name of a queue', name);
}

function assertExchange({ name, alternateExchange }: ExchangeSpec): void {
  assertShort('the name of an exchange', name);
  assertShort('alternateExchange', alternateExchange ?? '');
}

/** With room for the epoch where it will be part of the name. */
function assertQueue(spec: QueueSpec): void {
  assertQueueName(spec.perEpoch === true ? `${spec.name}${epochRoom}` : spec.name);
  assertShort('deadLetterExchange', spec.deadLetterExchange ?? '');
  assertShort('deadLetterRoutingKey', spec.deadLetterRoutingKey ?? '');
  assertStreamArguments(spec);
  assertStrategy(spec);
}

/** RabbitMQ falls back to at most once without a word. */
function assertStrategy(spec: QueueSpec): void {
  const { name, queueType, deadLetterStrategy, deadLetterExchange, maxLength } = spec;
  if (deadLetterStrategy === undefined) return;
  if (queueType === 'quorum' && deadLetterExchange !== undefined && maxLength === undefined) return;
  throw new BadRequestError(
    `Could not declare the queue "${name}": deadLetterStrategy is for quorum queues with a deadLetterExchange and without a maxLength`,
  );
}

function assertShort(what: string, text: string): void {
  if (typeof text === 'string' && fitsShortString(text)) return;
  const got = typeof text === 'string' ? `${Buffer.byteLength(text)}: '${text.slice(0, 40)}…'` : typeof text;
  throw new BadRequestError(
    `AMQP carries ${what} as text of at most ${maxShortStringBytes} bytes in UTF-8, got ${got}`,
  );
}

function assertExpiration(ms: number): void {
  if (Number.isInteger(ms) && ms >= 0 && ms <= maxExpirationMs) return;
  throw new BadRequestError(`expirationMs must be a whole number from 0 to ${maxExpirationMs}, not ${ms}`);
}
