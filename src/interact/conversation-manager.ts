import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallPath, type Message, makeMessage, type Performative } from '../codec/index.ts';
import { fromWireError, messageOf, toWireError, UnavailableError } from '../errors/index.ts';
import { type Arrival, everyContainer, outgoing } from '../exchange/index.ts';
import { TimerWheel, type WheelEntry } from '../util/index.ts';
import {
  attemptTimedOut,
  cancelled,
  deadlock,
  inDoubt,
  mayHaveRun,
  nobodyThere,
  outsideProtocol,
  timedOut,
  unavailable,
} from './call-errors.ts';
import { assertSendable, budgetOf, type CallTarget, requestMessage } from './call-request.ts';
import { CallTable, type ConversationStats } from './call-table.ts';
import type { Cause } from './cause.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { OneWaySender } from './one-way-sender.ts';
import { type CallOptions, defaultTimeoutMs, type SendOptions } from './options.ts';
import { type CallSink, PendingCall, type PendingCallOwner } from './pending-call.ts';
import type { Protocol } from './protocols.ts';
import { Responder } from './responder.ts';
import { Retry } from './retry.ts';
import { closesRing } from './ring.ts';
import { type StreamOptions, StreamReader } from './stream-reader.ts';
import { noTracing, type Tracing } from './tracer.ts';

/** A call to a service that has waited this long is worth asking the broker whether anybody serves it. */
const overdueAfterMs = 250;

/**
 * The open conversations of a container: every call is registered here before it is sent and is settled exactly once, by its reply, its
 * deadline, its caller's change of mind, the broker's return, the absence of instances, the loss of the connection, or the container's end.
 */
