import { BadRequestError } from '../errors/index.ts';
import { type Arrival, escapeOriginPattern, topicOf } from '../exchange/index.ts';
import { describeValue, fitsShortString, maxShortStringBytes, TopicIndex } from '../util/index.ts';

/** Which events a subscription is for. In both texts the word `*` stands for exactly one word, `#` for any number of words, none included. */
export interface EventPattern {
  /** The type, or a pattern of types: `sensor.depth`, `sensor.*`, `#`. */
  readonly type: string;
  /** The origin, or a pattern of origins: `ship7.gps`, `ship7.#`. Default `#`: every origin. */
  readonly origin?: string;
}

/** A pattern, checked. */
export interface ResolvedEventPattern {
  readonly type: string;
  /** As topics hold origins: escaped. */
  readonly origin: string;
  /** Topics of both: what a queue is bound by. It may match a topic whose type is longer or shorter; {@link placeOfEvent} does not. */
  readonly topic: string;
}

/** No type and no origin holds one, so that a pattern for one never reaches into the other. */
const border = '~';
/** As long as a name may be. */
const maxTypeLength = 100;
const typeText = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const typeWord = /^([A-Za-z0-9_-]+|[*#])$/;

/**
 * Checks the name of an event type: segments of `[A-Za-z0-9_-]` joined by dots, at most 100 characters.
 *
 * @throws BadRequestError
 */
export function assertEventType(type: string): void {
  if (typeof type !== 'string' || !typeText.test(type)) {
    throw new BadRequestError(
      `an event type is a name such as 'sensor.depth', of A–Z, a–z, 0–9, '_' and '-' joined by dots, not ${describeValue(type)}`,
    );
  }
  if (type.length <= maxTypeLength) return;
  throw new BadRequestError(
    `the event type '${type.slice(0, 40)}…' has ${type.length} characters; at most ${maxTypeLength} are allowed`,
  );
}

/** @throws BadRequestError for what is no pattern, naming the word that is wrong */
export function resolveEventPattern({ type, origin = '#' }: EventPattern): ResolvedEventPattern {
  if (typeof type !== 'string' || type === '') {
    throw new BadRequestError(
      `a subscription needs the type of its events, such as 'sensor.depth' or 'sensor.*', not ${describeValue(type)}`,
    );
  }
  const wrongType = type.split('.').find((word) => !typeWord.test(word));
  if (wrongType !== undefined) throw wrongWord('type', type, wrongType);
  if (typeof origin !== 'string' || origin === '') {
    throw new BadRequestError(
      `the origin of a subscription is a pattern such as 'ship7.#', or left out for every origin, not ${describeValue(origin)}`,
    );
  }
  const wrongOrigin = origin.split('.').find((word) => word === '' || (word.length > 1 && /[*#]/.test(word)));
  if (wrongOrigin !== undefined) throw wrongWord('origin', origin, wrongOrigin);
  const escaped = escapeOriginPattern(origin);
  const topic = `${type}.${escaped}`;
  if (!fitsShortString(topic)) {
    throw new BadRequestError(
      `the pattern '${topic.slice(0, 60)}…' has ${Buffer.byteLength(topic)} bytes; a topic has at most ${maxShortStringBytes}`,
    );
  }
  return { type, origin: escaped, topic };
}

/** What a `TopicIndex` holds a pattern under, so that {@link placeOfEvent} finds exactly those that an event of that type and origin is for. */
export function placeOfPattern({ type, origin }: ResolvedEventPattern): string {
  return `${type}.${border}.${origin}`;
}

/** Where an event is looked up: its type, and its topic, which begins with that. */
export function placeOfEvent(type: string, topic: string): string {
  return `${type}.${border}${topic.slice(type.length)}`;
}

/** Tells whether an event is one of a pattern's. What a broker's binding lets through need not be: it does not know where the type ends. */
export function eventMatcher(pattern: ResolvedEventPattern): (arrival: Arrival) => boolean {
  const { type, origin } = pattern;
  if (origin === '#' && !/[*#]/.test(type)) return ({ message }) => message.op === type;
  const index = new TopicIndex<true>();
  index.add(placeOfPattern(pattern), true);
  return ({ message: { op, receiver } }) => index.match(placeOfEvent(op, topicOf(receiver))).length > 0;
}

function wrongWord(what: string, pattern: string, word: string): BadRequestError {
  const why =
    word === ''
      ? 'has an empty word between its dots'
      : /[*#]/.test(word)
        ? `has a wildcard within the word '${word}'; '*' and '#' stand alone between dots`
        : `has the word '${word}'; use A–Z, a–z, 0–9, '_' and '-', or the wildcards '*' and '#'`;
  return new BadRequestError(`the ${what} pattern '${pattern}' ${why}`);
}
