import { BadRequestError } from '../errors/index.ts';
import { assertName, type EventPosition } from '../exchange/index.ts';
import type { StreamStart } from '../transport/index.ts';
import { closest, describeValue } from '../util/index.ts';

/** What a live subscription does when its events come faster than they are handled. */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest';

/**
 * Where a replay begins: with the oldest event that is kept; with the last one, or somewhat before (the broker writes in batches); with what comes next; with
 * the first that was written at or after a moment, or somewhat before; at an offset or a place in the log, or what is left after it.
 */
export type ReplayFrom =
  | 'first'
  | 'last'
  | 'next'
  | Date
  | number
  | (Partial<EventPosition> & Pick<EventPosition, 'offset'>);

/** How a subscription gets its events. At most one of `group`, `durable` and `replay`; none of them: live, every subscriber gets all. */
export interface SubscribeOptions {
  /** Live, but the members of a group share: each event goes to one of them. */
  readonly group?: string;
  /**
   * The subscription has this name in the system and outlives its subscribers: events are kept while nobody takes them, shared by all who subscribe under
   * the name, acknowledged when handled, tried again when the handler fails, and in the end among the dead letters.
   */
  readonly durable?: string;
  /**
   * With `durable`: the order of each origin is kept even when a handler fails; what follows of that origin waits. One container at a time then takes
   * the events. Default false.
   */
  readonly ordered?: boolean;
  /** Reads the log of one event type (no wildcards) whose qos is `replay`, and goes on with what comes. */
  readonly replay?: { readonly from: ReplayFrom };
  /** Events handled at a time, never two of one origin. Default: the process's concurrency, which bounds it. */
  readonly concurrency?: number;
  /** Live: so many events may wait. Default 1024. */
  readonly limit?: number;
  /** Live: which events are dropped, and counted, when more would wait. Default `drop-oldest`. */
  readonly overflow?: OverflowPolicy;
  /** All but live: messages of the broker, of up to 64 events each, that may be with this container and not done. Default 32. */
  readonly prefetch?: number;
  /** With `durable`: how often an event is tried. Default: the configuration's `exchange.attempts`. */
  readonly attempts?: number;
}

/** How the events of a subscription come. */
export type SubscriptionKind = 'live' | 'group' | 'durable' | 'replay';

/** Options, checked, with defaults. */
export interface ResolvedSubscribeOptions {
  readonly kind: SubscriptionKind;
  /** Of a group or a durable subscription; '' otherwise. */
  readonly name: string;
  readonly isOrdered: boolean;
  readonly from: StreamStart;
  /** Events of the first frame that are passed over. */
  readonly skip: number;
  readonly concurrency: number | undefined;
  readonly limit: number;
  readonly overflow: OverflowPolicy;
  readonly prefetch: number;
  readonly attempts: number | undefined;
}

export const subscribeDefaults = { limit: 1024, overflow: 'drop-oldest', prefetch: 32 } as const;

const notReplayed = { from: 'first', skip: 0 } as const;
const kinds = ['group', 'durable', 'replay'] as const;
const known: ReadonlySet<string> = new Set<keyof SubscribeOptions>([
  ...kinds,
  'ordered',
  'concurrency',
  'limit',
  'overflow',
  'prefetch',
  'attempts',
]);

/** @throws BadRequestError for options that are unknown, unusable, or contradict each other */
export function resolveSubscribeOptions(options: SubscribeOptions): ResolvedSubscribeOptions {
  for (const key of Object.keys(options)) if (!known.has(key)) throw unknownOption(key);
  const given = kinds.filter((kind) => options[kind] !== undefined);
  if (given.length > 1) {
    throw new BadRequestError(
      `a subscription is one of group, durable and replay, or none of them (live); given are ${given.join(' and ')}`,
    );
  }
  const kind: SubscriptionKind = given[0] ?? 'live';
  const name = options.group ?? options.durable ?? '';
  if (kind === 'group' || kind === 'durable') assertName(name, `the name of a ${kind} subscription`);
  const { ordered = false, overflow = subscribeDefaults.overflow } = options;
  if (typeof ordered !== 'boolean') throw wrong('ordered', 'true or false', ordered);
  only(kind, options, 'durable', ['ordered', 'attempts']);
  only(kind, options, 'live', ['limit', 'overflow']);
  if (kind === 'live' && options.prefetch !== undefined)
    throw new BadRequestError('prefetch is not for live subscriptions; give a limit');
  if (overflow !== 'drop-oldest' && overflow !== 'drop-newest')
    throw wrong('overflow', "'drop-oldest' or 'drop-newest'", overflow);
  return {
    kind,
    name,
    isOrdered: ordered,
    ...(options.replay === undefined ? notReplayed : replayFrom(options.replay)),
    concurrency: whole(options.concurrency, 'concurrency', 65_535),
    limit: whole(options.limit, 'limit', 10_000_000) ?? subscribeDefaults.limit,
    overflow,
    prefetch: whole(options.prefetch, 'prefetch', 65_535) ?? subscribeDefaults.prefetch,
    attempts: whole(options.attempts, 'attempts', 1_000_000),
  };
}

function replayFrom(replay: { readonly from: ReplayFrom }): Pick<ResolvedSubscribeOptions, 'from' | 'skip'> {
  const { from } = typeof replay === 'object' && replay !== null ? replay : { from: undefined };
  if (from === 'first' || from === 'last' || from === 'next') return { from, skip: 0 };
  if (from instanceof Date) {
    if (Number.isFinite(from.getTime())) return { from: { at: from.getTime() }, skip: 0 };
  } else if (typeof from === 'object' || typeof from === 'number') {
    const { offset, index = 0 } = typeof from === 'number' ? { offset: from } : (from ?? {});
    if (isPlace(offset) && isPlace(index)) return { from: { offset }, skip: index };
  }
  throw wrong('replay.from', "'first', 'last', 'next', a Date, an offset or {offset, index}", from);
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function only(
  kind: SubscriptionKind,
  options: SubscribeOptions,
  wanted: SubscriptionKind,
  names: readonly (keyof SubscribeOptions)[],
): void {
  const name = kind === wanted ? undefined : names.find((option) => options[option] !== undefined);
  if (name === undefined) return;
  throw new BadRequestError(`${name} is for ${wanted} subscriptions only, and this one is ${kind}`);
}

function whole(value: number | undefined, what: string, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return value;
  throw wrong(what, `a whole number from 1 to ${most}`, value);
}

function wrong(what: string, wanted: string, value: unknown): BadRequestError {
  return new BadRequestError(`${what} of a subscription is ${wanted}, not ${describeValue(value)}`);
}

function unknownOption(key: string): BadRequestError {
  const meant = closest(key, known);
  const hint = meant === undefined ? `known are ${[...known].join(', ')}` : `did you mean '${meant}'?`;
  return new BadRequestError(`a subscription has no option '${key}'; ${hint}`);
}
