import type { Message } from '../codec/index.ts';
import type { EventPosition, Publication } from './event.ts';

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
  /** It is an event. */
  readonly publication: Publication | undefined;
}

/** A message that is about to walk out. */
export function outgoing(
  message: Message,
  replyRoute?: JsonReplyRoute,
  stays: boolean = false,
  wire?: Wire,
  publication?: Publication,
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
    publication,
  };
}

/** Who takes the events of a queue. */
export interface EventSink {
  /** Takes one, in order; it must not throw. */
  take(arrival: Arrival): void;
}

/** What is known of an event that came in, besides its message. */
export interface EventFacts {
  /** The publisher's wall clock, milliseconds since 1970; of a JSON event when it came in. */
  readonly publishedAt: number;
  /** Its publisher had sent it before and does not know what became of that. */
  readonly resent: boolean;
  /** Of a replayed event. */
  readonly position: EventPosition | undefined;
  readonly sink: EventSink;
}

/** An envelope's share of a frame that is to be acknowledged; each of the first three says that it is done with. */
export interface Ticket {
  /** Who sent the frame wants to know how long its messages keep their processes from others. */
  readonly tellsWork: boolean;
  settleOne(arrival: Arrival): void;
  /** The frame goes back to its queue. */
  giveBackOne(): void;
  failOne(arrival: Arrival, index: number, error: unknown, isFinal: boolean): void;
  /** The envelope as it came; undefined if nobody can tell. @throws UndecodableError */
  reread(index: number): Message | undefined;
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
  readonly ticket?: Ticket | undefined;
  /** Its place in that frame. Default 0. */
  readonly index?: number;
  /** Of an event. */
  readonly event?: EventFacts | undefined;
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
  /** How long it has kept its process from others so far, microseconds; see {@link Arrival.tellsWork}. 0: unknown. */
  workUs = 0;
  /** Whoever handles it has said so, in the protocols that have that. */
  agreed = false;
  /** A request is answered once. */
  answered = false;
  /** Of an event: how it was published, and who has subscribed to it. */
  readonly event: EventFacts | undefined;
  readonly #index: number;
  #ticket: Ticket | undefined;

  constructor(message: Message, facts: ArrivalFacts) {
    this.message = message;
    this.origin = facts.origin;
    this.local = facts.local;
    this.deadlineAt = facts.deadlineAt;
    this.redelivered = facts.redelivered;
    this.replyRoute = facts.replyRoute;
    this.event = facts.event;
    this.#index = facts.index ?? 0;
    this.#ticket = facts.ticket;
  }

  /** It came through a shared queue and is not settled: if nobody here handles it, somebody elsewhere can. */
  get fromSharedQueue(): boolean {
    return this.#ticket !== undefined;
  }

  /** Its sender is told how long it kept its process from others: by the answer, or when its frame is settled. */
  get tellsWork(): boolean {
    return this.#ticket !== undefined && (this.wantsReply || this.#ticket.tellsWork);
  }

  /** Whether the sender waits for an answer. */
  get wantsReply(): boolean {
    return this.message.performative === 'request';
  }

  /** Says that nothing more will be done with this message. Idempotent. */
  settle(): void {
    this.#takeTicket()?.settleOne(this);
  }

  /**
   * Says that its handling failed, and settles it. What the broker must not lose, that is one-way work from a shared queue, is tried again later, and
   * put among the dead letters when that is no use (DESIGN §10). Idempotent.
   *
   * @param isFinal another attempt would fail as well
   */
  fail(error: unknown, isFinal: boolean): void {
    const ticket = this.#takeTicket();
    if (ticket === undefined) return;
    if (this.wantsReply) ticket.settleOne(this);
    else ticket.failOne(this, this.#index, error, isFinal);
  }

  /**
   * Gives it back to its queue at once, at its old place and marked `redelivered`, with the others of its frame; false, and nothing is done, for
   * what a process must answer for, or the exchange gives back one by one.
   */
  giveBack(): boolean {
    if (this.event === undefined) return false;
    this.#takeTicket()?.giveBackOne();
    return true;
  }

  /** The message as it came, whatever a handler has done to its content since. @throws UndecodableError if that cannot be read again */
  asReceived(): Message {
    return this.#ticket?.reread(this.#index) ?? this.message;
  }

  #takeTicket(): Ticket | undefined {
    const ticket = this.#ticket;
    this.#ticket = undefined;
    return ticket;
  }
}
