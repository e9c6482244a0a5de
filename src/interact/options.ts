import type { Portable } from '../codec/index.ts';
import { BadRequestError } from '../errors/index.ts';

/** How one call is made. */
export interface CallOptions {
  /** Milliseconds until the call fails with `Timeout`. Default: the container's, 15 000. */
  readonly timeoutMs?: number;
  /**
   * Running the operation twice does no harm: when the connection is lost while the call is pending it is sent again inside its time, instead of
   * failing with `Unavailable`. Default false; a typed client takes it from the contract.
   */
  readonly idempotent?: boolean;
  /** Headers of your own that travel along; see `docs/wire-protocol.md` for the names that are taken. */
  readonly headers?: Readonly<Record<string, Portable>>;
}

/** How a one-way message is sent. */
export interface SendOptions {
  readonly headers?: Readonly<Record<string, Portable>>;
}

/**
 * The headers that a caller adds. The acting user is not the caller's to name: it belongs to the message that is being handled.
 *
 * @throws BadRequestError if they name one
 */
export function checkHeaders(headers: Readonly<Record<string, Portable>> | undefined): void {
  if (headers !== undefined && Object.hasOwn(headers, 'user-id')) {
    throw new BadRequestError(
      "the header 'user-id' is set by the container, not by the caller; leave it out",
    );
  }
}

/** A call's time when nobody says otherwise (ION: 15 s). */
export const defaultTimeoutMs = 15_000;

/** The longest time a call may take: a day. */
export const maxTimeoutMs = 86_400_000;

/** The call's time limit. @throws BadRequestError if it is not a positive number of at most a day */
export function resolveTimeoutMs(options: CallOptions, fallbackMs: number): number {
  const timeoutMs = options.timeoutMs ?? fallbackMs;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) {
    throw new BadRequestError(
      `timeoutMs must be a number of milliseconds between 1 and ${maxTimeoutMs}, not ${String(timeoutMs)}`,
    );
  }
  return timeoutMs;
}
