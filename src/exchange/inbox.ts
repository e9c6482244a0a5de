import {
  type Codec,
  extension,
  frameContentType,
  isReply,
  type Message,
  makeMessage,
  UndecodableError,
} from '../codec/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';
import type { Delivery } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { Arrival, type EventSink } from './arrival.ts';
import { eventReceiver } from './event.ts';
import { eventsExchange } from './event-topology.ts';
import { FrameTicket, type WorkKeeper, type WorkSource } from './frame-ticket.ts';
import type { JsonCalls } from './json-calls.ts';
import type { AskingContainer, JsonGate } from './json-gate.ts';
import { type Identity, parseProcessId } from './names.ts';
import { SenderClocks } from './sender-clocks.ts';
import { type TellWork, WorkReport } from './work-report.ts';

/** Counters since the container was made. */
export interface InboxStats {
  /** Frames and JSON messages that could be read. */
  readonly frames: number;
  /** Messages that were handed on. */
  readonly messages: number;
  /** Frames and JSON messages that were not: broken, foreign, of unknown type, without an answer that this container may give. */
  readonly undecodable: number;
  /** Messages that came after their deadline and were dropped. */
  readonly expired: number;
}

/** What an {@link Inbox} works with. */
export interface InboxParts {
  readonly identity: Identity;
  readonly codec: Codec;
  readonly json: JsonGate;
  readonly calls: Pick<JsonCalls, 'readAnswer'>;
  /** Tells a container that asked with JSON that it has no answer. */
  readonly tellContainer: (asking: AskingContainer, error: UndecodableError) => void;
  readonly env: Env;
  readonly logger: Logger;
  /** Logins (AMQP's `user_id`, which the broker checks) whose word on the acting user of a message is taken. */
  readonly trustedUsers: ReadonlySet<string>;
  /** Takes each message that came in, in order; it must not throw. */
  readonly onArrival: (arrival: Arrival) => void;
  /** What becomes of work that fails. */
  readonly keeper: WorkKeeper;
  /** Tells a container how long its one-way messages took. */
  readonly tellWork: TellWork;
}

/** Where a delivery came in. */
interface Place {
  /** Whom JSON messages of the queue are meant for. */
  readonly receiver: string;
  readonly isAcknowledged: boolean;
  /** Where failed work comes from; undefined where it is not tried again. */
  readonly source: WorkSource | undefined;
  /** Who takes events. */
  readonly sink: EventSink | undefined;
}

/** How the events of a queue are settled. */
export interface EventSettlement {
  readonly isAcknowledged: boolean;
  /** Of a durable subscription. */
  readonly source: WorkSource | undefined;
}

const unsettled: EventSettlement = { isAcknowledged: false, source: undefined };

