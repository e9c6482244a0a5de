import type { CallPath, Message } from '../codec/index.ts';
import type { TimerWheel } from '../util/index.ts';
import {
  attemptTimedOut,
  cancelled,
  deadlock,
  inDoubt,
  mayHaveRun,
  timedOut,
  toError,
} from './call-errors.ts';
import type { CallTable } from './call-table.ts';
import type { ConversationParts } from './conversation-parts.ts';
import type { ParticipantNotices } from './participant-notices.ts';
import type { PendingCall, PendingCallOwner } from './pending-call.ts';
import { closesRing } from './ring.ts';

/** A call to a service that has waited this long is worth asking the broker whether anybody serves it. */
const overdueAfterMs = 250;

type AttemptParts = Pick<
  ConversationParts,
  'env' | 'identity' | 'walkOut' | 'countContainers' | 'watchInstances'
>;

/** What a call goes through once it is registered: each time that it is sent, its deadlines, and the one end that it comes to. */
export class CallAttempts implements PendingCallOwner {
  readonly #parts: AttemptParts;
  readonly #calls: CallTable;
  readonly #wheel: TimerWheel;
  readonly #notices: ParticipantNotices;

  constructor(parts: AttemptParts, calls: CallTable, wheel: TimerWheel, notices: ParticipantNotices) {
    this.#parts = parts;
    this.#calls = calls;
    this.#wheel = wheel;
    this.#notices = notices;
  }

  /** Sends a call that was made `now` for the first time. One that would wait for itself fails at once, with the path. */
  begin(call: PendingCall, now: number): void {
    const { callPath } = call.message;
    if (callPath.length === 0) this.#walkOut(call, now);
    else this.#walkOutUnlessRing(call, callPath, now);
  }

  /** Sends it with what is left of its time. It may take another way than before, to another queue or none. */
  again(call: PendingCall): void {
    const wasOverdue = call.overdue;
    this.#calls.overdue.remove(call);
    call.isBetweenAttempts = false;
    call.state = 'REQUESTED';
    call.participant = '';
    const now = this.#parts.env.clock.now();
    call.nextAttempt(Math.max(1, call.deadlineAt - now));
    this.#walkOut(call, now, wasOverdue);
  }

  /** Its time begins anew. The wheel finds out when its time comes. */
  extend(call: PendingCall, now: number): void {
    call.deadlineAt = Math.min(now + call.timeoutMs, call.cause?.bindingUntil ?? Number.POSITIVE_INFINITY);
  }

  /** The attempt failed; there may be another. */
  failed(call: PendingCall, error: Error): void {
    const leftMs = call.deadlineAt - this.#parts.env.clock.now();
    const delayMs = call.retry?.nextDelayMs(error, leftMs);
    if (delayMs === undefined) {
      this.fail(call, error);
      return;
    }
    this.#calls.overdue.remove(call);
    call.mayHaveRun ||= mayHaveRun(error);
    // An answer to the attempt that failed may still come.
    call.state = 'REQUESTED';
    call.isBetweenAttempts = true;
    this.#wheel.arm(call, delayMs);
  }

  /** The call ends with an error, whatever attempts it has left. */
  fail(call: PendingCall, why: Error): void {
    const error = call.mayHaveRun ? inDoubt(why) : why;
    this.#forget(call);
    call.traced?.end(error);
    call.sink.reject(error);
  }

  /** The call ends with its answer. */
  succeed(call: PendingCall, reply: Message): void {
    this.#forget(call);
    call.traced?.end();
    call.sink.resolve(reply);
  }

  /** @internal */
  onCallTimer(call: PendingCall): void {
    const now = this.#parts.env.clock.now();
    if (call.deadlineAt <= now) {
      this.#deadlinePassed(call, now);
    } else if (call.isBetweenAttempts) {
      this.again(call);
    } else if (call.attemptEndsAt <= now) {
      const { attemptMs = 0 } = call.retry ?? {};
      call.attemptEndsAt = Number.POSITIVE_INFINITY;
      this.failed(call, attemptTimedOut(call, attemptMs));
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
    this.#notices.cancel(call, error);
    this.fail(call, error);
  }

  #walkOutUnlessRing(call: PendingCall, path: CallPath, now: number): void {
    const { identity, countContainers } = this.#parts;
    const isRing = closesRing(call, path, identity, countContainers);
    if (typeof isRing === 'boolean') {
      if (isRing) this.fail(call, deadlock(call, path));
      else this.#walkOut(call, now);
      return;
    }
    this.#wheel.arm(call, call.timeoutMs);
    isRing.then((closes) => {
      if (!call.isOpen) return;
      if (closes) this.fail(call, deadlock(call, path));
      else this.#walkOut(call, this.#parts.env.clock.now());
    });
  }

  #walkOut(call: PendingCall, now: number, wasOverdue = false): void {
    try {
      this.#parts.walkOut(call);
    } catch (error) {
      this.failed(call, toError(error));
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
      this.extend(call, now);
      this.#armDeadline(call, now);
      return;
    }
    this.#calls.countTimeout();
    call.step('timeout');
    const error = timedOut(call);
    // Of other calls the participant knows the deadline.
    if (call.protocol === 'stream') this.#notices.cancel(call, error);
    this.fail(call, error);
  }

  #forget(call: PendingCall): void {
    this.#wheel.disarm(call);
    this.#calls.remove(call);
  }
}
