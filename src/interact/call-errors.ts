import type { CallPath } from '../codec/index.ts';
import {
  CancelledError,
  ContainerError,
  ConversationError,
  DeadlockError,
  fromWireError,
  messageOf,
  NoReceiverError,
  TimeoutError,
  toWireError,
  UnavailableError,
} from '../errors/index.ts';
import { parseProcessId } from '../exchange/index.ts';
import { describePath } from './call-path.ts';
import type { PendingCall } from './pending-call.ts';

/** Whether the operation ran, as far as the caller's container knows. */
type Executed = 'no' | 'unknown';

/** The call's time is over. */
export function timedOut(call: PendingCall): TimeoutError {
  const { budgetMs } = call.message;
  const shared = call.cause === undefined ? '' : ' (a call made while handling a message shares its time)';
  const tookMs = Math.round(call.deadlineAt - call.startedAt);
  return new TimeoutError(`${call.target} did not answer within ${tookMs} ms${shared}`, {
    details: { budgetMs },
  });
}

/** One attempt has taken all that it may. */
export function attemptTimedOut(call: PendingCall, attemptMs: number): TimeoutError {
  return new TimeoutError(`${call.target} did not answer within the ${attemptMs} ms of an attempt`, {
    details: { attempts: call.message.attempt },
  });
}

/** The message is out of time during whose handling the call was to be made. */
export function outOfTime(target: string): TimeoutError {
  return new TimeoutError(`${target} was not called: the time of the message being handled is over`, {
    details: { executed: 'no' },
  });
}

/** The caller gave up. `wasSent`: the operation may run. */
export function cancelled(target: string, reason: unknown, wasSent: boolean): CancelledError {
  const why = reason === undefined ? '' : `: ${messageOf(reason)}`;
  return new CancelledError(`${target} was given up by its caller${why}`, {
    cause: reason,
    details: { executed: wasSent ? 'unknown' : 'no' },
  });
}

/** The broker found nobody. */
export function nobodyThere(call: PendingCall, sysname: string): NoReceiverError {
  const { receiver } = call.message;
  if (parseProcessId(receiver) === undefined) {
    const why = `nobody in system '${sysname}' has the name '${receiver}'`;
    return new NoReceiverError(why, { details: { receiver, executed: 'no' } });
  }
  return new NoReceiverError(`there is no container of process '${receiver}'`, {
    details: { receiver, executed: 'no', reason: 'no container' },
  });
}

/** `why` the answer will not come. */
export function unavailable(
  call: PendingCall,
  why: string,
  executed: Executed,
  details: Readonly<Record<string, unknown>> = {},
): UnavailableError {
  return new UnavailableError(`${call.target}: ${why}`, { details: { ...details, executed } });
}

/** Every way to an answer leads through somebody who waits for it. */
export function deadlock(call: PendingCall, path: CallPath): DeadlockError {
  const text = describePath(path, call.message.receiver);
  return new DeadlockError(`${call.target} would wait for itself: ${text}`, {
    details: { path: [...path.map((step) => step.process), call.message.receiver], executed: 'no' },
  });
}

/** The participant said what the protocol does not allow at this point. */
export function outsideProtocol(call: PendingCall, performative: string): ConversationError {
  return new ConversationError(
    `${call.target} answered '${performative}', which '${call.protocol}' does not allow there`,
    { details: { protocol: call.protocol, performative } },
  );
}

/** Whether an attempt that failed with `error` may have run. */
export function mayHaveRun(error: Error): boolean {
  return inDoubt(error) === error;
}

/** `error` of a last attempt, when one before it may have run: as it is, but for a claim that nothing ran. */
export function inDoubt(error: Error): Error {
  if (!(error instanceof ContainerError)) return error;
  const doubtful = toWireError(error, { hasRun: true });
  return doubtful.details === error.details ? error : fromWireError(doubtful);
}

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
