import type { Clock } from '../util/index.ts';

/** A container we have not heard of for so many others is forgotten; its clock is learned again. */
const maxSenders = 4096;

/**
 * How long a frame was under way, although the clocks of ships disagree by hours: the difference of our wall clock and the
 * sender's `sent-at` is clock difference plus transit; the lowest one seen from a sender is taken as the clock difference.
 * The first frame of a sender therefore counts as having taken no time.
 */
export class SenderClocks {
  readonly #clock: Clock;
  readonly #lowestOffsets = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds that a frame of `sender`, sent at its wall time `sentAt`, waited beyond the quickest one seen; at least 0. */
  waitedMs(sender: string, sentAt: number): number {
    const offset = this.#clock.wall() - sentAt;
    const lowest = this.#lowestOffsets.get(sender);
    if (lowest !== undefined && lowest <= offset) return offset - lowest;
    if (lowest === undefined && this.#lowestOffsets.size >= maxSenders) this.#forgetOldest();
    this.#lowestOffsets.set(sender, offset);
    return 0;
  }

  #forgetOldest(): void {
    const oldest = this.#lowestOffsets.keys().next();
    if (!oldest.done) this.#lowestOffsets.delete(oldest.value);
  }
}
