import { anonymousUser, type CallPath, extension, type Message, noPath } from '../codec/index.ts';
import { messageOf, TimeoutError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import {
  type Cause,
  carriesOn,
  type Dependent,
  maxTimeoutMs,
  type ReceivedMessage,
  type TracedHandling,
} from '../interact/index.ts';
import { Chain, type Link, WheelEntry } from '../util/index.ts';
import { wasGivenBefore } from './redelivery.ts';
import type { Scope, ScopeOwner } from './scope.ts';

/** The process that handles a message, as far as the message is concerned. */
export interface HandlingHost {
  readonly owner: ScopeOwner;
  /** On the monotonic clock. */
  now(): number;
  /** Deadlines on the container's wheel. */
  arm(entry: WheelEntry, delayMs: number): void;
  disarm(entry: WheelEntry): void;
  /** Runs a step as a part of the message. */
  within<T>(handling: Handling, step: () => T): T;
  /** The way that a message has come, with this process at its end. */
  pathTo(message: Message): CallPath;
}

/**
 * One message while it is handled: what its handler is given, and what everything that is sent meanwhile carries on. Signal, path and
 * dependents are made when they are first asked for; most messages need none.
 */
export class Handling extends WheelEntry implements ReceivedMessage, Cause, Scope, Link<Handling> {
  chainNext: Handling | undefined = undefined;
  chainPrevious: Handling | undefined = undefined;
  readonly arrival: Arrival;
  readonly host: HandlingHost;
  /** When the handler was called, on the monotonic clock. */
  readonly startedAt: number;
  /** It carries somebody's name or trace on, which must not come into other messages even by work that its handler has left behind. */
  readonly isPersonal: boolean;
  /** The handler was called: it is not refused or too late. */
  hasBegun = false;
  /** Its place in a trace, where somebody traces. */
  traced: TracedHandling | undefined = undefined;
  #abortedBy: unknown;
  /** Why the signal aborts, whether it has been asked for or not. */
  #warnedBy: unknown;
  #hasEnded = false;
  #controller: AbortController | undefined;
  #path: CallPath | undefined;
  #dependents: Chain<Dependent> | undefined;

  constructor(arrival: Arrival, host: HandlingHost, startedAt: number) {
    super();
    this.arrival = arrival;
    this.host = host;
    this.startedAt = startedAt;
    this.isPersonal = carriesOn(arrival.message);
  }

  get owner(): ScopeOwner {
    return this.host.owner;
  }
  get message(): Readonly<Message> {
    return this.arrival.message;
  }
  get container(): string {
    return this.arrival.origin;
  }
  get redelivered(): boolean {
    return wasGivenBefore(this.arrival);
  }
  get deadlineAt(): number {
    return this.arrival.deadlineAt;
  }
  get remainingMs(): number {
    return Math.max(0, this.arrival.deadlineAt - this.host.now());
  }
  get actingUser(): string {
    const user = extension(this.arrival.message, 'user-id');
    return typeof user === 'string' ? user : anonymousUser;
  }

  get bindingUntil(): number {
    const { arrival } = this;
    return arrival.answered || !arrival.wantsReply ? Number.POSITIVE_INFINITY : arrival.deadlineAt;
  }
  get abortedBy(): unknown {
    return this.#abortedBy;
  }
  get path(): CallPath {
    if (this.#hasEnded) return noPath;
    this.#path ??= this.host.pathTo(this.arrival.message);
    // Who has an answer, or wants none, does not wait.
    return this.arrival.answered || !this.arrival.wantsReply
      ? Object.freeze(this.#path.slice(-1))
      : this.#path;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#warnedBy !== undefined) this.#controller.abort(this.#warnedBy);
      else if (this.bindingUntil <= this.host.now()) this.#controller.abort(timeOver());
      else this.#watchDeadline();
    }
    return this.#controller.signal;
  }

  attach(dependent: Dependent): void {
    this.#dependents ??= new Chain();
    this.#dependents.add(dependent);
  }

  detach(dependent: Dependent): void {
    this.#dependents?.delete(dependent);
  }

  /** Nobody waits for the answer any more: the handler's signal and every call it has made end. */
  abort(reason: unknown): void {
    if (this.#abortedBy !== undefined) return;
    this.#abortedBy = reason;
    this.warn(reason);
    for (const dependent of this.#dependents ?? []) dependent.abort(messageOf(reason));
  }

  /** Tells the handler to come to an end; what it has begun may finish. */
  warn(reason: unknown): void {
    this.#warnedBy ??= reason;
    this.host.disarm(this);
    this.#signalAborted(reason);
  }

  /** The handler has ended. */
  finish(): void {
    this.#hasEnded = true;
    this.host.disarm(this);
  }

  /** Progress may have moved the deadline on. */
  override onTimer(): void {
    if (this.bindingUntil > this.host.now()) this.#watchDeadline();
    else this.#signalAborted(timeOver());
  }

  /** Whoever aborts it has a message of its own; what the listeners send belongs to this one. */
  #signalAborted(reason: unknown): void {
    const controller = this.#controller;
    if (controller !== undefined && !controller.signal.aborted)
      this.host.within(this, () => abortOwnSignal(controller, reason));
  }

  #watchDeadline(): void {
    const leftMs = this.bindingUntil - this.host.now();
    // Senders may name any time; the wheel cannot take every one, and is asked again when it is over.
    if (Number.isFinite(leftMs)) this.host.arm(this, Math.min(leftMs, maxTimeoutMs));
  }
}

/** Its name stands in stacks: the listeners of this signal are the handler's own, whoever aborts it. */
function abortOwnSignal(controller: AbortController, reason: unknown): void {
  controller.abort(reason);
}

function timeOver(): TimeoutError {
  return new TimeoutError('the time of the message is over');
}
