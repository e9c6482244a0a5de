import { exchangeOptions, isPoison, outcomes as outcomeNames } from './contents.ts';
import type { JournalRecord, Place } from './journal.ts';
import { Ledger } from './ledger.ts';
import { Violations } from './violations.ts';

/** What a subscription did with what was published. */
export interface Account {
  /** Different events that were handled; of a replay also those whose handler failed. */
  readonly events: number;
  /** Times that a handler was called. */
  readonly calls: number;
  readonly failures: number;
  /** Calls after the first for an event: by how they were marked, the first of these that holds. */
  readonly duplicates: Readonly<Record<Mark, number>>;
  readonly deadLettered: number;
  /** Of an ordered subscription: the longest time that somebody went on with what another one had been given meanwhile. */
  readonly overlapMs: number;
  readonly violations: Violations;
}

/** Why an event comes again. `position`: a replay that began anew where its position had been kept, before this event. */
type Mark = 'attempt' | 'redelivered' | 'resent' | 'position';

const handledBit = 1;
/** It came without a mark. */
const unmarkedBit = 2;
const failedBit = 4;
/** It failed as often as may be. If its message comes again it begins anew. */
const givenUpBit = 8;

const confirmed = outcomeNames.indexOf('confirmed');
const rejected = outcomeNames.indexOf('rejected');

/** A container that is cut off learns of it in its next turn, and what it has begun it ends. */
const mostOverlapMs = 500;

/**
 * Accounts for a durable subscription. Events count as kept if they are handled or, having failed, among the dead letters.
 *
 * @param records of all who took from it, in the order of time
 * @param dead for each event, how many dead letters there are of it, for this subscription
 */
export function accountDurable(
  isOrdered: boolean,
  records: Iterable<JournalRecord>,
  outcomes: Ledger,
  dead: Ledger,
): Account {
  const tally = new Tally(outcomes);
  const ledger = new Ledger();
  const order = new StrictOrder(tally);
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
    if (outcome !== confirmed) return;
    const isDead = dead.get(origin, number) > 0;
    if (isPoison(number) ? !isDead : !isDead && (ledger.get(origin, number) & handledBit) === 0)
      tally.wrong('was lost', { origin, number });
  });
  return tally.account(deadLettered, order.overlapMs);
}

/**
 * Accounts for a reader of the log, which begins anew where its position was kept.
 *
 * @param records of all its lives; each life begins with one that says where
 */
export function accountReplay(records: Iterable<JournalRecord>, outcomes: Ledger): Account {
  const tally = new Tally(outcomes);
  /** By origin and number: in which life it came last, and where it stands in the log. */
  const seen: { life: number; readonly place: number }[][] = [];
  /** By origin: where the last one stands that came in this life. */
  let last: number[] = [];
  let life = 0;
  let start = -1;
  for (const record of records) {
    const { origin, number, kind, redelivered, resent } = record;
    const place = placeNumber(record.place);
    if (kind === 'begun') {
      life += 1;
      start = place;
      last = [];
      continue;
    }
    tally.called(record);
    if (place < start) tally.wrong('came again though its position was kept', record);
    if (place <= (last[origin] ?? -1) && !redelivered)
      tally.wrong('came out of the order of the log', record);
    last[origin] = Math.max(last[origin] ?? -1, place);
    seen[origin] ??= [];
    const known = seen[origin][number];
    if (known === undefined) {
      seen[origin][number] = { life, place };
      tally.first(record, true);
      continue;
    }
    const isSecondCopy = known.place !== place;
    if (isSecondCopy ? !resent : known.life === life && !redelivered)
      tally.wrong('came again unmarked', record);
    tally.again(isSecondCopy ? 'resent' : redelivered ? 'redelivered' : 'position');
    known.life = life;
  }
  outcomes.forEach((origin, number, outcome) => {
    if (outcome === confirmed && seen[origin]?.[number] === undefined)
      tally.wrong('was lost', { origin, number });
  });
  return tally.account(0, 0);
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

/** What is counted, and wrong, for both kinds. */
class Tally {
  readonly #outcomes: Ledger;
  readonly #violations = new Violations();
  readonly #duplicates = { attempt: 0, redelivered: 0, resent: 0, position: 0 };
  /** By origin: the highest number that came. */
  readonly #highest: number[] = [];
  #events = 0;
  #calls = 0;
  #failures = 0;

  constructor(outcomes: Ledger) {
    this.#outcomes = outcomes;
  }

  called(record: JournalRecord): void {
    const { origin, number, kind } = record;
    this.#calls += 1;
    if (kind === 'failed') this.#failures += 1;
    const outcome = this.#outcomes.get(origin, number);
    if (outcome === 0) this.wrong('was never published', record);
    if (outcome === rejected) this.wrong('came though it was rejected', record);
  }

  /** The event is handled, or of a replay seen, for the first time. */
  first(record: JournalRecord, keepsOrder: boolean): void {
    const { origin, number } = record;
    this.#events += 1;
    const highest = this.#highest[origin] ?? -1;
    if (number < highest && keepsOrder) this.wrong('came out of order', record, `after number ${highest}`);
    this.#highest[origin] = Math.max(highest, number);
  }

  again(mark: Mark): void {
    this.#duplicates[mark] += 1;
  }

  wrong(
    what: string,
    event: Pick<JournalRecord, 'origin' | 'number'> & Partial<JournalRecord>,
    detail?: string,
  ): void {
    const { origin, number, place, attempt, redelivered, resent } = event;
    const facts = [
      detail,
      place && `at ${place.offset}/${place.index}`,
      attempt !== undefined && attempt > 1 && `attempt ${attempt}`,
      redelivered && 'redelivered',
      resent && 'resent',
      `outcome ${outcomeNames[this.#outcomes.get(origin, number)] || 'none'}`,
    ].filter((text) => typeof text === 'string');
    this.#violations.add(`an event ${what}`, `number ${number} of origin ${origin}; ${facts.join(', ')}`);
  }

  account(deadLettered: number, overlapMs: number): Account {
    return {
      events: this.#events,
      calls: this.#calls,
      failures: this.#failures,
      duplicates: this.#duplicates,
      deadLettered,
      overlapMs,
      violations: this.#violations,
    };
  }
}

/** Places in the order of the log; a frame holds up to 64 events. */
function placeNumber(place: Place | undefined): number {
  return place === undefined ? -1 : place.offset * 1_024 + place.index;
}
