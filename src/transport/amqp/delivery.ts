import type { Channel, ConsumeMessage } from 'amqplib';
import type { Delivery, MessageProperties } from '../types.ts';
import type { Counters } from './counters.ts';
import { fromAmqp, toBytes } from './properties.ts';

/** One life of the consume channel. Delivery tags mean nothing to the channel that follows it. */
export interface ChannelLife {
  readonly channel: Channel;
  readonly epoch: number;
  /** False once the channel is gone: settling through it does nothing any more. */
  alive: boolean;
}

/** A delivery, bound to the life of the channel that it came on. */
export class AmqpDelivery implements Delivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly epoch: number;
  readonly #message: ConsumeMessage;
  readonly #life: ChannelLife;
  readonly #counters: Counters;
  readonly #noAck: boolean;
  #properties: MessageProperties | undefined;
  #settled = false;

  constructor(message: ConsumeMessage, life: ChannelLife, noAck: boolean, counters: Counters) {
    this.body = toBytes(message.content);
    this.exchange = message.fields.exchange;
    this.routingKey = message.fields.routingKey;
    this.redelivered = message.fields.redelivered;
    this.epoch = life.epoch;
    this.#message = message;
    this.#life = life;
    this.#noAck = noAck;
    this.#counters = counters;
  }

  get properties(): MessageProperties {
    this.#properties ??= fromAmqp(this.#message.properties);
    return this.#properties;
  }

  ack(): void {
    this.#settle('ack');
  }

  requeue(): void {
    this.#settle('requeue');
  }

  reject(): void {
    this.#settle('reject');
  }

  /** Tells the broker, once: a second tag for one message, or one of another channel, would close the channel (406). */
  #settle(how: 'ack' | 'requeue' | 'reject'): void {
    if (this.#settled || !this.#life.alive) {
      this.#counters.staleSettlements++;
      return;
    }
    this.#settled = true;
    if (this.#noAck) return;
    try {
      if (how === 'ack') this.#life.channel.ack(this.#message);
      else this.#life.channel.nack(this.#message, false, how === 'requeue');
    } catch {
      // The channel has closed in this very turn: the message is the queue's again.
      this.#counters.staleSettlements++;
    }
  }
}
