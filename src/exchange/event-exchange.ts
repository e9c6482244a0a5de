import type { Codec, Message } from '../codec/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Delivery, ReturnedMessage, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import type { EventSink, Outgoing } from './arrival.ts';
import { ConfirmedEvents } from './confirmed-events.ts';
import type { DeadLetterFacts } from './dead-letter.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Publication, PublishOutcome } from './event.ts';
import {
  durableAddress,
  durableName,
  eventsAnchor,
  eventsExchange,
  type StreamRetention,
} from './event-topology.ts';
import type { Inbox } from './inbox.ts';
import { LiveFeed } from './live-feed.ts';
import type { Identity } from './names.ts';
import { Outbox } from './outbox.ts';
import { declareStream, ReplayFeed, type ReplayFeedSpec, whenUp } from './replay-feed.ts';
import type { Retries } from './retries.ts';
import { SharedFeed, type SharedFeedSpec } from './shared-feed.ts';

/** What an {@link EventExchange} works with. */
export interface EventExchangeParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly transport: Transport;
  readonly inbox: Pick<Inbox, 'takeEvent'>;
  readonly retries: Retries;
  /** Milliseconds that the broker has for a confirmation. */
  readonly publishTimeoutMs: number;
  /** Logins whose word on the acting user of a message is taken. */
  readonly trustedUsers: ReadonlySet<string>;
}

/** Events since the container was made. */
export interface EventExchangeStats {
  readonly published: number;
  /** Live ones that there was no connection for. */
  readonly dropped: number;
}

/** A queue of events that this container takes from. */
export interface EventFeed {
  /** Resolves when events come in. @throws what the broker refuses */
  open(): Promise<void>;
  /** Nothing more comes in. */
  close(): Promise<void>;
}

/** The system's events: the way out, and the queues that they come in by. */
export class EventExchange {
  readonly deadLetters: DeadLetters;
  readonly #parts: EventExchangeParts;
  readonly #live: Outbox;
  readonly #confirmed: ConfirmedEvents;
  #onReturned: (topic: string) => void = () => undefined;
  #liveFeed: LiveFeed | undefined;
  #declared: Promise<void> | undefined;
  /** Something can be bound to the container's own queue. */
  #hasInbox = false;
  /** What logs were declared with, by event type. */
  readonly #retentions = new Map<string, StreamRetention>();
  /** Event types whose logs are being declared again. */
  readonly #repairing = new Set<string>();
  #published = 0;
  #dropped = 0;

