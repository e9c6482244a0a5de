import { Codec, extension, type Headers, type Message, type Portable } from '../codec/index.ts';

/**
 * Why something became a dead letter.
 *
 * - `attempts`: it was tried as often as may be, and failed each time.
 * - `unacceptable`: nobody could have handled it: its content does not fit, or there is no such operation.
 * - `undeliverable`: it failed, and when it was to be tried again its queue was gone. The broker found that out: `diedAt` is when it was sent.
 * - `undecodable`: its bytes could not be read, or not be written again; then its content is a note of that.
 */
export const deathReasons = ['attempts', 'unacceptable', 'undeliverable', 'undecodable'] as const;

/** One of {@link deathReasons}. */
export type DeathReason = (typeof deathReasons)[number];

/** What is written on a dead letter. */
export interface DeadLetterFacts {
  /** Names it; random. */
  readonly id: string;
  readonly reason: DeathReason;
  /** How often it was tried. */
  readonly attempts: number;
  /** What the last attempt ended in. */
  readonly error: { readonly code: string; readonly message: string };
  /** Where it goes when it is replayed: a service's name, or `~durable~<name>` of a durable subscription. */
  readonly address: string;
  /** The container that gave it up. */
  readonly container: string;
  /** When, on that container's wall clock. */
  readonly diedAt: Date;
}

/** A message that nobody could handle, as it is kept in the system's dead-letter queue. */
export interface DeadLetter extends DeadLetterFacts {
  /** The operation; of an event its type. */
  readonly op: string;
  /** The origin of an event; undefined for a message. */
  readonly origin: string | undefined;
  readonly sender: string;
  readonly content: unknown;
  readonly headers: Headers;
}

/** The header of an envelope that holds what is written on it. */
export const deadHeader = 'dead';

/** What {@link withFacts} adds at most. */
const room = { bytes: 16 * 1024, values: 64, depth: 4 } as const;

/** Writes and reads dead letters: what fits a queue fits there as well, with what is written on it. */
export function deadLetterCodec({ limits }: Codec): Codec {
  return new Codec({
    maxFrameBytes: limits.maxFrameBytes + room.bytes,
    maxEnvelopeBytes: limits.maxEnvelopeBytes + room.bytes,
    maxValues: limits.maxValues + room.values,
    maxDepth: Math.max(limits.maxDepth, room.depth),
  });
}

/** What is written on a message that came from the dead-letter queue; undefined if that is no dead letter of ours. */
export function readFacts(message: Message): DeadLetterFacts | undefined {
  const facts = extension(message, deadHeader);
  if (!isMap(facts) || !isMap(facts.error)) return undefined;
  const { id, attempts, error, address, container, diedAt } = facts;
  if (typeof id !== 'string' || typeof address !== 'string' || typeof container !== 'string')
    return undefined;
  const reason = deathReasons.find((one) => one === facts.reason);
  if (reason === undefined) return undefined;
  if (typeof attempts !== 'number' || !(diedAt instanceof Date)) return undefined;
  const { code, message: text } = error;
  if (typeof code !== 'string' || typeof text !== 'string') return undefined;
  return { id, reason, attempts, error: { code, message: text }, address, container, diedAt };
}

/** The headers of a message with what is written on it, or without. */
export function withFacts({ headers }: Message, facts: DeadLetterFacts | undefined): Headers {
  const { [deadHeader]: _former, ...rest } = headers ?? {};
  return facts === undefined ? rest : { ...rest, [deadHeader]: { ...facts } };
}

function isMap(value: Portable | undefined): value is Headers {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
