import { makeMessage } from '../codec/index.ts';
import {
  defaultRetention,
  type EventExchange,
  type EventGuarantee,
  eventReceiver,
  eventTopic,
  outgoing,
  type Publication,
  type PublishOutcome,
  type StreamRetention,
} from '../exchange/index.ts';
import { type Cause, inheritedHeaders } from './cause.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { assertEventType } from './event-pattern.ts';
import { checkHeaders, type SendOptions } from './options.ts';

/** How an event is published. */
export interface PublishOptions extends Pick<SendOptions, 'headers' | 'within' | 'actAs'> {
  /** What is promised. Default: what its type says; of a type given by name only: `live`. */
  readonly qos?: EventGuarantee;
}

/** What is published. */
export interface EventToPublish {
  /** The process in whose name it is published. */
  readonly sender: string;
  readonly type: string;
  readonly origin: string;
  readonly content: unknown;
  readonly guarantee: EventGuarantee;
  /** Of a type whose events are replayed. */
  readonly retention: StreamRetention | undefined;
  /** Of a live event: the exchange tells if nobody has subscribed to it; see `EventExchange#onReturned`. Default false. */
  readonly isMandatory?: boolean;
}

/** What an {@link EventPublisher} works with. */
export interface EventPublisherParts extends Pick<ConversationParts, 'walkOut' | 'tracing'> {
  readonly exchange: EventExchange;
  /** Throws when the container is stopped. */
  readonly assertOpen: () => void;
}

/** Topics that are remembered; more than that, and all are made again. */
const maxRemembered = 1_024;

/** Where events begin their walk out. */
export class EventPublisher {
  readonly #parts: EventPublisherParts;
  /** By type and origin. */
  readonly #topics = new Map<string, Map<string, string>>();
  #remembered = 0;
  readonly #logs = new Map<string, Promise<void>>();
  #isReady = false;
  /** Events that wait for what must be there before them. */
  #preparing = 0;

  constructor(parts: EventPublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes; resolves when its guarantee is met or cannot be.
   *
   * @throws (as rejection) BadRequest for a type, origin or content that cannot be published, TooLarge, and what the broker refuses
   */
  publish(event: EventToPublish, options: PublishOptions, cause: Cause | undefined): Promise<PublishOutcome> {
    try {
      this.#parts.assertOpen();
      checkHeaders(options.headers);
      const topic = this.#topicOf(event);
      const isReady = this.#isReady && (event.guarantee !== 'replay' || this.#logs.get(event.type) === done);
      // Nothing overtakes what came before it and still waits.
      if (isReady && this.#preparing === 0) return Promise.resolve(this.#send(event, topic, options, cause));
      return this.#sendPrepared(event, topic, options, cause);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #sendPrepared(
    event: EventToPublish,
    topic: string,
    options: PublishOptions,
    cause: Cause | undefined,
  ): Promise<PublishOutcome> {
    this.#preparing += 1;
    try {
      await this.#prepare(event);
    } finally {
      this.#preparing -= 1;
    }
    return this.#send(event, topic, options, cause);
  }

  #send(
    { sender, type, content, guarantee, isMandatory = false }: EventToPublish,
    topic: string,
    { headers, actAs }: PublishOptions,
    cause: Cause | undefined,
  ): PublishOutcome | Promise<PublishOutcome> {
    const own = actAs === undefined ? headers : { ...headers, 'user-id': actAs };
    const message = makeMessage({
      performative: 'none',
      sender,
      receiver: eventReceiver(topic),
      op: type,
      content,
      headers: inheritedHeaders(cause, own),
    });
    const traced = this.#parts.tracing?.tracer?.sending(message);
    const publication: Publication = { topic, guarantee, isMandatory, outcome: 'rejected' };
    try {
      this.#parts.walkOut(outgoing(message, undefined, false, undefined, publication));
      traced?.end();
      return publication.outcome;
    } catch (error) {
      traced?.end(error);
      throw error;
    }
  }

  /** What must be there before the first event. Those that come meanwhile wait their turn. */
  async #prepare({ type, guarantee, retention }: EventToPublish): Promise<void> {
    const { exchange } = this.#parts;
    await exchange.ready();
    this.#isReady = true;
    if (guarantee !== 'replay') return;
    let log = this.#logs.get(type);
    if (log === undefined) {
      log = exchange.declareStream(type, retention ?? defaultRetention);
      this.#logs.set(type, log);
      log.then(
        () => this.#logs.set(type, done),
        () => this.#logs.delete(type),
      );
    }
    await log;
  }

  #topicOf({ type, origin }: EventToPublish): string {
    const known = this.#topics.get(type)?.get(origin);
    if (known !== undefined) return known;
    assertEventType(type);
    const topic = eventTopic(type, origin);
    let topics = this.#topics.get(type);
    if (this.#remembered >= maxRemembered || topics === undefined) {
      if (this.#remembered >= maxRemembered) {
        this.#topics.clear();
        this.#remembered = 0;
      }
      topics = new Map();
      this.#topics.set(type, topics);
    }
    topics.set(origin, topic);
    this.#remembered += 1;
    return topic;
  }
}

/** A log that is declared. */
const done = Promise.resolve();