  constructor(parts: EventExchangeParts) {
    this.#parts = parts;
    const { identity, env, codec, transport, logger } = parts;
    this.#live = new Outbox(
      identity,
      codec,
      transport,
      env,
      (_body, events) => {
        this.#dropped += events;
      },
      (routingKey, error) => logger.error('events could not be published', { routingKey, error }),
      eventsExchange(identity).name,
    );
    this.#confirmed = new ConfirmedEvents({
      identity,
      codec,
      transport,
      env,
      timeoutMs: parts.publishTimeoutMs,
    });
    this.deadLetters = new DeadLetters({
      identity,
      env,
      codec,
      transport,
      trustedUsers: parts.trustedUsers,
    });
  }

  get stats(): EventExchangeStats {
    return { published: this.#published, dropped: this.#dropped };
  }

  /** How often an event of a durable subscription is tried when that does not say. */
  get attempts(): number {
    return this.#parts.retries.policy.attempts;
  }

  /** Milliseconds before the attempt that follows the one of that number. */
  delayAfter(attempt: number): number {
    return this.#parts.retries.delayAfter(attempt);
  }

  /** Declares what is needed to publish, once. @throws what the broker refuses */
  ready(): Promise<void> {
    if (this.#declared === undefined) {
      const declared = this.#declare();
      this.#declared = declared;
      declared.catch(() => {
        this.#declared = undefined;
      });
    }
    return this.#declared;
  }

  /** The container's own queue is there. @throws what the broker refuses */
  async inboxOpened(): Promise<void> {
    this.#hasInbox = true;
    if (this.#declared === undefined) return;
    await this.declared();
    this.#declared = undefined;
    await this.ready();
  }

  /** Declares the log of an event type. @throws TopologyConflict for one with another retention */
  async declareStream(type: string, retention: StreamRetention): Promise<void> {
    await this.ready();
    const { env, transport, identity } = this.#parts;
    await whenUp(env, () => declareStream(transport, identity, type, retention));
    this.#retentions.set(type, retention);
  }

  /** Sends an event on its way; `publication.outcome` tells what became of it. @throws BadRequest, TooLarge for what cannot travel */
  publish({ message }: Outgoing, publication: Publication): void {
    const { codec, identity } = this.#parts;
    const bytes = codec.encodeEnvelope(message, identity.container, undefined);
    this.#published += 1;
    const { guarantee, topic, isMandatory } = publication;
    if (guarantee !== 'live') {
      const onNoLog = guarantee === 'replay' ? () => this.#repairLog(message.op) : undefined;
      publication.outcome = this.#confirmed.publish(topic, bytes, onNoLog);
    } else if (this.#isConnected) {
      this.#live.sendTogether({ routingKey: topic, bytes, mandatory: isMandatory, budgetMs: 0 });
      // Whoever awaits it publishes no faster than it leaves.
      publication.outcome = this.#live.room()?.then(sent) ?? 'sent';
    } else {
      this.#dropped += 1;
      publication.outcome = 'rejected';
    }
  }

  /** The one listener for events that were published `isMandatory` and reached nobody. */
  onReturned(listener: (topic: string) => void): void {
    this.#onReturned = listener;
  }

  /** Takes what came back; false if it is no event. */
  returned({ exchange, routingKey }: ReturnedMessage): boolean {
    const isEvent = exchange === eventsExchange(this.#parts.identity).name;
    if (isEvent) this.#onReturned(routingKey);
    return isEvent;
  }

  /** What the live subscriptions of this container share; always the same one, whose events go to `sink`. */
  liveFeed(sink: EventSink): LiveFeed {
    this.#liveFeed ??= new LiveFeed({
      ...this.#parts,
      declareEvents: () => this.ready(),
      onDelivery: (delivery) => this.#parts.inbox.takeEvent(delivery, sink),
    });
    return this.#liveFeed;
  }

  /** A queue that subscribers share. `attempts`: how often an event of a durable one is tried; default as configured. */
  sharedFeed(spec: SharedFeedSpec, sink: EventSink, attempts?: number): EventFeed {
    const source = spec.kind === 'durable' ? { address: durableAddress(spec.name), attempts } : undefined;
    const onDelivery = (delivery: Delivery): void =>
      this.#parts.inbox.takeEvent(delivery, sink, { isAcknowledged: true, source });
    return new SharedFeed({
      ...this.#parts,
      spec,
      declareEvents: () => this.ready(),
      declareDead: () => this.#parts.retries.declareDead(),
      onDelivery,
    });
  }

  /** One reader of a log. */
  replayFeed(spec: ReplayFeedSpec, sink: EventSink): EventFeed {
    const onDelivery = (delivery: Delivery): void =>
      this.#parts.inbox.takeEvent(delivery, sink, { isAcknowledged: true, source: undefined });
    return new ReplayFeed({ ...this.#parts, spec, declareEvents: () => this.ready(), onDelivery });
  }

  /** How many containers take from a durable subscription now. @throws Unavailable */
  async takersOf(name: string): Promise<number> {
    const { identity, transport } = this.#parts;
    return (await transport.inspectQueue(durableName(identity, name)))?.consumers ?? 0;
  }

  /** Forgets a durable subscription: its queue, and what is in it. */
  async deleteDurable(name: string): Promise<void> {
    const { identity, transport } = this.#parts;
    await transport.deleteQueue(durableName(identity, name));
  }

  connectionRestored(): void {
    this.#confirmed.connectionRestored();
  }

  /** Resolves when what was published is confirmed, or cannot be in its time, and work that failed is with the broker. */
  async settled(): Promise<void> {
    await this.declared();
    this.#live.flush();
    await Promise.all([this.#confirmed.settled(), this.#parts.retries.settled()]);
  }

  /** Resolves when no declaration is under way. Never rejects. */
  async declared(): Promise<void> {
    await this.#declared?.catch(() => undefined);
  }

  close(): void {
    this.#live.flush();
    this.#confirmed.close();
    this.#parts.retries.close();
  }

  async #declare(): Promise<void> {
    const { transport, identity } = this.#parts;
    await transport.declareExchange(eventsExchange(identity));
    if (identity.sysname === identity.container && this.#hasInbox)
      await transport.bind(eventsAnchor(identity));
  }

  /** Somebody has deleted it, or it is not up yet. */
  #repairLog(type: string): void {
    const retention = this.#retentions.get(type);
    if (retention === undefined || this.#repairing.has(type)) return;
    this.#repairing.add(type);
    // Its events come back again while this does not succeed.
    declareStream(this.#parts.transport, this.#parts.identity, type, retention)
      .catch((error: unknown) =>
        this.#parts.logger.debug('a log could not be declared again', { type, error }),
      )
      .finally(() => this.#repairing.delete(type));
  }

  get #isConnected(): boolean {
    const { type } = this.#parts.transport.status;
    return type === 'connected' || type === 'blocked';
  }
}

const sent = (): PublishOutcome => 'sent';

/** Tells whoever wants to know that something became a dead letter. */
export type DeadLetterListener = (facts: DeadLetterFacts, message: Message) => void;
