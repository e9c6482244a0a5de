import { BadRequestError } from '../errors/index.ts';
import { fitsShortString, maxShortStringBytes } from '../util/index.ts';
import {
  type CallPath,
  defaultOp,
  type Headers,
  Message,
  maxPathSteps,
  noPath,
  type PathStep,
  type Performative,
  performatives,
} from './message.ts';
import type { Portable, PortableCopier } from './portable.ts';
import type { PortableWriter } from './portable-writer.ts';
import { UndecodableError } from './undecodable-error.ts';

/**
 * The positions of an envelope. nil in any place, and every place after the last, stands for the default. What answers need stands first:
 * they are as short as `[4, conversation, receiver, sender, content]`.
 */
export const envelopePositions = [
  'performative',
  'conversationId',
  'receiver',
  'sender',
  'content',
  'op',
  'budgetMs',
  'attempt',
  'headers',
  'workUs',
  'callPath',
] as const satisfies ReadonlyArray<keyof Message>;

const performativeNumbers = new Map<string, number>(performatives.map((name, number) => [name, number]));

/** Begins a name that is relative to a container; alone it is the container itself. */
const dot = '.';

/**
 * Writes a message that `ownContainer` sends in its positional form, for {@link fromPositions} at the other end. `targetContainer` is the one
 * container that will read it, undefined if several may (a service's queue).
 *
 * @throws BadRequestError for a member that cannot be sent, ContainerError `TooLarge`
 * @internal
 */
export function writeEnvelope(
  writer: PortableWriter,
  message: Message,
  ownContainer: string,
  targetContainer: string | undefined,
): void {
  const performative = performativeNumbers.get(message.performative);
  if (performative === undefined) {
    throw unsendable('performative', `one of ${performatives.join(', ')}`, message.performative);
  }
  writer.begin();
  writer.shortArray(envelopePositions.length);
  writer.number(performative);
  // Defaults at the end are left out: so many positions have something to say, in so many bytes.
  let used = 1;
  let end = writer.length;
  if (writeText(writer, 'conversationId', text('conversationId', message.conversationId), '')) {
    used = 2;
    end = writer.length;
  }
  if (writeText(writer, 'receiver', relative(name('receiver', message.receiver), targetContainer), dot)) {
    used = 3;
    end = writer.length;
  }
  if (writeText(writer, 'sender', relative(name('sender', message.sender), ownContainer), dot)) {
    used = 4;
    end = writer.length;
  }
  writer.value(message.content, 'content');
  if (message.content !== null && message.content !== undefined) {
    used = 5;
    end = writer.length;
  }
  if (writeText(writer, 'op', text('op', message.op), defaultOp(message.performative))) {
    used = 6;
    end = writer.length;
  }
  if (writeNumber(writer, Math.ceil(number('budgetMs', message.budgetMs, 0)), 0)) {
    used = 7;
    end = writer.length;
  }
  if (writeNumber(writer, number('attempt', message.attempt, 1), 1)) {
    used = 8;
    end = writer.length;
  }
  if (writeHeaders(writer, message.headers)) {
    used = 9;
    end = writer.length;
  }
  if (writeNumber(writer, number('workUs', message.workUs, 0), 0)) {
    used = 10;
    end = writer.length;
  }
  if (writePath(writer, message.callPath)) {
    used = 11;
    end = writer.length;
  }
  writer.truncate(end);
  writer.patch(0, 0x90 + used);
}

/** Writes what is not the default, else nil; tells which. */
function writeText(
  writer: PortableWriter,
  member: keyof Message,
  value: string,
  byDefault?: string,
): boolean {
  if (value === byDefault) {
    writer.nil();
    return false;
  }
  // What is ASCII is well-formed.
  if (!writer.ascii(value)) {
    if (!value.isWellFormed()) throw unsendable(member, 'a well-formed string', value);
    writer.string(value);
  }
  return true;
}

/** As {@link writeText}. */
function writeNumber(writer: PortableWriter, value: number, byDefault: number): boolean {
  if (value === byDefault) writer.nil();
  else writer.number(value);
  return value !== byDefault;
}

