import type { Message } from '../codec/index.ts';

/** A message as a handler sees it, besides its content. */
export interface ReceivedMessage {
  /** Its headers; see `Message` for their names at ION. */
  readonly message: Readonly<Message>;
  /** The container whose process sent it; '' for a JSON peer. */
  readonly origin: string;
  /** The broker has given it to somebody before; it may have run there. */
  readonly redelivered: boolean;
  /** When the sender stops waiting, on this container's monotonic clock; Infinity if it waits for ever. */
  readonly deadlineAt: number;
}
