import type { Portable } from '../codec/index.ts';
import { BadRequestError } from '../errors/index.ts';
import type { Wire } from '../exchange/index.ts';
import { reservedHeader } from './cause.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { RetryOptions } from './retry.ts';

/** How a message is sent. */
export interface SendOptions {
  /** Headers of your own that travel along; see `docs/wire-protocol.md` for the names that are taken. */
  readonly headers?: Readonly<Record<string, Portable>>;
  /**
   * The message because of which this is sent: it hands on its acting user and trace, and to calls what is left of its time. Default: the
   * message that the process is handling. Name it in callbacks of timers and emitters that several messages share, and, in a process that
   * handles one message at a time, in work that outlives its handler: who acts is never mixed up there, but time and calls may be. null is
   * none.
   */
  readonly within?: ReceivedMessage | null;
  /** The acting user, in place of the one of the message that is being handled. Other containers believe it only of trusted logins. */
  readonly actAs?: string;
  /**
   * How the receiver is spoken to. `json`: as one plain JSON message, since a program that speaks no frames serves the name; of the headers
   * those travel that are text, numbers or booleans, the acting user and the path do not. Default `frames`, and `json` for what the
   * contract or the configuration (`exchange.jsonServices`) says so of.
   */
  readonly wire?: Wire;
}

/** How one call is made. */
export interface CallOptions extends SendOptions {
  /**
   * Milliseconds until the call fails with `Timeout`. Default: the container's, 15 000. While a message is handled, never more than what
   * is left of its own time.
   */
  readonly timeoutMs?: number;
  /**
   * Running the operation twice does no harm: when the connection is lost while the call is pending it is sent again inside its time, instead of
   * failing with `Unavailable`. Default false; a typed client takes it from the contract.
   */
  readonly idempotent?: boolean;
  /** Gives the call up: it fails with `Cancelled` at once, and whoever handles it is told. */
  readonly signal?: AbortSignal;
  /** Tries again after failures that may pass (`error.retryable`), inside the call's time. Only for idempotent operations. Default: no. */
  readonly retry?: RetryOptions;
  /**
   * The conversation type. `rpc`: request and answer. `request` (FIPA): the participant agrees or refuses first, and may tell of its
   * progress, which begins the call's time anew. Default `rpc`; `request` if `onAgree` or `onProgress` is given.
   */
  readonly protocol?: 'rpc' | 'request';
  /** Called once when the participant has agreed. */
  readonly onAgree?: () => void;
  /** Called with each report of the participant. */
  readonly onProgress?: (content: unknown) => void;
}

/**
 * The headers that a caller adds. Acting user, path and protocol are not the caller's to name: they belong to the message that is
 * being handled.
 *
 * @throws BadRequestError if they name one
 */
export function checkHeaders(headers: Readonly<Record<string, Portable>> | undefined): void {
  if (headers === undefined) return;
  const reserved = reservedHeader(headers);
  if (reserved !== undefined) {
    throw new BadRequestError(
      `the header '${reserved}' is set by the container, not by the caller; leave it out`,
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
