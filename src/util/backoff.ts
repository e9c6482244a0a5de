import type { Random } from './env.ts';

/** How a {@link Backoff} grows. */
export interface BackoffOptions {
  /** The first delay before jitter, milliseconds; above 0. */
  readonly initialMs: number;
  /** No delay is longer, milliseconds; at least `initialMs`. */
  readonly maxMs: number;
  /** Each delay is this many times the one before; at least 1. Default 2. */
  readonly factor?: number;
  /** The share of a delay that chance may take away, 0 to 1. Default 0.5. */
  readonly jitter?: number;
}

/**
 * The waits between attempts: growing, capped, and jittered so that a thousand containers that lost one broker do not
 * come back in the same instant. Jitter only shortens: each delay is uniform between `(1 − jitter) × d` and `d`.
 */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #factor: number;
  readonly #jitter: number;
  readonly #random: Random;
  #nextMs: number;

  constructor(options: BackoffOptions, random: Random) {
    const { initialMs, maxMs, factor = 2, jitter = 0.5 } = options;
    check('initialMs', initialMs, initialMs > 0, 'above 0');
    check('maxMs', maxMs, maxMs >= initialMs, 'at least initialMs');
    check('factor', factor, factor >= 1, 'at least 1');
    check('jitter', jitter, jitter >= 0 && jitter <= 1, 'between 0 and 1');
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#factor = factor;
    this.#jitter = jitter;
    this.#random = random;
    this.#nextMs = initialMs;
  }

  /** The delay before the next attempt, milliseconds; the one after will be longer. */
  next(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * this.#factor, this.#maxMs);
    return delayMs * (1 - this.#jitter * this.#random.next());
  }

  /** Starts again at `initialMs`; call it when an attempt has succeeded. */
  reset(): void {
    this.#nextMs = this.#initialMs;
  }
}

function check(name: string, value: number, holds: boolean, expected: string): void {
  if (!Number.isFinite(value) || !holds) {
    throw new RangeError(`Backoff: ${name} must be a number ${expected}, not ${value}`);
  }
}
