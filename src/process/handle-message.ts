import { protocolOf } from '../codec/index.ts';
import { BadRequestError, ContainerError, NotFoundError, UnavailableError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import { isThenable } from '../util/index.ts';
import { answer, answerError } from './answer.ts';
import { Handling } from './handling.ts';
import type { BoundOperation } from './operation-table.ts';
import { wasGivenBefore } from './redelivery.ts';
import type { WorkHost } from './work-host.ts';
import type { WorkTurn } from './work-turn.ts';

/** One message through its handler to its answer; without a promise where the handler makes none. Never throws. */
export function handleMessage(turn: WorkTurn, arrival: Arrival): void {
  const { host } = turn;
  const { op } = arrival.message;
  const startedAt = host.now();
  const handling = new Handling(arrival, turn, startedAt);
  const operation = turn.kind.operations.get(op);
  turn.begin(handling, operation);
  if (arrival.deadlineAt <= startedAt) {
    turn.end(handling, operation);
    return;
  }
  if (operation === undefined) {
    threw(turn, handling, operation, new NotFoundError(`${host.name} has no operation '${op}'`));
    return;
  }
  let returned: unknown;
  try {
    admit(host, arrival, operation);
    const content = operation.accept(arrival.message.content, arrival.message.headers);
    handling.hasBegun = true;
    handling.traced = host.tracing.tracer?.handling(arrival.message);
    returned = run(turn, handling, operation, content);
  } catch (error) {
    threw(turn, handling, operation, error);
    return;
  }
  const tookMs = host.now() - startedAt;
  noteWork(turn, handling, operation, tookMs);
  const isStream = operation.isStream && arrival.wantsReply;
  if (isStream || isThenable(returned)) void whenReturned(turn, handling, operation, returned);
  else finish(turn, handling, operation, returned, tookMs);
}

/** The handler, in the scope of its message. */
function run(turn: WorkTurn, handling: Handling, operation: BoundOperation, content: unknown): unknown {
  return turn.within(handling, () => operation.run(turn.host.process, content, handling));
}

/** What a handler has promised, or a stream. Never rejects. */
async function whenReturned(
  turn: WorkTurn,
  handling: Handling,
  operation: BoundOperation,
  promised: unknown,
): Promise<void> {
  try {
    const returned = await promised;
    if (!operation.isStream || !handling.arrival.wantsReply) {
      const tookMs = turn.now() - handling.startedAt;
      noteWork(turn, handling, operation, tookMs);
      finish(turn, handling, operation, returned, tookMs);
      return;
    }
    await turn.streams.serve(handling, operation, returned);
  } catch (error) {
    threw(turn, handling, operation, error);
    return;
  }
  turn.end(handling, operation);
}

/** The handler has returned, or its promise is kept. */
function finish(
  turn: WorkTurn,
  handling: Handling,
  operation: BoundOperation,
  returned: unknown,
  tookMs: number,
): void {
  try {
    answer(turn.host, handling.arrival, operation.result(returned, handling));
  } catch (error) {
    threw(turn, handling, operation, error);
    return;
  }
  turn.end(handling, operation, tookMs);
}

/** The message was refused, or its handler failed. */
function threw(
  turn: WorkTurn,
  handling: Handling,
  operation: BoundOperation | undefined,
  error: unknown,
): void {
  handling.traced?.end(error);
  try {
    const failure = failureOf(operation, error);
    if (handling.arrival.wantsReply) failed(turn.host, handling, failure);
    else failedOneWay(turn.host, handling, failure);
  } finally {
    turn.end(handling, operation);
  }
}

function failed(host: WorkHost, { arrival, hasBegun }: Handling, error: unknown): void {
  const { logger } = host;
  const { op, sender, conversationId } = arrival.message;
  const line = { op, sender, conversation: conversationId || undefined, error };
  if (isForeseen(error)) logger.debug('a request was answered with an error', line);
  else logger.error('an operation failed', line);
  // Nobody waits any more, and the caller's own clock says Timeout; an error made by the deadline must not overtake that.
  if (arrival.deadlineAt > host.now()) answerError(host, arrival, error, hasBegun || wasGivenBefore(arrival));
}

/** Nobody is told but the log; what must not be lost is tried again. */
function failedOneWay(host: WorkHost, { arrival, hasBegun }: Handling, error: unknown): void {
  const { op, sender, attempt } = arrival.message;
  host.logger.warn('a one-way message failed', { op, sender, attempt, error });
  arrival.fail(error, !hasBegun);
}

/**
 * How long a message keeps this instance from others: while its handler computes, and its share of the time in which as many are handled as may be. Who
 * sends learns by it how many may travel together.
 */
function noteWork(
  { kind }: WorkTurn,
  { arrival }: Handling,
  { concurrency = Number.POSITIVE_INFINITY, isStream }: BoundOperation,
  tookMs: number,
): void {
  // How long a stream takes its reader decides.
  if (!arrival.tellsWork || isStream) return;
  // Before the first await nothing else is handled.
  const besides = arrival.workUs === 0 ? 1 : Math.min(kind.concurrency, concurrency);
  arrival.workUs = Math.max(arrival.workUs, 1, Math.ceil((1_000 * tookMs) / besides));
}

/** Says that a request will be handled, in the protocols that have that. @throws what it is refused for */
function admit(host: WorkHost, arrival: Arrival, operation: BoundOperation): void {
  const { message } = arrival;
  if (arrival.wantsReply && wasGivenBefore(arrival) && !operation.idempotent) {
    throw redelivered(host.name, message.op);
  }
  const isStream = arrival.wantsReply && message.headers !== undefined && protocolOf(message) === 'stream';
  if (isStream !== operation.isStream && arrival.wantsReply) {
    throw wrongReply(host.name, message.op, operation);
  }
  if (message.headers !== undefined) host.responder.agree(arrival, host.id);
}

/** At most one knowing execution: somebody was given this request before and may have run it. */
function redelivered(name: string, op: string): UnavailableError {
  return new UnavailableError(
    `${name}.${op} may have run in an instance that was lost, and is not declared idempotent`,
    { details: { executed: 'unknown' } },
  );
}

function wrongReply(name: string, op: string, { isStream }: BoundOperation): BadRequestError {
  return new BadRequestError(
    isStream
      ? `${name}.${op} answers in parts; read it with a typed client, or stream()`
      : `${name}.${op} answers at once; call it, do not stream it`,
  );
}

/** What is answered for what a handler threw. A check of a declared error's data is the author's code, and may throw as well. */
function failureOf(operation: BoundOperation | undefined, error: unknown): unknown {
  try {
    return operation === undefined ? error : operation.failureFor(error);
  } catch (thrown) {
    return thrown;
  }
}

function isForeseen(error: unknown): boolean {
  return error instanceof ContainerError && error.code !== 'Internal';
}
