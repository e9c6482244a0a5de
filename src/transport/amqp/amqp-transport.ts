import { BadRequestError, IllegalStateError, NoReceiverError, UnavailableError } from '../../errors/index.ts';
import { Backoff } from '../../util/index.ts';
import type { TransportStatus } from '../status.ts';
import { streamStart } from '../stream-limits.ts';
import { StreamPosition } from '../stream-position.ts';
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
import { assertBinding, assertDeclarable, assertQueueName, type Declaration } from '../wire-limits.ts';
import { toConnectError, toError, toRoundError } from './broker-errors.ts';
import type { BrokerUrl } from './broker-url.ts';
import { notPublished, type PublishOutcome } from './confirmed-publisher.ts';
import type { RecordedConsumer } from './consumer-room.ts';
import { makeCounters } from './counters.ts';
import { AmqpLink } from './link.ts';
import {
  type AmqpTransportOptions,
  type ResolvedAmqpTransportOptions,
  resolveAmqpTransportOptions,
} from './options.ts';
import { replay, type Wanted } from './replay.ts';
import { StatusBoard } from './status-board.ts';
import { Topology, type TopologyEntry } from './topology.ts';

interface ConnectWaiter {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A quorum queue that RabbitMQ 3.10 has made does not outlive a kill (SIGKILL, power) for the first second or so: it is there afterwards, confirms nothing any more, and what
 * it had is lost. So it is nobody's before.
 */
const quorumQueueGrowsMs = 1_500;

/**
 * The {@link Transport} to RabbitMQ: two connections and four channels (or a few more) per epoch, one loop that makes them again when they are lost, and
 * the recorded topology and consumers that each epoch starts with.
 *
 * Beyond the seam's promises: every message carries the login's name as its `userId` unless it names another (RabbitMQ checks it, so that a
 * receiver may believe it); a first {@link AmqpTransport.connect} that fails goes back to `idle` and may be called again; what is
 * deleted or unbound while there is no connection is made up for at the next.
 *
 * @example
 * const transport = new AmqpTransport({ urls: 'amqp://guest:guest@localhost', clientName: 'container-1', env, logger });
 * await transport.connect();
 * await transport.declareQueue({ name: 'hello', durable: true, exclusive: false, autoDelete: false });
 * await transport.consume({ queue: 'hello', prefetch: 32, onDelivery: (delivery) => delivery.ack() });
 */
export class AmqpTransport implements Transport {
  readonly #options: ResolvedAmqpTransportOptions;
  readonly #topology = new Topology();
  readonly #consumers = new Set<RecordedConsumer>();
  readonly #counters = makeCounters();
  readonly #board: StatusBoard;
  readonly #waiters = new Set<ConnectWaiter>();
  readonly #closing = new AbortController();
  #onReturned: (message: ReturnedMessage) => void = () => {};
  /** The link that is being given its topology. */
  #candidate: AmqpLink | undefined;
  /** The connected link. */
  #link: AmqpLink | undefined;
  #epoch = 0;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};
  #closed: Promise<void> | undefined;

  /** Throws `ConfigurationError` for options that cannot be used. Does nothing yet. */
  constructor(options: AmqpTransportOptions) {
    this.#options = resolveAmqpTransportOptions(options);
    this.#board = new StatusBoard(this.#options.logger);
  }

  get status(): TransportStatus {
    return this.#board.status;
  }

