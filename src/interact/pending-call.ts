import { type Message, makeMessage, type Performative } from '../codec/index.ts';
import type { JsonReplyRoute, Outgoing, Wire } from '../exchange/index.ts';
import { WheelEntry } from '../util/index.ts';
import type { Cause, Dependent } from './cause.ts';
import { type ConversationEvent, type ConversationState, nextState, type Protocol } from './protocols.ts';
import type { Retry } from './retry.ts';
import type { TracedStep } from './tracer.ts';

/** Who is told when a pending call's time has come. */
export interface PendingCallOwner {
  /** @internal */
  onCallTimer(call: PendingCall): void;
  /** @internal */
  abortCall(call: PendingCall, reason: unknown): void;
}

/** Who learns what becomes of a call. */
export interface CallSink {
  resolve(reply: Message): void;
  reject(error: Error): void;
  /** The participant has agreed. */
  agreed?(reply: Message): void;
  /** A part of the answer, or a report. */
  progressed?(reply: Message): void;
  /** Its time is over while nothing came: true if the call goes on all the same, since it is the caller who keeps the participant waiting. */
  isHeldByCaller?(): boolean;
}

/** What a call is made of. */
export interface PendingCallParts {
  /** Ascending. */
  readonly number: number;
  readonly message: Message;
  readonly protocol: Protocol;
  readonly startedAt: number;
  readonly idempotent: boolean;
  readonly wire?: Wire | undefined;
  readonly retry: Retry | undefined;
  readonly cause: Cause | undefined;
  readonly signal: AbortSignal | undefined;
  readonly sink: CallSink;
  readonly traced: TracedStep | undefined;
}

/**
 * A call that has been sent and not answered: message on its way out, deadline on the wheel, state of the conversation and whoever
 * waits, in one object.
 */
export class PendingCall extends WheelEntry implements Outgoing, Dependent {
  readonly number: number;
  /** Nobody has settled it. */
  isOpen = true;
  chainNext: Dependent | undefined = undefined;
  chainPrevious: Dependent | undefined = undefined;
  /** This attempt's; interceptors and, next door, the receiver have it as their own. */
  message: Message;
  readonly replyRoute: JsonReplyRoute | undefined = undefined;
  readonly protocol: Protocol;
  readonly startedAt: number;
  readonly idempotent: boolean;
  readonly wire: Wire | undefined;
  readonly retry: Retry | undefined;
  readonly cause: Cause | undefined;
  readonly sink: CallSink;
  readonly traced: TracedStep | undefined;
  /** Its whole time, which progress begins anew. */
  readonly timeoutMs: number;
  deadlineAt: number;
  state: ConversationState = 'REQUESTED';
  remote = false;
  /** An attempt before this one went to the broker. */
  wentOut = false;
  isJson = false;
  stays = false;
  readonly publication = undefined;
  confirmed: Promise<void> | undefined = undefined;
  answerer: string | undefined = undefined;
  service = '';
  /** The process that agreed; who sends parts. */
  participant = '';
  /** It has waited so long that the broker is asked whether the service has an instance. */
  overdue = false;
  /** An attempt before this one may have run. */
  mayHaveRun = false;
  /** Somebody has agreed to one of the attempts. */
  hasAgreed = false;
  /** The next attempt waits for its turn. */
  isBetweenAttempts = false;
  /** When this attempt is given up; Infinity if it has all the call's time. */
  attemptEndsAt = Number.POSITIVE_INFINITY;
  readonly #owner: PendingCallOwner;
  /** What was called, as it was then: each attempt of an idempotent call begins with it. */
  readonly #request: Message;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;

  constructor(owner: PendingCallOwner, parts: PendingCallParts) {
    super();
    this.#owner = owner;
    this.number = parts.number;
    this.#request = parts.message;
    this.message = parts.idempotent ? makeMessage(parts.message) : parts.message;
    this.protocol = parts.protocol;
    this.startedAt = parts.startedAt;
    this.timeoutMs = parts.message.budgetMs;
    this.deadlineAt = parts.startedAt + parts.message.budgetMs;
    this.idempotent = parts.idempotent;
    this.wire = parts.wire;
    this.retry = parts.retry;
    this.cause = parts.cause;
    this.sink = parts.sink;
    this.traced = parts.traced;
    const { signal } = parts;
    this.#signal = signal;
    this.#onAbort = signal && (() => this.abort(signal.reason));
    if (this.#onAbort !== undefined) signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.cause?.attach(this);
  }

  /** For errors: `hello.greet`. */
  get target(): string {
    return `${this.message.receiver}.${this.message.op}`;
  }

  /** Moves the conversation on and returns its new state. */
  step(event: ConversationEvent): ConversationState {
    this.state = nextState(this.protocol, this.state, event);
    return this.state;
  }

  /** The message of the next attempt, with what is left of its time. */
  nextAttempt(budgetMs: number): void {
    const attempt = this.message.attempt + 1;
    this.message = makeMessage({ ...this.#request, attempt, budgetMs });
    this.wentOut ||= this.remote;
  }

  /** Who agreed to an attempt before this one does not agree again: what it says later counts as it stands. */
  resume(performative: Performative): void {
    if (!this.hasAgreed || this.state !== 'REQUESTED') return;
    if (performative === 'inform_progress' || performative === 'inform_result') this.step('agree');
  }

  /** Its caller does not wait any more. */
  abort(reason: unknown): void {
    this.#owner.abortCall(this, reason);
  }

  /** It is settled: nothing will abort it any more. */
  close(): void {
    this.isOpen = false;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.cause?.detach(this);
  }

  override onTimer(): void {
    this.#owner.onCallTimer(this);
  }
}
