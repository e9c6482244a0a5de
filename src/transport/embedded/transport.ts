import { ContainerError, IllegalStateError, UnavailableError } from '../../errors/index.ts';
import type { Logger } from '../../logging/index.ts';
import type { Env } from '../../util/index.ts';
import { forgottenNotice, isFinalRefusal, isHeldByAnother } from '../refusal.ts';
import type { TransportStatus } from '../status.ts';
import { streamStart } from '../stream-limits.ts';
import type {
  BindingSpec,
  ConsumerHandle,
  ConsumeSpec,
  ExchangeSpec,
  OutboundMessage,
  QueueInfo,
  QueueSpec,
  ReturnedMessage,
  Transport,
  TransportStats,
} from '../types.ts';
import { assertBinding, assertCarriable, assertDeclarable, assertQueueName } from '../wire-limits.ts';
import type { BrokerConnection, ConnectionPort } from './connection.ts';
import {
  type EmbeddedTransportOptions,
  type ResolvedEmbeddedTransportOptions,
  resolveEmbeddedTransportOptions,
} from './options.ts';
import { ReconnectLoop } from './reconnect-loop.ts';
import { RecordedConsumer } from './recorded-consumer.ts';
import { RecordedTopology, type TopologyEntry } from './recorded-topology.ts';

/** What a transport needs of its broker. */
export interface BrokerDoor {
  readonly env: Env;
  readonly logger: Logger | undefined;
  /**
   * Throws `BrokerUnreachable` while the broker is stopped.
   *
   * @internal
   */
  connect(transport: Transport, port: ConnectionPort): BrokerConnection;
}

/**
 * One container's connection to an {@link EmbeddedBroker}, obtained from `broker.transport()`. Declarations take effect within the call;
 * deliveries, returns and outcomes come in later turns.
 */
