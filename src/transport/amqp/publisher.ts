import type { Channel } from 'amqplib';
import type { OutboundMessage, ReturnedMessage } from '../types.ts';
import { toWriteError } from './broker-errors.ts';
import { ChannelSlot } from './channel-slot.ts';
import type { AmqpConnection } from './connection.ts';
import type { LinkLife } from './link-life.ts';
import { fromReturned, toBuffer, toPublishOptions } from './properties.ts';

/** Publishes without confirmation: the hot path. */
export class Publisher {
  readonly #connection: AmqpConnection;
  readonly #slot: ChannelSlot<Channel>;
  readonly #login: string;
  #drained: Promise<void> | undefined;
  #onDrained: () => void = () => undefined;

  constructor(
    connection: AmqpConnection,
    login: string,
    life: LinkLife,
    onReturned: (message: ReturnedMessage) => void,
  ) {
    this.#connection = connection;
    this.#login = login;
    this.#slot = new ChannelSlot({
      name: 'publish',
      life,
      create: () => connection.createChannel(),
      excused: () => connection.blockedReason !== undefined,
      opened: (channel) => {
        channel.on('return', (message) => onReturned(fromReturned(message)));
        channel.on('drain', () => this.#onDrained());
      },
      died: () => this.#onDrained(),
    });
    life.onEnd(() => this.#onDrained());
  }

  async open(): Promise<void> {
    await this.#slot.open();
  }

  /**
   * Whether the message was written; false while the channel is being replaced. Throws `BadRequest` for what AMQP cannot carry (a routing key
   * over 255 bytes, …).
   */
  publish(message: OutboundMessage): boolean {
    const channel = this.#slot.current;
    if (channel === undefined) return false;
    const options = toPublishOptions(message, this.#login);
    try {
      // Its result tells that amqplib's buffer is long, not that anything was refused.
      if (!channel.publish(message.exchange, message.routingKey, toBuffer(message.body), options))
        this.#fill();
      this.#connection.cork.corkNext();
      return true;
    } catch (thrown) {
      const error = toWriteError(message, thrown);
      if (error.code === 'Unavailable') return false;
      throw error;
    }
  }

  /** Undefined while amqplib's buffer has room; else resolves when it has again. */
  get drained(): Promise<void> | undefined {
    return this.#drained;
  }

  #fill(): void {
    this.#drained ??= new Promise((resolve) => {
      this.#onDrained = () => {
        this.#drained = undefined;
        resolve();
      };
    });
  }

  /** Resolves once the broker has taken everything that was written. */
  close(): Promise<void> {
    return this.#slot.close();
  }
}
