import { type Message, makeMessage } from '../codec/index.ts';
import { BadRequestError, ConflictError, ContainerError } from '../errors/index.ts';
import {
  Arrival,
  type EventExchange,
  type EventFeed,
  type EventSink,
  type StreamRetention,
  topicOf,
} from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { type Env, TopicIndex } from '../util/index.ts';
import {
  type EventPattern,
  eventMatcher,
  placeOfEvent,
  placeOfPattern,
  resolveEventPattern,
} from './event-pattern.ts';
import {
  type ResolvedSubscribeOptions,
  resolveSubscribeOptions,
  type SubscribeOptions,
} from './subscribe-options.ts';
import { Subscriber, type SubscriberHost, type Subscription } from './subscriber.ts';

/** What an {@link EventHub} works with. */
export interface EventHubParts {
  readonly env: Env;
  readonly logger: Logger;
  readonly exchange: EventExchange;
  readonly attempts: number;
  readonly delayAfter: (attempt: number) => number;
  /** Makes content and headers of a message checked copies. */
  readonly isolate: (message: Message) => void;
  /** Told of each subscription when its events come in. It must not throw. */
  readonly onSubscribed?: (subscriber: Subscriber) => void;
}

/** Addresses whose subscribers are remembered; more than that, and all are looked up again. */
const maxRemembered = 10_000;

/** A group or durable subscription, as this container shares in it. */
interface SharedSubscription extends EventSink {
  readonly feed: EventFeed;
  /** Events come in; replaced while they pause. */
  opened: Promise<void>;
  readonly options: ResolvedSubscribeOptions;
  readonly topic: string;
  readonly members: Set<Subscriber>;
  /** The last member is leaving. */
  closing: Promise<void> | undefined;
}

/** The subscriptions of a container: who is given which events. */
export class EventHub {
  readonly #parts: EventHubParts;
  readonly #index = new TopicIndex<Subscriber>();
  /** By address. */
  readonly #remembered = new Map<
    string,
    { readonly type: string; readonly subscribers: readonly Subscriber[] }
  >();
  readonly #shared = new Map<string, SharedSubscription>();
  readonly #replays = new Map<Subscriber, EventFeed>();
  readonly #all = new Set<Subscriber>();
  #isDrained = false;
  readonly #live: EventSink = { take: (arrival) => this.#takeLive(arrival) };

  constructor(parts: EventHubParts) {
    this.#parts = parts;
  }

  /** The subscriptions of this container in the order in which they were made. */
  get subscriptions(): Iterable<Subscription> {
    return this.#all;
  }

  /** Whether a live subscription of this container is for events of that type and origin. */
  isWanted(type: string, topic: string): boolean {
    return this.#index.match(placeOfEvent(type, topic)).length > 0;
  }