export class EmbeddedTransport implements Transport {
  readonly #broker: BrokerDoor;
  readonly #options: ResolvedEmbeddedTransportOptions;
  readonly #loop: ReconnectLoop;
  readonly #topology = new RecordedTopology();
  readonly #consumers = new Set<RecordedConsumer>();
  readonly #stats = {
    published: 0,
    droppedWhileDisconnected: 0,
    returned: 0,
    delivered: 0,
    staleSettlements: 0,
    consumersRepaired: 0,
  };
  #connection: BrokerConnection | undefined;
  #closing: Promise<void> | undefined;
  #returnedListener: ((message: ReturnedMessage) => void) | undefined;

  constructor(broker: BrokerDoor, options: EmbeddedTransportOptions = {}) {
    this.#broker = broker;
    this.#options = resolveEmbeddedTransportOptions(options, broker);
    const { env, logger, backoff } = this.#options;
    this.#loop = new ReconnectLoop(env, logger, backoff, (epoch, isFirst) => this.#establish(epoch, isFirst));
  }

  get status(): TransportStatus {
    return this.#loop.status;
  }

  get stats(): TransportStats {
    return { ...this.#stats };
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    return this.#loop.onStatus(listener);
  }

  async connect(): Promise<void> {
    this.#assertOpen();
    await this.#loop.connected();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    this.#declare({ kind: 'exchange', spec });
  }

  async declareQueue(spec: QueueSpec): Promise<void> {
    this.#declare({ kind: 'queue', spec });
  }

  async bind(spec: BindingSpec): Promise<void> {
    this.#declare({ kind: 'binding', spec });
  }

  async deleteQueue(name: string): Promise<void> {
    this.#assertOpen();
    assertQueueName(name);
    const connection = this.#connection;
    connection?.deleteQueue(this.#topology.brokerName(name, connection.epoch));
    this.forget(name);
  }

  forget(queue: string): void {
    this.#topology.forgetQueue(queue);
    for (const consumer of this.#consumers) {
      if (consumer.queue === queue) this.#forget(consumer);
    }
  }

  async unbind(spec: BindingSpec): Promise<void> {
    this.#assertOpen();
    assertBinding(spec);
    const connection = this.#connection;
    connection?.unbind({ ...spec, queue: this.#topology.brokerName(spec.queue, connection.epoch) });
    this.#topology.forget({ kind: 'binding', spec });
  }

  publish(message: OutboundMessage): boolean {
    const connection = this.#connection;
    if (connection === undefined) {
      this.#stats.droppedWhileDisconnected++;
      return false;
    }
    assertCarriable(message);
    this.#stats.published++;
    connection.publish(message);
    return true;
  }

  /** The broker is in this process: there is nothing between. */
  drained(): undefined {
    return undefined;
  }

  publishApart(message: OutboundMessage): boolean {
    return this.publish(message);
  }

  publishConfirmed(message: OutboundMessage): Promise<'confirmed' | 'unroutable'> {
    const connection = this.#connection;
    if (connection === undefined) {
      this.#stats.droppedWhileDisconnected++;
      const options = { details: { published: 'no' } };
      return Promise.reject(new UnavailableError('Not connected to the embedded broker', options));
    }
    try {
      assertCarriable(message);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#stats.published++;
    return connection.publishConfirmed(message);
  }

  onReturned(listener: (message: ReturnedMessage) => void): void {
    this.#returnedListener = listener;
  }

  async consume(spec: ConsumeSpec): Promise<ConsumerHandle> {
    this.#assertOpen();
    assertQueueName(spec.queue);
    const { env, logger } = this.#options;
    const start = streamStart(spec, this.#topology.queue(spec.queue));
    const consumer = new RecordedConsumer(spec, start, env, logger, {
      delivered: () => {
        this.#stats.delivered++;
      },
      repair: () => this.#repair(consumer),
    });
    if (this.#connection !== undefined) this.#attach(consumer, this.#connection);
    this.#consumers.add(consumer);
    return { cancel: async () => this.#forget(consumer) };
  }

  async inspectQueue(name: string): Promise<QueueInfo | undefined> {
    const connection = this.#connection;
    if (connection === undefined) throw new UnavailableError('Not connected to the embedded broker');
    assertQueueName(name);
    return connection.inspectQueue(this.#topology.brokerName(name, connection.epoch));
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new IllegalStateError('The transport is closed');
  }

  #declare(entry: TopologyEntry): void {
    this.#assertOpen();
    assertDeclarable(entry);
    if (this.#connection !== undefined) this.#apply(entry, this.#connection);
    this.#topology.record(entry);
  }

  #apply({ kind, spec }: TopologyEntry, connection: BrokerConnection): void {
    if (kind === 'exchange') {
      connection.declareExchange(spec);
    } else if (kind === 'queue') {
      const name = spec.perEpoch === true ? `${spec.name}~${connection.epoch}` : spec.name;
      connection.declareQueue({ ...spec, name });
    } else {
      connection.bind({ ...spec, queue: this.#topology.brokerName(spec.queue, connection.epoch) });
    }
  }

  #attach(consumer: RecordedConsumer, connection: BrokerConnection): void {
    consumer.attach(connection, this.#topology.brokerName(consumer.queue, connection.epoch));
  }

  #forget(consumer: RecordedConsumer): void {
    this.#consumers.delete(consumer);
    consumer.cancel();
  }

  /** Declares what the consumer's queue needs and consumes again; throws what the broker refuses. */
  #repair(consumer: RecordedConsumer): void {
    const connection = this.#connection;
    if (connection === undefined || !this.#consumers.has(consumer)) return;
    for (const entry of this.#topology.entriesFor(consumer.queue)) this.#apply(entry, connection);
    this.#attach(consumer, connection);
    this.#stats.consumersRepaired++;
  }

  /** Connects and makes everything recorded. On a first connection a refusal is the caller's. */
  #establish(epoch: number, isFirst: boolean): void {
    const connection = this.#broker.connect(this, this.#port(epoch));
    try {
      for (const entry of this.#topology.entries()) {
        this.#applyAgain(entry, connection, isFirst);
      }
      for (const consumer of this.#consumers) this.#attachAgain(consumer, connection, isFirst);
    } catch (error) {
      for (const consumer of this.#consumers) consumer.detach();
      connection.close();
      throw error;
    }
    this.#connection = connection;
  }

  #applyAgain(entry: TopologyEntry, connection: BrokerConnection, isFirst: boolean): void {
    // Its queue was forgotten in this round.
    if (!this.#topology.holds(entry)) return;
    try {
      this.#apply(entry, connection);
    } catch (error) {
      if (isFirst || !(error instanceof ContainerError)) throw error;
      const { logger } = this.#options;
      const queue = entry.kind === 'exchange' ? undefined : nameOfQueue(entry);
      if (queue !== undefined && this.#topology.queue(queue)?.exclusive === true && isHeldByAnother(error)) {
        // Its consumers try again.
        logger?.warn('embedded: another connection has an exclusive queue', { queue, error });
        return;
      }
      if (!isFinalRefusal(error)) throw error;
      logger?.error(`embedded: ${forgottenNotice(describeEntry(entry))}`, { error });
      if (entry.kind === 'queue') this.forget(entry.spec.name);
      else this.#topology.forget(entry);
    }
  }

  #attachAgain(consumer: RecordedConsumer, connection: BrokerConnection, isFirst: boolean): void {
    try {
      this.#attach(consumer, connection);
    } catch (error) {
      if (isFirst || !(error instanceof ContainerError)) throw error;
      const { queue } = consumer;
      this.#options.logger?.warn('embedded: a consumer waits for its queue', { queue, error });
      consumer.repairLater();
    }
  }

  #port(epoch: number): ConnectionPort {
    const { name, user, logger } = this.#options;
    return {
      name,
      user,
      epoch,
      staleSettlement: () => {
        this.#stats.staleSettlements++;
      },
      returned: (message) => {
        this.#stats.returned++;
        try {
          this.#returnedListener?.(message);
        } catch (error) {
          logger?.error('The listener for returned messages failed', { error });
        }
      },
      refused: ({ exchange, routingKey }, error) => {
        logger?.error('The broker refused a message, which is lost', { exchange, routingKey, error });
      },
      lost: (cause) => {
        this.#connection = undefined;
        for (const consumer of this.#consumers) consumer.detach();
        this.#loop.lost(cause);
      },
    };
  }

  async #close(): Promise<void> {
    const connection = this.#connection;
    for (const consumer of this.#consumers) this.#forget(consumer);
    this.#connection = undefined;
    if (connection !== undefined) {
      // Outcomes and returns of what was published before are on their way in the present turn.
      await new Promise<void>((resolve) => this.#options.env.scheduler.soon(resolve));
      connection.close();
    }
    this.#returnedListener = undefined;
    this.#loop.close();
  }
}

function nameOfQueue(entry: Exclude<TopologyEntry, { kind: 'exchange' }>): string {
  return entry.kind === 'queue' ? entry.spec.name : entry.spec.queue;
}

function describeEntry({ kind, spec }: TopologyEntry): string {
  if (kind !== 'binding') return `declare the ${kind} "${spec.name}"`;
  return `bind the queue "${spec.queue}" to the exchange "${spec.exchange}" with the key "${spec.routingKey}"`;
}
