import { type CallPath, type Message, protocolOf } from '../codec/index.ts';
import {
  BadRequestError,
  ContainerError,
  DeadlockError,
  NotFoundError,
  OverloadedError,
  UnavailableError,
} from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import { isOnPath } from '../interact/index.ts';
import { Bag, isThenable, type WheelEntry } from '../util/index.ts';
import { EventDelivery } from './event-delivery.ts';
import { Handling, type HandlingHost } from './handling.ts';
import { Mailbox } from './mailbox.ts';
import type { BoundOperation } from './operation-table.ts';
import { EventHandling } from './received-event.ts';
import { askerOf, wasGivenBefore } from './redelivery.ts';
import { RunningStreams } from './running-streams.ts';
import { runInProcessScope, type ScopeOwner, scopes } from './scope.ts';
import { isSystemOperation, signalOperation } from './system-operations.ts';
import type { WorkHost, WorkKind } from './work-host.ts';

/** How often work is handed back to a queue whose every instance here waits for it, before that is called a deadlock. */
const maxHandBacks = 5;

/** From the mailbox through the handler to the answer: what one process does with its messages. */
export class WorkLoop implements HandlingHost {
  readonly #host: WorkHost;
  readonly #kind: WorkKind;
  /** Made for the first that has to wait: an idle process begins each as it comes. */
  #mailbox: Mailbox | undefined;
  /** Those that run; most processes have one at a time. */
  #first: Handling | undefined;
  #others: Bag<Handling> | undefined;
  /** Handlers running now, of operations that limit them. */
  #busy: Map<string, number> | undefined;
  #streams: RunningStreams | undefined;
  /** The message being handled, where there is one at a time. */
  #current: Handling | undefined;
  #idle: (() => void) | undefined;
  #isPumping = false;
  #handled = 0;
  #dropped = 0;

  constructor(host: WorkHost, kind: WorkKind) {
    this.#host = host;
    this.#kind = kind;
    for (const operation of kind.operations.values()) {
      if (operation.concurrency !== undefined) this.#busy ??= new Map();
    }
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#waiting + this.#runningCount;
  }
  /** How many messages that came now would be begun at once. */
  get places(): number {
    return this.#host.isOpen ? Math.max(0, this.#kind.concurrency - this.load) : 0;
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
    return this.#runningCount === 0;
  }
  /** As they are now: what ends meanwhile changes nothing of it. */
  get running(): readonly Handling[] {
    const others = this.#others === undefined ? [] : [...this.#others];
    return this.#first === undefined ? others : [this.#first, ...others];
  }

