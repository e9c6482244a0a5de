import type { Static } from 'typebox';
import { BadRequestError } from '../errors/index.ts';
import { defaultRetention, type EventGuarantee, type StreamRetention } from '../exchange/index.ts';
import { assertEventType } from '../interact/index.ts';
import { closest, describeValue } from '../util/index.ts';
import { semanticVersion } from './contract.ts';
import type { Schema } from './declared-error.ts';
import { ContentValidator } from './validator.ts';

/** A kind of event as a value: it types both ends, and content is validated at both ends. */
export interface EventType<S extends Schema = Schema> {
  readonly name: string;
  readonly version: string;
  /** What topics begin with: `name`, and `name.v<major>` from major version 2 on. */
  readonly type: string;
  readonly content: S;
  /** What is promised to whoever publishes one. */
  readonly qos: EventGuarantee;
  /** Of `replay`: how much of the log is kept. */
  readonly retention: StreamRetention;
  /** @throws BadRequestError for content that the schema does not allow, naming the place, what is expected and what was found */
  readonly check: (content: unknown) => void;
}

/** What {@link defineEvent} takes. */
export interface EventDefinition<S extends Schema> {
  /** The hierarchy by dots: `sensor.depth`. */
  readonly name: string;
  /** Semantic version, `major.minor.patch`. */
  readonly version: string;
  /** Objects are closed: members that the schema does not name are refused. */
  readonly content: S;
  /**
   * `live`: at most once, to whoever listens now. `durable`: the broker confirms that it has the event for every durable subscription. `replay`: it
   * confirms that the event is in the log of its type. Default `live`.
   */
  readonly qos?: EventGuarantee;
  /** With `replay`: what is kept. Default 1 000 000 000 bytes. Every container of a system must say the same. */
  readonly retention?: StreamRetention;
}

/** The content of an event type's events. */
export type EventContent<E extends EventType> = Static<E['content']>;

/**
 * Declares an event type.
 *
 * @throws BadRequestError for a name, version, schema, qos or retention that cannot be used
 * @example
 * export const Depth = defineEvent({
 *   name: 'sensor.depth', version: '1.0.0', qos: 'durable',
 *   content: Type.Object({ belowTransducerM: Type.Number() }),
 * });
 */
export function defineEvent<S extends Schema>(definition: EventDefinition<S>): EventType<NoInfer<S>>;
export function defineEvent(definition: EventDefinition<Schema>): EventType {
  for (const key of Object.keys(definition)) if (!known.has(key)) throw unknownOption(key);
  const { name, version, content, qos = 'live', retention } = definition;
  assertEventType(name);
  const what = `event type '${name}'`;
  const major = semanticVersion(version);
  if (major === undefined) {
    throw new BadRequestError(
      `${what}: version '${String(version)}' is not a semantic version such as '1.0.0'`,
    );
  }
  if (typeof content !== 'object' || content === null) {
    throw new BadRequestError(
      `${what}: content is a schema such as Type.Object({…}), not ${describeValue(content)}`,
    );
  }
  if (qos !== 'live' && qos !== 'durable' && qos !== 'replay') {
    throw new BadRequestError(`${what}: qos is 'live', 'durable' or 'replay', not ${describeValue(qos)}`);
  }
  if (retention !== undefined && qos !== 'replay') {
    throw new BadRequestError(`${what}: retention is for qos 'replay'; what is ${qos} is not kept`);
  }
  if (retention !== undefined) assertRetention(what, retention);
  const type = major >= 2 ? `${name}.v${major}` : name;
  assertEventType(type);
  const validator = new ContentValidator(content);
  return Object.freeze({
    name,
    version,
    type,
    content,
    qos,
    retention: Object.freeze({ ...(retention ?? defaultRetention) }),
    check: (given: unknown) => {
      if (!validator.check(given)) validator.fail(given, `content of ${type}`);
    },
  });
}

/** Whether a value is what {@link defineEvent} gives. */
export function isEventType(value: unknown): value is EventType {
  return typeof value === 'object' && value !== null && 'qos' in value && 'content' in value;
}

const known: ReadonlySet<string> = new Set<keyof EventDefinition<Schema>>([
  'name',
  'version',
  'content',
  'qos',
  'retention',
]);

/** The broker drops whole segments, and none is below 1 000 000 bytes. */
const leastBytes = 2_000_000;

function assertRetention(what: string, retention: StreamRetention): void {
  const { maxAgeMs, maxBytes, ...others } =
    typeof retention === 'object' && retention !== null ? retention : { others: retention };
  if (Object.keys(others).length > 0) {
    throw new BadRequestError(
      `${what}: retention is {maxAgeMs, maxBytes}, either or both, not ${describeValue(retention)}`,
    );
  }
  if (maxAgeMs !== undefined && !(Number.isSafeInteger(maxAgeMs) && maxAgeMs >= 1)) {
    throw new BadRequestError(
      `${what}: retention.maxAgeMs is a whole number of milliseconds, not ${describeValue(maxAgeMs)}`,
    );
  }
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= leastBytes)) {
    throw new BadRequestError(
      `${what}: retention.maxBytes is a whole number of at least ${leastBytes}, not ${describeValue(maxBytes)}`,
    );
  }
}

function unknownOption(key: string): BadRequestError {
  const meant = closest(key, known);
  const hint = meant === undefined ? `known are ${[...known].join(', ')}` : `did you mean '${meant}'?`;
  return new BadRequestError(`defineEvent() has no option '${key}'; ${hint}`);
}
