import { type Message, makeMessage } from '../codec/index.ts';
import {
  BadRequestError,
  fromWireError,
  messageOf,
  NoReceiverError,
  TimeoutError,
  UnavailableError,
} from '../errors/index.ts';
import {
  type Arrival,
  assertReceiver,
  type Identity,
  type Outgoing,
  outgoing,
  parseProcessId,
} from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { type Env, TimerWheel } from '../util/index.ts';
import {
  type CallOptions,
  checkHeaders,
  defaultTimeoutMs,
  resolveTimeoutMs,
  type SendOptions,
} from './options.ts';
import { PendingCall, type PendingCallOwner } from './pending-call.ts';
import { Responder } from './responder.ts';

/** A call to a service that has waited this long is worth asking the broker whether anybody serves it. */
const overdueAfterMs = 250;

/** What a {@link ConversationManager} works with. */
export interface ConversationParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  /** The way out: interceptors, then the exchange. It may throw; then nothing was sent. */
  readonly walkOut: (outgoing: Outgoing) => void;
  /** Begins to ask the broker whether `service` has an instance; see {@link ConversationManager#isAwaited}. */
  readonly watchInstances: (service: string) => void;
  /** Makes content and headers of a message checked copies. @throws BadRequest */
  readonly isolate: (message: Message) => void;
  /** Milliseconds for calls that do not say. Default 15 000. */
  readonly timeoutMs?: number;
}

/** Counters since the container was made, and calls open now. */
export interface ConversationStats {
  readonly pending: number;
  readonly calls: number;
  readonly timeouts: number;
  /** Replies to calls that were settled before. */
  readonly lateReplies: number;
  /** Replies from a container that was not asked. */
  readonly forgedReplies: number;
}

/**
 * The open conversations of a container: every call is registered here before it is sent and is settled exactly once, by its reply, its
 * deadline, the broker's return, the absence of instances, the loss of the connection, or the container's end.
 */
