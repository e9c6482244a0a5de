import type { CallPath, Message } from '../codec/index.ts';
import type { UnavailableError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import { isOnPath } from '../interact/index.ts';
import { Chain, type WheelEntry } from '../util/index.ts';
import { answerError } from './answer.ts';
import { EventDelivery } from './event-delivery.ts';
import { handleEvent } from './handle-event.ts';
import { handleMessage } from './handle-message.ts';
import { Handling } from './handling.ts';
import { Mailbox } from './mailbox.ts';
import { OperationLimits } from './operation-limits.ts';
import type { BoundOperation } from './operation-table.ts';
import { overloaded, wouldComeTooLate } from './overload.ts';
import { isInConversation, isSameRequest } from './redelivery.ts';
import { refuse, refuseRing } from './refuse.ts';
import { RunningStreams } from './running-streams.ts';
import { runInProcessScope, type ScopeOwner, scopes } from './scope.ts';
import { isSystemOperation, signalOperation } from './system-operations.ts';
import type { WorkHost, WorkKind } from './work-host.ts';
import type { WorkTurn } from './work-turn.ts';

/** The messages of one process: those that wait, those that it handles, and which is begun when. What becomes of one then, {@link handleMessage} knows. */
export class WorkLoop implements WorkTurn {
  readonly host: WorkHost;
  readonly kind: WorkKind;
  /** Made for the first that has to wait: an idle process begins each as it comes. */
  #mailbox: Mailbox | undefined;
  readonly #running = new Chain<Handling>();
  readonly #limits: OperationLimits | undefined;
  #streams: RunningStreams | undefined;
  /** The message being handled, where there is one at a time. */
  #current: Handling | undefined;
  #idle: (() => void) | undefined;
  #isPumping = false;
  #handled = 0;
  #dropped = 0;

  constructor(host: WorkHost, kind: WorkKind) {
    this.host = host;
    this.kind = kind;
    this.#limits = OperationLimits.of(kind.operations);
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#waiting + this.#running.size;
  }
  /** How many messages that came now would be begun at once. */
  get places(): number {
    return this.host.isOpen ? Math.max(0, this.kind.concurrency - this.load) : 0;
  }
  get handled(): number {
    return this.#handled;
  }
  /** One-way messages that found the mailbox full. */
  get dropped(): number {
    return this.#dropped;
  }
  /** Whether no handler runs. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }
  /** In the order in which they were begun. */
  get running(): Iterable<Handling> {
    return this.#running;
  }

  /** The message in whose handling this is asked. */
  get current(): Handling | undefined {
    const scope = scopes.getStore();
    if (scope instanceof Handling && scope.host === this) return scope;
    // Work that a hook has begun goes on beside the messages.
    if (scope?.owner === this.host) return undefined;
    // Work that an earlier message has left behind has a scope of that one, or none.
    return this.kind.interleaves || this.#current?.isPersonal ? undefined : this.#current;
  }

  /** Takes a message: begins it, lets it wait, or refuses it with a reply. */
  take(arrival: Arrival): void {
    const { message } = arrival;
    const { operations, isReentrant, concurrency } = this.kind;
    if (arrival.wantsReply && (message.attempt > 1 || arrival.redelivered) && this.#isRepeated(arrival)) {
      arrival.settle();
    } else if (isSystemOperation(message.op)) {
      if (this.#box().pushSystem(arrival)) this.pump();
      else this.#overflow(arrival);
    } else if (concurrency === 1 && arrival.wantsReply && isOnPath(message, this.host.id)) {
      if (isReentrant || operations.get(message.op)?.isReentrant === true) handleMessage(this, arrival);
      else refuseRing(this.host, arrival);
    } else if (this.#isTooLate(arrival)) {
      this.#refuseOverloaded(arrival, 'what waits before it takes longer than its caller does');
    } else if (this.#wouldBeginAtOnce) {
      this.#beginAtOnce(arrival);
    } else if (!this.#box().push(arrival)) {
      this.#overflow(arrival);
    } else {
      this.pump();
    }
  }

  /** Takes an event. Its subscriber bounds how many may wait. */
  takeEvent(delivery: EventDelivery): void {
    if (this.#wouldBeginAtOnce) {
      this.#beginAtOnce(delivery);
      return;
    }
    this.#box().push(delivery);
    this.pump();
  }

  /** Begins what may begin. */
  pump(): void {
    // An event whose handler awaits nothing is done within this loop, which then goes on.
    const mailbox = this.#mailbox;
    if (this.#isPumping || mailbox === undefined) return;
    this.#isPumping = true;
    try {
      while (this.host.isOpen && this.#running.size < this.kind.concurrency) {
        const next = mailbox.shift(this.#limits?.isReached);
        if (next === undefined) break;
        this.#start(next);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** As {@link WorkLoop.pump}, of what has not to wait for anything: no detour through the mailbox. */
  #beginAtOnce(next: Arrival): void {
    this.#isPumping = true;
    try {
      this.#start(next);
    } finally {
      this.#isPumping = false;
    }
    this.pump();
  }

  #start(next: Arrival): void {
    if (next instanceof EventDelivery) handleEvent(this, next);
    else handleMessage(this, next);
  }

  /** The caller has given a request up; false if it is not here. */
  cancel(conversationId: string, origin: string, reason: unknown): boolean {
    const waiting = this.#mailbox?.remove(conversationId, origin);
    waiting?.settle();
    const handling = this.#find(conversationId, origin);
    if (handling === undefined) return waiting !== undefined;
    // Nobody would take an answer.
    handling.arrival.answered = true;
    handling.abort(reason);
    this.#streams?.stop(handling, reason);
    return true;
  }

  /** The reader of a stream takes so many more parts; false if that stream is not here. */
  grant(conversationId: string, origin: string, parts: number): boolean {
    const handling = this.#find(conversationId, origin);
    return handling !== undefined && this.#streams?.grant(handling, parts) === true;
  }

  /** Gives what waits to others, but for what the container had to tell this very process. */
  passOnWaiting(): void {
    for (const arrival of this.#mailbox?.drain() ?? [])
      if (arrival.message.op !== signalOperation) this.host.passOn(arrival);
  }

  /** Takes out what waits and came from a service's queue; the rest goes on waiting, in its order. */
  takeShared(): readonly Arrival[] {
    const shared: Arrival[] = [];
    for (const arrival of this.#mailbox?.drain() ?? []) {
      if (arrival.fromSharedQueue) shared.push(arrival);
      else if (isSystemOperation(arrival.message.op)) this.#box().pushSystem(arrival);
      else this.#box().push(arrival);
    }
    return shared;
  }

  /** Tells the running handlers that the process ends. */
  warn(reason: unknown): void {
    for (const handling of this.running) handling.warn(reason);
  }

  /** Nobody waits for the running handlers any more: their callers are told, their calls and streams end, their messages are done with. */
  giveUp(reason: UnavailableError): void {
    for (const handling of this.running) {
      answerError(this.host, handling.arrival, reason, handling.hasBegun);
      handling.abort(reason);
      this.#streams?.stop(handling, reason);
      // One-way work that must not be lost is tried again.
      handling.arrival.fail(reason, false);
    }
  }

  /** Calls `then` once when no handler runs any more; at once if none does. */
  whenIdle(then: () => void): void {
    if (this.isIdle) then();
    else this.#idle = then;
  }

  // For its handlings.

  get owner(): ScopeOwner {
    return this.host;
  }
  now(): number {
    return this.host.now();
  }
  arm(entry: WheelEntry, delayMs: number): void {
    this.host.arm(entry, delayMs);
  }
  disarm(entry: WheelEntry): void {
    this.host.disarm(entry);
  }
  within<T>(handling: Handling, step: () => T): T {
    const { traced } = handling;
    const inTrace = traced === undefined ? step : () => traced.run(step);
    const { interleaves } = this.kind;
    if (!interleaves) this.#current = handling;
    // The turn may have come from the end of another message, in whose context this still runs.
    const isScoped = this.host.attributesStrayErrors || interleaves || handling.isPersonal;
    if (isScoped || scopes.getStore() !== undefined) {
      return runInProcessScope(handling, inTrace);
    }
    return inTrace();
  }
  pathTo(message: Message): CallPath {
    const { id, serviceName } = this.host;
    const step = {
      process: id,
      service: serviceName ?? '',
      instances: serviceName === undefined ? 1 : this.host.instances(),
      // Where handlers never run in the midst of each other, nothing is taken until this one has ended.
      isBlocked: !this.kind.interleaves,
    };
    return Object.freeze([...message.callPath, Object.freeze(step)]);
  }
  get streams(): RunningStreams {
    this.#streams ??= new RunningStreams(this.host, this);
    return this.#streams;
  }
  begin(handling: Handling, operation: BoundOperation | undefined): void {
    this.#running.add(handling);
    if (operation?.concurrency !== undefined) this.#limits?.begun(handling.message.op);
  }
  end(handling: Handling, operation: BoundOperation | undefined, tookMs?: number): void {
    this.#handled += 1;
    this.#running.delete(handling);
    if (operation?.concurrency !== undefined) this.#limits?.ended(handling.message.op);
    if (this.#current === handling) this.#current = undefined;
    if (handling.hasBegun) operation?.took(tookMs ?? this.now() - handling.startedAt);
    handling.finish();
    handling.traced?.end();
    handling.arrival.settle();
    if (this.#idle !== undefined && this.isIdle) {
      this.#idle();
      this.#idle = undefined;
    }
    this.pump();
  }

  get #waiting(): number {
    return this.#mailbox?.length ?? 0;
  }
  /** Nothing waits that would have to be begun before, and there is room. */
  get #wouldBeginAtOnce(): boolean {
    return (
      !this.#isPumping &&
      this.#limits === undefined &&
      this.#waiting === 0 &&
      this.host.isOpen &&
      this.#running.size < this.kind.concurrency
    );
  }
  #box(): Mailbox {
    this.#mailbox ??= new Mailbox(this.kind.mailboxLimit);
    return this.#mailbox;
  }

  #find(conversationId: string, origin: string): Handling | undefined {
    return [...this.running].find(({ arrival }) => isInConversation(arrival, conversationId, origin));
  }

  /**
   * A request that came again, from its caller or from the broker, while it is still here needs no second answer; one that was answered
   * gets the same answer.
   */
  #isRepeated(arrival: Arrival): boolean {
    // JSON peers need not name one.
    if (arrival.message.conversationId === '') return false;
    const isSame = (other: Arrival): boolean => isSameRequest(arrival, other);
    // One that was answered already may go on for long.
    for (const { arrival: other } of this.running) if (!other.answered && isSame(other)) return true;
    return this.#mailbox?.has(isSame) === true || this.host.responder.answerAgain(arrival);
  }

  /** Whether it waited in a shared queue for so long that it cannot be begun before its caller stops waiting. */
  #isTooLate(arrival: Arrival): boolean {
    if (!arrival.fromSharedQueue || !arrival.wantsReply || this.#running.size < this.kind.concurrency)
      return false;
    return wouldComeTooLate(this.kind, this.#mailbox, arrival.deadlineAt - this.now());
  }

  #overflow(arrival: Arrival): void {
    if (arrival.wantsReply) {
      this.#refuseOverloaded(arrival, `${this.#waiting} messages are waiting`);
      return;
    }
    this.#dropped += 1;
    if (this.#dropped === 1) {
      this.host.logger.warn('mailbox full; one-way messages are dropped and counted', {
        waiting: this.#waiting,
      });
    }
    arrival.settle();
  }

  #refuseOverloaded(arrival: Arrival, why: string): void {
    refuse(this.host, arrival, overloaded(this.host.id, this.kind, this.load, why));
  }
}
