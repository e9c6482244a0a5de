import { convSeqOf, type Headers, type Message } from '../codec/index.ts';
import { BadRequestError, ConversationError, messageOf, UnavailableError } from '../errors/index.ts';
import { RingBuffer } from '../util/index.ts';
import type { CallOptions } from './options.ts';
import type { CallSink, PendingCall } from './pending-call.ts';

/** How a stream is read. */
export interface StreamOptions
  extends Omit<CallOptions, 'protocol' | 'onAgree' | 'onProgress' | 'retry' | 'wire'> {
  /** Parts that may be under way or wait here unread; 1 to 1024. Default 32. */
  readonly window?: number;
}

/** The widest window: nobody is owed more parts at a time. */
export const maxStreamWindow = 1024;

/** Parts that a reader takes who does not say. */
export const defaultStreamWindow = 32;

/** Request and agreement come before the first part in the sequence of the conversation. */
export const beforeParts = 2;

/** The extension header by which a request grants its first parts. */
export const creditHeader = 'credit';

/** What a {@link StreamReader} works with. */
export interface StreamReaderParts {
  readonly options: StreamOptions;
  /** Makes the call. @throws what refuses it */
  readonly open: (sink: CallSink, headers: Headers) => PendingCall;
  /** Grants so many more parts to the participant; 0 says that the reader is slow and alive. */
  readonly grant: (call: PendingCall, parts: number) => void;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The answer of a streaming operation, read part by part. The call is made when the first part is asked for. The participant sends no more
 * than the reader has granted, so a slow reader slows it down; to stop reading (`break`, `return()`) stops it. The call's `timeoutMs` is
 * the longest wait for one part. An error comes after the parts that came before it.
 *
 * It is a `CallSink` as well, and does not say so: that is not for its readers, and left out of the declarations.
 */
export class StreamReader implements AsyncIterableIterator<unknown> {
  readonly #parts: StreamReaderParts;
  readonly #window: number;
  readonly #buffer = new RingBuffer<Message>();
  readonly #waiters: Waiter[] = [];
  #call: PendingCall | undefined;
  #opened = false;
  #ended: { readonly error?: unknown } | undefined;
  #received = 0;
  /** Parts that were read since the last grant. */
  #read = 0;

  /** @throws BadRequestError for a window that cannot be used */
  constructor(parts: StreamReaderParts) {
    const { window = defaultStreamWindow } = parts.options;
    if (!Number.isInteger(window) || window < 1 || window > maxStreamWindow) {
      throw new BadRequestError(
        `window must be a whole number between 1 and ${maxStreamWindow}, not ${String(window)}`,
      );
    }
    this.#parts = parts;
    this.#window = window;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (!this.#opened) this.#open();
    const part = this.#buffer.shift();
    if (part !== undefined) return this.#take(part);
    if (this.#ended !== undefined) return this.#end(this.#ended);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Stops the participant; what was not read is dropped. */
  async return(): Promise<IteratorResult<unknown>> {
    this.#opened = true;
    this.#close({});
    this.#buffer.clear();
    this.#call?.abort('its reader stopped');
    return { done: true, value: undefined };
  }

  /** @internal */
  progressed(reply: Message): void {
    this.#received += 1;
    if (convSeqOf(reply) !== this.#received + beforeParts) {
      this.#fail(
        new UnavailableError('parts of the stream were lost on the way', {
          details: { executed: 'unknown' },
        }),
      );
    } else if (this.#buffer.length >= this.#window) {
      this.#fail(new ConversationError('the participant sent more parts than it was granted'));
    } else {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#buffer.push(reply);
      else waiter.resolve(this.#take(reply));
    }
  }

  /** @internal */
  resolve(reply: Message): void {
    const isWhole = convSeqOf(reply) === this.#received + 1 + beforeParts;
    this.#close(
      isWhole
        ? {}
        : {
            error: new UnavailableError('parts of the stream were lost on the way', {
              details: { executed: 'unknown' },
            }),
          },
    );
  }

  /** @internal */
  reject(error: Error): void {
    this.#close({ error });
  }

  /** @internal Its time is over while parts wait here: the participant waits for the reader, not the other way round. */
  isHeldByCaller(): boolean {
    if (this.#buffer.length === 0 || this.#call === undefined) return false;
    this.#parts.grant(this.#call, 0);
    return true;
  }

  #open(): void {
    this.#opened = true;
    try {
      this.#call = this.#parts.open(this, { ...this.#parts.options.headers, [creditHeader]: this.#window });
    } catch (error) {
      this.#close({ error });
    }
  }

  #take({ content: value }: Message): IteratorResult<unknown> {
    this.#read += 1;
    if (this.#read * 2 >= this.#window && this.#call !== undefined && this.#ended === undefined) {
      this.#parts.grant(this.#call, this.#read);
      this.#read = 0;
    }
    return { done: false, value };
  }

  #end(ended: { readonly error?: unknown }): IteratorResult<unknown> {
    // It is told once; after that the iterator is done (as a generator is).
    this.#ended = {};
    if (ended.error !== undefined) throw ended.error;
    return { done: true, value: undefined };
  }

  #fail(error: Error): void {
    this.#close({ error });
    this.#call?.abort(messageOf(error));
  }

  #close(ended: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return;
    this.#ended = ended;
    for (const [index, waiter] of this.#waiters.splice(0).entries()) {
      if (index === 0 && ended.error !== undefined) {
        this.#ended = {};
        waiter.reject(ended.error);
      } else {
        waiter.resolve({ done: true, value: undefined });
      }
    }
  }
}
