import type { Message } from '../codec/index.ts';

/** A message as a handler sees it, besides its content. */
export interface ReceivedMessage {
  /** Its headers; see `Message` for their names at ION. */
  readonly message: Readonly<Message>;
  /** The container whose process sent it; '' for a JSON peer. */
  readonly container: string;
  /** The broker has given it to somebody before; it may have run there. */
  readonly redelivered: boolean;
  /** When the sender stops waiting, on this container's monotonic clock; Infinity if it waits for ever. Progress moves it on. */
  readonly deadlineAt: number;
  /** What is left of the sender's time, in milliseconds, 0 at least; Infinity if it waits for ever. */
  readonly remainingMs: number;
  /** Who acts: `ANONYMOUS` unless a trusted sender says otherwise. */
  readonly actingUser: string;
  /**
   * Aborts when the sender gives up, when its time is over, and when the process is told to end; `signal.reason` says which. Made on
   * first use.
   */
  readonly signal: AbortSignal;
}
