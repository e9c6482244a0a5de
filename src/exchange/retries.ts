import {
  type Codec,
  extension,
  type FrameHeader,
  frameContentType,
  type Message,
  makeMessage,
} from '../codec/index.ts';
import { ContainerError, OverloadedError, toWireError, UnavailableError } from '../errors/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';
import type { Delivery, OutboundMessage, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import type { Arrival } from './arrival.ts';
import { type DeadLetterFacts, type DeathReason, deadLetterCodec, withFacts } from './dead-letter.ts';
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

/** Between tries while the broker does not take it although there is a connection; each is twice the one before. And while there is almost one. */
const pause = { firstMs: 1_000, longestMs: 30_000, connectingMs: 50 } as const;
/** A broker that confirms none of so many is in trouble of another kind. */
const maxSpares = 3;
/** An error as it is written on a dead letter. */
const maxErrorLength = 2_000;

/** Failed work as it goes to the broker. */
interface Kept {
  /** It waits for its next attempt, in queues that a broker may lose. */
  readonly isDelayed: boolean;
  readonly message: OutboundMessage;
  readonly declare: () => Promise<void>;
  /** To be called when the broker has it. */
  readonly tell: () => void;
}

/**
 * Work from a shared queue that failed: each envelope by itself waits at the broker, for the delay of its attempt, and comes back to the queue that
 * it was for; in the end it goes among the dead letters. It is settled when the broker has it there, and not before.
 */
export class Retries implements WorkKeeper {
  readonly #parts: RetriesParts;
  readonly #declared = new Map<string, Promise<void>>();
  readonly #deadCodec: Codec;
  readonly #logged = new OncePer();
  /** What is being kept. */
  readonly #open = new Set<Promise<void>>();
  /** Ends the pauses. */
  readonly #waits = new Set<() => void>();
  /** Which queues hold what waits: 0, or spare ones. */
  #spare = 0;
  #isClosed = false;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
    this.#deadCodec = deadLetterCodec(parts.codec);
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
    const kept = this.#keep(failure).then(
      (isKept) => {
        if (isKept) done();
      },
      (error: unknown) =>
        this.#parts.logger.error('failed work could not be kept; it comes again with the next connection', {
          address: failure.source.address,
          error,
        }),
    );
    this.#open.add(kept);
    void kept.then(() => this.#open.delete(kept));
  }

  /** Resolves when all that failed is with the broker, or comes again by itself. Never rejects. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
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
    for (const end of [...this.#waits]) end();
  }

  /** True when the broker has it; false when it will come again by itself. */
  async #keep(failure: FailedWork): Promise<boolean> {
    let kept = this.#written(failure);
    let waitMs: number = pause.firstMs;
    while (!this.#isClosed) {
      const spare = this.#spare;
      try {
        await kept.declare();
        const outcome = await this.#parts.transport.publishConfirmed(kept.message);
        // Somebody has deleted the queue.
        if (outcome !== 'confirmed') throw lostItsQueue(kept.message.exchange);
        kept.tell();
        return true;
      } catch (error) {
        // The exchange may be gone.
        this.#declared.clear();
        if (this.#isGone(failure)) return false;
        if (kept.isDelayed && isOverdue(error)) this.#useSpares(spare, kept.message.exchange);
        this.#logOnce(failure, error);
      }
      if (spare !== this.#spare) {
        kept = this.#written(failure);
        continue;
      }
      const isConnecting = this.#parts.transport.status.type === 'connecting';
      await this.#wait(isConnecting ? pause.connectingMs : waitMs);
      if (this.#isGone(failure)) return false;
      if (!isConnecting) waitMs = Math.min(2 * waitMs, pause.longestMs);
    }
    return false;
  }

  /** How it is kept; the best that can be written. */
  #written(failure: FailedWork): Kept {
    const { arrival, isFinal, source } = failure;
    const message = this.#original(failure);
    const isLast = isFinal || arrival.message.attempt >= (source.attempts ?? this.#parts.policy.attempts);
    const reason = isFinal ? 'unacceptable' : 'attempts';
    const ways = [
      ...(isLast ? [] : [() => this.#delayed(failure, message)]),
      () => this.#buried(failure, message, reason),
      () => this.#buried(failure, noteOf(message), 'undecodable'),
    ];
    for (const way of ways) {
      try {
        return way();
      } catch (error) {
        if (!isUnwritable(error)) throw error;
      }
    }
    return this.#asItCame(failure);
  }

  #delayed({ arrival, source }: FailedWork, message: Message): Kept {
    const { identity, codec } = this.#parts;
    const delayMs = this.delayAfter(arrival.message.attempt);
    const spare = this.#spare;
    const exchange = retryExchange(identity, delayMs, spare);
    const again = makeMessage({ ...message, attempt: arrival.message.attempt + 1 });
    return {
      isDelayed: true,
      message: this.#frame(codec, exchange.name, source.address, arrival, again),
      declare: async () => {
        // What nobody takes back is a dead letter.
        await this.declareDead();
        await this.#once(`retry ${spare}`, () => this.#declareDelays(spare));
      },
      tell: () => undefined,
    };
  }

  /** At once for all, since a new one takes its time. */
  async #declareDelays(spare: number): Promise<void> {
    const delays = new Set(this.#parts.policy.delaysMs);
    await Promise.all([...delays].map((delayMs) => this.#declareDelay(delayMs, spare)));
  }

  async #declareDelay(delayMs: number, spare: number): Promise<void> {
    const { identity, transport } = this.#parts;
    const exchange = retryExchange(identity, delayMs, spare);
    const queue = retryQueue(identity, delayMs, spare);
    await transport.declareExchange(exchange);
    await transport.declareQueue(queue);
    await transport.bind({ exchange: exchange.name, queue: queue.name, routingKey: '' });
  }

  /** Those that were in use when it was `since` do not confirm: RabbitMQ 3.10 was killed when it had just made them. */
  #useSpares(since: number, exchange: string): void {
    if (this.#spare !== since || since === maxSpares) return;
    this.#spare += 1;
    this.#parts.logger.error(
      'the broker does not confirm what is to wait for its next attempt; another queue is used from now on. If others are confirmed, delete this one: the broker has lost it',
      { queue: exchange },
    );
  }

  #buried({ arrival, source, error }: FailedWork, message: Message, reason: DeathReason): Kept {
    const { identity, env, logger, onDead } = this.#parts;
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
    const letter = makeMessage({ ...message, headers: withFacts(message, facts) });
    return {
      isDelayed: false,
      message: this.#frame(this.#deadCodec, deadExchange(identity).name, source.address, arrival, letter),
      declare: () => this.declareDead(),
      tell: () => {
        logger.error('a message is among the dead letters', {
          id: facts.id,
          address: facts.address,
          op: message.op,
          reason,
          attempts: facts.attempts,
          error,
        });
        onDead(facts, letter);
      },
    };
  }

  /** The whole frame: nobody but who looks at the dead letters can do anything with it. */
  #asItCame({ arrival, delivery, source, error }: FailedWork): Kept {
    const { contentType } = delivery.properties;
    return {
      isDelayed: false,
      message: {
        exchange: deadExchange(this.#parts.identity).name,
        routingKey: source.address,
        body: delivery.body,
        mandatory: true,
        properties: { persistent: true, ...(contentType !== undefined && { contentType }) },
      },
      declare: () => this.declareDead(),
      tell: () =>
        this.#parts.logger.error(
          'a message that cannot be sent again is among the dead letters, as it came',
          {
            address: source.address,
            op: arrival.message.op,
            error,
          },
        ),
    };
  }

  #frame(
    codec: Codec,
    exchange: string,
    routingKey: string,
    arrival: Arrival,
    message: Message,
  ): OutboundMessage {
    const header = this.#headerOf(arrival);
    const envelope = codec.encodeEnvelope(message, header.container, undefined);
    return {
      exchange,
      routingKey,
      body: codec.encodeFrame(header, [envelope]),
      mandatory: true,
      properties: { contentType: frameContentType, persistent: true },
    };
  }

  /** The broker gives the frame to somebody again, or has done so. What comes before a connection is reported may be that connection's already. */
  #isGone({ delivery }: FailedWork): boolean {
    const { status } = this.#parts.transport;
    if (this.#isClosed) return true;
    if (status.type === 'connecting') return false;
    if (status.type === 'disconnected') return delivery.epoch <= status.epoch;
    return !('epoch' in status) || status.epoch !== delivery.epoch;
  }

  /** An operator has to do something: a right is missing, or there is another queue of that name. */
  #logOnce({ source: { address } }: FailedWork, error: unknown): void {
    if (error instanceof UnavailableError || error instanceof OverloadedError) return;
    if (!this.#logged.first(address)) return;
    this.#parts.logger.error(
      'failed work cannot be kept now, and waits; more of that address is not logged',
      {
        address,
        error,
      },
    );
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waits.delete(end);
        resolve();
      };
      const timer = this.#parts.env.clock.timer(ms, end);
      this.#waits.add(end);
    });
  }

  /** Of an event who published it, and when, stays as it was. */
  #headerOf({ origin, event }: Arrival): FrameHeader {
    const { container, sysname } = this.#parts.identity;
    if (event === undefined) return { container, sysname, sentAt: Math.round(this.#parts.env.clock.wall()) };
    const { publishedAt, resent } = event;
    return { container: origin || container, sysname, sentAt: Math.round(publishedAt), resent };
  }

  /** A handler may have changed what it was given. */
  #original({ arrival, delivery, index }: FailedWork): Message {
    try {
      const message = this.#parts.reread(delivery, index);
      // Anybody may have written more there than we write.
      message.attempt = Math.min(message.attempt, Number.MAX_SAFE_INTEGER - 1);
      message.budgetMs = Math.min(message.budgetMs, Number.MAX_SAFE_INTEGER);
      // It leaves with our login, which must not vouch for a user whose word was not taken when it came.
      if (extension(arrival.message, 'user-id') === undefined) {
        const { 'user-id': _unproven, ...headers } = message.headers ?? {};
        message.headers = headers;
      }
      return message;
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

/** It was this message that the broker did not confirm in time. */
function isOverdue(error: unknown): boolean {
  return error instanceof UnavailableError && error.details?.reason === 'overdue';
}

function isUnwritable(error: unknown): boolean {
  return error instanceof ContainerError && (error.code === 'BadRequest' || error.code === 'TooLarge');
}

/** In place of what cannot be written again. */
function noteOf({ op, sender, receiver }: Message): Message {
  const content = 'what it held cannot be written again';
  // A name that begins with a dot is nobody's.
  return makeMessage({
    performative: 'none',
    sender: sender.startsWith('.') ? '' : sender,
    receiver,
    op,
    content,
  });
}

function lostItsQueue(exchange: string): UnavailableError {
  return new UnavailableError(`the exchange '${exchange}' has lost its queue`);
}

/** Whether somebody had it before: its sender does not know, or it was among the dead letters. */
export function isResent(message: Message): boolean {
  return extension(message, 'resent') === true;
}
