import { ConflictError } from '../errors/index.ts';
import type { Arrival, DeadLetters, EventExchange, ProcessId, PublishOutcome } from '../exchange/index.ts';
import type {
  ConversationManager,
  EventHub,
  EventPublisher,
  PublishOptions,
  SubscribeOptions,
  Subscriber,
  SubscriberHost,
  Subscription,
} from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import {
  assertEventHandler,
  type EventContent,
  type EventHandler,
  EventHandling,
  EventOperation,
  type EventSubject,
  type EventType,
  type HandlingHost,
  toEvent,
  toSubject,
} from '../process/index.ts';
import type { Env } from '../util/index.ts';

/** What {@link ContainerEvents} work with. */
export interface ContainerEventsParts {
  /** The container's own name among its processes. */
  readonly self: ProcessId;
  readonly env: Env;
  readonly logger: Logger;
  readonly hub: EventHub;
  readonly publisher: EventPublisher;
  readonly exchange: EventExchange;
  readonly conversations: Pick<ConversationManager, 'arm' | 'disarm'>;
}

/** So many events of one subscription of the container's own are handled at a time. */
const concurrency = 1;

/** The system's events, in the container's own name. */
export class ContainerEvents {
  readonly #parts: ContainerEventsParts;
  readonly #host: HandlingHost;

  constructor(parts: ContainerEventsParts) {
    this.#parts = parts;
    const { env, conversations, logger, self } = parts;
    this.#host = {
      owner: {
        id: self,
        attributesStrayErrors: false,
        strayError: (error) => logger.error('an error that nobody handled', { error }),
      },
      now: () => env.clock.now(),
      arm: (entry, delayMs) => conversations.arm(entry, delayMs),
      disarm: (entry) => conversations.disarm(entry),
      within: (_handling, step) => step(),
      pathTo: () => [],
    };
  }

  /** The subscriptions of this container, its processes' included, in the order in which they were made. */
  get subscriptions(): readonly Subscription[] {
    return [...this.#parts.hub.subscriptions];
  }

  /** What nobody could handle, in the whole system. */
  get deadLetters(): DeadLetters {
    return this.#parts.exchange.deadLetters;
  }

  /** See `Process#publish`. */
  publish<E extends EventType>(
    event: E,
    origin: string,
    content: EventContent<E>,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  publish(type: string, origin: string, content: unknown, options?: PublishOptions): Promise<PublishOutcome>;
  async publish(
    event: EventType | string,
    origin: string,
    content: unknown,
    options: PublishOptions = {},
  ): Promise<PublishOutcome> {
    const toPublish = toEvent(this.#parts.self, event, origin, content, options);
    return this.#parts.publisher.publish(toPublish, options, undefined);
  }

  /** See `Process#subscribe`. It lasts until it is cancelled, or the container stops. */
  subscribe<E extends EventType>(
    subject: E,
    handler: EventHandler<EventContent<E>>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe<E extends EventType>(
    subject: { readonly type: E; readonly origin?: string },
    handler: EventHandler<EventContent<E>>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(
    subject: string | { readonly type: string; readonly origin?: string },
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  async subscribe(
    subject: EventSubject,
    handler: EventHandler<never>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    const { pattern, event } = toSubject(subject);
    assertEventHandler(handler, pattern.type);
    const operation = new EventOperation(handler, event);
    const host: SubscriberHost = {
      id: this.#parts.self,
      concurrency: options?.concurrency ?? concurrency,
      begin: (arrival, subscriber) => void this.#handle(arrival, subscriber, operation),
    };
    return this.#parts.hub.subscribe(host, pattern, options, event?.retention);
  }

  /**
   * Forgets a durable subscription for the whole system, with the events that it keeps. Who subscribes under that name later begins anew.
   *
   * @throws ConflictError while somebody has it, here or in another container
   */
  async forget(name: string): Promise<void> {
    const { hub, exchange } = this.#parts;
    if (hub.hasDurable(name)) throw inUse(name, 'in this container');
    const takers = await exchange.takersOf(name);
    if (takers > 0) throw inUse(name, `by ${takers} other ${takers === 1 ? 'container' : 'containers'}`);
    await exchange.deleteDurable(name);
  }

  async #handle(arrival: Arrival, subscriber: Subscriber, operation: EventOperation): Promise<void> {
    const handling = new EventHandling(arrival, this.#host, this.#host.now());
    let hasBegun = false;
    try {
      const content = operation.accept(arrival.message.content);
      hasBegun = true;
      await operation.handle(content, handling);
      subscriber.handled(arrival);
    } catch (error) {
      subscriber.failed(arrival, error, !hasBegun);
    } finally {
      handling.finish();
    }
  }
}

function inUse(name: string, where: string): ConflictError {
  return new ConflictError(
    `the durable subscription '${name}' is in use ${where}; cancel it there before it can be forgotten`,
  );
}