  /** The message in whose handling this is asked. */
  get current(): Handling | undefined {
    const scope = scopes.getStore();
    if (scope instanceof Handling && scope.host === this) return scope;
    // Work that a hook has begun goes on beside the messages.
    if (scope?.owner === this.#host) return undefined;
    // Work that an earlier message has left behind has a scope of that one, or none.
    return this.#kind.interleaves || this.#current?.isPersonal ? undefined : this.#current;
  }

  /** Takes a message: begins it, lets it wait, or refuses it with a reply. */
  take(arrival: Arrival): void {
    const { message } = arrival;
    const { operations, isReentrant, concurrency } = this.#kind;
    if (arrival.wantsReply && (message.attempt > 1 || arrival.redelivered) && this.#isRepeated(arrival)) {
      arrival.settle();
    } else if (isSystemOperation(message.op)) {
      if (this.#box().pushSystem(arrival)) this.pump();
      else this.#overflow(arrival);
    } else if (concurrency === 1 && arrival.wantsReply && isOnPath(message, this.#host.id)) {
      if (isReentrant || operations.get(message.op)?.isReentrant === true) this.#handle(arrival);
      else this.#refuseRing(arrival);
    } else if (this.#isTooLate(arrival)) {
      this.#refuse(arrival, this.#overloaded('what waits before it takes longer than its caller does'));
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
      while (this.#host.isOpen && this.#runningCount < this.#kind.concurrency) {
        const next = mailbox.shift(this.#busy && this.#isBusy);
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
    if (next instanceof EventDelivery) this.#handleEvent(next);
    else this.#handle(next);
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
      if (arrival.message.op !== signalOperation) this.#host.passOn(arrival);
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
      this.#replyError(handling.arrival, reason, handling.hasBegun);
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

  // As the host of its handlings.

  get owner(): ScopeOwner {
    return this.#host;
  }
  now(): number {
    return this.#host.now();
  }
  arm(entry: WheelEntry, delayMs: number): void {
    this.#host.arm(entry, delayMs);
  }
  disarm(entry: WheelEntry): void {
    this.#host.disarm(entry);
  }
  within<T>(handling: Handling, step: () => T): T {
    const { traced } = handling;
    const inTrace = traced === undefined ? step : () => traced.run(step);
    const { interleaves } = this.#kind;
    if (!interleaves) this.#current = handling;
    // The turn may have come from the end of another message, in whose context this still runs.
    const isScoped = this.#host.attributesStrayErrors || interleaves || handling.isPersonal;
    if (isScoped || scopes.getStore() !== undefined) {
      return runInProcessScope(handling, inTrace);
    }
    return inTrace();
  }
  pathTo(message: Message): CallPath {
    const { id, serviceName } = this.#host;
    const step = {
      process: id,
      service: serviceName ?? '',
      instances: serviceName === undefined ? 1 : this.#host.instances(),
      // Where handlers never run in the midst of each other, nothing is taken until this one has ended.
      isBlocked: !this.#kind.interleaves,
    };
    return Object.freeze([...message.callPath, step]);
  }

  get #runningCount(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }
  get #waiting(): number {
    return this.#mailbox?.length ?? 0;
  }
  /** Nothing waits that would have to be begun before, and there is room. */
  get #wouldBeginAtOnce(): boolean {
    return (
      !this.#isPumping &&
      this.#busy === undefined &&
      this.#waiting === 0 &&
      this.#host.isOpen &&
      this.#runningCount < this.#kind.concurrency
    );
  }
  #box(): Mailbox {
    this.#mailbox ??= new Mailbox(this.#kind.mailboxLimit);
    return this.#mailbox;
  }

  readonly #isBusy = (op: string): boolean => {
    const limit = this.#kind.operations.get(op)?.concurrency;
    return limit !== undefined && (this.#busy?.get(op) ?? 0) >= limit;
  };

  #find(conversationId: string, origin: string): Handling | undefined {
    for (const handling of this.running) {
      const { arrival } = handling;
      if (arrival.message.conversationId === conversationId && askerOf(arrival) === origin) return handling;
    }
    return undefined;
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
    return this.#mailbox?.has(isSame) === true || this.#host.responder.answerAgain(arrival);
  }

  /** One message to its answer; without a promise where its handler makes none. Never throws. */
  #handle(arrival: Arrival): void {
    const host = this.#host;
    const { op } = arrival.message;
    const startedAt = host.now();
    const handling = new Handling(arrival, this, startedAt);
    const operation = this.#kind.operations.get(op);
    this.#begin(handling, operation);
    if (arrival.deadlineAt <= startedAt) {
      this.#end(handling, operation);
      return;
    }
    if (operation === undefined) {
      this.#threw(handling, operation, new NotFoundError(`${host.name} has no operation '${op}'`));
      return;
    }
    let returned: unknown;
    try {
      this.#admit(arrival, operation);
      const content = operation.accept(arrival.message.content, arrival.message.headers);
      handling.hasBegun = true;
      handling.traced = host.tracing.tracer?.handling(arrival.message);
      returned = this.#run(handling, operation, content);
    } catch (error) {
      this.#threw(handling, operation, error);
      return;
    }
    const tookMs = host.now() - startedAt;
    this.#noteWork(handling, operation, tookMs);
    const isStream = operation.isStream && arrival.wantsReply;
    if (isStream || isThenable(returned)) void this.#await(handling, operation, returned);
    else this.#answered(handling, operation, returned, tookMs);
  }

  /** The handler, in the scope of its message. */
  #run(handling: Handling, operation: BoundOperation, content: unknown): unknown {
    return this.within(handling, () => operation.run(this.#host.process, content, handling));
  }

  /** What a handler has promised, or a stream. Never rejects. */
  async #await(handling: Handling, operation: BoundOperation, promised: unknown): Promise<void> {
    try {
      const returned = await promised;
      if (!operation.isStream || !handling.arrival.wantsReply) {
        const tookMs = this.now() - handling.startedAt;
        this.#noteWork(handling, operation, tookMs);
        this.#answered(handling, operation, returned, tookMs);
        return;
      }
      this.#streams ??= new RunningStreams(this.#host, this);
      await this.#streams.serve(handling, operation, returned);
    } catch (error) {
      this.#threw(handling, operation, error);
      return;
    }
    this.#end(handling, operation);
  }

  /** The handler has returned, or its promise is kept. */
  #answered(handling: Handling, operation: BoundOperation, returned: unknown, tookMs: number): void {
    try {
      this.#reply(handling.arrival, operation.result(returned, handling));
    } catch (error) {
      this.#threw(handling, operation, error);
      return;
    }
    this.#end(handling, operation, tookMs);
  }

  /** The message was refused, or its handler failed. */
  #threw(handling: Handling, operation: BoundOperation | undefined, error: unknown): void {
    const { arrival, hasBegun } = handling;
    handling.traced?.end(error);
    try {
      const failure = failureOf(operation, error);
      if (arrival.wantsReply) this.#failed(arrival, failure, hasBegun || wasGivenBefore(arrival));
      else this.#failedOneWay(handling, failure);
    } finally {
      this.#end(handling, operation);
    }
  }

