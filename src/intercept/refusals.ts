import { isReply, type Message } from '../codec/index.ts';
import { ApplicationError, ContainerError, toWireError, UnavailableError } from '../errors/index.ts';

/** Why a message does not walk on, and who says so. */
export interface Stop {
  readonly error: unknown;
  readonly interceptor: string;
}

/** The error of an interceptor that returned without passing the message on, refusing or taking it. */
export function endedBy(interceptor: string, { receiver, op, performative }: Message): UnavailableError {
  const target = op === '' ? receiver : `${receiver}.${op}`;
  return new UnavailableError(`${target}: interceptor '${interceptor}' ended the walk of the message`, {
    details: { executed: isReply(performative) ? 'unknown' : 'no', interceptor },
  });
}

/** What is wrong with an asynchronous interceptor, after its name. */
export const mustBePlain =
  'is asynchronous, but nothing is awaited on the walk of a message; let it be a plain function that takes a message that needs time';

/** The error of an interceptor that turned out to be asynchronous. */
export function notPlain(interceptor: string): ContainerError {
  return new ContainerError('Internal', `interceptor '${interceptor}' ${mustBePlain}`, {
    details: { interceptor },
  });
}

/** An answer that an interceptor refused on its way out. It says what the refusal says, so that the caller can be told. */
export class RefusedReply extends ApplicationError {
  constructor({ error }: Stop) {
    const { code, message, details, status, retryable } = toWireError(error);
    super(code, message, {
      cause: error,
      ...(details !== undefined && { details }),
      ...(status !== undefined && { status }),
      ...(retryable !== undefined && { retryable }),
    });
  }
}
