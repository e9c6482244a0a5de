const DEFAULT_LIMIT = 1_000;

/**
 * Lets each key through once, so that a sender who repeats one mistake a million times is logged once.
 *
 * Memory and log are bounded: when `limit` keys are known, no new one gets through. What was held back is counted.
 */
export class OncePer {
  readonly #limit: number;
  readonly #seen = new Set<string>();
  #suppressed = 0;

  /** `limit` is how many keys are let through in all; default 1 000. */
  constructor(limit: number = DEFAULT_LIMIT) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new RangeError(`OncePer: limit must be an integer of at least 1, not ${limit}`);
    }
    this.#limit = limit;
  }

  /** How often {@link first} has said no. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Whether this is the first time for `key`. */
  first(key: string): boolean {
    if (this.#seen.size >= this.#limit || this.#seen.has(key)) {
      this.#suppressed += 1;
      return false;
    }
    this.#seen.add(key);
    return true;
  }
}
