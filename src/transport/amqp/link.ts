import { UnavailableError } from '../../errors/index.ts';
import type { ReturnedMessage } from '../types.ts';
import { ApartPublisher } from './apart-publisher.ts';
import { toError } from './broker-errors.ts';
import type { BrokerUrl } from './broker-url.ts';
import { ConfirmedPublisher } from './confirmed-publisher.ts';
import { AmqpConnection } from './connection.ts';
import { Consumers } from './consumers.ts';
import { ControlChannel } from './control-channel.ts';
import type { Counters } from './counters.ts';
import { LinkLife } from './link-life.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import type { Topology } from './topology.ts';

/** What a link works with and whom it tells. */
export interface AmqpLinkParts {
  readonly url: BrokerUrl;
  /** The number that this link has if it comes to be connected. */
  readonly epoch: number;
  readonly options: ResolvedAmqpTransportOptions;
  readonly topology: Topology;
  readonly counters: Counters;
  readonly onReturned: (message: ReturnedMessage) => void;
  /** The broker stops (a reason) or resumes (undefined) taking messages. */
  readonly onBlocked: (reason: string | undefined) => void;
}

/**
 * One epoch's pair of connections and their four channels: publish and confirm on the first, consume and control on the second, with one more for
 * each of some consumers (see {@link Consumers}). A broker under alarm stops reading from a connection that has published; the second never does, so
 * consuming goes on. A third connection comes and goes with the need for it: see {@link ApartPublisher}.
 */
export class AmqpLink {
  readonly url: BrokerUrl;
  readonly epoch: number;
  readonly control: ControlChannel;
  readonly publisher: Publisher;
  readonly confirmed: ConfirmedPublisher;
  readonly apart: ApartPublisher;
  readonly consumers: Consumers;
  readonly #life: LinkLife;
  readonly #publishing: AmqpConnection;
  readonly #consuming: AmqpConnection;
  readonly #options: ResolvedAmqpTransportOptions;

  private constructor(
    parts: AmqpLinkParts,
    life: LinkLife,
    publishing: AmqpConnection,
    consuming: AmqpConnection,
  ) {
    const { url, epoch, options, topology, counters } = parts;
    this.url = url;
    this.epoch = epoch;
    this.#life = life;
    this.#options = options;
    this.#publishing = publishing;
    this.#consuming = consuming;
    this.control = new ControlChannel(consuming, topology, epoch, life);
    this.publisher = new Publisher(publishing, url.login, life, parts.onReturned);
    this.confirmed = new ConfirmedPublisher(publishing, url.login, life, options.confirmTimeoutMs);
    this.apart = new ApartPublisher(url, options, life);
    this.consumers = new Consumers({
      connection: consuming,
      control: this.control,
      topology,
      counters,
      life,
      options,
      epoch,
    });
  }

  /** Opens connections and channels. Rejects with `BrokerRefused` or `BrokerUnreachable`, and when `signal` aborts meanwhile. */
  static async open(parts: AmqpLinkParts, signal: AbortSignal): Promise<AmqpLink> {
    const { url, options } = parts;
    const life = new LinkLife(options);
    const abort = () => life.end(new UnavailableError('The transport was closed'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      const publishing = await AmqpConnection.open(url, 'publish', options, life, parts.onBlocked);
      const consuming = await AmqpConnection.open(url, 'consume', options, life, () => {});
      const link = new AmqpLink(parts, life, publishing, consuming);
      for (const room of [link.publisher, link.confirmed, link.consumers, link.control]) await room.open();
      return link;
    } catch (error) {
      life.end(toError(error));
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get alive(): boolean {
    return this.#life.alive;
  }

  /** Resolves with the cause once the link is gone, for whatever reason. */
  get ended(): Promise<Error> {
    return this.#life.ended;
  }

  /** Why the broker takes no messages at present; undefined = it takes them. */
  get blockedReason(): string | undefined {
    return this.#publishing.blockedReason;
  }

  /** RabbitMQ's version. */
  get serverVersion(): string {
    return this.#publishing.serverVersion;
  }

  /** Resolves after `ms`, or at the link's end if that is sooner. */
  pause(ms: number): Promise<void> {
    return this.#life.pause(ms);
  }

  /** Drops everything at once. */
  drop(cause: Error): void {
    this.#life.end(cause);
  }

  /**
   * Ends the consumers, lets settlements and published messages reach the broker, closes; after `connectTimeoutMs` whatever is left is
   * dropped. A blocked broker takes nothing, so it is not waited for. Never rejects.
   */
  async close(): Promise<void> {
    this.#life.close();
    const { env, connectTimeoutMs } = this.#options;
    const timer = env.clock.timer(connectTimeoutMs, () =>
      this.drop(new Error(`RabbitMQ did not let go within ${connectTimeoutMs} ms`)),
    );
    await Promise.race([this.#farewell(), this.ended]);
    timer.cancel();
    this.drop(new UnavailableError('The transport was closed'));
  }

  async #farewell(): Promise<void> {
    await this.consumers.close();
    if (this.blockedReason === undefined) {
      await Promise.all([this.publisher.close(), this.confirmed.close(), this.apart.close()]);
    }
    await this.control.close();
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }
}
