import { type Arrival, type EventPosition, topicOf, unescapeOrigin } from '../exchange/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';
import type { Clock, Timer } from '../util/index.ts';
import type { ResolvedEventPattern } from './event-pattern.ts';
import { EventQueue } from './event-queue.ts';
import { ReplayProgress } from './replay-progress.ts';
import type { ResolvedSubscribeOptions, SubscriptionKind } from './subscribe-options.ts';

/** Who subscribes: a process, or the container itself. */
export interface SubscriberHost {
  readonly id: string;
  /** How many messages it handles at a time. */
  readonly concurrency: number;
  /**
   * Has the event handled in its turn. It tells `subscriber` what became of it, exactly once: {@link Subscriber#handled}, {@link Subscriber#failed} or
   * {@link Subscriber#returned}. It must not throw.
   */
  begin(arrival: Arrival, subscriber: Subscriber): void;
  /** Told once, when the subscription is being ended. It must not throw. */
  ended?(subscriber: Subscriber): void;
}

/** A subscription's counters. */
export interface SubscriptionStats {
  /** Events that came in for it. */
  readonly received: number;
  readonly handled: number;
  /** Attempts whose handler failed. */
  readonly failed: number;
  /** Live ones that found too many waiting. */
  readonly dropped: number;
  /** Not begun, those that are held back for the order included. */
  readonly waiting: number;
}

/** A subscription, as whoever subscribed has it. */
export interface Subscription {
  /** Who has subscribed: the id of a process, or of the container itself. */
  readonly process: string;
  readonly kind: SubscriptionKind;
  /** Of a group or a durable subscription; '' otherwise. */
  readonly name: string;
  readonly type: string;
  /** As it was given. */
  readonly origin: string;
  readonly stats: SubscriptionStats;
  /** Of a replay: the last event up to which, itself included, all are done with: handled, failed, or not for it. Undefined before the first. */
  readonly position: EventPosition | undefined;
  /** How often an event is tried, where it is tried again: as the options say, or the configuration's `exchange.attempts`. */
  readonly attempts: number;
  /** Milliseconds before the attempt that follows the one of that number (`exchange.retryDelaysMs`). */
  delayAfter(attempt: number): number;
  /** Ends it; resolves when no event comes any more. What was not begun goes back to its queue. Idempotent. */
  cancel(): Promise<void>;
}

/** What a {@link Subscriber} works with. */
export interface SubscriberParts {
  readonly host: SubscriberHost;
  readonly pattern: ResolvedEventPattern;
  readonly options: ResolvedSubscribeOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Attempts of an event, where its order is kept, and the time after each. */
  readonly attempts: number;
  readonly delayAfter: (attempt: number) => number;
  /** Ends it where it is known. */
  readonly leave: (subscriber: Subscriber) => Promise<void>;
}

