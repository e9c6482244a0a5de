import { isUtf8 } from 'node:buffer';
import { ContainerError } from '../errors/index.ts';
import { short } from './envelope.ts';
import type { CodecLimits } from './limits.ts';
import { copyPortable, type Portable } from './portable.ts';
import { UndecodableError } from './undecodable-error.ts';

/** The AMQP content type of plain JSON; a message without any content type is taken for JSON too. */
export const jsonContentType = 'application/json';

/** What names the operation of a JSON message, by AMQP's words. */
export interface JsonProperties {
  readonly type?: string | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

export interface JsonMessage {
  readonly op: string;
  readonly content: Portable;
}

/**
 * JSON has neither bytes nor dates: they are objects with this one member, `{"$bytes": "<base64>"}` and `{"$date": "<ISO 8601>"}`.
 * A plain object whose only member has such a name gets one more `$`, and loses it on the way back, so the mapping is one-to-one.
 */
const marker = /^\$+(bytes|date)$/;
/** What `Date.prototype.toISOString` writes, with the fraction optional and up to nanoseconds, and an offset allowed. */
const isoDate = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The operation and content of a plain JSON message. The operation is the `type` property, else the header `op`; an empty body is null.
 *
 * @throws UndecodableError
 */
export function decodeJsonMessage(
  body: Uint8Array,
  properties: JsonProperties,
  limits: CodecLimits,
): JsonMessage {
  const op = properties.type || properties.headers?.op;
  if (typeof op !== 'string' || op === '') {
    throw new UndecodableError(
      'no-operation',
      'a JSON message must name its operation, as the property type or the header op',
    );
  }
  return { op: short('op of a JSON message', op), content: decodeJsonContent(body, limits) };
}

/**
 * The portable value of a JSON text in UTF-8 (a byte order mark before it is skipped). No bytes are null.
 *
 * @throws UndecodableError
 */
export function decodeJsonContent(body: Uint8Array, limits: CodecLimits): Portable {
  if (body.length > limits.maxFrameBytes) {
    throw new UndecodableError(
      'too-large',
      `a body of ${body.length} bytes; maxFrameBytes is ${limits.maxFrameBytes}`,
    );
  }
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  if (body.length === start) return null;
  if (!isUtf8(body)) throw new UndecodableError('bad-utf8', 'the body is not UTF-8');
  checkStructure(body, limits);
  return new JsonReader(limits).any(parse(body, start), 1);
}

/**
 * The JSON text of a portable value, in UTF-8.
 *
 * @throws BadRequestError as {@link copyPortable} does
 * @throws ContainerError `TooLarge` when the text is over `maxFrameBytes`
 */
export function encodeJson(content: unknown, limits: CodecLimits): Uint8Array {
  const text = JSON.stringify(toJson(copyPortable(content, 'content', limits)));
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > limits.maxFrameBytes) {
    throw new ContainerError(
      'TooLarge',
      `content is over ${limits.maxFrameBytes} bytes as JSON; send less at once`,
    );
  }
  return bytes;
}

function toJson(value: Portable): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') };
  }
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(toJson);
  const members = Object.entries(value);
  const [first] = members;
  if (members.length === 1 && first !== undefined && marker.test(first[0]))
    return { [`$${first[0]}`]: toJson(first[1]) };
  return Object.fromEntries(members.map(([key, member]) => [key, toJson(member)]));
}

/** Refuses nesting and numbers of values before anything is built of them. */
function checkStructure(body: Uint8Array, limits: CodecLimits): void {
  // A date or byte array is one level deeper and one value more as JSON than it counts; the exact count is taken later.
  const maxDepth = limits.maxDepth + 1;
  const maxItems = limits.maxValues * 2 + 1;
  let depth = 0;
  let items = 1;
  let inString = false;
  for (let position = 0; position < body.length; position++) {
    const byte = body[position];
    if (inString) {
      if (byte === 0x5c) position++;
      else if (byte === 0x22) inString = false;
      continue;
    }
    if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      items++;
      if (++depth > maxDepth) throw tooDeep(limits);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
    else if (byte === 0x2c) items++;
    if (items > maxItems) throw tooMany(limits);
  }
}

function parse(body: Uint8Array, start: number): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8', start);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UndecodableError(
      'bad-json',
      `the body is not JSON: ${error instanceof SyntaxError ? error.message : ''}`,
    );
  }
}

/** Makes portable values of what `JSON.parse` made. */
class JsonReader {
  readonly #limits: CodecLimits;
  #valuesLeft: number;

  constructor(limits: CodecLimits) {
    this.#limits = limits;
    this.#valuesLeft = limits.maxValues;
  }

  any(value: unknown, depth: number): Portable {
    if (--this.#valuesLeft < 0) throw tooMany(this.#limits);
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return wellFormed(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        throw new UndecodableError('bad-number', 'a number beyond the range of a double');
      return value + 0; // -0 becomes 0
    }
    if (Array.isArray(value)) {
      this.#checkDepth(depth);
      return value.map((element) => this.any(element, depth + 1));
    }
    return this.#object(Object.entries(value ?? {}), depth);
  }

  #object(members: readonly (readonly [string, unknown])[], depth: number): Portable {
    const [first] = members;
    if (members.length === 1 && first !== undefined && marker.test(first[0])) {
      const [key, member] = first;
      if (key === '$bytes') return bytesOf(member);
      if (key === '$date') return dateOf(member);
      this.#checkDepth(depth);
      return { [key.slice(1)]: this.any(member, depth + 1) };
    }
    this.#checkDepth(depth);
    const object: Record<string, Portable> = {};
    for (const [key, member] of members) {
      if (key === '__proto__') throw new UndecodableError('bad-key', 'the key __proto__ is not allowed');
      object[wellFormed(key)] = this.any(member, depth + 1);
    }
    return object;
  }

  #checkDepth(depth: number): void {
    if (depth > this.#limits.maxDepth) throw tooDeep(this.#limits);
  }
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text === 'string') {
    const bytes = Buffer.from(text, 'base64');
    // Buffer skips what is not base64; only the exact text yields itself again.
    if (bytes.toString('base64') === text) return new Uint8Array(bytes);
  }
  throw new UndecodableError('bad-bytes', 'a $bytes member must be a string of padded base64');
}

function dateOf(text: unknown): Date {
  const time = typeof text === 'string' && isoDate.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UndecodableError(
      'bad-date',
      'a $date member must be an ISO 8601 moment such as 2026-01-31T12:00:00.000Z',
    );
  }
  return new Date(time);
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new UndecodableError('bad-utf8', 'a string has an escaped lone surrogate');
  return text;
}

function tooDeep(limits: CodecLimits): UndecodableError {
  return new UndecodableError('too-deep', `arrays and objects nested more than ${limits.maxDepth} deep`);
}

function tooMany(limits: CodecLimits): UndecodableError {
  return new UndecodableError('too-many-values', `more than ${limits.maxValues} values`);
}
