import { AsyncResource } from 'node:async_hooks';
import { ConflictError, type ContainerError, NoReceiverError } from '../../errors/index.ts';
import type { Clock, Env } from '../../util/index.ts';
import type { ExchangeSpec, QueueSpec } from '../types.ts';
import type { BrokerQueue, QueueHost } from './broker-queue.ts';
import { deadLetterOf, isCycle } from './dead-letter.ts';
import { assertSameExchange, assertSameQueue, lockedQueue } from './equivalence.ts';
import { EmbeddedExchange } from './exchange.ts';
import type { BrokerMessage, DeathReason } from './message.ts';
import { EmbeddedQueue } from './queue.ts';
import { EmbeddedStream } from './stream.ts';

/** So many messages of one queue are delivered before the other queues have their turn. */
const MESSAGES_PER_TURN = 128;

/**
 * The exchanges and queues, routing between them, and the turns in which queues work.
 *
 * Routing is synchronous, so that messages of one publisher keep their order; everything that reaches a client (deliveries,
 * outcomes) happens in a turn of its own.
 */
export class VirtualHost implements QueueHost {
  readonly clock: Clock;
  readonly #exchanges = new Map<string, EmbeddedExchange<BrokerQueue>>();
  readonly #queues = new Map<string, BrokerQueue>();
  readonly #maxStreamBytes: number;
  readonly #requestTurn: () => void;
  #awake: BrokerQueue[] = [];
  #outcomes: (() => void)[] = [];
  #turnRequested = false;
  #suspended = false;
  /** Until somebody connects. */
  isResting = true;