/** One subscription: what waits for it, what of it is being handled, and what becomes of what fails. */
export class Subscriber implements Subscription {
  readonly #parts: SubscriberParts;
  readonly #waiting = new EventQueue();
  readonly #delayed = new Map<Arrival, Timer>();
  readonly #logged = new OncePer();
  readonly #concurrency: number;
  /** Two events of one origin are never handled at a time. */
  readonly #keepsOrigins: boolean;
  #running = 0;
  #isPumping = false;
  #received = 0;
  #handled = 0;
  #failed = 0;
  #dropped = 0;
  /** Of a replay. */
  readonly #progress: ReplayProgress<Arrival> | undefined;
  #hasBegun = false;
  #ended: Promise<void> | undefined;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    const { options, host } = parts;
    this.#concurrency = Math.min(options.concurrency ?? host.concurrency, host.concurrency);
    this.#keepsOrigins = this.#concurrency > 1;
    this.#progress = options.kind === 'replay' ? new ReplayProgress() : undefined;
  }

  get process(): string {
    return this.#parts.host.id;
  }
  get kind(): SubscriptionKind {
    return this.#parts.options.kind;
  }
  get name(): string {
    return this.#parts.options.name;
  }
  get type(): string {
    return this.#parts.pattern.type;
  }
  get origin(): string {
    const words = this.#parts.pattern.origin.split('.');
    return words.map((word) => unescapeOrigin(word) ?? word).join('.');
  }
  get pattern(): ResolvedEventPattern {
    return this.#parts.pattern;
  }
  get options(): ResolvedSubscribeOptions {
    return this.#parts.options;
  }
  get position(): EventPosition | undefined {
    return this.#progress?.position;
  }
  get attempts(): number {
    return this.#parts.attempts;
  }
  get stats(): SubscriptionStats {
    return {
      received: this.#received,
      handled: this.#handled,
      failed: this.#failed,
      dropped: this.#dropped,
      waiting: this.load - this.#running,
    };
  }
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }
  /** Events that wait or are being handled. */
  get load(): number {
    return this.#waiting.length + this.#delayed.size + this.#running;
  }

  delayAfter(attempt: number): number {
    return this.#parts.delayAfter(attempt);
  }

  cancel(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = this.#parts.leave(this);
      this.#parts.host.ended?.(this);
    }
    return this.#ended;
  }

  /** Takes an event that it is for. */
  take(arrival: Arrival): void {
    if (this.hasEnded) {
      this.#giveBack(arrival);
      return;
    }
    this.#received += 1;
    const { position } = arrival.event ?? {};
    if (position !== undefined) {
      this.#begin(position);
      this.#progress?.began(arrival, position);
    }
    if (this.kind === 'live' && !this.#hasRoom(arrival)) return;
    this.#waiting.push(arrival);
    this.#pump();
  }

  /** An event came in its log that it is not for, or has had. */
  passOver(arrival: Arrival): void {
    arrival.settle();
    const { position } = arrival.event ?? {};
    if (position === undefined || this.hasEnded) return;
    this.#begin(position);
    this.#progress?.passed(position);
  }

  /** The handler is done. */
  handled(arrival: Arrival): void {
    this.#handled += 1;
    arrival.settle();
    this.#progress?.done(arrival);
    this.#end(arrival);
  }

  /** The handler failed. `isFinal`: it would fail again. */
  failed(arrival: Arrival, error: unknown, isFinal: boolean): void {
    this.#failed += 1;
    this.#tell(arrival, error);
    const { options, attempts } = this.#parts;
    const { message } = arrival;
    if (options.isOrdered && !isFinal && message.attempt < attempts && !this.hasEnded) {
      this.#holdBack(arrival);
      return;
    }
    // What cannot be held back any more goes to its place in the queue.
    if (options.isOrdered && this.hasEnded && !isFinal) this.#giveBack(arrival);
    else arrival.fail(error, isFinal);
    // What an end has cut is not done: whoever goes on here has it again.
    if (!this.hasEnded) this.#progress?.done(arrival);
    this.#end(arrival);
  }

  /** The handler was not begun, since its process ends. */
  returned(arrival: Arrival): void {
    this.#running -= 1;
    this.#giveBack(arrival);
  }

  /**
   * The connection is lost. Of a durable subscription the broker gives what is not settled to somebody again; what was begun here later would come after
   * that. So only what is begun goes on. A log is read by nobody else, and the queue of a group may have gone with the connection.
   */
  connectionLost(): void {
    if (this.kind !== 'durable') return;
    const delayed = [...this.#delayed.keys()];
    this.giveBackWaiting();
    for (const { message } of delayed) this.#waiting.release(message.receiver);
  }

  /** Nothing comes any more: what waits goes back. To be called when its queue is not taken from any more. */
  giveBackWaiting(): readonly Arrival[] {
    const delayed = [...this.#delayed.keys()];
    for (const timer of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    return [...delayed, ...this.#waiting.drain()];
  }

  /** The first event of a replay tells whether those that were asked for are still kept. */
  #begin({ offset }: EventPosition): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { options, logger, pattern, host } = this.#parts;
    const { from } = options;
    if (typeof from !== 'object' || !('offset' in from) || offset <= from.offset) return;
    logger.error('a replay begins later than it should: what was before is not kept any more', {
      process: host.id,
      type: pattern.type,
      wanted: from.offset,
      found: offset,
      // Up to 64 events each.
      lostMessages: offset - from.offset,
    });
  }

  #pump(): void {
    // One that is handled at once ends within this loop, which then goes on.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#running < this.#concurrency && !this.hasEnded) {
        const next = this.#waiting.next();
        if (next === undefined) break;
        this.#running += 1;
        if (this.#keepsOrigins) this.#waiting.hold(next.message.receiver);
        this.#parts.host.begin(next, this);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #end(arrival: Arrival): void {
    this.#running -= 1;
    if (this.#keepsOrigins) this.#waiting.release(arrival.message.receiver);
    this.#pump();
  }

  /** Its origin waits with it until it is tried again. */
  #holdBack(arrival: Arrival): void {
    const { clock, delayAfter } = this.#parts;
    const { message } = arrival;
    this.#running -= 1;
    this.#waiting.hold(message.receiver);
    const timer = clock.timer(delayAfter(message.attempt), () => {
      this.#delayed.delete(arrival);
      message.attempt += 1;
      message.content = arrival.asReceived().content;
      this.#waiting.release(message.receiver, arrival);
      this.#pump();
    });
    this.#delayed.set(arrival, timer);
    this.#pump();
  }

  /** Whether a live event may wait, or begin at once. If not, it or the oldest is dropped. */
  #hasRoom({ message }: Arrival): boolean {
    const { limit, overflow } = this.#parts.options;
    if (this.#waiting.length < limit) return true;
    if (this.#running < this.#concurrency && !this.#waiting.isHeld(message.receiver)) return true;
    this.#dropped += 1;
    if (this.#dropped === 1) this.#tellDrops();
    return overflow === 'drop-oldest' && this.#waiting.oldest() !== undefined;
  }

  #tellDrops(): void {
    const { options, logger, pattern, host } = this.#parts;
    logger.warn('a live subscription does not keep up; events are dropped and counted', {
      process: host.id,
      type: pattern.type,
      limit: options.limit,
      overflow: options.overflow,
    });
  }

  #giveBack(arrival: Arrival): void {
    if (!arrival.giveBack()) arrival.settle();
  }

  #tell({ message }: Arrival, error: unknown): void {
    const code = error instanceof Error ? error.name : 'error';
    const first = this.#logged.first(`${code}/${message.op}`);
    this.#parts.logger[first ? 'warn' : 'debug']('an event could not be handled', {
      process: this.#parts.host.id,
      type: message.op,
      topic: topicOf(message.receiver),
      attempt: message.attempt,
      error,
    });
  }
}
