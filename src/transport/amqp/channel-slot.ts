import type { Channel } from 'amqplib';
import { toError } from './broker-errors.ts';
import type { LinkLife } from './link-life.ts';

/** What a {@link ChannelSlot} needs to know of its channel. */
export interface ChannelSlotOptions<C extends Channel> {
  /** For messages: 'publish', 'confirm', 'consume' or 'control'. */
  readonly name: string;
  readonly life: LinkLife;
  create(): Promise<C>;
  /** What the broker refuses closes it, and whoever asked is told: no news for operators. Default false. */
  readonly isExpendable?: boolean;
  /** While this holds the broker may not answer: a blocked connection. */
  readonly excused?: () => boolean;
  /** A new channel is there; nothing has been sent on it yet. */
  readonly opened?: (channel: C) => void;
  /** The broker closed this channel and nothing else, or it was given up. Its successor is being opened. */
  readonly died?: (channel: C, cause: Error) => void;
}

/** The place of one channel of a link. When the broker closes the channel alone (a mistake of ours), the place is filled anew. */
export class ChannelSlot<C extends Channel> {
  readonly #options: ChannelSlotOptions<C>;
  #current: C | undefined;
  #opening: Promise<C>;

  constructor(options: ChannelSlotOptions<C>) {
    this.#options = options;
    this.#opening = new Promise(() => {});
  }

  /** The channel, or undefined while it is being replaced or closed. */
  get current(): C | undefined {
    return this.#current;
  }

  /** Fills the place. Rejects when the broker does not open the channel, which ends the link. */
  open(): Promise<C> {
    const { name, life, create, excused } = this.#options;
    this.#opening = life
      .bounded(`channel.open (${name})`, create(), excused)
      .then((channel) => this.#adopt(channel));
    this.#opening.catch((error: unknown) => life.end(toError(error)));
    return this.#opening;
  }

  /** The channel, as soon as there is one. Rejects at the end of the link. */
  whenOpen(): Promise<C> {
    return this.#current === undefined ? this.#opening : Promise.resolve(this.#current);
  }

  /** Gives the channel up for another one, as if the broker had closed it. What was sent on it before is still done. */
  renew(cause: Error): void {
    const channel = this.#current;
    const { name, life } = this.#options;
    if (channel === undefined || life.closing) return;
    this.#replace(channel, cause);
    life.bounded(`channel.close (${name})`, channel.close()).catch(() => {});
  }

  /** Closes the channel; resolves once the broker has done everything that was sent on it before. Never rejects. */
  async close(): Promise<void> {
    const channel = this.#current;
    this.#current = undefined;
    if (channel === undefined) return;
    const { name, life } = this.#options;
    await life.bounded(`channel.close (${name})`, channel.close()).catch(() => {});
  }

  #adopt(channel: C): C {
    const { name, life, opened } = this.#options;
    // amqplib reports a channel that the broker closed by 'error', before it gives the channel's number back.
    channel.on('error', (error: Error) => this.#replace(channel, toError(error)));
    channel.on('close', () => {
      if (this.#current === channel) this.#current = undefined;
    });
    // With a listener amqplib goes on after a handler of ours has thrown; without one it drops the connection.
    channel.on('handler-error', (error) => life.logger.error(`amqp: ${name} channel`, { error }));
    opened?.(channel);
    this.#current = channel;
    return channel;
  }

  /**
   * Opens the successor inside the 'error' event, while the dead channel still holds its number: the frames that are queued for the
   * old number may leave after the new channel's first, and the broker would take that one for the old channel's.
   */
  #replace(channel: C, cause: Error): void {
    const { name, life, died, isExpendable = false } = this.#options;
    if (this.#current !== channel || !life.alive || life.closing) return;
    this.#current = undefined;
    life.logger[isExpendable ? 'debug' : 'warn'](`amqp: the ${name} channel is given up; opening another`, {
      error: cause,
    });
    this.open().catch(() => {});
    died?.(channel, cause);
  }
}