  get stats(): TransportStats {
    return { ...this.#counters };
  }

  /** The user who is logged in, or will be: the `userId` of published messages. */
  get login(): string {
    return (this.#link?.url ?? this.#options.urls[0]).login;
  }

  connect(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    if (this.#link !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.add({ resolve, reject });
      this.#loop ??= this.#stayConnected();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    return this.#board.listen(listener);
  }

  declareExchange(spec: ExchangeSpec): Promise<void> {
    return this.#declare({ kind: 'exchange', spec });
  }

  declareQueue(spec: QueueSpec): Promise<void> {
    return this.#declare({ kind: 'queue', spec });
  }

  bind(spec: BindingSpec): Promise<void> {
    this.#topology.forget({ kind: 'binding removal', spec });
    return this.#declare({ kind: 'binding', spec });
  }

  async deleteQueue(name: string): Promise<void> {
    this.#checkOpen();
    assertQueueName(name);
    const consumers = [...this.#consumers].filter(({ spec }) => spec.queue === name);
    const lasting = this.#topology.queue(name)?.perEpoch !== true;
    const link = this.#link;
    for (const consumer of consumers) consumer.leaving = true;
    try {
      if (link !== undefined) await link.control.apply({ kind: 'queue removal', name });
    } catch (error) {
      if (link?.alive) {
        for (const consumer of consumers) consumer.leaving = false;
        throw error;
      }
    }
    this.#topology.forgetQueue(name);
    for (const consumer of consumers) {
      this.#consumers.delete(consumer);
      this.#link?.consumers.forget(consumer);
      this.#candidate?.consumers.forget(consumer);
    }
    if (lasting && !link?.alive) this.#topology.record({ kind: 'queue removal', name });
  }

  forget(queue: string): void {
    this.#topology.forgetQueue(queue);
    for (const consumer of this.#consumers) {
      if (consumer.spec.queue === queue) void this.#cancel(consumer);
    }
  }

  async unbind(spec: BindingSpec): Promise<void> {
    this.#checkOpen();
    assertBinding(spec);
    const removal: TopologyEntry = { kind: 'binding removal', spec };
    const link = this.#link;
    try {
      if (link !== undefined) await link.control.apply(removal);
    } catch (error) {
      // A binding whose queue or exchange is gone is gone.
      if (link?.alive && !(error instanceof NoReceiverError)) throw error;
    }
    this.#topology.forget({ kind: 'binding', spec });
    const lasting = this.#topology.queue(spec.queue)?.perEpoch !== true;
    if (lasting && !link?.alive) this.#topology.record(removal);
  }

  publish(message: OutboundMessage): boolean {
    return this.#count(this.#link?.publisher.publish(message));
  }

  drained(): Promise<void> | undefined {
    return this.#link?.publisher.drained;
  }

  publishApart(message: OutboundMessage): boolean {
    return this.#count(this.#link?.apart.publish(message));
  }

  publishConfirmed(message: OutboundMessage): Promise<PublishOutcome> {
    if (this.#link === undefined) {
      this.#counters.droppedWhileDisconnected++;
      return Promise.reject(notPublished());
    }
    return this.#link.confirmed.publish(message, () => this.#count(true));
  }

  onReturned(listener: (message: ReturnedMessage) => void): void {
    this.#onReturned = listener;
  }

  async consume(spec: ConsumeSpec): Promise<ConsumerHandle> {
    this.#checkOpen();
    assertQueueName(spec.queue);
    const from = streamStart(spec, this.#topology.queue(spec.queue));
    const position = from && new StreamPosition(from);
    const consumer: RecordedConsumer = { spec, position, leaving: false, cancelled: undefined };
    this.#consumers.add(consumer);
    const link = this.#link;
    try {
      await link?.consumers.start(consumer);
    } catch (error) {
      // A consumer that was recorded before the connection was lost comes with the next one.
      if (link?.alive) {
        this.#consumers.delete(consumer);
        throw error;
      }
    }
    return { cancel: () => this.#cancel(consumer) };
  }

  async inspectQueue(name: string): Promise<QueueInfo | undefined> {
    if (this.#link === undefined) {
      throw new UnavailableError(
        `The queue "${name}" cannot be inspected: there is no connection to the broker`,
      );
    }
    assertQueueName(name);
    try {
      return await this.#link.control.inspect(name);
    } catch (error) {
      if (error instanceof NoReceiverError) return undefined;
      throw error;
    }
  }

  #count(wasTaken = false): boolean {
    this.#counters[wasTaken ? 'published' : 'droppedWhileDisconnected']++;
    return wasTaken;
  }

  /** The one loop from the first attempt to close(). Ends early only when a first round over all addresses fails. */
  async #stayConnected(): Promise<void> {
    const { urls, reconnect, env, logger } = this.#options;
    const backoff = new Backoff(reconnect, env.random);
    const firstRound: Error[] = [];
    let attempt = 0;
    for (let turn = 0; !this.#closing.signal.aborted; turn++) {
      const url = urls[turn % urls.length] ?? urls[0];
      attempt++;
      this.#board.set({ type: 'connecting', url: url.label, attempt });
      let cause: Error;
      try {
        const link = await this.#establish(url);
        backoff.reset();
        attempt = 0;
        cause = await link.ended;
        this.#link = undefined;
      } catch (error) {
        cause = toError(error);
        if (this.#closing.signal.aborted) return;
        if (this.#epoch === 0 && firstRound.push(cause) === urls.length) {
          this.#giveUp(firstRound);
          return;
        }
      }
      if (this.#closing.signal.aborted) return;
      // In the first round somebody waits for the outcome, and each address is another.
      const retryInMs = this.#epoch === 0 ? 0 : backoff.next();
      logger.warn('amqp: not connected', { url: url.label, epoch: this.#epoch, retryInMs, error: cause });
      this.#board.set({ type: 'disconnected', epoch: this.#epoch, cause, retryInMs });
      if (retryInMs > 0) await this.#pause(retryInMs);
    }
  }

  /** One attempt: connections, channels, topology, consumers, `connected`. */
  async #establish(url: BrokerUrl): Promise<AmqpLink> {
    const epoch = this.#epoch + 1;
    const link = await AmqpLink.open(
      {
        url,
        epoch,
        options: this.#options,
        topology: this.#topology,
        counters: this.#counters,
        onReturned: (message) => this.#returned(message),
        onBlocked: (reason) => this.#blocked(epoch, reason),
      },
      this.#closing.signal,
    );
    this.#candidate = link;
    try {
      const wanted: Wanted = {
        topology: this.#topology,
        consumers: this.#consumers,
        forgetQueue: (name) => this.forget(name),
      };
      await replay(link, wanted, this.#options);
    } catch (error) {
      link.drop(toError(error));
      throw error;
    } finally {
      this.#candidate = undefined;
    }
    this.#epoch = epoch;
    this.#link = link;
    const { logger } = this.#options;
    logger.info('amqp: connected', { url: url.label, epoch, rabbitmq: link.serverVersion });
    this.#board.set({ type: 'connected', url: url.label, epoch });
    if (link.blockedReason !== undefined) this.#blocked(epoch, link.blockedReason);
    this.#settleWaiters((waiter) => waiter.resolve());
    return link;
  }

  #giveUp(failures: readonly Error[]): void {
    const { urls } = this.#options;
    const errors = failures.map((failure, index) => toConnectError(urls[index] ?? urls[0], failure));
    const error = toRoundError(errors);
    this.#loop = undefined;
    this.#board.set({ type: 'idle' });
    this.#settleWaiters((waiter) => waiter.reject(error));
  }

  async #close(): Promise<void> {
    const link = this.#link;
    // From here on nothing is accepted any more.
    this.#link = undefined;
    this.#closing.abort();
    this.#wake();
    this.#candidate?.drop(closedError());
    await link?.close();
    await this.#loop;
    this.#board.set({ type: 'closed' });
    this.#board.dispose();
    this.#settleWaiters((waiter) => waiter.reject(closedError()));
  }

  async #declare(entry: Declaration): Promise<void> {
    this.#checkOpen();
    assertDeclarable(entry);
    const link = this.#link;
    const takeBack = this.#topology.record(entry);
    try {
      const isYoung = link !== undefined && (await this.#isNewQuorumQueue(entry, link));
      await link?.control.apply(entry);
      if (isYoung) await link.pause(quorumQueueGrowsMs);
    } catch (error) {
      // A queue of a type that is switched off the broker refuses by closing the whole connection.
      const hasType = entry.kind === 'queue' && entry.spec.queueType !== undefined;
      if (!link?.alive && !(hasType && error instanceof BadRequestError)) return;
      takeBack();
      throw error;
    }
  }

  async #isNewQuorumQueue(entry: Declaration, link: AmqpLink): Promise<boolean> {
    if (entry.kind !== 'queue' || entry.spec.queueType !== 'quorum') return false;
    return link.control.inspect(entry.spec.name).then(
      () => false,
      (error: unknown) => error instanceof NoReceiverError,
    );
  }

  #cancel(consumer: RecordedConsumer): Promise<void> {
    this.#consumers.delete(consumer);
    consumer.cancelled ??= Promise.all([
      this.#link?.consumers.cancel(consumer),
      this.#candidate?.consumers.cancel(consumer),
    ]).then(() => {});
    return consumer.cancelled;
  }

  #returned(message: ReturnedMessage): void {
    this.#counters.returned++;
    try {
      this.#onReturned(message);
    } catch (error) {
      this.#options.logger.error('amqp: the listener for returned messages threw', { error: toError(error) });
    }
  }

  #blocked(epoch: number, reason: string | undefined): void {
    const link = this.#link;
    if (link?.epoch !== epoch) return;
    const url = link.url.label;
    if (reason === undefined) this.#board.set({ type: 'connected', url, epoch });
    else this.#board.set({ type: 'blocked', url, epoch, reason });
  }

  #settleWaiters(settle: (waiter: ConnectWaiter) => void): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) settle(waiter);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.env.clock.timer(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }
}

function closedError(): IllegalStateError {
  return new IllegalStateError('The transport is closed; make a new one');
}
