import type { Env } from '../../index.ts';
import { pause } from './pause.ts';

/** A longer gap in a recording is not waited for. */
export const longestGapMs = 3_600_000;

/**
 * Keeps a recording to its own times, or to a multiple of them: whoever has read the moment of a sentence waits until it has come. The first moment
 * is now, and so is one that lies before the last, or more than an hour behind it.
 */
export class Pace {
  readonly #env: Env;
  readonly #factor: number;
  #beganAt = Number.POSITIVE_INFINITY;
  #beganNow = 0;
  #lastAt = Number.POSITIVE_INFINITY;

  /** @param factor how many times faster than recorded; `Infinity` never waits */
  constructor(env: Env, factor: number) {
    this.#env = env;
    this.#factor = factor;
  }

  /** Waits for the moment `at`, milliseconds since 1970. */
  async reached(at: number, signal: AbortSignal): Promise<void> {
    const now = this.#env.clock.now();
    if (at < this.#lastAt || at > this.#lastAt + longestGapMs) {
      this.#beganAt = at;
      this.#beganNow = now;
    }
    this.#lastAt = at;
    const waitMs = (at - this.#beganAt) / this.#factor - (now - this.#beganNow);
    if (waitMs > 0) await pause(this.#env, waitMs, signal);
  }
}
