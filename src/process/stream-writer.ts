import { CancelledError } from '../errors/index.ts';
import { maxStreamWindow } from '../interact/index.ts';

/** Where the parts go. */
export interface StreamSink {
  /** Sends one part; `number` counts from 1. @throws if it cannot travel */
  send(part: unknown, number: number): void;
  /** Runs a step of the handler as a part of its message. */
  within<T>(step: () => T): T;
  /** Called for each part sent and each word of the reader: the caller's time begins anew. */
  extend(): void;
}

/**
 * The participant's side of a stream: asks the handler for a part only when the reader has granted one, and stops it when nobody reads
 * any more.
 */
export class StreamWriter {
  readonly #sink: StreamSink;
  #credit: number;
  #sent = 0;
  #stoppedBy: unknown;
  #wake: (() => void) | undefined;

  /** `credit`: the parts that the request grants. What no reader can grant counts as one part, so that nobody is flooded. */
  constructor(credit: unknown, sink: StreamSink) {
    this.#credit = isCredit(credit) ? credit : 1;
    this.#sink = sink;
  }

  /** Parts sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The reader takes so many more; 0 says that it lives. */
  grant(parts: number): void {
    this.#credit = Math.min(this.#credit + parts, maxStreamWindow);
    this.#sink.extend();
    this.#wake?.();
  }

  /** Nobody reads any more. */
  stop(reason: unknown): void {
    this.#stoppedBy ??= reason ?? new CancelledError('nobody reads the stream any more');
    this.#wake?.();
  }

  /**
   * Sends what the handler yields; resolves with what it returns. When it is stopped the handler's `finally` runs.
   *
   * @throws what stopped it, what the handler throws, and what a part was refused for
   */
  async run(parts: AsyncIterable<unknown>): Promise<unknown> {
    const iterator = parts[Symbol.asyncIterator]();
    let isDone = false;
    try {
      for (;;) {
        await this.#credited();
        const next = await this.#sink.within(() => iterator.next());
        isDone = next.done === true;
        if (isDone) return next.value;
        if (this.#stoppedBy !== undefined) throw this.#stoppedBy;
        this.#credit -= 1;
        this.#sent += 1;
        this.#sink.send(next.value, this.#sent);
        this.#sink.extend();
      }
    } catch (error) {
      // A generator that threw has ended.
      if (!isDone) await this.#close(iterator);
      throw error;
    }
  }

  /** As `for await` does: what ended the loop is told, not what closing throws on top of it. */
  async #close(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      await this.#sink.within(() => iterator.return?.());
    } catch {
      // The first error is on its way already.
    }
  }

  async #credited(): Promise<void> {
    while (this.#credit <= 0 && this.#stoppedBy === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#stoppedBy !== undefined) throw this.#stoppedBy;
  }
}

function isCredit(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxStreamWindow;
}
