import type { ConfirmChannel, Message } from 'amqplib';
import { type ContainerError, OverloadedError, UnavailableError } from '../../errors/index.ts';
import type { Clock, Timer } from '../../util/index.ts';
import type { OutboundMessage } from '../types.ts';
import { toError, toWriteError } from './broker-errors.ts';
import { ChannelSlot } from './channel-slot.ts';
import type { AmqpConnection } from './connection.ts';
import type { LinkLife } from './link-life.ts';
import { toBuffer, toPublishOptions } from './properties.ts';

/** What became of a message that was published with confirmation. */
export type PublishOutcome = 'confirmed' | 'unroutable';

interface Pending {
  readonly message: OutboundMessage;
  readonly resolve: (outcome: PublishOutcome) => void;
  readonly reject: (error: ContainerError) => void;
  readonly writtenAt: number;
  returned: boolean;
}

/** Publishes with confirmation and keeps the messages whose confirmation is awaited. */
export class ConfirmedPublisher {
  readonly #connection: AmqpConnection;
  readonly #slot: ChannelSlot<ConfirmChannel>;
  readonly #login: string;
  readonly #clock: Clock;
  readonly #confirmTimeoutMs: number;
  /** In the order of publishing. */
  readonly #pending = new Set<Pending>();
  #idle: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(connection: AmqpConnection, login: string, life: LinkLife, confirmTimeoutMs: number) {
    this.#connection = connection;
    this.#login = login;
    this.#clock = life.env.clock;
    this.#confirmTimeoutMs = confirmTimeoutMs;
    this.#slot = new ChannelSlot({
      name: 'confirm',
      life,
      create: () => connection.createConfirmChannel(),
      excused: () => connection.blockedReason !== undefined,
      opened: (channel) => channel.on('return', (message) => this.#onReturned(message)),
      died: (_channel, cause) => this.#failAll(cause),
    });
    life.onEnd((cause) => {
      this.#timer?.cancel();
      // In a later turn, when the transport has reported the loss.
      life.env.scheduler.soon(() => this.#failAll(cause));
    });
  }

  async open(): Promise<void> {
    await this.#slot.open();
  }

  /**
   * Calls `onWritten` once sent and resolves once confirmed. Rejects with `Unavailable` (`details.published` tells whether it may have
   * arrived), `Overloaded` (the broker refused it) or `BadRequest` (AMQP cannot carry it).
   */
  publish(message: OutboundMessage, onWritten: () => void): Promise<PublishOutcome> {
    return new Promise((resolve, reject) => {
      const writtenAt = this.#clock.now();
      const pending: Pending = { message, resolve, reject, writtenAt, returned: false };
      const channel = this.#slot.current;
      if (channel !== undefined) this.#write(channel, pending, onWritten);
      else {
        this.#slot.whenOpen().then(
          (reopened) => this.#write(reopened, pending, onWritten),
          (error: unknown) => reject(notPublished(toError(error))),
        );
      }
    });
  }

  /** Awaits the outstanding confirmations; resolves once the broker has taken everything. */
  async close(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#slot.close();
  }

  #write(channel: ConfirmChannel, pending: Pending, onWritten: () => void): void {
    const { message } = pending;
    try {
      const options = toPublishOptions(message, this.#login);
      channel.publish(
        message.exchange,
        message.routingKey,
        toBuffer(message.body),
        options,
        (error: unknown) => this.#onAnswer(pending, error),
      );
    } catch (error) {
      pending.reject(toWriteError(message, error));
      return;
    }
    this.#connection.cork.corkNext();
    this.#pending.add(pending);
    this.#watch();
    onWritten();
  }

  /** One timer, for the oldest at the time. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const leftMs = this.#leftMs();
    if (leftMs === undefined) return;
    this.#timer = this.#clock.timer(leftMs, () => {
      this.#timer = undefined;
      this.#checkOverdue();
      this.#watch();
    });
  }

  /** What is left of the oldest's time, which counts only while the broker takes messages; undefined if nothing is awaited. */
  #leftMs(): number | undefined {
    const [oldest] = this.#pending;
    if (oldest === undefined) return undefined;
    const { blockedReason, unblockedAt } = this.#connection;
    const now = this.#clock.now();
    const since = blockedReason === undefined ? Math.max(oldest.writtenAt, unblockedAt) : now;
    return since + this.#confirmTimeoutMs - now;
  }

  /**
   * RabbitMQ may never answer (3.10 for a message that met a stream which was just starting). From then on it confirms what follows one by one, and
   * amqplib keeps count of all of it: therefore the channel is given up, and with it whatever else is not confirmed yet.
   */
  #checkOverdue(): void {
    const leftMs = this.#leftMs();
    if (leftMs === undefined || leftMs > 0) return;
    const cause = new Error(`RabbitMQ did not confirm a message within ${this.#confirmTimeoutMs} ms`);
    const now = this.#clock.now();
    for (const pending of this.#pending) {
      if (pending.writtenAt + this.#confirmTimeoutMs > now) continue;
      this.#pending.delete(pending);
      pending.reject(
        unknownOutcome(`The broker’s confirmation is overdue: ${cause.message}`, cause, 'overdue'),
      );
    }
    this.#failAll(cause);
    this.#slot.renew(cause);
  }

  #onAnswer(pending: Pending, error: unknown): void {
    if (error === null || error === undefined) {
      if (this.#pending.delete(pending)) pending.resolve(pending.returned ? 'unroutable' : 'confirmed');
    } else if (toError(error).message === 'message nacked') {
      const { exchange, routingKey } = pending.message;
      const what = `the message to exchange "${exchange}", key "${routingKey}"`;
      this.#pending.delete(pending);
      pending.reject(new OverloadedError(`RabbitMQ refused ${what} (nack)`));
    }
    // amqplib also calls back when the channel closes; #failAll, which knows why, answers then.
    this.#checkIdle();
  }

  /**
   * A mandatory message came back; its confirmation follows. AMQP does not say which one it was, but messages come back in the order of
   * publishing: it is the first that looks the same, and those that look the same in every respect need not be told apart.
   */
  #onReturned(message: Message): void {
    for (const pending of this.#pending) {
      if (pending.returned || !looksLike(pending.message, message)) continue;
      pending.returned = true;
      return;
    }
  }

  /** The channel or the link is gone: whatever was not confirmed may or may not have arrived. */
  #failAll(cause: Error): void {
    const lost = [...this.#pending];
    this.#pending.clear();
    for (const pending of lost) {
      pending.reject(unknownOutcome(`The broker’s confirmation was lost: ${cause.message}`, cause));
    }
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#pending.size > 0 || this.#idle.length === 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

/** For a message that never left. */
export function notPublished(cause?: Error): UnavailableError {
  const why = cause === undefined ? 'there is no connection to the broker' : cause.message;
  return new UnavailableError(`The message was not published: ${why}`, {
    cause,
    details: { published: 'no' },
  });
}

function unknownOutcome(message: string, cause: Error, reason?: 'overdue'): UnavailableError {
  const details = { published: 'unknown', ...(reason !== undefined && { reason }) };
  return new UnavailableError(message, { cause, details });
}

function looksLike(sent: OutboundMessage, returned: Message): boolean {
  const { messageId, correlationId } = sent.properties;
  return (
    sent.mandatory === true &&
    sent.exchange === returned.fields.exchange &&
    sent.routingKey === returned.fields.routingKey &&
    messageId === returned.properties.messageId &&
    correlationId === returned.properties.correlationId &&
    returned.content.equals(sent.body)
  );
}