/** Where deliveries become messages: check, decode, split. Whatever cannot be read is counted, logged once per source and settled. */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #clocks: SenderClocks;
  readonly #logged = new OncePer();
  /** What was read again, as long as its delivery is at hand: of a frame of failing work each message is asked for. */
  readonly #again = new WeakMap<Delivery, readonly Message[]>();
  readonly #stats = { frames: 0, messages: 0, undecodable: 0, expired: 0 };

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#clocks = new SenderClocks(parts.env.clock);
  }

  get stats(): InboxStats {
    return { ...this.#stats };
  }

  /** Takes a delivery of the container's own queue, where nothing is acknowledged. Never throws. */
  takeOwn(delivery: Delivery): void {
    // Without the `~` that begins the key of an inbox.
    const receiver = delivery.routingKey.slice(1);
    this.#take(delivery, { ...unsettled, receiver, sink: undefined });
  }

  /** Takes a delivery of `service`'s shared queue; it is acknowledged when all its messages are settled. Never throws. */
  takeShared(delivery: Delivery, service: string): void {
    const source = { address: service };
    this.#take(delivery, { receiver: service, isAcknowledged: true, source, sink: undefined });
  }

  /** Takes a delivery of a queue of events, for `sink`. Never throws. */
  takeEvent(delivery: Delivery, sink: EventSink, settlement: EventSettlement = unsettled): void {
    this.#take(delivery, { ...settlement, receiver: eventReceiver(delivery.routingKey), sink });
  }

  /** The message in that place of a delivery that was taken before. @throws UndecodableError */
  reread(delivery: Delivery, index: number): Message {
    const { identity, codec } = this.#parts;
    if (delivery.properties.contentType !== frameContentType) {
      const isEvent = delivery.exchange === eventsExchange(identity).name;
      const receiver = isEvent ? eventReceiver(delivery.routingKey) : delivery.routingKey;
      const { op, content } = codec.decodeJson(delivery.body, delivery.properties);
      return makeMessage({ performative: 'none', sender: '', receiver, op, content });
    }
    let messages = this.#again.get(delivery);
    if (messages === undefined) {
      messages = codec.decodeFrame(delivery.body, identity.container).messages;
      this.#again.set(delivery, messages);
    }
    const message = messages[index];
    if (message === undefined) throw new UndecodableError('truncated', `a frame has no envelope ${index}`);
    // Whoever asks may change it, and the same may be asked for again.
    return makeMessage({ ...message, content: codec.copy(message.content) });
  }

  #take(delivery: Delivery, place: Place): void {
    try {
      const { contentType } = delivery.properties;
      if (contentType === frameContentType) this.#takeFrame(delivery, place);
      else if (!this.#parts.json.takes(contentType)) throw unknownType(delivery);
      else if (place.sink !== undefined) this.#takeJsonEvent(delivery, place);
      // Only answers come to a container's own queue through the default exchange.
      else if (!place.isAcknowledged && delivery.exchange === '')
        this.#handOn(this.#parts.calls.readAnswer(delivery));
      else this.#takeJson(delivery, place);
    } catch (error) {
      this.#refuse(delivery, error, place);
    }
  }

  #takeFrame(delivery: Delivery, { isAcknowledged, source, sink }: Place): void {
    const { identity, codec, env, onArrival, keeper, tellWork } = this.#parts;
    const { header, messages } = codec.decodeFrame(delivery.body, identity.container);
    if (header.sysname !== identity.sysname) {
      throw new UndecodableError(
        'foreign-system',
        `a frame of system '${header.sysname}' came to '${identity.sysname}'`,
      );
    }
    this.#stats.frames += 1;
    const now = env.clock.now();
    const waitedMs = this.#clocks.waitedMs(header.container, header.sentAt);
    const report =
      header.tellWork && source !== undefined && sink === undefined
        ? new WorkReport(tellWork, header.container, source.address)
        : undefined;
    const ticket = isAcknowledged
      ? new FrameTicket(delivery, messages.length, keeper, source, report)
      : undefined;
    const { offset } = delivery;
    const resent = header.resent === true;
    let index = -1;
    for (const message of messages) {
      index += 1;
      if (message.budgetMs > 0 && message.budgetMs <= waitedMs) {
        this.#dropExpired(message, header.container, waitedMs);
        ticket?.settleOne();
        continue;
      }
      this.#stats.messages += 1;
      this.#checkActingUser(message, delivery.properties.userId);
      const position = offset === undefined ? undefined : { offset, index };
      const facts = {
        origin: sink === undefined ? originOf(message, header.container) : header.container,
        local: false,
        deadlineAt: message.budgetMs > 0 ? now + message.budgetMs - waitedMs : Number.POSITIVE_INFINITY,
        redelivered: delivery.redelivered,
        replyRoute: undefined,
        ticket,
        index,
        event: sink && { publishedAt: header.sentAt, resent, position, sink },
      };
      onArrival(new Arrival(message, facts));
    }
  }

  /** An event of a program that speaks no frames; it wants no answer. */
  #takeJsonEvent(delivery: Delivery, { isAcknowledged, source, sink, receiver }: Place): void {
    const { codec, env, keeper } = this.#parts;
    const { op, content } = codec.decodeJson(delivery.body, delivery.properties);
    if (!delivery.routingKey.startsWith(`${op}.`)) {
      throw new UndecodableError(
        'topic',
        `a JSON event of type '${op}' came with the routing key '${delivery.routingKey}'; that is the type, a dot and the origin`,
      );
    }
    const ticket = isAcknowledged ? new FrameTicket(delivery, 1, keeper, source) : undefined;
    const { offset } = delivery;
    const facts = {
      origin: '',
      local: false,
      deadlineAt: Number.POSITIVE_INFINITY,
      redelivered: delivery.redelivered,
      replyRoute: undefined,
      ticket,
      event: sink && {
        publishedAt: env.clock.wall(),
        resent: false,
        position: offset === undefined ? undefined : { offset, index: 0 },
        sink,
      },
    };
    const message = makeMessage({ performative: 'none', sender: '', receiver, op, content });
    this.#handOn(new Arrival(message, facts));
  }

  #dropExpired({ op, budgetMs }: Message, sender: string, waitedMs: number): void {
    this.#stats.expired += 1;
    if (!this.#logged.first(`expired/${sender}`)) return;
    this.#parts.logger.warn(
      'a message came after its time and was dropped; more from there are only counted',
      {
        sender,
        op,
        budgetMs,
        waitedMs: Math.round(waitedMs),
      },
    );
  }

  /** Who may send may not therefore act for anybody: without a trusted login behind it the message is ANONYMOUS's. */
  #checkActingUser(message: Message, login: string | undefined): void {
    if (extension(message, 'user-id') === undefined) return;
    if (login !== undefined && this.#parts.trustedUsers.has(login)) return;
    const { 'user-id': _unproven, ...headers } = message.headers ?? {};
    message.headers = headers;
  }

  #takeJson(delivery: Delivery, place: Place): void {
    const { json, keeper } = this.#parts;
    const { receiver, isAcknowledged, source } = place;
    json.whenKnown(delivery, (isAnswerable) => {
      try {
        if (!isAnswerable) throw unanswerable();
        const ticket = isAcknowledged ? new FrameTicket(delivery, 1, keeper, source) : undefined;
        this.#handOn(json.read(delivery, receiver, ticket));
      } catch (error) {
        this.#refuse(delivery, error, place);
      }
    });
  }

  #handOn(arrival: Arrival): void {
    this.#stats.frames += 1;
    this.#stats.messages += 1;
    this.#parts.onArrival(arrival);
  }

  #refuse(delivery: Delivery, error: unknown, { source, sink }: Place): void {
    const { logger } = this.#parts;
    this.#stats.undecodable += 1;
    if (!(error instanceof UndecodableError)) {
      logger.error('a delivery could not be taken', { routingKey: delivery.routingKey, error });
    } else {
      const source = `${delivery.properties.userId ?? ''}/${delivery.properties.appId ?? ''}/${delivery.routingKey}`;
      if (this.#logged.first(`${source}/${error.reason}`)) {
        logger.warn('undecodable message dropped; more of its kind from there are only counted', {
          source,
          error,
        });
      }
      if (sink === undefined) this.#tellSender(delivery, error);
    }
    // Of what must not be lost the broker makes a dead letter.
    if (sink !== undefined && source !== undefined) delivery.reject();
    else delivery.ack();
  }

  #tellSender(delivery: Delivery, error: UndecodableError): void {
    const { json, tellContainer } = this.#parts;
    if (error.reason === 'reply-to') {
      const asking = json.askingContainer(delivery);
      if (asking !== undefined) tellContainer(asking, error);
    } else if (
      json.takes(delivery.properties.contentType) &&
      error.reason !== 'unanswerable' &&
      error.reason !== 'no-correlation'
    ) {
      const route = json.replyRoute(delivery);
      if (route !== undefined) json.refuse(error, route);
    }
  }
}

/**
 * The container whose process sent it. Of an answer that is who published it; work that was handed back was published by somebody else than
 * its sender, who may still cancel it or grant it credit.
 */
function originOf({ performative, sender }: Message, publisher: string): string {
  if (isReply(performative) || sender === '' || isProcessOf(publisher, sender)) return publisher;
  return parseProcessId(sender)?.container ?? sender;
}

/** Container ids have no dots. */
function isProcessOf(container: string, id: string): boolean {
  return id.lastIndexOf('.') === container.length && id.startsWith(container);
}

function unknownType({ properties }: Delivery): UndecodableError {
  return new UndecodableError('content-type', `content type '${properties.contentType}' is unknown`);
}

function unanswerable(): UndecodableError {
  return new UndecodableError(
    'unanswerable',
    "a JSON request cannot be answered: the container's login has no write permission on the default exchange; grant it on 'amq.default' (rabbitmqctl set_permissions), or call with frames",
  );
}