  /** @param maxStreamBytes bounds every stream */
  constructor(env: Env, maxStreamBytes: number) {
    this.clock = env.clock;
    this.#maxStreamBytes = maxStreamBytes;
    // A turn serves many clients: it must not run in the async context of whoever happened to publish first.
    const turn = AsyncResource.bind(() => this.#turn());
    this.#requestTurn = () => {
      if (this.#turnRequested) return;
      this.#turnRequested = true;
      env.scheduler.soon(turn);
    };
  }

  /** Makes the exchange unless it is there. Throws `TopologyConflict` if it is there otherwise. */
  declareExchange(spec: ExchangeSpec): void {
    const existing = this.#exchanges.get(spec.name);
    if (existing !== undefined) assertSameExchange(existing.spec, spec);
    else this.#exchanges.set(spec.name, new EmbeddedExchange(spec));
  }

  /** Makes the queue unless it is there; an exclusive one is `owner`'s. Throws `TopologyConflict` if it is there otherwise. */
  declareQueue(spec: QueueSpec, owner: object): void {
    const existing = this.#queues.get(spec.name);
    if (existing === undefined) {
      const queue =
        spec.queueType === 'stream'
          ? new EmbeddedStream(spec, this, this.#maxStreamBytes)
          : new EmbeddedQueue(spec, spec.exclusive ? owner : undefined, this);
      this.#queues.set(spec.name, queue);
      return;
    }
    if (existing.owner !== (spec.exclusive ? owner : undefined)) throw lockedQueue(spec.name);
    assertSameQueue(existing.spec, spec);
    existing.touch();
  }

  findQueue(name: string): BrokerQueue | undefined {
    return this.#queues.get(name);
  }

  /** The queue `name`, for `owner` to use. Throws `NoReceiver` if there is none, `Conflict` if it is another's. */
  queueFor(name: string, owner: object): BrokerQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw missing('queue', name);
    if (queue.owner !== undefined && queue.owner !== owner) {
      throw new ConflictError(`Queue '${name}' is exclusive to another connection`);
    }
    return queue;
  }

  bind(exchangeName: string, queue: BrokerQueue, routingKey: string): void {
    this.#exchange(exchangeName).bind(queue, routingKey);
  }

  /** Harmless if exchange, queue or binding are not there. */
  unbind(exchangeName: string, queue: BrokerQueue, routingKey: string): void {
    const exchange = this.#exchanges.get(exchangeName);
    if (exchange === undefined) return;
    exchange.unbind(queue, routingKey);
    this.#dropUnbound(exchange);
  }

  /** Removes the queue, its bindings and what is in it. */
  deleteQueue(queue: BrokerQueue): void {
    if (this.#queues.get(queue.name) !== queue) return;
    this.#queues.delete(queue.name);
    for (const exchange of this.#exchanges.values()) {
      if (exchange.unbindAll(queue)) this.#dropUnbound(exchange);
    }
    queue.close();
  }

  /** Ends every exclusive queue of `owner`. */
  releaseOwner(owner: object): void {
    for (const queue of this.#queues.values()) if (queue.owner === owner) this.deleteQueue(queue);
  }

  /** Routes a message into its queues; false if there is none. Throws `NoReceiver` if the exchange does not exist. */
  route(message: BrokerMessage): boolean {
    if (message.exchange === '') {
      const queue = this.#queues.get(message.routingKey);
      queue?.enqueue(message, false);
      return queue !== undefined;
    }
    const queues = this.#queuesOf(this.#exchange(message.exchange), message.routingKey);
    const shared = queues.length > 1;
    for (const queue of queues) queue.enqueue(message, shared);
    return queues.length > 0;
  }

  /** Calls `fn` in the next turn, before its deliveries. */
  afterwards(fn: () => void): void {
    this.#outcomes.push(fn);
    this.#requestTurn();
  }

  /** Keeps what survives the end of a broker: durable exchanges and queues, their bindings, persistent messages. */
  suspend(): void {
    this.#suspended = true;
    for (const queue of [...this.#queues.values()]) {
      if (!queue.spec.durable) this.deleteQueue(queue);
    }
    for (const [name, exchange] of this.#exchanges) {
      if (!exchange.spec.durable) this.#exchanges.delete(name);
    }
    for (const queue of this.#queues.values()) queue.suspend();
  }

  /** The end of {@link suspend}: only now unused queues go on ageing. */
  resume(): void {
    this.#suspended = false;
    for (const queue of this.#queues.values()) queue.resume();
  }

  /** Nobody is connected: no timer is left to keep the program alive. What falls due meanwhile is found at {@link rouse}. */
  rest(): void {
    this.isResting = true;
    for (const queue of this.#queues.values()) queue.stopTimers();
  }

  /** Somebody connects again after {@link rest}. */
  rouse(): void {
    this.isResting = false;
    for (const queue of this.#queues.values()) queue.startTimers();
  }

  wake(queue: BrokerQueue): void {
    if (queue.isAwake) return;
    queue.isAwake = true;
    this.#awake.push(queue);
    this.#requestTurn();
  }

  deadLetter(queue: BrokerQueue, message: BrokerMessage, reason: DeathReason): void {
    const { deadLetterExchange } = queue.spec;
    if (deadLetterExchange === undefined) return;
    const letter = deadLetterOf(queue.spec, message, reason);
    for (const target of this.#deadLetterQueues(letter)) {
      // RabbitMQ 3.10 does not write dead letters to streams.
      if (target.spec.queueType === 'stream') continue;
      if (!isCycle(target.name, letter.deaths)) target.enqueue(letter, true);
    }
  }

  ended(queue: BrokerQueue): void {
    if (!this.#suspended) this.deleteQueue(queue);
  }

  #deadLetterQueues(letter: BrokerMessage): readonly BrokerQueue[] {
    if (letter.exchange !== '')
      return this.#queuesOf(this.#exchanges.get(letter.exchange), letter.routingKey);
    const queue = this.#queues.get(letter.routingKey);
    return queue === undefined ? [] : [queue];
  }

  /** Those of the exchange; if there is none, those of its alternate, and so on. */
  #queuesOf(first: EmbeddedExchange<BrokerQueue> | undefined, routingKey: string): readonly BrokerQueue[] {
    const asked = new Set<EmbeddedExchange<BrokerQueue>>();
    for (let exchange = first; exchange !== undefined && !asked.has(exchange); ) {
      const queues = exchange.route(routingKey);
      const { alternateExchange } = exchange.spec;
      if (queues.length > 0 || alternateExchange === undefined) return queues;
      asked.add(exchange);
      exchange = this.#exchanges.get(alternateExchange);
    }
    return [];
  }

  #exchange(name: string): EmbeddedExchange<BrokerQueue> {
    const exchange = this.#exchanges.get(name);
    if (exchange === undefined) throw missing('exchange', name);
    return exchange;
  }

  #dropUnbound(exchange: EmbeddedExchange<BrokerQueue>): void {
    if (exchange.spec.autoDelete && !exchange.isBound) this.#exchanges.delete(exchange.spec.name);
  }

  #turn(): void {
    this.#turnRequested = false;
    const outcomes = this.#outcomes;
    const awake = this.#awake;
    this.#outcomes = [];
    this.#awake = [];
    for (const outcome of outcomes) outcome();
    for (const queue of awake) {
      queue.isAwake = false;
      if (queue.work(MESSAGES_PER_TURN)) this.wake(queue);
    }
  }
}

function missing(kind: 'exchange' | 'queue', name: string): ContainerError {
  return new NoReceiverError(`The broker has no ${kind} '${name}'; declare it first`, {
    details: { kind, name },
  });
}
