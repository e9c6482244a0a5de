import type { ConsumeMessage } from 'amqplib';
import type { Delivery, MessageProperties } from '../types.ts';
import type { Settlement, Settler } from './channel-life.ts';
import type { Counters } from './counters.ts';
import { fromAmqp, toBytes } from './properties.ts';

/** What a stream knows of a delivery. */
export interface StreamPlace {
  readonly offset: number;
  readonly redelivered: boolean;
}

/** A delivery, bound to the life of the channel that it came on. */
export class AmqpDelivery implements Delivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly epoch: number;
  readonly offset: number | undefined;
  readonly #message: ConsumeMessage;
  readonly #settler: Settler;
  readonly #counters: Counters;
  readonly #noAck: boolean;
  #properties: MessageProperties | undefined;
  #settled = false;

  constructor(
    message: ConsumeMessage,
    settler: Settler,
    noAck: boolean,
    counters: Counters,
    place?: StreamPlace,
  ) {
    this.body = toBytes(message.content);
    this.exchange = message.fields.exchange;
    this.routingKey = message.fields.routingKey;
    this.redelivered = place?.redelivered ?? message.fields.redelivered;
    this.epoch = settler.epoch;
    this.offset = place?.offset;
    this.#message = message;
    this.#settler = settler;
    this.#noAck = noAck;
    this.#counters = counters;
  }

  get properties(): MessageProperties {
    this.#properties ??= fromAmqp(this.#message.properties, this.offset !== undefined);
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

  /** Once: a second tag for one message would close the channel (406). */
  #settle(how: Settlement): void {
    if (this.#settled || !this.#settler.alive) {
      this.#counters.staleSettlements++;
      return;
    }
    this.#settled = true;
    if (this.#noAck) return;
    if (!this.#settler.settle(this.#message, how)) this.#counters.staleSettlements++;
  }
}
