import { outcomes as outcomeNames } from './contents.ts';
import type { JournalRecord } from './journal.ts';
import type { Ledger } from './ledger.ts';
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
export type Mark = 'attempt' | 'redelivered' | 'resent' | 'position';

/** What there is of durable subscriptions only. */
export type DurableFacts = Pick<Account, 'deadLettered' | 'overlapMs'>;

const rejected = outcomeNames.indexOf('rejected');

/** What is counted, and wrong, for both kinds. */
export class Tally {
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

  account({ deadLettered, overlapMs }: DurableFacts): Account {
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
