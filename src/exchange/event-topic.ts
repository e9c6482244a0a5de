import type { Message } from '../codec/index.ts';
import { BadRequestError } from '../errors/index.ts';
import { cutText, maxShortStringBytes } from '../util/index.ts';
import { topicOf } from './event.ts';

/*
 * An origin as words of a topic: its dots stay dots, letters, digits and '-' stand for themselves, and so does '_' unless an 'x' follows.
 * Anything else is `_x<code point, in hex>_`, and a word without letters is `_x_`. So '_x' always opens an escape, which ends
 * at the next '_'; container and process ids are left as they are.
 */
const unsafe = /[^A-Za-z0-9._-]|_(?=x)/gu;
const escapes = /_x([0-9a-f]*)_/g;
const emptyWord = '_x_';
const maxCodePoint = 0x10_ff_ff;

/**
 * Any text as words of a topic: `[A-Za-z0-9_-]` and the text's own dots, never a wildcard, never an empty word. Different texts become different
 * ones, and {@link unescapeOrigin} gives the text back. What consists of such words already stays as it is, save for an
 * '_' before an 'x'.
 *
 * @example
 * escapeOrigin('ship7.gps'); // 'ship7.gps'
 * escapeOrigin('Søren’s *'); // 'S_xf8_ren_x2019_s_x20__x2a_'
 */
export function escapeOrigin(origin: string): string {
  return origin.split('.').map(escapeWord).join('.');
}

/** The origin that {@link escapeOrigin} made `words` of; undefined if it made them of none. */
export function unescapeOrigin(words: string): string | undefined {
  const origin = words.replace(escapes, (_, hex: string) => {
    const codePoint = hex === '' ? 0 : Number.parseInt(hex, 16);
    return hex === '' || codePoint > maxCodePoint ? '' : String.fromCodePoint(codePoint);
  });
  return escapeOrigin(origin) === words ? origin : undefined;
}

/**
 * A subscriber's pattern for origins, as words of a topic pattern: `*` and `#` as whole words stay what they are, the others are escaped as
 * an origin's are. So `ship7.#` matches what {@link escapeOrigin} makes of 'ship7.gps'.
 */
export function escapeOriginPattern(pattern: string): string {
  return pattern
    .split('.')
    .map((word) => (word === '*' || word === '#' ? word : escapeWord(word)))
    .join('.');
}

/** The origin of an event, as its publisher gave it: what its address holds behind its type. */
export function eventOrigin({ op, receiver }: Readonly<Message>): string {
  const words = topicOf(receiver).slice(op.length + 1);
  return unescapeOrigin(words) ?? words;
}

/** A receiver of a message is as long as a routing key may be, and an event's is its topic with a `~` before it. */
const maxTopicBytes = maxShortStringBytes - 1;

/**
 * The topic of events of `type` from `origin`: `<type>.<origin, escaped>`.
 *
 * @throws BadRequestError for no origin, and if AMQP cannot carry it: a topic holds at most 254 bytes. The message says how much is left for the origin.
 */
export function eventTopic(type: string, origin: string): string {
  if (typeof origin !== 'string' || origin === '') {
    throw new BadRequestError(
      `an event of type '${type}' needs an origin: the name of what it comes from, such as 'ship7.gps'`,
    );
  }
  const topic = `${type}.${escapeOrigin(origin)}`;
  if (Buffer.byteLength(topic) <= maxTopicBytes) return topic;
  const room = maxTopicBytes - Buffer.byteLength(type) - 1;
  throw new BadRequestError(
    `The origin '${cutText(origin, 60)}' has ${topic.length - type.length - 1} characters as part of a topic; beside the event type ` +
      `'${type}' there is room for ${Math.max(room, 0)} (letters, digits, '.', '-' and '_' count as one, others as 4 to 9)`,
  );
}

function escapeWord(word: string): string {
  if (word === '') return emptyWord;
  return word.replace(unsafe, (text) => `_x${(text.codePointAt(0) ?? 0).toString(16)}_`);
}
