import { type Message, makeMessage } from '../codec/index.ts';
import { UnavailableError } from '../errors/index.ts';
import { type Arrival, everyContainer, outgoing } from '../exchange/index.ts';
import { TimerWheel, type WheelEntry } from '../util/index.ts';
import { CallAttempts } from './call-attempts.ts';
import { nobodyThere, unavailable } from './call-errors.ts';
import { CallReplies } from './call-replies.ts';
import { assertSendable, budgetOf, type CallTarget, requestMessage } from './call-request.ts';
import { ContentSink, listeningSink } from './call-sinks.ts';
import { CallTable, type ConversationStats } from './call-table.ts';
import type { Cause } from './cause.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { OneWaySender } from './one-way-sender.ts';
import { type CallOptions, defaultTimeoutMs, type SendOptions } from './options.ts';
import { ParticipantNotices } from './participant-notices.ts';
import { type CallSink, PendingCall } from './pending-call.ts';
import type { Protocol } from './protocols.ts';
import { Responder } from './responder.ts';
import { Retry } from './retry.ts';
import { type StreamOptions, StreamReader } from './stream-reader.ts';
import { noTracing, type Tracing } from './tracer.ts';

/**
 * The open conversations of a container: every call is registered here before it is sent and is settled exactly once, by its reply, its
 * deadline, its caller's change of mind, the broker's return, the absence of instances, the loss of the connection, or the container's end.
 */
export class ConversationManager {
  readonly #parts: ConversationParts;
  readonly #timeoutMs: number;
  readonly #wheel: TimerWheel;
  readonly #responder: Responder;
  readonly #calls: CallTable;
  readonly #attempts: CallAttempts;
  readonly #replies: CallReplies;
  readonly #notices: ParticipantNotices;
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
    this.#notices = new ParticipantNotices(parts);
    this.#attempts = new CallAttempts(parts, this.#calls, this.#wheel, this.#notices);
    this.#replies = new CallReplies(parts, this.#calls, this.#attempts, this.#notices);
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
      grant: (call, parts) => this.#notices.credit(call, parts),
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
    this.#replies.accept(arrival);
  }

  /** An interceptor refused a reply that came in: the call that it answers fails with that error. */
  refused(arrival: Arrival, error: unknown): void {
    this.#replies.refused(arrival, error);
  }

  /** The broker gave back messages that nobody is bound to. */
  returned(messages: readonly Message[]): void {
    for (const { conversationId, performative } of messages) {
      const call = this.#calls.byConversation(conversationId);
      if (call === undefined || performative === 'cancel') continue;
      if (performative === 'credit')
        this.#attempts.fail(call, unavailable(call, 'who answered in parts is gone', 'unknown'));
      else this.#attempts.failed(call, nobodyThere(call, this.#parts.identity.sysname));
    }
  }

  /** Messages did not reach the broker. With `isLost`, idempotent calls wait for the next connection. */
  unsent(messages: readonly Message[], isLost: boolean): void {
    for (const { conversationId, performative } of messages) {
      const call = this.#calls.byConversation(conversationId);
      if (call === undefined || (isLost && call.idempotent) || performative === 'cancel') continue;
      if (performative === 'credit')
        this.#attempts.fail(call, unavailable(call, 'the broker could not be given credit', 'unknown'));
      else this.#attempts.failed(call, unavailable(call, 'the broker could not be given the call', 'no'));
    }
  }

  /** The connection to the broker is gone: calls that went through it fail at once, except idempotent ones, which wait for the next. */
  connectionLost(): void {
    for (const call of this.#calls.all) {
      if (!call.remote || (call.idempotent && call.protocol !== 'stream')) continue;
      const why = 'the connection to the broker was lost before the answer came';
      this.#attempts.fail(call, unavailable(call, why, 'unknown'));
    }
  }

  /** There is a connection again: idempotent calls are sent again with what is left of their time. */
  connectionRestored(): void {
    for (const call of this.#calls.all) {
      if (!call.remote || call.isBetweenAttempts) continue;
      call.mayHaveRun = true;
      this.#attempts.again(call);
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
      this.#attempts.failed(call, unavailable(call, why, 'unknown', { reason: 'no instance' }));
    }
  }

  /** Fails every open call; later ones are refused. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls.all) {
      this.#attempts.fail(call, unavailable(call, 'the container stopped before the answer came', 'unknown'));
    }
    this.#wheel.close();
  }

  /** @throws when the container has stopped @internal */
  assertOpen(): void {
    if (this.#closed) throw new UnavailableError('the container is stopped', { details: { executed: 'no' } });
  }

  #callWith(target: CallTarget, options: CallOptions, cause: Cause | undefined, sink: CallSink): void {
    const { onAgree, onProgress, protocol } = options;
    const isHeard = onAgree !== undefined || onProgress !== undefined;
    const heard = isHeard ? listeningSink(sink, options) : sink;
    this.#open(target, options, cause, protocol ?? (isHeard ? 'request' : 'rpc'), heard);
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
    const call = new PendingCall(this.#attempts, {
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
    this.#attempts.begin(call, startedAt);
    return call;
  }
}
