import { BadRequestError } from '../errors/index.ts';
import type { SubscribeOptions } from '../interact/index.ts';
import { describeValue } from '../util/index.ts';
import { type EventContent, type EventType, isEventType } from './event-type.ts';

/** What a stream process consumes: a subject and how it is subscribed to. `E`: the event type, or string for a type or pattern given by name. */
export interface StreamSource<E extends EventType | string = string> extends SubscribeOptions {
  readonly type: E;
  /** The origin, or a pattern of origins. Default: every origin. */
  readonly origin?: string;
  /** With `durable` and `replay`: how often an input is tried. Default: the configuration's `exchange.attempts`. */
  readonly attempts?: number;
  /** With `replay`: how its place in the log is kept. */
  readonly checkpoint?: CheckpointOptions;
}

/** How a process keeps its place in a log. What is given is what may be done twice after a kill. */
export interface CheckpointOptions {
  /** The name of the checkpoint among those of its system and event type. Default: the process's name. No two processes may have the same. */
  readonly name?: string;
  /** Saved after so many inputs. Default 1000. */
  readonly everyInputs?: number;
  /** And after so many milliseconds. Default 1000. */
  readonly everyMs?: number;
}

/** How a log is replayed: options, checked, with defaults. */
export interface ResolvedReplay {
  /** What the place is kept under. */
  readonly key: string;
  /** Undefined: as the configuration says. */
  readonly attempts: number | undefined;
  readonly everyInputs: number;
  readonly everyMs: number;
}

export const checkpointDefaults = { everyInputs: 1_000, everyMs: 1_000 } as const;

/** The content of what a stream process consumes. */
export type StreamContent<E> = E extends EventType ? EventContent<E> : unknown;

const known: readonly string[] = ['name', 'everyInputs', 'everyMs'] satisfies (keyof CheckpointOptions)[];
const maxMs = 86_400_000;

/**
 * @param owner whose checkpoint it is
 * @throws BadRequestError for options that are unknown or unusable
 */
export function resolveReplay(
  { type, checkpoint = {}, attempts }: StreamSource<EventType | string>,
  owner: { readonly sysname: string; readonly name: string },
): ResolvedReplay {
  for (const option of Object.keys(checkpoint)) {
    if (!known.includes(option))
      throw new BadRequestError(`checkpoint has no option '${option}'; known are ${known.join(', ')}`);
  }
  const { name = owner.name, everyInputs, everyMs } = { ...checkpointDefaults, ...checkpoint };
  if (typeof name !== 'string' || name === '') throw wrong('checkpoint.name', 'a text', name);
  return {
    key: `${owner.sysname}.${name}.${isEventType(type) ? type.type : type}`,
    attempts: attempts === undefined ? undefined : whole('attempts', attempts, 1_000_000),
    everyInputs: whole('checkpoint.everyInputs', everyInputs, 1_000_000_000),
    everyMs: whole('checkpoint.everyMs', everyMs, maxMs),
  };
}

function whole(what: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw wrong(what, `a whole number from 1 to ${most}`, value);
}

function wrong(what: string, wanted: string, value: unknown): BadRequestError {
  return new BadRequestError(`${what} of a source is ${wanted}, not ${describeValue(value)}`);
}