  /**
   * How long a message keeps this instance from others: while its handler computes, and its share of the time in which as many are handled as may be. Who
   * sends learns by it how many may travel together.
   */
  #noteWork(
    { arrival }: Handling,
    { concurrency = Number.POSITIVE_INFINITY, isStream }: BoundOperation,
    tookMs: number,
  ): void {
    // How long a stream takes its reader decides.
    if (!arrival.tellsWork || isStream) return;
    // Before the first await nothing else is handled.
    const besides = arrival.workUs === 0 ? 1 : Math.min(this.#kind.concurrency, concurrency);
    arrival.workUs = Math.max(arrival.workUs, 1, Math.ceil((1_000 * tookMs) / besides));
  }

  /** One event; without a promise where its handler makes none, since there may be a great many. Never throws. */
  #handleEvent(delivery: EventDelivery): void {
    const { operation, message } = delivery;
    const handling = new EventHandling(delivery, this, this.now());
    this.#begin(handling, undefined);
    try {
      const content = operation.accept(message.content);
      handling.hasBegun = true;
      handling.traced = this.#host.tracing.tracer?.handling(message);
      const handled = this.within(handling, () => operation.handle(content, handling));
      if (isThenable(handled)) {
        handled.then(
          () => this.#end(handling, undefined),
          (error: unknown) => this.#failedEvent(handling, error),
        );
        return;
      }
    } catch (error) {
      this.#failedEvent(handling, error);
      return;
    }
    this.#end(handling, undefined);
  }

  #failedEvent(handling: EventHandling, error: unknown): void {
    handling.traced?.end(error);
    handling.arrival.fail(error, !handling.hasBegun);
    this.#end(handling, undefined);
  }

  /** Whether the answer goes in parts. @throws what the request is refused for */
  #admit(arrival: Arrival, operation: BoundOperation): boolean {
    const host = this.#host;
    const { message } = arrival;
    if (arrival.wantsReply && wasGivenBefore(arrival) && !operation.idempotent) {
      throw this.#redelivered(message.op);
    }
    const isStream = arrival.wantsReply && message.headers !== undefined && protocolOf(message) === 'stream';
    if (isStream !== operation.isStream && arrival.wantsReply) {
      throw wrongReply(host.name, message.op, operation);
    }
    if (message.headers !== undefined) host.responder.agree(arrival, host.id);
    return isStream;
  }

  #begin(handling: Handling, operation: BoundOperation | undefined): void {
    if (this.#first === undefined) this.#first = handling;
    else {
      this.#others ??= new Bag();
      this.#others.add(handling);
    }
    if (operation?.concurrency === undefined) return;
    const { op } = handling.message;
    this.#busy?.set(op, (this.#busy.get(op) ?? 0) + 1);
  }

  #end(handling: Handling, operation: BoundOperation | undefined, tookMs?: number): void {
    const { op } = handling.message;
    this.#handled += 1;
    if (this.#first === handling) this.#first = undefined;
    else this.#others?.delete(handling);
    if (operation?.concurrency !== undefined) this.#busy?.set(op, (this.#busy.get(op) ?? 1) - 1);
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

  #reply(arrival: Arrival, content: unknown): void {
    if (!arrival.wantsReply || arrival.answered) return;
    arrival.answered = true;
    this.#host.responder.reply(arrival, this.#host.id, content);
  }

  #replyError(arrival: Arrival, error: unknown, hasRun: boolean = false): void {
    if (!arrival.wantsReply || arrival.answered) return;
    arrival.answered = true;
    this.#host.responder.replyError(arrival, this.#host.id, error, hasRun);
  }

  #failed(arrival: Arrival, error: unknown, hasRun: boolean): void {
    const { logger } = this.#host;
    const { op, sender, conversationId } = arrival.message;
    const line = { op, sender, conversation: conversationId || undefined, error };
    if (isForeseen(error)) logger.debug('a request was answered with an error', line);
    else logger.error('an operation failed', line);
    // Nobody waits any more, and the caller's own clock says Timeout; an error made by the deadline must not overtake that.
    if (arrival.deadlineAt > this.now()) this.#replyError(arrival, error, hasRun);
  }

  /** Nobody is told but the log; what must not be lost is tried again. */
  #failedOneWay({ arrival, hasBegun }: Handling, error: unknown): void {
    const { op, sender, attempt } = arrival.message;
    this.#host.logger.warn('a one-way message failed', { op, sender, attempt, error });
    arrival.fail(error, !hasBegun);
  }

  /** At most one knowing execution: somebody was given this request before and may have run it. */
  #redelivered(op: string): UnavailableError {
    return new UnavailableError(
      `${this.#host.name}.${op} may have run in an instance that was lost, and is not declared idempotent`,
      { details: { executed: 'unknown' } },
    );
  }

  /** The request came to a process that waits for it. Another instance may be free; the caller's container has found that there are some. */
  #refuseRing(arrival: Arrival): void {
    const { message } = arrival;
    if (arrival.fromSharedQueue && message.attempt <= maxHandBacks) {
      message.attempt += 1;
      this.#host.passOn(arrival);
      return;
    }
    const path = message.callPath.map((step) => step.process);
    const text = `process ${this.#host.id} waits for what this request is a part of`;
    this.#refuse(arrival, new DeadlockError(text, { details: { path, executed: 'no' } }));
  }

  /** Whether it waited in a shared queue for so long that it cannot be begun before its caller stops waiting. */
  #isTooLate(arrival: Arrival): boolean {
    if (!arrival.fromSharedQueue || !arrival.wantsReply || this.#runningCount < this.#kind.concurrency)
      return false;
    const { concurrency, operations } = this.#kind;
    const leftMs = arrival.deadlineAt - this.now();
    if (leftMs <= 0) return true;
    // Most of the time a look at the slowest operation is enough.
    if (this.#waiting * this.#slowestMs() < leftMs * concurrency) return false;
    return this.#box().workMs((op) => operations.get(op)?.meanMs ?? 0) >= leftMs * concurrency;
  }

  #slowestMs(): number {
    let slowestMs = 0;
    for (const { meanMs } of this.#kind.operations.values()) slowestMs = Math.max(slowestMs, meanMs);
    return slowestMs;
  }

  #overflow(arrival: Arrival): void {
    if (arrival.wantsReply) {
      this.#refuse(arrival, this.#overloaded(`${this.#waiting} messages are waiting`));
      return;
    }
    this.#dropped += 1;
    if (this.#dropped === 1) {
      this.#host.logger.warn('mailbox full; one-way messages are dropped and counted', {
        waiting: this.#waiting,
      });
    }
    arrival.settle();
  }

  #refuse(arrival: Arrival, error: ContainerError): void {
    this.#replyError(arrival, error, wasGivenBefore(arrival));
    arrival.settle();
  }

  /** `why`: what is in the way. Its share of what waits tells when it is worth trying again. */
  #overloaded(why: string): OverloadedError {
    const halfMs = (this.load * this.#slowestMs()) / this.#kind.concurrency / 2;
    const retryAfterMs = Math.round(Math.min(30_000, Math.max(100, halfMs)));
    return new OverloadedError(`process ${this.#host.id} takes no more now: ${why}`, {
      details: { executed: 'no', retryAfterMs },
    });
  }
}

/** What is answered for what a handler threw. A check of a declared error's data is the author's code, and may throw as well. */
function failureOf(operation: BoundOperation | undefined, error: unknown): unknown {
  try {
    return operation === undefined ? error : operation.failureFor(error);
  } catch (thrown) {
    return thrown;
  }
}

function wrongReply(name: string, op: string, { isStream }: BoundOperation): BadRequestError {
  return new BadRequestError(
    isStream
      ? `${name}.${op} answers in parts; read it with a typed client, or stream()`
      : `${name}.${op} answers at once; call it, do not stream it`,
  );
}

/** JSON peers choose the id of a conversation themselves, so two of them may choose the same. */
function isSameRequest(one: Arrival, other: Arrival): boolean {
  return (
    one.message.conversationId === other.message.conversationId &&
    askerOf(one) === askerOf(other) &&
    one.replyRoute?.replyTo === other.replyRoute?.replyTo
  );
}

function isForeseen(error: unknown): boolean {
  return error instanceof ContainerError && error.code !== 'Internal';
}
