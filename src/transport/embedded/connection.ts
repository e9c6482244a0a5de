import { ConflictError, ContainerError, ForbiddenError, UnavailableError } from '../../errors/index.ts';
import { streamStart } from '../stream-limits.ts';
import { StreamPosition } from '../stream-position.ts';
import type {
  BindingSpec,
  ConsumeSpec,
  ExchangeSpec,
  OutboundMessage,
  QueueInfo,
  QueueSpec,
  ReturnedMessage,
} from '../types.ts';
import { type ConsumerClient, type ConsumerSink, QueueConsumer } from './consumer.ts';
import type { FaultScript } from './fault-script.ts';
import { acceptMessage, copyOf } from './message.ts';
import type { VirtualHost } from './virtual-host.ts';

/** What the broker tells the client at the other end of a connection. Nothing here may throw. */
export interface ConnectionPort {
  /** The client's name, for fault scripts. */
  readonly name: string;
  /** The login that published messages may claim as their `userId`. */
  readonly user: string;
  readonly epoch: number;
  staleSettlement(): void;
  returned(message: ReturnedMessage): void;
  /** A message was dropped because the broker does not take it (no such exchange, another's `userId`). */
  refused(message: OutboundMessage, error: ContainerError): void;
  /** The broker, or a fault, cut the connection. Not called for the client's own {@link BrokerConnection.close}. */
  lost(cause: Error): void;
}

/** What becomes of a confirmed publish. */
export type PublishOutcome = 'confirmed' | 'unroutable';

interface Unconfirmed {
  resolve(outcome: PublishOutcome): void;
  reject(error: Error): void;
}

/**
 * The broker's end of one connection: what belongs to it (consumers, exclusive queues, unconfirmed messages) and ends with it.
 * Methods act at once and throw what the broker refuses; what reaches the client comes in later turns.
 */
export class BrokerConnection implements ConsumerSink {
  readonly #host: VirtualHost;
  readonly #faults: FaultScript;
  readonly #port: ConnectionPort;
  readonly #forgetMe: (connection: BrokerConnection) => void;
  readonly #consumers = new Set<QueueConsumer>();
  readonly #unconfirmed = new Set<Unconfirmed>();
  #open = true;

  /** @param ended is called once, when the connection has ended in whatever way */
  constructor(
    host: VirtualHost,
    faults: FaultScript,
    port: ConnectionPort,
    ended: (connection: BrokerConnection) => void,
  ) {
    this.#host = host;
    this.#faults = faults;
    this.#port = port;
    this.#forgetMe = ended;
  }

  get epoch(): number {
    return this.#port.epoch;
  }

  declareExchange(spec: ExchangeSpec): void {
    this.#host.declareExchange(spec);
  }

  declareQueue(spec: QueueSpec): void {
    this.#host.declareQueue(spec, this);
  }

  bind({ exchange, queue, routingKey }: BindingSpec): void {
    this.#host.bind(exchange, this.#host.queueFor(queue, this), routingKey);
  }

