import type { Timer } from '../../util/index.ts';
import type { OutboundMessage } from '../types.ts';
import { assertCarriable } from '../wire-limits.ts';
import { toError } from './broker-errors.ts';
import type { BrokerUrl } from './broker-url.ts';
import { ConfirmedPublisher, notPublished } from './confirmed-publisher.ts';
import { AmqpConnection } from './connection.ts';
import { LinkLife } from './link-life.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';

/** Messages that may wait for their turn; what is more is dropped. */
const maxWaiting = 1000;
/** So long after one connection began to open no other does: each costs RabbitMQ some work. */
const atMostEveryMs = 1000;
/** A connection that carried nothing for so long is closed. */
const idleMs = 60_000;

/** A connection and what it publishes with. */
interface Line {
  readonly life: LinkLife;
  readonly connection: AmqpConnection;
  readonly publisher: ConfirmedPublisher;
}

/**
 * Publishes what may cost the connection, on one of its own. It is opened for the first message and closed when there was none for a while, so
 * that a container whom nobody asks by direct reply-to has two connections and no more.
 *
 * One message is under way at a time: the one that cost the connection is lost with it, and no other.
 */
export class ApartPublisher {
  readonly #url: BrokerUrl;
  readonly #options: ResolvedAmqpTransportOptions;
  /** The link's: its end is the end of this too. */
  readonly #link: LinkLife;
  readonly #waiting: OutboundMessage[] = [];
  /** Of the connection that is there or being opened. */
  #life: LinkLife | undefined;
  #line: Line | undefined;
  #isPublishing = false;
  #openedAt = Number.NEGATIVE_INFINITY;
  #usedAt = 0;
  #idleTimer: Timer | undefined;
  #wake: () => void = () => {};

  constructor(url: BrokerUrl, options: ResolvedAmqpTransportOptions, link: LinkLife) {
    this.#url = url;
    this.#options = options;
    this.#link = link;
    link.onEnd((cause) => {
      this.#waiting.length = 0;
      this.#life?.end(cause);
      this.#wake();
    });
  }

  /** Whether the message will be written when its turn comes. Throws `BadRequest` for what AMQP cannot carry. */
  publish(message: OutboundMessage): boolean {
    assertCarriable(message);
    if (!this.#isWanted || this.#waiting.length >= maxWaiting) return false;
    this.#waiting.push(message);
    if (!this.#isPublishing) void this.#publishAll();
    return true;
  }

  /** Drops what waits; resolves once the broker has taken what is under way, or is gone. Never rejects. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    this.#wake();
    await this.#hangUp();
  }

  get #isWanted(): boolean {
    return this.#link.alive && !this.#link.closing;
  }

  async #publishAll(): Promise<void> {
    this.#isPublishing = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const line = this.#line ?? (await this.#open());
      this.#usedAt = this.#now();
      // Why it failed is logged at the end of the connection or channel.
      await line?.publisher.publish(next, () => {}).catch(() => {});
    }
    this.#isPublishing = false;
  }

  /** Undefined, and nothing waits any more, if there is no connection to be had. */
  async #open(): Promise<Line | undefined> {
    const life = new LinkLife(this.#options);
    this.#life = life;
    try {
      await this.#untilDue();
      if (!this.#isWanted) throw notPublished();
      this.#openedAt = this.#now();
      const connection = await AmqpConnection.open(this.#url, 'apart', this.#options, life, () => {});
      const publisher = new ConfirmedPublisher(
        connection,
        this.#url.login,
        life,
        this.#options.confirmTimeoutMs,
      );
      await publisher.open();
      if (!this.#isWanted) throw notPublished();
      this.#line = { life, connection, publisher };
      life.onEnd((cause) => this.#onEnded(life, cause));
      this.#watchIdle(idleMs);
      return this.#line;
    } catch (thrown) {
      const error = toError(thrown);
      life.end(error);
      const lost = this.#waiting.splice(0).length + 1;
      if (this.#isWanted) {
        this.#options.logger.warn('amqp: no connection for answers to direct reply-to', { error, lost });
      }
      return undefined;
    }
  }

  async #untilDue(): Promise<void> {
    const waitMs = this.#openedAt + atMostEveryMs - this.#now();
    if (waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.env.clock.timer(waitMs, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #onEnded(life: LinkLife, cause: Error): void {
    if (this.#line?.life !== life) return;
    this.#forget();
    if (!this.#isWanted) return;
    // 541: it was for a direct reply-to that RabbitMQ does not know, forged or of a node that is gone.
    this.#options.logger.warn('amqp: an answer to a direct reply-to was lost with its connection', {
      error: cause,
    });
  }

  #watchIdle(delayMs: number): void {
    this.#idleTimer = this.#options.env.clock.timer(delayMs, () => {
      const leftMs = this.#usedAt + idleMs - this.#now();
      if (leftMs > 0) this.#watchIdle(leftMs);
      else void this.#hangUp();
    });
  }

  async #hangUp(): Promise<void> {
    const line = this.#line;
    this.#forget();
    if (line === undefined) return;
    line.life.close();
    await line.publisher.close();
    await line.connection.close();
    line.life.end(new Error('it is not needed any more'));
  }

  #forget(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    this.#line = undefined;
  }

  #now(): number {
    return this.#options.env.clock.now();
  }
}