/** As {@link writeText}; without a member they are the default. */
function writeHeaders(writer: PortableWriter, headers: Headers | undefined): boolean {
  const start = writer.length;
  if (headers !== undefined) {
    if (!isHeaders(headers)) throw unsendable('headers', 'a plain object', headers);
    writer.value(headers, 'headers');
    if (Object.values(headers).some((value) => value !== undefined)) return true;
    writer.truncate(start);
  }
  writer.nil();
  return false;
}

/** As {@link writeText}. What an interceptor has made of it is checked here: the reader would refuse the whole frame. */
function writePath(writer: PortableWriter, path: CallPath): boolean {
  if (!Array.isArray(path) || path.length > maxPathSteps) {
    throw unsendable('callPath', `an array of at most ${maxPathSteps} steps`, path);
  }
  if (path.length === 0) {
    writer.nil();
    return false;
  }
  writer.array(path.length);
  for (const step of path) {
    if (typeof step?.isBlocked !== 'boolean') throw unsendable('callPath', 'made of steps', step);
    const { process, service, instances, isBlocked } = step;
    writer.shortArray(4);
    writeText(writer, 'callPath', text('callPath', process));
    writeText(writer, 'callPath', text('callPath', service));
    writer.number(number('callPath', instances, 0));
    writer.boolean(isBlocked);
  }
  return true;
}

/**
 * The message of a decoded envelope, names made absolute. Positions after the eleventh are a newer minor's and are ignored.
 *
 * @param envelope what the scan let through
 * @param senders names relative to the container that sent the frame
 * @param receivers names relative to the one that reads it
 * @throws UndecodableError `wrong-type`, `bad-number`, `too-large` for a name, conversation or operation of over 255 bytes
 * @internal
 */
export function fromPositions(envelope: Portable, senders: NamesOf, receivers: NamesOf): Message {
  if (!Array.isArray(envelope)) throw wrong('envelope', 'an array', envelope);
  const positions: readonly Portable[] = envelope;
  const performative = performativeOf(positions[0] ?? 0);
  return new Message({
    performative,
    conversationId: receivedText('conversationId', positions[1] ?? ''),
    receiver: receivers.absolute('receiver', positions[2] ?? dot),
    sender: senders.absolute('sender', positions[3] ?? dot),
    content: positions[4] ?? null,
    op: receivedText('op', positions[5] ?? defaultOp(performative)),
    budgetMs: receivedNumber('budgetMs', positions[6] ?? 0, 0),
    attempt: receivedNumber('attempt', positions[7] ?? 1, 1),
    headers: receivedHeaders(positions[8] ?? null),
    workUs: receivedNumber('workUs', positions[9] ?? 0, 0),
    callPath: receivedPath(positions[10] ?? null),
  });
}

/** `<container>.7` becomes `.7`, the container itself `.`; other names stay. */
function relative(fullName: string, container: string | undefined): string {
  if (container === undefined || !fullName.startsWith(container)) return fullName;
  if (fullName.length === container.length) return dot;
  return fullName[container.length] === dot ? fullName.slice(container.length) : fullName;
}

/**
 * Names relative to one container. The envelopes of a frame mostly repeat one, which then is the same text, not an equal one.
 *
 * @internal
 */
export class NamesOf {
  readonly container: string;
  #given = dot;
  #full: string;

  constructor(container: string) {
    this.container = container;
    this.#full = container;
  }