export class ConversationManager implements PendingCallOwner {
  readonly #parts: ConversationParts;
  readonly #timeoutMs: number;
  readonly #wheel: TimerWheel;
  readonly #responder: Responder;
  readonly #pending = new Map<string, PendingCall>();
  /** Pending calls per service that wait for longer than usual. */
  readonly #overdue = new Map<string, Set<PendingCall>>();
  /** 64 random bits: who has not seen a call cannot answer it. */
  readonly #token: string;
  readonly #stats = { calls: 0, timeouts: 0, lateReplies: 0, forgedReplies: 0 };
  #closed = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#responder = new Responder(parts.walkOut, parts.logger);
    this.#timeoutMs = parts.timeoutMs ?? defaultTimeoutMs;
    this.#token = parts.env.ids.token(64);
    this.#wheel = new TimerWheel(parts.env.clock, 10, (error) =>
      parts.logger.error('a deadline failed', { error }),
    );
  }

  get stats(): ConversationStats {
    return { ...this.#stats, pending: this.#pending.size };
  }

  /**
   * Calls `op` of `receiver` in the name of process `sender`; resolves with the reply (`inform_result`), rejects with what went wrong.
   *
   * @throws (as rejection) BadRequest, NoReceiver, NotFound, Timeout, Unavailable, or the handler's own error
   */
  call(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options: CallOptions = {},
  ): Promise<Message> {
    return new Promise((resolve, reject) => {
      const { env } = this.#parts;
      this.#assertOpen();
      assertReceiver(receiver);
      assertOp(op);
      checkHeaders(options.headers);
      this.#stats.calls += 1;
      const conversationId = `${this.#token}#${this.#stats.calls}`;
      const message = makeMessage({
        performative: 'request',
        conversationId,
        sender,
        receiver,
        op,
        content,
        budgetMs: resolveTimeoutMs(options, this.#timeoutMs),
        headers: options.headers,
      });
      // It may be sent again, as it is now.
      if (options.idempotent === true) this.#parts.isolate(message);
      const call = new PendingCall(
        this,
        message,
        env.clock.now(),
        options.idempotent ?? false,
        resolve,
        reject,
      );
      this.#pending.set(conversationId, call);
      this.#walkOut(call);
    });
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
  ): Promise<void> {
    const sent = this.#send(sender, receiver, op, content, options);
    sent.catch((error: unknown) =>
      this.#parts.logger.warn('a one-way message was not sent', { process: sender, receiver, op, error }),
    );
    return sent;
  }

  async #send(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    { headers }: SendOptions,
  ): Promise<void> {
    this.#assertOpen();
    assertReceiver(receiver);
    assertOp(op);
    checkHeaders(headers);
    const message = makeMessage({
      performative: 'none',
      sender,
      receiver,
      op,
      content,
      headers,
    });
    const sent = outgoing(message);
    try {
      this.#parts.walkOut(sent);
    } finally {
      // An interceptor may throw after the message has left; then nobody awaits this.
      sent.confirmed?.catch(() => undefined);
    }
    await sent.confirmed;
  }

  /** Answers a request with a result; see {@link Responder#reply}. */
  reply(arrival: Arrival, sender: string, content: unknown): void {
    this.#responder.reply(arrival, sender, content);
  }

  /** Answers a request with an error; see {@link Responder#replyError}. */
  replyError(arrival: Arrival, sender: string, thrown: unknown): void {
    this.#responder.replyError(arrival, sender, thrown);
  }

  /** Takes a reply that came in. */
  accept(arrival: Arrival): void {
    const { message } = arrival;
    arrival.settle();
    const call = this.#callOf(arrival);
    if (call === undefined) return;
    if (message.performative === 'inform_result') {
      this.#forget(call);
      call.resolve(message);
    } else if (message.performative === 'failure' || message.performative === 'refuse') {
      this.#fail(call, fromWireError(message.content));
    } else {
      this.#parts.logger.debug('message outside the protocol ignored', {
        conversation: message.conversationId,
        performative: message.performative,
      });
    }
  }

  /** An interceptor refused a reply that came in: the call that it answers fails with that error. */
  refused(arrival: Arrival, error: unknown): void {
    const call = this.#callOf(arrival);
    if (call !== undefined) this.#fail(call, toError(error));
  }

  /** The broker gave back messages that nobody is bound to. */
  returned(messages: readonly Message[]): void {
    for (const { conversationId } of messages) {
      const call = this.#pending.get(conversationId);
      if (call === undefined) continue;
      const { receiver } = call.message;
      const why =
        parseProcessId(receiver) === undefined
          ? `nobody in system '${this.#parts.identity.sysname}' has the name '${receiver}'`
          : `there is no container of process '${receiver}'`;
      this.#fail(call, new NoReceiverError(why, { details: { receiver, executed: 'no' } }));
    }
  }

  /** Messages did not reach the broker. With `isLost`, idempotent calls wait for the next connection. */
  unsent(messages: readonly Message[], isLost: boolean): void {
    for (const { conversationId } of messages) {
      const call = this.#pending.get(conversationId);
      if (call === undefined || (isLost && call.idempotent)) continue;
      this.#fail(
        call,
        new UnavailableError(`${call.target}: the broker could not be given the call`, {
          details: { executed: 'no' },
        }),
      );
    }
  }

  /** The connection to the broker is gone: calls that went through it fail at once, except idempotent ones, which wait for the next. */
  connectionLost(): void {
    for (const call of this.#pending.values()) {
      if (!call.remote || call.idempotent) continue;
      this.#fail(
        call,
        new UnavailableError(`${call.target}: the connection to the broker was lost before the answer came`, {
          details: { executed: 'unknown' },
        }),
      );
    }
  }

  /** There is a connection again: idempotent calls are sent again with what is left of their time. */
  connectionRestored(): void {
    const now = this.#parts.env.clock.now();
    for (const call of [...this.#pending.values()]) {
      if (!call.remote) continue;
      const wasOverdue = call.overdue;
      // It may take another way than before, to another queue or none.
      this.#notOverdue(call);
      call.message.attempt += 1;
      call.message.budgetMs = Math.max(1, call.deadlineAt - now);
      this.#walkOut(call, wasOverdue);
    }
  }

  /** Whether calls to `service` have been pending for so long that its instances are in doubt. */
  isAwaited(service: string): boolean {
    return this.#overdue.has(service);
  }

  /** `service` has a queue and no instance: the calls that wait for it fail. */
  instancesAbsent(service: string): void {
    for (const call of this.#overdue.get(service) ?? []) {
      this.#fail(
        call,
        new UnavailableError(`${call.target}: no instance of '${service}' is running`, {
          details: { reason: 'no instance', executed: 'unknown' },
        }),
      );
    }
  }

  /** Fails every open call; later ones are refused. */
  close(): void {
    this.#closed = true;
    for (const call of [...this.#pending.values()]) {
      this.#fail(
        call,
        new UnavailableError(`${call.target}: the container stopped before the answer came`, {
          details: { executed: 'unknown' },
        }),
      );
    }
    this.#wheel.close();
  }

  /** @internal */
  onCallTimer(call: PendingCall): void {
    const left = call.deadlineAt - this.#parts.env.clock.now();
    if (left <= 0) {
      this.#stats.timeouts += 1;
      const { budgetMs } = call.message;
      this.#fail(
        call,
        new TimeoutError(
          `${call.target} did not answer within ${Math.round(call.deadlineAt - call.startedAt)} ms`,
          {
            details: { budgetMs },
          },
        ),
      );
      return;
    }
    this.#wheel.arm(call, left);
    this.#setOverdue(call);
    this.#parts.watchInstances(call.service);
  }

  /** The open call that a reply answers; undefined, and counted, if there is none or it was not asked of the reply's container. */
  #callOf({ message, origin }: Arrival): PendingCall | undefined {
    const { logger } = this.#parts;
    const conversation = message.conversationId;
    const call = this.#pending.get(conversation);
    if (call === undefined) {
      this.#stats.lateReplies += 1;
      logger.debug('late reply ignored', { conversation, origin });
      return undefined;
    }
    if (call.answerer === undefined || call.answerer === origin) return call;
    this.#stats.forgedReplies += 1;
    logger.warn('reply ignored: it came from a container that was not asked', {
      conversation,
      origin,
      asked: call.answerer,
    });
    return undefined;
  }

  #walkOut(call: PendingCall, wasOverdue = false): void {
    try {
      this.#parts.walkOut(call);
    } catch (error) {
      this.#fail(call, toError(error));
      return;
    }
    // The broker may have refused it on the way.
    if (!this.#pending.has(call.message.conversationId)) return;
    if (wasOverdue && call.service !== '') this.#setOverdue(call);
    const left = call.deadlineAt - this.#parts.env.clock.now();
    this.#wheel.arm(call, call.service !== '' && !call.overdue ? Math.min(left, overdueAfterMs) : left);
  }

  #fail(call: PendingCall, error: Error): void {
    this.#forget(call);
    call.reject(error);
  }

  #forget(call: PendingCall): void {
    this.#wheel.disarm(call);
    this.#pending.delete(call.message.conversationId);
    this.#notOverdue(call);
  }

  #setOverdue(call: PendingCall): void {
    call.overdue = true;
    const waiting = this.#overdue.get(call.service);
    if (waiting === undefined) this.#overdue.set(call.service, new Set([call]));
    else waiting.add(call);
  }

  #notOverdue(call: PendingCall): void {
    if (!call.overdue) return;
    call.overdue = false;
    const waiting = this.#overdue.get(call.service);
    waiting?.delete(call);
    if (waiting?.size === 0) this.#overdue.delete(call.service);
  }

  #assertOpen(): void {
    if (this.#closed) throw new UnavailableError('the container is stopped', { details: { executed: 'no' } });
  }
}

function assertOp(op: unknown): void {
  if (typeof op !== 'string' || op === '' || op.length > 255) {
    throw new BadRequestError(`an operation's name is a text of 1 to 255 characters, not '${String(op)}'`);
  }
}

/** What was thrown, as an error. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
