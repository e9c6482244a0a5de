import { BadRequestError, ContainerError } from '../errors/index.ts';
import { Backoff, type BackoffOptions, type Random } from '../util/index.ts';

/** How a call is tried again. All attempts share the call's time and its conversation, so that a late answer to the first one counts. */
export interface RetryOptions {
  /** Attempts in all, the first among them; 2 to 100. */
  readonly attempts: number;
  /** The waits between them. Default: from 100 ms, doubled up to 5 s, half of each left to chance. */
  readonly backoff?: BackoffOptions;
  /** Milliseconds that one attempt may take before the next one begins. Default: all that is left. */
  readonly attemptMs?: number;
}

/** The waits of a call that says nothing about them. */
export const retryDefaults = { initialMs: 100, maxMs: 5000 } as const;

/** What is left of a call's attempts. */
export class Retry {
  readonly attemptMs: number;
  readonly #backoff: Backoff;
  #left: number;

  /** @throws BadRequestError for options that cannot be used, and for an operation that must not run twice */
  constructor(options: RetryOptions, isIdempotent: boolean, random: Random) {
    const { attempts, backoff = retryDefaults, attemptMs = Number.POSITIVE_INFINITY } = options;
    if (!isIdempotent) {
      throw new BadRequestError(
        'retry is only for operations that may run twice; declare the operation idempotent, or leave retry out',
      );
    }
    if (!Number.isInteger(attempts) || attempts < 2 || attempts > 100) {
      throw new BadRequestError(
        `retry.attempts must be a whole number between 2 and 100, not ${String(attempts)}`,
      );
    }
    if (typeof attemptMs !== 'number' || !(attemptMs > 0)) {
      throw new BadRequestError(
        `retry.attemptMs must be a number of milliseconds above 0, not ${String(attemptMs)}`,
      );
    }
    this.attemptMs = attemptMs;
    this.#left = attempts - 1;
    try {
      this.#backoff = new Backoff(backoff, random);
    } catch (cause) {
      throw new BadRequestError(`retry.${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  /**
   * The wait in milliseconds before the next attempt, which it uses up; undefined when there shall be none: the failure will not pass,
   * no attempt is left, or no time.
   */
  nextDelayMs(error: unknown, leftMs: number): number | undefined {
    if (!(error instanceof ContainerError) || !error.retryable || this.#left === 0) return undefined;
    const { retryAfterMs } = error.details ?? {};
    const askedMs = typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0;
    const delayMs = Math.max(this.#backoff.next(), askedMs);
    if (delayMs >= leftMs) return undefined;
    this.#left -= 1;
    return delayMs;
  }
}