  /**
   * Subscribes; resolves when events come in.
   *
   * @param retention of the event type, for a replay, where it is known
   * @throws BadRequest for a pattern or options that cannot be used, Conflict for a group or durable subscription of that name and another pattern, NotFound
   * for a replay of what nobody keeps
   */
  async subscribe(
    host: SubscriberHost,
    wanted: EventPattern,
    given: SubscribeOptions = {},
    retention?: StreamRetention,
  ): Promise<Subscriber> {
    const pattern = resolveEventPattern(wanted);
    const options = resolveSubscribeOptions(given);
    const { env, logger, attempts, delayAfter } = this.#parts;
    const subscriber = new Subscriber({
      host,
      pattern,
      options,
      clock: env.clock,
      logger,
      attempts: options.attempts ?? attempts,
      delayAfter,
      leave: (leaving) => this.#leave(leaving),
    });
    // A process that is started again while the container stops gets no events any more.
    if (this.#isDrained) return subscriber;
    this.#all.add(subscriber);
    try {
      if (options.kind === 'live') await this.#joinLive(subscriber);
      else if (options.kind === 'replay') await this.#joinReplay(subscriber, retention);
      else await this.#joinShared(subscriber);
    } catch (error) {
      this.#all.delete(subscriber);
      throw error;
    }
    this.#parts.onSubscribed?.(subscriber);
    return subscriber;
  }

  /** Whether somebody of this container has that durable subscription now. */
  hasDurable(name: string): boolean {
    return this.#shared.has(`durable ${name}`);
  }

  /** The broker will give to somebody what it has not been told to be done. */
  connectionLost(): void {
    for (const subscriber of this.#all) subscriber.connectionLost();
  }

  /** The container stops: nothing is taken any more, and what was not begun goes back to its queue. Never rejects. */
  async drain(): Promise<void> {
    this.#isDrained = true;
    await Promise.all([...this.#all].map((subscriber) => subscriber.cancel().catch(() => undefined)));
  }

  async #joinLive(subscriber: Subscriber): Promise<void> {
    const { pattern } = subscriber;
    this.#index.add(placeOfPattern(pattern), subscriber);
    this.#remembered.clear();
    try {
      await this.#parts.exchange.liveFeed(this.#live).add(pattern.type);
    } catch (error) {
      this.#leaveIndex(subscriber);
      throw error;
    }
  }

  async #joinReplay(subscriber: Subscriber, retention: StreamRetention | undefined): Promise<void> {
    const { pattern, options } = subscriber;
    if (/[*#]/.test(pattern.type)) {
      throw new BadRequestError(
        `a replay reads the log of one event type; '${pattern.type}' is a pattern of several: subscribe to each`,
      );
    }
    const isFor = eventMatcher(pattern);
    const sink: EventSink = {
      take: (arrival) => {
        // After a lost connection the first frame may come once more.
        if (isBeforePlace(arrival, options) || !isFor(arrival)) subscriber.passOver(arrival);
        else subscriber.take(arrival);
      },
    };
    const feed = this.#parts.exchange.replayFeed(
      { type: pattern.type, from: options.from, prefetch: options.prefetch, retention },
      sink,
    );
    this.#replays.set(subscriber, feed);
    try {
      await feed.open();
    } catch (error) {
      this.#replays.delete(subscriber);
      throw error;
    }
    // Cancelled meanwhile, when there was nothing to close yet.
    if (subscriber.hasEnded) await feed.close();
  }

  async #joinShared(subscriber: Subscriber): Promise<void> {
    const { options, pattern } = subscriber;
    const key = `${options.kind} ${options.name}`;
    for (let former = this.#shared.get(key); former?.closing !== undefined; former = this.#shared.get(key))
      await former.closing;
    // Cancelled meanwhile: it joins nothing.
    if (subscriber.hasEnded) return;
    const shared = this.#shared.get(key) ?? this.#open(key, subscriber);
    if (shared.topic !== pattern.topic || shared.options.isOrdered !== options.isOrdered) {
      throw otherPattern(
        options,
        `it is for '${shared.topic}'${shared.options.isOrdered ? ', ordered' : ''}`,
      );
    }
    shared.members.add(subscriber);
    try {
      await shared.opened;
    } catch (error) {
      shared.members.delete(subscriber);
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
      if (error instanceof ContainerError && error.code === 'TopologyConflict')
        throw otherPattern(options, error.message, error);
      throw error;
    }
  }

  #open(key: string, { options, pattern }: Subscriber): SharedSubscription {
    const { kind, name, isOrdered, prefetch, attempts } = options;
    const members = new Set<Subscriber>();
    const isFor = eventMatcher(pattern);
    const take = (arrival: Arrival): void => {
      // Between two members there would be no order.
      const chosen = isOrdered ? firstOf(members) : leastLoaded(members);
      const member = isFor(arrival) ? chosen : undefined;
      if (member !== undefined) member.take(arrival);
      else if (members.size > 0) arrival.settle();
      else if (!arrival.giveBack()) arrival.settle();
    };
    const feed = this.#parts.exchange.sharedFeed(
      { kind: kind === 'group' ? 'group' : 'durable', name, pattern: pattern.topic, isOrdered, prefetch },
      { take },
      attempts,
    );
    const shared = {
      feed,
      opened: feed.open(),
      options,
      topic: pattern.topic,
      members,
      take,
      closing: undefined,
    };
    this.#shared.set(key, shared);
    return shared;
  }