export class ConversationManager implements PendingCallOwner {
  readonly #parts: ConversationParts;
  readonly #timeoutMs: number;
  readonly #wheel: TimerWheel;
  readonly #responder: Responder;
  readonly #calls: CallTable;
  readonly #tracing: Tracing;
  readonly #oneWay: OneWaySender;
  #closed = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { env, logger } = parts;
    this.#responder = new Responder(parts.walkOut, logger, env.clock, parts.tellsStacks);
    this.#tracing = parts.tracing ?? noTracing;
    this.#oneWay = new OneWaySender(parts, () => this.assertOpen());
    this.#timeoutMs = parts.timeoutMs ?? defaultTimeoutMs;
    this.#calls = new CallTable(env.ids.token(64), logger);
    this.#wheel = new TimerWheel(env.clock, 10, (error) => logger.error('a deadline failed', { error }));
  }

  get stats(): ConversationStats {
    return this.#calls.stats;
  }

  /** The participant's side: agreeing, reporting, answering. */
  get responder(): Responder {
    return this.#responder;
  }

  /**
   * Calls `op` of `receiver` in the name of process `sender`; resolves with the reply (`inform_result`), rejects with what went wrong.
   *
   * @param cause the message during whose handling it is called
   * @throws (as rejection) BadRequest, NoReceiver, NotFound, Timeout, Cancelled, Unavailable, Deadlock, or the handler's own error
   */
  call(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options: CallOptions = {},
    cause?: Cause,
  ): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#callWith({ sender, receiver, op, content }, options, cause, { resolve, reject });
    });
  }

  /** As {@link call}, but resolves with the content of the reply. */
  ask(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options: CallOptions = {},
    cause?: Cause,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#callWith({ sender, receiver, op, content }, options, cause, new ContentSink(resolve, reject));
    });
  }

  /**
   * Calls `op` of `receiver` for an answer in parts. The call is made when the first part is asked for; see {@link StreamReader}.
   *
   * @param cause the message during whose handling it is called
   * @param mayCall asked when the call is made; what it throws, the reader gets
   */
  stream(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options: StreamOptions = {},
    cause?: Cause,
    mayCall?: () => void,
  ): AsyncIterableIterator<unknown> {
    return new StreamReader({
      options,
      open: (sink, headers) => {
        mayCall?.();
        return this.#open({ sender, receiver, op, content }, { ...options, headers }, cause, 'stream', sink);
      },
      grant: (call, parts) => this.#tell(call, 'credit', parts),
    });
  }

  /** Rejects the open calls of a process that has ended; whoever handles them is told. */
  endCallsOf(sender: string): void {
    if (this.#calls.size === 0) return;
    for (const call of this.#calls.all) {
      if (call.message.sender === sender) call.abort(new UnavailableError(`process ${sender} has ended`));
    }
  }

  /**
   * Sends one way in the name of process `sender`. Resolves when a process's message is handed over, or when the broker has a service's.
   * Whoever drops the promise gets the failure in the log.
   */
  send(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options: SendOptions = {},
    cause?: Cause,
  ): Promise<void> {
    return this.#oneWay.send({ sender, receiver, op, content }, options, cause);
  }

  /** Tells every container of the system something, in the name of `sender`. It may be lost. @throws whatever an interceptor does */
  announce(sender: string, op: string): void {
    this.#parts.walkOut(
      outgoing(makeMessage({ performative: 'none', sender, receiver: everyContainer, op })),
    );
  }

  /** Arms a deadline that belongs to a conversation of the participant's side, on the same wheel as those of calls. */
  arm(entry: WheelEntry, delayMs: number): void {
    this.#wheel.arm(entry, delayMs);
  }

  disarm(entry: WheelEntry): void {
    this.#wheel.disarm(entry);
  }

  /** Takes a reply that came in. */
  accept(arrival: Arrival): void {
    const { message } = arrival;
    arrival.settle();
    const call = this.#calls.answeredBy(arrival);
    if (call === undefined) return;
    const { performative } = message;
    // Two instances may agree to one call that was sent twice.
    if (performative === 'agree' && call.state === 'AGREED' && message.sender !== call.participant) return;
    call.resume(performative);
    switch (call.step(performative)) {
      case 'DONE':
        if (message.workUs > 0 && call.service !== '')
          this.#parts.took(call.service, call.message.op, message.workUs);
        this.#forget(call);
        call.traced?.end();
        call.sink.resolve(message);
        break;
      case 'FAILED':
      case 'REFUSED':
        this.#failed(call, fromWireError(message.content));
        break;
      case 'AGREED':
        call.participant = message.sender;
        call.hasAgreed = true;
        this.#progressed(call, message);
        break;
      default:
        this.#endOutsideProtocol(call, performative);
    }
  }

  /** An interceptor refused a reply that came in: the call that it answers fails with that error. */
  refused(arrival: Arrival, error: unknown): void {
    const call = this.#calls.answeredBy(arrival);
    if (call === undefined) return;
    const refusal = toError(error);
    // Of an answer in parts more would come.
    if (call.protocol !== 'rpc') this.#tell(call, 'cancel', toWireError(refusal));
    this.#fail(call, refusal);
  }

  /** The broker gave back messages that nobody is bound to. */
  returned(messages: readonly Message[]): void {
    for (const { conversationId, performative } of messages) {
      const call = this.#calls.byConversation(conversationId);
      if (call === undefined || performative === 'cancel') continue;
      if (performative === 'credit')
        this.#fail(call, unavailable(call, 'who answered in parts is gone', 'unknown'));
      else this.#failed(call, nobodyThere(call, this.#parts.identity.sysname));
    }
  }

  /** Messages did not reach the broker. With `isLost`, idempotent calls wait for the next connection. */
  unsent(messages: readonly Message[], isLost: boolean): void {
    for (const { conversationId, performative } of messages) {
      const call = this.#calls.byConversation(conversationId);
      if (call === undefined || (isLost && call.idempotent) || performative === 'cancel') continue;
      if (performative === 'credit')
        this.#fail(call, unavailable(call, 'the broker could not be given credit', 'unknown'));
      else this.#failed(call, unavailable(call, 'the broker could not be given the call', 'no'));
    }
  }

  /** The connection to the broker is gone: calls that went through it fail at once, except idempotent ones, which wait for the next. */
  connectionLost(): void {
    for (const call of this.#calls.all) {
      if (!call.remote || (call.idempotent && call.protocol !== 'stream')) continue;
      const why = 'the connection to the broker was lost before the answer came';
      this.#fail(call, unavailable(call, why, 'unknown'));
    }
  }

  /** There is a connection again: idempotent calls are sent again with what is left of their time. */
  connectionRestored(): void {
    for (const call of this.#calls.all) {
      if (!call.remote || call.isBetweenAttempts) continue;
      call.mayHaveRun = true;
      this.#sendAgain(call);
    }
  }

  /** Whether calls to `service` have been pending for so long that its instances are in doubt. */
  isAwaited(service: string): boolean {
    return this.#calls.overdue.has(service);
  }

  /** `service` has a queue and no instance: the calls that wait for it fail. */
  instancesAbsent(service: string): void {
    for (const call of this.#calls.overdue.of(service)) {
      const why = `no instance of '${service}' is running`;
      this.#failed(call, unavailable(call, why, 'unknown', { reason: 'no instance' }));
    }
  }

  /** Fails every open call; later ones are refused. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls.all) {
      this.#fail(call, unavailable(call, 'the container stopped before the answer came', 'unknown'));
    }
    this.#wheel.close();
  }

  /** @internal */
  onCallTimer(call: PendingCall): void {
    const now = this.#parts.env.clock.now();
    if (call.deadlineAt <= now) {
      this.#deadlinePassed(call, now);
    } else if (call.isBetweenAttempts) {
      this.#sendAgain(call);
    } else if (call.attemptEndsAt <= now) {
      const { attemptMs = 0 } = call.retry ?? {};
      call.attemptEndsAt = Number.POSITIVE_INFINITY;
      this.#failed(call, attemptTimedOut(call, attemptMs));
    } else {
      if (call.service !== '' && call.state === 'REQUESTED' && !call.overdue) {
        this.#calls.overdue.add(call);
        this.#parts.watchInstances(call.service);
      }
      this.#armDeadline(call, now);
    }
  }

  /** @internal */
  abortCall(call: PendingCall, reason: unknown): void {
    if (!call.isOpen) return;
    call.step('abort');
    const error = cancelled(call.target, reason, true);
    // Between attempts too: an earlier one may still run.
    this.#tell(call, 'cancel', toWireError(error));
    this.#fail(call, error);
  }

  #callWith(target: CallTarget, options: CallOptions, cause: Cause | undefined, sink: CallSink): void {
    const { onAgree, onProgress, protocol } = options;
    if (onAgree === undefined && onProgress === undefined) {
      this.#open(target, options, cause, protocol ?? 'rpc', sink);
      return;
    }
    // They are called from wherever the answer comes; what they send belongs to what the call belongs to.
    const agreed = onAgree && AsyncLocalStorage.bind(onAgree);
    const progressed = onProgress && AsyncLocalStorage.bind(onProgress);
    this.#open(target, options, cause, protocol ?? 'request', {
      resolve: (reply) => sink.resolve(reply),
      reject: (error) => sink.reject(error),
      agreed: () => agreed?.(),
      progressed: (reply) => progressed?.(reply.content),
    });
  }

  /** Registers a call and sends it. @throws for what cannot be sent; later failures go to the sink */
  #open(
    target: CallTarget,
    options: CallOptions,
    cause: Cause | undefined,
    protocol: Protocol,
    sink: CallSink,
  ): PendingCall {
    this.assertOpen();
    assertSendable(target, options);
    const { env } = this.#parts;
    const startedAt = env.clock.now();
    const { idempotent = false, signal, wire } = options;
    const budgetMs = budgetOf(target, options, cause, startedAt, this.#timeoutMs);
    const retry = options.retry && new Retry(options.retry, idempotent, env.random);
    const number = this.#calls.nextNumber();
    const conversationId = this.#calls.conversationId(number);
    const message = requestMessage(target, options, cause, { conversationId, protocol, budgetMs });
    // It may be sent again, as it is now.
    if (idempotent) this.#parts.isolate(message);
    const traced = this.#tracing.tracer?.sending(message);
    const call = new PendingCall(this, {
      number,
      message,
      protocol,
      startedAt,
      idempotent,
      wire,
      retry,
      cause,
      signal,
      sink,
      traced,
    });
    this.#calls.add(call);
    if (message.callPath.length === 0) this.#walkOut(call, startedAt);
    else this.#walkOutUnlessRing(call, message.callPath, startedAt);
    return call;
  }

  /** A call that would wait for itself fails at once, with the path. */
  #walkOutUnlessRing(call: PendingCall, path: CallPath, now: number): void {
    const { identity, countContainers } = this.#parts;
    const isRing = closesRing(call, path, identity, countContainers);
    if (typeof isRing === 'boolean') {
      if (isRing) this.#fail(call, deadlock(call, path));
      else this.#walkOut(call, now);
      return;
    }
    this.#wheel.arm(call, call.timeoutMs);
    isRing.then((closes) => {
      if (!call.isOpen) return;
      if (closes) this.#fail(call, deadlock(call, path));
      else this.#walkOut(call, this.#parts.env.clock.now());
    });
  }

  #walkOut(call: PendingCall, now: number, wasOverdue = false): void {
    try {
      this.#parts.walkOut(call);
    } catch (error) {
      this.#failed(call, toError(error));
      return;
    }
    // The broker may have refused it on the way, or nobody waits any more.
    if (!call.isOpen || call.isBetweenAttempts) return;
    if (call.retry !== undefined) call.attemptEndsAt = now + call.retry.attemptMs;
    if (wasOverdue && call.service !== '') this.#calls.overdue.add(call);
    this.#armDeadline(call, now);
  }

  #armDeadline(call: PendingCall, now: number): void {
    let at = Math.min(call.deadlineAt, call.attemptEndsAt);
    if (call.service !== '' && !call.overdue && call.state === 'REQUESTED') {
      at = Math.min(at, now + overdueAfterMs);
    }
    this.#wheel.armAt(call, at);
  }

  #deadlinePassed(call: PendingCall, now: number): void {
    const isBound = call.cause !== undefined && call.cause.bindingUntil <= now;
    if (!isBound && call.sink.isHeldByCaller?.() === true) {
      this.#extend(call, now);
      this.#armDeadline(call, now);
      return;
    }
    const isStream = call.protocol === 'stream';
    this.#calls.countTimeout();
    call.step('timeout');
    const error = timedOut(call);
    // Of other calls the participant knows the deadline.
    if (isStream) this.#tell(call, 'cancel', toWireError(error));
    this.#fail(call, error);
  }

  #progressed(call: PendingCall, message: Message): void {
    this.#calls.overdue.remove(call);
    try {
      if (message.performative === 'agree') {
        call.sink.agreed?.(message);
      } else {
        this.#extend(call, this.#parts.env.clock.now());
        call.sink.progressed?.(message);
      }
    } catch (error) {
      this.#parts.logger.error('the listener of a call failed', { target: call.target, error });
    }
  }

  /** The wheel finds out when its time comes. */
  #extend(call: PendingCall, now: number): void {
    call.deadlineAt = Math.min(now + call.timeoutMs, call.cause?.bindingUntil ?? Number.POSITIVE_INFINITY);
  }

  /** An illegal speech act ends the conversation at both ends. */
  #endOutsideProtocol(call: PendingCall, performative: Performative): void {
    const error = outsideProtocol(call, performative);
    this.#tell(call, 'cancel', toWireError(error));
    this.#fail(call, error);
  }

  /** Says something to whoever handles a call: `cancel`, or `credit` for a stream. It may be lost. */
  #tell(call: PendingCall, performative: 'cancel' | 'credit', content: unknown): void {
    const { conversationId, sender, receiver } = call.message;
    const leftMs = call.deadlineAt - this.#parts.env.clock.now();
    const message = makeMessage({
      performative,
      conversationId,
      sender,
      receiver: call.participant === '' ? receiver : call.participant,
      content,
      budgetMs: Math.max(1000, leftMs),
    });
    try {
      this.#parts.walkOut(outgoing(message, undefined, !call.remote && !call.wentOut));
    } catch (error) {
      this.#parts.logger.debug('a participant could not be told', { performative, receiver, error });
    }
  }

  /** It may take another way than before, to another queue or none. */
  #sendAgain(call: PendingCall): void {
    const wasOverdue = call.overdue;
    this.#calls.overdue.remove(call);
    call.isBetweenAttempts = false;
    call.state = 'REQUESTED';
    call.participant = '';
    const now = this.#parts.env.clock.now();
    call.nextAttempt(Math.max(1, call.deadlineAt - now));
    this.#walkOut(call, now, wasOverdue);
  }

  /** The attempt failed; there may be another. */
  #failed(call: PendingCall, error: Error): void {
    const leftMs = call.deadlineAt - this.#parts.env.clock.now();
    const delayMs = call.retry?.nextDelayMs(error, leftMs);
    if (delayMs === undefined) {
      this.#fail(call, error);
      return;
    }
    this.#calls.overdue.remove(call);
    call.mayHaveRun ||= mayHaveRun(error);
    // An answer to the attempt that failed may still come.
    call.state = 'REQUESTED';
    call.isBetweenAttempts = true;
    this.#wheel.arm(call, delayMs);
  }

  #fail(call: PendingCall, why: Error): void {
    const error = call.mayHaveRun ? inDoubt(why) : why;
    this.#forget(call);
    call.traced?.end(error);
    call.sink.reject(error);
  }

  #forget(call: PendingCall): void {
    this.#wheel.disarm(call);
    this.#calls.remove(call);
  }

  /** @throws when the container has stopped @internal */
  assertOpen(): void {
    if (this.#closed) throw new UnavailableError('the container is stopped', { details: { executed: 'no' } });
  }
}

/** Whoever waits for the content of an answer. */
class ContentSink implements CallSink {
  readonly reject: (error: Error) => void;
  readonly #resolve: (content: unknown) => void;

  constructor(resolve: (content: unknown) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.reject = reject;
  }

  resolve(reply: Message): void {
    this.#resolve(reply.content);
  }
}

/** What was thrown, as an error. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
