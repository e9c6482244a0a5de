import type { Message, Options } from 'amqplib';
import type { MessageProperties, OutboundMessage, ReturnedMessage } from '../types.ts';
import { assertCarriable } from '../wire-limits.ts';

/**
 * What amqplib publishes a message with. `login` becomes the `userId` of a message that names none. Throws `BadRequest` for a
 * message that AMQP cannot carry.
 */
export function toPublishOptions(message: OutboundMessage, login: string): Options.Publish {
  assertCarriable(message);
  const given = message.properties;
  const options: Options.Publish = { mandatory: message.mandatory === true, userId: given.userId ?? login };
  if (given.contentType !== undefined) options.contentType = given.contentType;
  if (given.persistent === true) options.persistent = true;
  if (given.correlationId !== undefined) options.correlationId = given.correlationId;
  if (given.replyTo !== undefined) options.replyTo = given.replyTo;
  if (given.expirationMs !== undefined) options.expiration = String(given.expirationMs);
  if (given.messageId !== undefined) options.messageId = given.messageId;
  if (given.type !== undefined) options.type = given.type;
  if (given.appId !== undefined) options.appId = given.appId;
  if (given.headers !== undefined) options.headers = given.headers;
  return options;
}

/** The header in which RabbitMQ tells the offset of a stream's delivery; of any other message it is the publisher's own. */
export const offsetHeader = 'x-stream-offset';

/** The properties of a message that arrived; those that it does not have are absent. `ofStream` leaves RabbitMQ's own header out. */
export function fromAmqp(raw: Message['properties'], ofStream = false): MessageProperties {
  const properties: { -readonly [Key in keyof MessageProperties]: MessageProperties[Key] } = {};
  if (raw.contentType !== undefined) properties.contentType = raw.contentType;
  if (raw.deliveryMode === 2) properties.persistent = true;
  if (raw.correlationId !== undefined) properties.correlationId = raw.correlationId;
  if (raw.replyTo !== undefined) properties.replyTo = raw.replyTo;
  if (raw.expiration !== undefined && /^\d+$/.test(raw.expiration)) {
    properties.expirationMs = Number(raw.expiration);
  }
  if (raw.messageId !== undefined) properties.messageId = raw.messageId;
  if (raw.type !== undefined) properties.type = raw.type;
  if (raw.userId !== undefined) properties.userId = raw.userId;
  if (raw.appId !== undefined) properties.appId = raw.appId;
  const headers = ofStream ? withoutOffset(raw.headers) : raw.headers;
  if (headers !== undefined && hasKeys(headers)) properties.headers = headers;
  return properties;
}

/** A returned message, as the seam knows it. */
export function fromReturned(message: Message): ReturnedMessage {
  return {
    exchange: message.fields.exchange,
    routingKey: message.fields.routingKey,
    body: toBytes(message.content),
    properties: fromAmqp(message.properties),
  };
}

/** The same bytes as a plain `Uint8Array`: a Buffer's `slice`, `toString` and JSON form would surprise. */
export function toBytes(content: Buffer): Uint8Array {
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

/** The same bytes as a Buffer, for amqplib, which copies them before `publish` returns. */
export function toBuffer(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** amqplib writes an empty table for every message that has no headers. */
function hasKeys(table: object): boolean {
  for (const _ in table) return true;
  return false;
}

function withoutOffset(headers: Record<string, unknown> = {}): Record<string, unknown> {
  const { [offsetHeader]: _, ...others } = headers;
  return others;
}