  async #leave(subscriber: Subscriber): Promise<void> {
    this.#all.delete(subscriber);
    const { options, pattern } = subscriber;
    if (options.kind === 'live') {
      this.#leaveIndex(subscriber);
      subscriber.giveBackWaiting();
      await this.#parts.exchange.liveFeed(this.#live).remove(pattern.type);
      return;
    }
    if (options.kind === 'replay') {
      const feed = this.#replays.get(subscriber);
      this.#replays.delete(subscriber);
      await feed?.close();
      for (const arrival of subscriber.giveBackWaiting()) arrival.giveBack();
      return;
    }
    await this.#leaveShared(subscriber);
  }

  async #leaveShared(subscriber: Subscriber): Promise<void> {
    const { options } = subscriber;
    const key = `${options.kind} ${options.name}`;
    const shared = this.#shared.get(key);
    const wasFirst = firstOf(shared?.members ?? []) === subscriber;
    if (shared === undefined || !shared.members.delete(subscriber)) return;
    if (options.isOrdered && wasFirst && shared.members.size > 0) {
      await this.#takeOver(shared, subscriber);
      return;
    }
    if (shared.members.size === 0) {
      shared.closing = shared.opened
        .then(() => shared.feed.close())
        .catch(() => undefined)
        .then(() => {
          if (this.#shared.get(key) === shared) this.#shared.delete(key);
        });
      await shared.closing;
    }
    // When nobody takes from the queue the broker keeps it for the next; else another member does.
    for (const arrival of subscriber.giveBackWaiting()) shared.take(arrival);
  }

  /** What is ordered goes on with another member when the leaving one has settled all that it had: the broker sees to that. */
  async #takeOver(shared: SharedSubscription, leaving: Subscriber): Promise<void> {
    const closed = shared.opened.then(() => shared.feed.close());
    shared.opened = closed.then(() => shared.feed.open());
    shared.opened.catch((error: unknown) =>
      this.#parts.logger.error('an ordered subscription could not go on', { name: leaving.name, error }),
    );
    await closed.catch(() => undefined);
    for (const arrival of leaving.giveBackWaiting()) if (!arrival.giveBack()) arrival.settle();
  }

  #leaveIndex(subscriber: Subscriber): void {
    this.#index.remove(placeOfPattern(subscriber.pattern), subscriber);
    this.#remembered.clear();
  }

  #takeLive(arrival: Arrival): void {
    const subscribers = this.#subscribersOf(arrival.message);
    const [first, ...others] = subscribers;
    if (first === undefined) return;
    // Made before anybody has it: each may change what it is given, at once.
    const copies = others.length === 0 ? noCopies : others.map(() => this.#copyOf(arrival));
    first.take(arrival);
    for (const [index, copy] of copies.entries()) others[index]?.take(copy);
  }

  #subscribersOf({ op, receiver }: Message): readonly Subscriber[] {
    const known = this.#remembered.get(receiver);
    // A stranger may say that the type of one address ends elsewhere.
    if (known?.type === op) return known.subscribers;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    const subscribers = this.#index.match(placeOfEvent(op, topicOf(receiver)));
    this.#remembered.set(receiver, { type: op, subscribers });
    return subscribers;
  }

  #copyOf(arrival: Arrival): Arrival {
    const message = makeMessage(arrival.message);
    this.#parts.isolate(message);
    return new Arrival(message, arrival);
  }
}

const noCopies: readonly Arrival[] = [];

function firstOf(members: Iterable<Subscriber>): Subscriber | undefined {
  for (const member of members) return member;
  return undefined;
}

function leastLoaded(members: Iterable<Subscriber>): Subscriber | undefined {
  let best: Subscriber | undefined;
  for (const member of members) if (best === undefined || member.load < best.load) best = member;
  return best;
}

/** Of the frame at which a replay begins, what was handled before is passed over. */
function isBeforePlace({ event }: Arrival, { from, skip }: ResolvedSubscribeOptions): boolean {
  const position = event?.position;
  if (skip === 0 || position === undefined || typeof from !== 'object' || !('offset' in from)) return false;
  return position.offset === from.offset && position.index < skip;
}

function otherPattern({ kind, name }: ResolvedSubscribeOptions, why: string, cause?: unknown): ConflictError {
  return new ConflictError(
    `the ${kind} subscription '${name}' exists for other events: ${why}; take another name${
      kind === 'durable' ? ', or forget the old one (events.forget) with what it keeps' : ''
    }`,
    { cause },
  );
}
