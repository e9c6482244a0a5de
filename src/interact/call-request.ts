import { type Headers, type Message, makeMessage, noPath } from '../codec/index.ts';
import { BadRequestError } from '../errors/index.ts';
import { assertReceiver } from '../exchange/index.ts';
import { retryHeader } from './answer-window.ts';
import { cancelled, outOfTime } from './call-errors.ts';
import { type Cause, inheritedHeaders } from './cause.ts';
import { type CallOptions, checkHeaders, resolveTimeoutMs, type SendOptions } from './options.ts';
import type { Protocol } from './protocols.ts';

/** What somebody asks of somebody. */
export interface CallTarget {
  readonly sender: string;
  readonly receiver: string;
  readonly op: string;
  readonly content: unknown;
}

/** @throws BadRequest for a receiver, operation or header that nothing can be sent with */
export function assertSendable({ receiver, op }: CallTarget, { headers }: SendOptions): void {
  assertReceiver(receiver);
  if (typeof op !== 'string' || op === '' || op.length > 255) {
    throw new BadRequestError(`an operation's name is a text of 1 to 255 characters, not '${String(op)}'`);
  }
  checkHeaders(headers);
}

/** A one-way message, with what it carries on of `cause`. */
export function oneWayMessage(target: CallTarget, options: SendOptions, cause: Cause | undefined): Message {
  const { sender, receiver, op, content } = target;
  const headers = inheritedHeaders(cause, ownHeaders(options));
  return makeMessage({ performative: 'none', sender, receiver, op, content, headers });
}

/** What opens a conversation: its protocol and its time. */
export interface RequestFacts {
  readonly conversationId: string;
  readonly protocol: Protocol;
  readonly budgetMs: number;
}

/** A request, with what it carries on of `cause`. */
export function requestMessage(
  target: CallTarget,
  options: CallOptions,
  cause: Cause | undefined,
  { conversationId, protocol, budgetMs }: RequestFacts,
): Message {
  const { sender, receiver, op, content } = target;
  return makeMessage({
    performative: 'request',
    conversationId,
    sender,
    receiver,
    op,
    content,
    budgetMs,
    headers: inheritedHeaders(cause, requestHeaders(options, protocol)),
    callPath: cause === undefined ? noPath : cause.path,
  });
}

/**
 * The time of a call: its own, or what is left of the message's that is being handled.
 *
 * @param fallbackMs for calls that do not say
 * @throws BadRequest for a time that is none, Cancelled or Timeout if there is no time any more; then nothing was sent
 */
export function budgetOf(
  target: CallTarget,
  options: CallOptions,
  cause: Cause | undefined,
  now: number,
  fallbackMs: number,
): number {
  const budgetMs = resolveTimeoutMs(options, fallbackMs);
  const name = `${target.receiver}.${target.op}`;
  if (options.signal?.aborted) throw cancelled(name, options.signal.reason, false);
  if (cause === undefined) return budgetMs;
  if (cause.abortedBy !== undefined) throw cancelled(name, cause.abortedBy, false);
  const leftMs = cause.bindingUntil - now;
  if (leftMs <= 0) throw outOfTime(name);
  return Math.min(budgetMs, leftMs);
}

function ownHeaders({ headers, actAs }: SendOptions): Headers | undefined {
  return actAs === undefined ? headers : { ...headers, 'user-id': actAs };
}

function requestHeaders(options: CallOptions, protocol: Protocol): Headers | undefined {
  const own = ownHeaders(options);
  if (protocol === 'rpc' && options.retry === undefined) return own;
  return {
    ...own,
    ...(protocol !== 'rpc' && { protocol }),
    ...(options.retry !== undefined && { [retryHeader]: true }),
  };
}
