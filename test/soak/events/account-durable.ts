import { exchangeOptions, isPoison, outcomes as outcomeNames } from './contents.ts';
import type { JournalRecord } from './journal.ts';
import { Ledger } from './ledger.ts';
import { type Account, Tally } from './tally.ts';

const handledBit = 1;
/** It came without a mark. */
const unmarkedBit = 2;
const failedBit = 4;
/** It failed as often as may be. If its message comes again it begins anew. */
const givenUpBit = 8;

const confirmed = outcomeNames.indexOf('confirmed');

/** A container that is cut off learns of it in its next turn, and what it has begun it ends. */
const mostOverlapMs = 500;

/** What is known of a durable subscription. */
export interface DurableEvidence {
  readonly isOrdered: boolean;
  /** Of all who took from it, in the order of time. */
  readonly records: Iterable<JournalRecord>;
  readonly outcomes: Ledger;
  /** For each event, how many dead letters there are of it, for this subscription. */
  readonly dead: Ledger;
}

/** Accounts for a durable subscription. Events count as kept if they are handled or, having failed, among the dead letters. */
export function accountDurable({ isOrdered, records, outcomes, dead }: DurableEvidence): Account {
  const tally = new Tally(outcomes);
  const ledger = new Ledger();
  const order = new StrictOrder(tally);
  /** By origin and number: the last attempt that failed. */
  const failures: JournalRecord[][] = [];
  for (const record of records) {
    if (record.kind === 'begun') continue;
    const { origin, number, kind, attempt, redelivered, resent } = record;
    tally.called(record);
    const isMarked = attempt > 1 || redelivered || resent;
    const isHandled = kind === 'handled';
    const isGivenUp = !isHandled && attempt >= exchangeOptions.attempts;
    const bits = (isHandled ? handledBit : failedBit) | (isMarked ? 0 : unmarkedBit);
    const before = ledger.mark(origin, number, bits | (isGivenUp ? givenUpBit : 0));
    if (!isMarked && (before & unmarkedBit) !== 0) tally.wrong('came again unmarked', record);
    if (isOrdered) order.check(record, isMarked);
    if (before !== 0) tally.again(attempt > 1 ? 'attempt' : redelivered ? 'redelivered' : 'resent');
    if (!isHandled) {
      failures[origin] ??= [];
      failures[origin][number] = record;
    }
    if (!isHandled || (before & handledBit) !== 0) continue;
    if (isPoison(number)) tally.wrong('was handled though its handler always fails', record);
    const wasRetried = attempt > 1 || (before & failedBit) !== 0;
    tally.first(record, (before & givenUpBit) === 0 && (isOrdered || !wasRetried));
  }
  let deadLettered = 0;
  dead.forEach((origin, number, count) => {
    deadLettered += count;
    if ((ledger.get(origin, number) & failedBit) === 0)
      tally.wrong('is a dead letter, and no handler failed', { origin, number });
  });
  outcomes.forEach((origin, number, outcome) => {
    const isHandled = !isPoison(number) && (ledger.get(origin, number) & handledBit) !== 0;
    if (outcome !== confirmed || isHandled || dead.get(origin, number) > 0) return;
    const failure = failures[origin]?.[number];
    tally.wrong('was lost', { origin, number }, failure && `failed at ${Math.round(failure.at)} ms`);
  });
  return tally.account({ deadLettered, overlapMs: order.overlapMs });
}

/** The order of one origin for all who share an ordered subscription: ascending, apart from what is marked. */
class StrictOrder {
  readonly #tally: Tally;
  /** By container and origin. */
  readonly #highest = new Map<string, number[]>();
  /** By origin and number: when it came first. */
  readonly #firstAt: number[][] = [];
  overlapMs = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  check(record: JournalRecord, isMarked: boolean): void {
    const { origin, number, by, at } = record;
    const highest = this.#highest.get(by) ?? [];
    this.#highest.set(by, highest);
    if (!isMarked && number <= (highest[origin] ?? -1))
      this.#tally.wrong('came out of order', record, `${by} was at ${highest[origin]}`);
    highest[origin] = Math.max(highest[origin] ?? -1, number);
    this.#firstAt[origin] ??= [];
    const overlapMs = at - (this.#firstAt[origin][number] ?? at);
    this.#firstAt[origin][number] ??= at;
    if (isMarked) return;
    this.overlapMs = Math.max(this.overlapMs, overlapMs);
    if (overlapMs > mostOverlapMs)
      this.#tally.wrong('came to somebody who was cut off', record, `${Math.round(overlapMs)} ms late`);
  }
}
