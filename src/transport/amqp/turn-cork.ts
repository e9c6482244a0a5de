import { Duplex } from 'node:stream';
import type { Scheduler } from '../../util/index.ts';

/**
 * Holds back what is written to a connection's socket until the turn of the event loop is over, so that it leaves in one system call. amqplib writes a
 * message of more than 2 kB in two pieces, and each answer to the broker by itself; on the same machine every piece wakes the broker up.
 */
export class TurnCork {
  readonly #socket: Duplex | undefined;
  readonly #scheduler: Scheduler;
  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket?.uncork();
  };
  #isCorked = false;

  /** `connection`: amqplib's, which has its socket as `stream`; one that has none leaves every piece alone. */
  constructor(connection: object, scheduler: Scheduler) {
    this.#socket =
      'stream' in connection && connection.stream instanceof Duplex ? connection.stream : undefined;
    this.#scheduler = scheduler;
  }

  /** Before something is written that may wait: it leaves after what channels are given in this turn, which they write in the next. */
  cork(): void {
    if (this.#begin()) this.#scheduler.soon(() => this.#scheduler.soon(this.#uncork));
  }

  /** After a message was given to a channel, which writes it in a later turn: what it writes there leaves together. */
  corkNext(): void {
    // The channel has asked for a tick before us, and asks for its turn there.
    if (this.#begin()) process.nextTick(() => this.#scheduler.soon(this.#uncork));
  }

  #begin(): boolean {
    if (this.#isCorked || this.#socket === undefined) return false;
    this.#isCorked = true;
    this.#socket.cork();
    return true;
  }
}