  /** @throws UndecodableError */
  absolute(member: 'sender' | 'receiver', value: Portable): string {
    if (value === this.#given) return this.#full;
    const given = receivedText(member, value);
    if (!given.startsWith(dot)) return given;
    this.#full = given === dot ? this.container : short(`${member} of an envelope`, this.container + given);
    this.#given = given;
    return this.#full;
  }
}

function text(member: keyof Message, value: unknown): string {
  if (typeof value !== 'string') throw unsendable(member, 'a well-formed string', value);
  if (!fitsShortString(value)) {
    throw new BadRequestError(
      `${member} of a message must be at most ${maxShortStringBytes} bytes in UTF-8, got ${Buffer.byteLength(value)}`,
    );
  }
  return value;
}

function name(member: keyof Message, value: unknown): string {
  const given = text(member, value);
  if (given.startsWith(dot)) throw unsendable(member, 'a full name, which does not begin with a dot', value);
  return given;
}

function number(member: keyof Message, value: unknown, least: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= Number.MAX_SAFE_INTEGER)) {
    throw unsendable(member, `a finite number, at least ${least}`, value);
  }
  return value;
}

/**
 * A checked copy of extension headers; null if there are none.
 *
 * @throws BadRequestError
 * @internal
 */
export function headersOf(copier: PortableCopier, value: Headers): Headers | null {
  const headers = copier.copy(value, 'headers');
  if (!isHeaders(headers)) throw unsendable('headers', 'a plain object', value);
  return Object.keys(headers).length === 0 ? null : headers;
}

function isHeaders(value: Portable): value is Headers {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}

function performativeOf(value: Portable): Performative {
  const performative = typeof value === 'number' ? performatives[value] : undefined;
  if (performative === undefined)
    throw wrong('performative', `a number from 0 to ${performatives.length - 1}`, value);
  return performative;
}

function receivedText(member: keyof Message, value: Portable): string {
  if (typeof value !== 'string') throw wrong(member, 'a string', value);
  return short(`${member} of an envelope`, value);
}

/**
 * `given`, which shall fit where AMQP carries names: an answer to a longer one, or a step onwards, could not be sent.
 *
 * @throws UndecodableError `too-large`
 * @internal
 */
export function short(what: string, given: string): string {
  if (fitsShortString(given)) return given;
  throw new UndecodableError(
    'too-large',
    `${what} must be at most ${maxShortStringBytes} bytes in UTF-8, got ${Buffer.byteLength(given)}`,
  );
}

function receivedNumber(member: keyof Message, value: Portable, least: number): number {
  if (typeof value !== 'number') throw wrong(member, 'a number', value);
  if (value < least) {
    throw new UndecodableError(
      'bad-number',
      `${member} of an envelope must be at least ${least}, got ${value}`,
    );
  }
  return value;
}

function receivedHeaders(value: Portable): Headers | undefined {
  if (value === null) return undefined;
  if (!isHeaders(value)) throw wrong('headers', 'a map', value);
  return value;
}

function receivedPath(value: Portable): CallPath {
  if (value === null) return noPath;
  if (!Array.isArray(value)) throw wrong('callPath', 'an array', value);
  if (value.length > maxPathSteps) {
    throw new UndecodableError(
      'too-large',
      `callPath of an envelope must have at most ${maxPathSteps} steps, got ${value.length}`,
    );
  }
  return Object.freeze(value.map(receivedStep));
}

function receivedStep(value: Portable): PathStep {
  const [process, service, instances, isBlocked]: readonly Portable[] = Array.isArray(value) ? value : [];
  if (
    typeof process !== 'string' ||
    typeof service !== 'string' ||
    typeof instances !== 'number' ||
    typeof isBlocked !== 'boolean'
  ) {
    throw wrong('a step of callPath', 'an array of two strings, a number and a boolean', value);
  }
  return Object.freeze({
    process: short('a process of callPath', process),
    service: short('a service of callPath', service),
    instances,
    isBlocked,
  });
}

function unsendable(member: keyof Message, wanted: string, value: unknown): BadRequestError {
  const got = typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${String(value)}`;
  return new BadRequestError(`${member} of a message must be ${wanted}, got ${got}`);
}

function wrong(what: string, wanted: string, value: Portable): UndecodableError {
  const got = Array.isArray(value) ? 'an array' : value === null ? 'nil' : `a ${typeof value}`;
  return new UndecodableError('wrong-type', `${what} of an envelope must be ${wanted}, got ${got}`);
}
