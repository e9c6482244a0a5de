import { defineEvent, type PublishOutcome, Type } from '../../../src/index.ts';

const content = Type.Object({ number: Type.Integer() });

/** What is published: events of two types, numbered from 0 for each type and origin. */
export const Reading = defineEvent({ name: 'soak.reading', version: '1.0.0', qos: 'durable', content });
export const Entry = defineEvent({ name: 'soak.entry', version: '1.0.0', qos: 'replay', content });

/** Of each type. */
export const origins = 24;

export function originName(index: number): string {
  return `ship${index}.gps *`;
}

export function originIndex(name: string): number {
  return Number.parseInt(name.slice('ship'.length), 10);
}

/** A subscription, and who of the crew has it. */
export interface SoakedSubscription {
  readonly name: string;
  readonly event: typeof Reading | typeof Entry;
  readonly isOrdered: boolean;
}

/** `keeper` and `ordered` are durable subscriptions, the others read the log. `ordered` is shared by two containers. */
export const subscriptions = {
  keeper: { name: 'keeper', event: Reading, isOrdered: false },
  ordered: { name: 'ordered', event: Reading, isOrdered: true },
  'reader-a': { name: 'reader-a', event: Entry, isOrdered: false },
  'reader-b': { name: 'reader-b', event: Entry, isOrdered: false },
} as const satisfies Record<string, SoakedSubscription>;

export type SubscriptionName = keyof typeof subscriptions;

/** The containers, each in an OS process of its own, with what they subscribe to. */
export const crew = {
  publisher: [],
  anna: ['keeper', 'ordered', 'reader-a'],
  berta: ['ordered', 'reader-b'],
} as const satisfies Record<string, readonly SubscriptionName[]>;

export type CrewName = keyof typeof crew;

/** Every container of the system has these. */
export const exchangeOptions = { attempts: 4, retryDelaysMs: [20, 50, 100], publishTimeoutMs: 5_000 };

/** What becomes of a durable event of this number: its handlers always fail. */
export function isPoison(number: number): boolean {
  return number % 2_503 === 17;
}

/** What became of each event, as its publisher was told; 0 for one that was not published. `failed`: publish() rejected. */
export const outcomes: readonly string[] = ['', 'confirmed', 'unroutable', 'rejected', 'unknown', 'failed'];

export function outcomeCode(outcome: PublishOutcome | 'failed'): number {
  const code = outcomes.indexOf(outcome);
  if (code === -1) throw new RangeError(`an outcome that is not for confirmed events: ${outcome}`);
  return code;
}

/** How a member of the crew is started, by its arguments. */
export interface CrewOptions {
  readonly name: CrewName;
  /** How often it has been started, this time included. */
  readonly life: number;
  readonly broker: string;
  readonly sysname: string;
  /** Where journals, ledgers, positions and logs go. */
  readonly directory: string;
  readonly seed: number;
}

/** What the crew is told. */
export type Order =
  | { readonly type: 'publish'; readonly count: number; readonly overMs: number }
  /** Kill yourself when you have handled so many more. */
  | { readonly type: 'die'; readonly after: number }
  | { readonly type: 'stop' };

/** What the crew tells. */
export type Report =
  | { readonly type: 'ready' }
  /** Since the last one: events that were handled, or whose outcome came. Of a kept heap garbage is not part. */
  | {
      readonly type: 'progress';
      readonly events: number;
      readonly isConnected: boolean;
      readonly rssBytes: number;
      readonly heapBytes: number;
    }
  /** All of an order is published, and every outcome is known. */
  | { readonly type: 'published' }
  | { readonly type: 'stopped'; readonly isComplete: boolean };

export function isOrder(value: unknown): value is Order {
  return isTyped(value) && ['publish', 'die', 'stop'].includes(value.type);
}

export function isReport(value: unknown): value is Report {
  return isTyped(value) && ['ready', 'progress', 'published', 'stopped'].includes(value.type);
}

function isTyped(value: unknown): value is { readonly type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
