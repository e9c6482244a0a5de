import type { Clock } from '../util/index.ts';

/** A container we have not heard of for so many others is forgotten; its clock is learned again. */
const maxSenders = 4096;
/** The lowest difference of one to two such spans counts, so a clock that was set is believed again after them. */
const spanMs = 10_000;
/** Our own clock was set when it moves so much against the monotonic one. */
const jumpMs = 500;

interface Lowest {
  /** In the span that runs, and in the one before; Infinity if nothing came in it. */
  current: number;
  before: number;
  endsAt: number;
}

/**
 * How long a frame was under way, although the clocks of ships disagree by hours: the difference of our wall clock and the
 * sender's `sent-at` is clock difference plus transit; the lowest one seen from a sender lately is taken as the clock difference.
 * The first frame of a sender therefore counts as having taken no time. Clocks may be set at any moment: what was learned with
 * our own before that is forgotten at once, what was learned of another's within two spans.
 */
export class SenderClocks {
  readonly #clock: Clock;
  readonly #senders = new Map<string, Lowest>();
  #wallAhead: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallAhead = clock.wall() - clock.now();
  }

  /** Milliseconds that a frame of `sender`, sent at its wall time `sentAt`, waited beyond the quickest one seen lately; at least 0. */
  waitedMs(sender: string, sentAt: number): number {
    const now = this.#clock.now();
    const wall = this.#clock.wall();
    if (Math.abs(wall - now - this.#wallAhead) > jumpMs) this.#senders.clear();
    this.#wallAhead = wall - now;
    const offset = wall - sentAt;
    const lowest = this.#of(sender, now);
    lowest.current = Math.min(lowest.current, offset);
    return offset - Math.min(lowest.current, lowest.before);
  }

  #of(sender: string, now: number): Lowest {
    let lowest = this.#senders.get(sender);
    if (lowest === undefined) {
      if (this.#senders.size >= maxSenders) this.#forgetOldest();
      lowest = { current: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY, endsAt: now + spanMs };
      this.#senders.set(sender, lowest);
    } else if (now >= lowest.endsAt) {
      lowest.before = now < lowest.endsAt + spanMs ? lowest.current : Number.POSITIVE_INFINITY;
      lowest.current = Number.POSITIVE_INFINITY;
      lowest.endsAt = now + spanMs;
    }
    return lowest;
  }

  #forgetOldest(): void {
    const oldest = this.#senders.keys().next();
    if (!oldest.done) this.#senders.delete(oldest.value);
  }
}