  unbind({ exchange, queue, routingKey }: BindingSpec): void {
    if (this.#host.findQueue(queue) === undefined) return;
    this.#host.unbind(exchange, this.#host.queueFor(queue, this), routingKey);
  }

  deleteQueue(name: string): void {
    if (this.#host.findQueue(name) === undefined) return;
    this.#host.deleteQueue(this.#host.queueFor(name, this));
  }

  /** Undefined if there is no such queue. To ask counts as use, as at RabbitMQ. */
  inspectQueue(name: string): QueueInfo | undefined {
    if (this.#host.findQueue(name) === undefined) return undefined;
    const queue = this.#host.queueFor(name, this);
    queue.touch();
    return { messages: queue.messageCount, consumers: queue.consumerCount };
  }

  /** `position` is how far the reader of a stream has come; undefined for a new one, and for other queues. */
  consume(
    spec: Omit<ConsumeSpec, 'onDelivery'>,
    client: ConsumerClient,
    position: StreamPosition | undefined,
  ): QueueConsumer {
    const queue = this.#host.queueFor(spec.queue, this);
    const { exclusive = false, noAck = false, prefetch } = spec;
    const canBeExclusive = queue.consumerCount === 0 && queue.spec.singleActiveConsumer !== true;
    if (queue.hasExclusiveConsumer || (exclusive && !canBeExclusive)) {
      throw new ConflictError(`Queue '${spec.queue}' is in exclusive use, or cannot be`, {
        details: { kind: 'queue', name: spec.queue },
      });
    }
    const start = streamStart(spec, queue.spec);
    const consumer = new QueueConsumer(queue, this, client, {
      prefetch,
      noAck,
      exclusive,
      position: position ?? (start && new StreamPosition(start)),
    });
    this.#consumers.add(consumer);
    queue.addConsumer(consumer);
    return consumer;
  }

  /** No more deliveries; what is unsettled stays the client's until it settles it or the connection ends. */
  cancel(consumer: QueueConsumer): void {
    consumer.deactivate();
    if (!consumer.hasUnsettled) this.drained(consumer);
    // A single active consumer makes room for the next one when it has settled all.
    else if (consumer.source.spec.singleActiveConsumer !== true) consumer.source.removeConsumer(consumer);
  }

  publish(message: OutboundMessage): void {
    this.#accept(message, undefined);
  }

  publishConfirmed(message: OutboundMessage): Promise<PublishOutcome> {
    return new Promise((resolve, reject) => {
      const unconfirmed: Unconfirmed = { resolve, reject };
      this.#unconfirmed.add(unconfirmed);
      this.#accept(message, unconfirmed);
    });
  }

  staleSettlement(): void {
    this.#port.staleSettlement();
  }

  drained(consumer: QueueConsumer): void {
    this.#consumers.delete(consumer);
    consumer.source.removeConsumer(consumer);
  }

  /** The queue of `consumer` has ended. */
  orphaned(consumer: QueueConsumer): void {
    if (!consumer.hasUnsettled) this.#consumers.delete(consumer);
    this.#host.afterwards(() => {
      if (this.#open) consumer.client.cancelled();
    });
  }

  /** The client's farewell. */
  close(): void {
    this.#end(new UnavailableError('The transport was closed', { details: { published: 'unknown' } }));
  }

  /** The end without a farewell: the broker stops, or a test cuts. */
  cut(cause: Error): void {
    if (!this.#open) return;
    this.#end(
      new UnavailableError('The connection was lost before the broker confirmed', {
        cause,
        details: { published: 'unknown' },
      }),
    );
    this.#port.lost(cause);
  }

  #end(unconfirmedError: Error): void {
    if (!this.#open) return;
    this.#open = false;
    for (const consumer of this.#consumers) consumer.source.removeConsumer(consumer, consumer.abandon());
    this.#consumers.clear();
    this.#host.releaseOwner(this);
    for (const { reject } of this.#unconfirmed) reject(unconfirmedError);
    this.#unconfirmed.clear();
    this.#forgetMe(this);
  }

  /** Takes a message, unless a fault is scripted for it. */
  #accept(message: OutboundMessage, unconfirmed: Unconfirmed | undefined): void {
    const verdict = this.#faults.judge(message, this.#port.name);
    if (verdict === undefined) {
      this.#tell(message, unconfirmed, this.#route(message));
    } else if (verdict.type === 'drop') {
      this.#tell(message, unconfirmed, 'confirmed');
    } else if (verdict.type === 'duplicate') {
      this.#route(message);
      this.#tell(message, unconfirmed, this.#route(message));
    } else {
      const late = { ...message, body: copyOf(message.body) };
      this.#host.clock.timer(verdict.delayMs, () => {
        if (this.#open) this.#tell(late, unconfirmed, this.#route(late));
      });
    }
  }

  /** Reports the outcome, in a later turn. */
  #tell(
    message: OutboundMessage,
    unconfirmed: Unconfirmed | undefined,
    outcome: PublishOutcome | ContainerError,
  ): void {
    if (unconfirmed !== undefined) {
      this.#host.afterwards(() => {
        if (!this.#unconfirmed.delete(unconfirmed)) return;
        if (outcome instanceof ContainerError) unconfirmed.reject(outcome);
        else unconfirmed.resolve(outcome);
      });
    } else if (outcome instanceof ContainerError) {
      this.#port.refused(message, outcome);
    } else if (outcome === 'unroutable') {
      const { exchange, routingKey, properties } = message;
      const returned = { exchange, routingKey, body: copyOf(message.body), properties };
      this.#host.afterwards(() => {
        if (this.#open) this.#port.returned(returned);
      });
    }
  }

  #route(message: OutboundMessage): PublishOutcome | ContainerError {
    const { userId } = message.properties;
    if (userId !== undefined && userId !== this.#port.user) {
      return new ForbiddenError(
        `userId is '${userId}', but the connection logged in as '${this.#port.user}'`,
      );
    }
    try {
      return this.#host.route(acceptMessage(message)) || message.mandatory !== true
        ? 'confirmed'
        : 'unroutable';
    } catch (error) {
      if (error instanceof ContainerError) return error;
      throw error;
    }
  }
}
