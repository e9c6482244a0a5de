import type { Message } from '../codec/index.ts';
import type { Delivery } from '../transport/index.ts';

/** How an answer reaches a peer that speaks plain JSON: AMQP's own reply properties. */
export interface JsonReplyRoute {
  readonly replyTo: string;
  /** As the peer gave it; sent back unchanged. */
  readonly correlationId: string | undefined;
}

/** How a name is spoken to: by frames, as containers do, or with one plain JSON message per request, as programs of any language can. */
export type Wire = 'frames' | 'json';

/** What walks out: a message, and what the exchange tells its sender about the way it took. */
export interface Outgoing {
  readonly message: Message;
  /** Set on answers to JSON peers. */
  readonly replyRoute: JsonReplyRoute | undefined;
  /** What its sender asks for; undefined leaves it to the configuration. */
  readonly wire: Wire | undefined;
  /** It went out as JSON, so its answer may come as JSON. */
  isJson: boolean;
  /** It went to the broker, so its fate hangs on the connection. */
  remote: boolean;
  /** The only container that may answer, where the way taken says which. */
  answerer: string | undefined;
  /** The service whose shared queue it went to; '' otherwise. */
  service: string;
  /** It shall not leave this container; what it is about never did. */
  readonly stays: boolean;
  /** For what must not be lost: settles when the broker has taken it, or cannot. */
  confirmed: Promise<void> | undefined;
}

/** A message that is about to walk out. */
export function outgoing(
  message: Message,
  replyRoute?: JsonReplyRoute,
  stays: boolean = false,
  wire?: Wire,
): Outgoing {
  return {
    message,
    replyRoute,
    wire,
    isJson: false,
    remote: false,
    answerer: undefined,
    service: '',
    stays,
    confirmed: undefined,
  };
}

/** Facts about an arrival besides its message. */
export interface ArrivalFacts {
  /** The container that published it; '' for a JSON peer. */
  readonly origin: string;
  /** It never left this container. */
  readonly local: boolean;
  /** On this container's monotonic clock; Infinity when the sender set no limit. */
  readonly deadlineAt: number;
  /** The broker has sent it to somebody before. */
  readonly redelivered: boolean;
  readonly replyRoute: JsonReplyRoute | undefined;
  /** The frame to be acknowledged; undefined where nothing is acknowledged (inbox, local). */
  readonly ticket: FrameTicket | undefined;
}

/**
 * A message that came in, by the local way or through the broker. Whoever is done with it settles it: answered, handled, refused
 * or dropped; only then is its frame acknowledged.
 */
export class Arrival {
  readonly message: Message;
  readonly origin: string;
  readonly local: boolean;
  /** Progress moves it on. */
  deadlineAt: number;
  readonly redelivered: boolean;
  readonly replyRoute: JsonReplyRoute | undefined;
  /** When it came in, on the monotonic clock. */
  readonly arrivedAt: number;
  /** Whoever handles it has said so, in the protocols that have that. */
  agreed = false;
  /** A request is answered once. */
  answered = false;
  #ticket: FrameTicket | undefined;

  constructor(message: Message, facts: ArrivalFacts, arrivedAt: number) {
    this.message = message;
    this.origin = facts.origin;
    this.local = facts.local;
    this.deadlineAt = facts.deadlineAt;
    this.redelivered = facts.redelivered;
    this.replyRoute = facts.replyRoute;
    this.arrivedAt = arrivedAt;
    this.#ticket = facts.ticket;
  }

  /** It came through a service's shared queue and is not settled: if nobody here handles it, somebody elsewhere can. */
  get fromSharedQueue(): boolean {
    return this.#ticket !== undefined;
  }

  /** Whether the sender waits for an answer. */
  get wantsReply(): boolean {
    return this.message.performative === 'request';
  }

  /** Says that nothing more will be done with this message. Idempotent. */
  settle(): void {
    const ticket = this.#ticket;
    this.#ticket = undefined;
    ticket?.settleOne();
  }
}

/** Acknowledges a frame when all its envelopes are settled. A frame is never nacked. */
export class FrameTicket {
  readonly #delivery: Delivery;
  #left: number;

  constructor(delivery: Delivery, envelopes: number) {
    this.#delivery = delivery;
    this.#left = envelopes;
  }

  settleOne(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#delivery.ack();
  }
}
