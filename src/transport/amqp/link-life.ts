import type { Logger } from '../../logging/index.ts';
import type { Env } from '../../util/index.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';

/**
 * The life that the two connections and four channels of one epoch share: whichever part fails ends it for all.
 * It is alive from its making until {@link LinkLife.end}, and ends once.
 */
export class LinkLife {
  /** Resolves with the cause once the life has ended. */
  readonly ended: Promise<Error>;
  readonly env: Env;
  readonly logger: Logger;
  readonly #answerWithinMs: number;
  readonly #onEnd = new Set<(cause: Error) => void>();
  #resolveEnded: (cause: Error) => void = () => {};
  #cause: Error | undefined;
  #closing = false;

  constructor(options: ResolvedAmqpTransportOptions) {
    this.env = options.env;
    this.logger = options.logger;
    this.#answerWithinMs = options.connectTimeoutMs;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get alive(): boolean {
    return this.#cause === undefined;
  }

  /** Whether it is being taken down on purpose: what closes now needs no repair. */
  get closing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
  }

  /** Calls `fn` at the end, at once when it is over already. */
  onEnd(fn: (cause: Error) => void): void {
    if (this.#cause !== undefined) fn(this.#cause);
    else this.#onEnd.add(fn);
  }

  /** Ends it. Only the first cause counts. */
  end(cause: Error): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#resolveEnded(cause);
    for (const fn of this.#onEnd) fn(cause);
    this.#onEnd.clear();
  }

  /** Resolves after `ms`, or at the end if that is sooner; leaves no timer. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const ended = () => {
        timer.cancel();
        resolve();
      };
      const timer = this.env.clock.timer(ms, () => {
        this.#onEnd.delete(ended);
        resolve();
      });
      this.onEnd(ended);
    });
  }

  /**
   * `answer`, awaited for the time allowed to an AMQP method (amqplib itself waits for ever). A broker that does not answer in time is as good
   * as gone: the life ends. Rejects at the end of the life too, and leaves no timer. While `excused` holds (a blocked connection) time
   * does not count.
   */
  bounded<T>(what: string, answer: Promise<T>, excused: () => boolean = () => false): Promise<T> {
    return new Promise((resolve, reject) => {
      const arm = () => this.env.clock.timer(this.#answerWithinMs, overdue);
      const overdue = () => {
        if (excused()) timer = arm();
        else this.end(new Error(`RabbitMQ did not answer within ${this.#answerWithinMs} ms: ${what}`));
      };
      let timer = arm();
      const ended = (cause: Error) => {
        timer.cancel();
        reject(cause);
      };
      this.onEnd(ended);
      const settle = (act: () => void) => {
        timer.cancel();
        this.#onEnd.delete(ended);
        act();
      };
      answer.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }
}
