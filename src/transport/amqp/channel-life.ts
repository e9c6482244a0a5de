import type { Channel, ConsumeMessage } from 'amqplib';
import type { TurnCork } from './turn-cork.ts';

/** What its receiver makes of a delivery. */
export type Settlement = 'ack' | 'requeue' | 'reject';

/** Where deliveries are settled: their channel, or what stands between a stream and its reader. */
export interface Settler {
  readonly epoch: number;
  /** False once it is too late for every delivery. */
  readonly alive: boolean;
  /** False if it is too late: the message is the queue's again. */
  settle(message: ConsumeMessage, how: Settlement): boolean;
}

/** One life of the consume channel. Delivery tags mean nothing to the channel that follows it. */
export class ChannelLife implements Settler {
  readonly epoch: number;
  /** Resolves at the end. */
  readonly ended: Promise<void>;
  readonly #channel: Channel;
  readonly #cork: TurnCork;
  #alive = true;
  #resolveEnded: () => void = () => {};

  constructor(channel: Channel, epoch: number, cork: TurnCork) {
    this.#channel = channel;
    this.#cork = cork;
    this.epoch = epoch;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** False once the channel is gone: settling through it does nothing any more. */
  get alive(): boolean {
    return this.#alive;
  }

  end(): void {
    this.#alive = false;
    this.#resolveEnded();
  }

  settle(message: ConsumeMessage, how: Settlement): boolean {
    if (!this.#alive) return false;
    this.#cork.cork();
    try {
      if (how === 'ack') this.#channel.ack(message);
      else this.#channel.nack(message, false, how === 'requeue');
      return true;
    } catch {
      // The channel has closed in this very turn.
      return false;
    }
  }
}
