import { type Codec, extension, frameContentType, type Message } from '../codec/index.ts';
import { toWireError, UnavailableError } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Delivery, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { type DeadLetterFacts, type DeathReason, withFacts } from './dead-letter.ts';
import { deadExchange, deadQueue, retryExchange, retryQueue } from './event-topology.ts';
import type { FailedWork, WorkKeeper } from './frame-ticket.ts';
import type { Identity } from './names.ts';

/** How work that failed is tried again when nobody says otherwise. */
export const retryDefaults = {
  /** The first one counts. */
  attempts: 5,
  /** Before the second, the third … attempt; the last one also before all that follow. */
  delaysMs: [1_000, 5_000, 30_000, 120_000],
} as const satisfies RetryPolicy;

/** How work that failed is tried again. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly delaysMs: readonly number[];
}

/** What {@link Retries} work with. */
export interface RetriesParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly transport: Transport;
  readonly policy: RetryPolicy;
  readonly reread: (delivery: Delivery, index: number) => Message;
  /** Something became a dead letter, and is kept. It must not throw. */
  readonly onDead: (facts: DeadLetterFacts, message: Message) => void;
}

/** When the broker does not answer although there is a connection. */
const pauseMs = 1_000;
/** An error as it is written on a dead letter. */
const maxErrorLength = 2_000;

/**
 * Work from a shared queue that failed: each envelope by itself waits at the broker, for the delay of its attempt, and comes back to the queue that
 * it was for; in the end it goes among the dead letters. It is settled when the broker has it there, and not before.
 */
export class Retries implements WorkKeeper {
  readonly #parts: RetriesParts;
  readonly #declared = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  get policy(): RetryPolicy {
    return this.#parts.policy;
  }

  /** Milliseconds before the attempt that follows the one of that number. */
  delayAfter(attempt: number): number {
    const { delaysMs } = this.#parts.policy;
    return delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? 0;
  }

  reread(delivery: Delivery, index: number): Message {
    return this.#parts.reread(delivery, index);
  }

  failed(failure: FailedWork, done: () => void): void {
    this.#keep(failure).then(
      (isKept) => {
        if (isKept) done();
      },
      (error: unknown) =>
        this.#parts.logger.error('failed work could not be kept; it comes again with the next connection', {
          address: failure.source.address,
          error,
        }),
    );
  }

  /** Declares where dead letters go, once. */
  declareDead(): Promise<void> {
    const { identity } = this.#parts;
    const exchange = deadExchange(identity);
    const queue = deadQueue(identity);
    return this.#once('dead', async (transport) => {
      await transport.declareExchange(exchange);
      await transport.declareQueue(queue);
      await transport.bind({ exchange: exchange.name, queue: queue.name, routingKey: '#' });
    });
  }

  /** What has not been kept stays with the broker. */
  close(): void {
    this.#isClosed = true;
  }

  /** True when the broker has it; false when it will come again by itself. */
  async #keep(failure: FailedWork): Promise<boolean> {
    const { arrival, isFinal, source } = failure;
    const message = this.#original(failure);
    const { attempt } = arrival.message;
    const isLast = isFinal || attempt >= (source.attempts ?? this.#parts.policy.attempts);
    while (!this.#isClosed) {
      try {
        if (isLast) await this.#bury(failure, message, isFinal ? 'unacceptable' : 'attempts');
        else await this.#delay(failure, message);
        return true;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        // The exchange may be gone.
        this.#declared.clear();
        // The broker gives the frame to somebody again.
        if (this.#parts.transport.status.type === 'disconnected') return false;
        await new Promise<void>((resolve) => this.#parts.env.clock.timer(pauseMs, resolve));
      }
    }
    return false;
  }

  async #delay({ arrival, source }: FailedWork, message: Message): Promise<void> {
    const { identity } = this.#parts;
    const { attempt } = arrival.message;
    const delayMs = this.delayAfter(attempt);
    const exchange = retryExchange(identity, delayMs);
    await this.#once(exchange.name, async (transport) => {
      const queue = retryQueue(identity, delayMs);
      await transport.declareExchange(exchange);
      await transport.declareQueue(queue);
      await transport.bind({ exchange: exchange.name, queue: queue.name, routingKey: '' });
    });
    message.attempt = attempt + 1;
    await this.#publish(exchange.name, source.address, message);
  }

  async #bury({ arrival, source, error }: FailedWork, message: Message, reason: DeathReason): Promise<void> {
    const { identity, env, logger, onDead } = this.#parts;
    await this.declareDead();
    const { code, message: text } = toWireError(error);
    const facts: DeadLetterFacts = {
      id: env.ids.token(64),
      reason,
      attempts: arrival.message.attempt,
      error: { code, message: text.slice(0, maxErrorLength).toWellFormed() },
      address: source.address,
      container: identity.container,
      diedAt: new Date(env.clock.wall()),
    };
    message.headers = withFacts(message, facts);
    await this.#publish(deadExchange(identity).name, source.address, message);
    logger.error('a message is among the dead letters', {
      id: facts.id,
      address: facts.address,
      op: message.op,
      reason,
      attempts: facts.attempts,
      error,
    });
    onDead(facts, message);
  }

  async #publish(exchange: string, routingKey: string, message: Message): Promise<void> {
    const { identity, env, codec, transport } = this.#parts;
    const { container, sysname } = identity;
    const envelope = codec.encodeEnvelope(message, container, undefined);
    const sentAt = Math.round(env.clock.wall());
    const outcome = await transport.publishConfirmed({
      exchange,
      routingKey,
      body: codec.encodeFrame({ container, sysname, sentAt }, [envelope]),
      mandatory: true,
      properties: { contentType: frameContentType, persistent: true },
    });
    if (outcome === 'confirmed') return;
    // Somebody has deleted the queue.
    throw new UnavailableError(`the exchange '${exchange}' has lost its queue`);
  }

  /** A handler may have changed what it was given. */
  #original({ arrival, delivery, index }: FailedWork): Message {
    try {
      return this.#parts.reread(delivery, index);
    } catch {
      return arrival.message;
    }
  }

  #once(name: string, declare: (transport: Transport) => Promise<void>): Promise<void> {
    const former = this.#declared.get(name);
    if (former !== undefined) return former;
    const declared = declare(this.#parts.transport);
    this.#declared.set(name, declared);
    declared.catch(() => this.#declared.delete(name));
    return declared;
  }
}

/** Whether somebody had it before: its sender does not know, or it was among the dead letters. */
export function isResent(message: Message): boolean {
  return extension(message, 'resent') === true;
}
