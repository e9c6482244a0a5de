import type { Static } from 'typebox';
import { type PublishOutcome, Type } from '../../index.ts';
import type { UnusableReason } from './sentence.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const counts = (description: string) =>
  Type.Record(Type.String(), Type.Integer({ minimum: 1 }), { description });

/**
 * What became of every line: `lines` is the sum of `usable` and all of `unusable`, and what `usable` lines told is the sum of `published`, `unpublished`
 * and `underway`.
 */
export const AccountContent = Type.Object({
  lines: count('read so far'),
  usable: count('lines that gave at least one reading'),
  unusable: counts('other lines, by the reason'),
  published: counts('readings that the broker has taken, by event type'),
  unpublished: counts(
    'readings that it has not, by what it said: unroutable (nobody subscribes), rejected, unknown',
  ),
  underway: count('readings whose outcome is not known yet'),
  hasEnded: Type.Boolean({ description: 'the source has ended, and the outcome of every reading is known' }),
});

/** Counts lines and readings. */
export class Account {
  hasEnded = false;
  #usable = 0;
  #underway = 0;
  readonly #unusable = new Map<UnusableReason, number>();
  readonly #published = new Map<string, number>();
  readonly #unpublished = new Map<PublishOutcome, number>();

  countUnusable(reason: UnusableReason): void {
    increase(this.#unusable, reason);
  }

  /** A line has told `readings` things, which are about to be published. */
  countUsable(readings: number): void {
    this.#usable += 1;
    this.#underway += readings;
  }

  /** @returns how many readings have had this outcome */
  countOutcome(type: string, outcome: PublishOutcome): number {
    this.#underway -= 1;
    if (outcome === 'sent' || outcome === 'confirmed') return increase(this.#published, type);
    return increase(this.#unpublished, outcome);
  }

  /** Readings whose outcome is not known yet. */
  get underway(): number {
    return this.#underway;
  }

  content(): Static<typeof AccountContent> {
    let lines = this.#usable;
    for (const unusable of this.#unusable.values()) lines += unusable;
    return {
      lines,
      usable: this.#usable,
      unusable: Object.fromEntries(this.#unusable),
      published: Object.fromEntries(this.#published),
      unpublished: Object.fromEntries(this.#unpublished),
      underway: this.#underway,
      hasEnded: this.hasEnded,
    };
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}
