import { type ErrorCode, isErrorCode } from './catalogue.ts';
import {
  ApplicationError,
  BadRequestError,
  ConfigurationError,
  ContainerError,
  IllegalStateError,
  NoReceiverError,
  NotFoundError,
  RemoteError,
  TimeoutError,
  UnavailableError,
} from './container-error.ts';

/** An error as it crosses the wire: the content of a `failure`. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  /** ION's response code; absent where the catalogue gives it. */
  readonly status?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

const classes: Partial<
  Record<
    ErrorCode,
    new (
      message: string,
      options?: { details?: Readonly<Record<string, unknown>> },
    ) => ContainerError
  >
> = {
  Timeout: TimeoutError,
  NoReceiver: NoReceiverError,
  NotFound: NotFoundError,
  BadRequest: BadRequestError,
  Unavailable: UnavailableError,
  IllegalState: IllegalStateError,
  ConfigurationError: ConfigurationError,
};

/**
 * The wire form of whatever a handler threw. A {@link ContainerError} keeps code, message and details; anything else becomes
 * `Internal` with the text of its message. Stacks stay at home.
 */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof ContainerError) {
    return {
      code: thrown.code,
      message: thrown.message,
      ...(thrown instanceof ApplicationError && { status: thrown.status }),
      ...(thrown.details !== undefined && { details: thrown.details }),
    };
  }
  return { code: 'Internal', message: messageOf(thrown) };
}

/**
 * The error that a `failure` stands for. Content that is not a wire error (a stranger's) becomes `Internal` and is kept in
 * `details.content`.
 */
export function fromWireError(content: unknown): ContainerError {
  if (!isWireError(content)) {
    return new ContainerError('Internal', 'The receiver reported a failure without saying which', {
      details: { content },
    });
  }
  const { code, message, status, details } = content;
  const options = details === undefined ? {} : { details };
  if (!isErrorCode(code))
    return new RemoteError(code, message, { ...options, ...(status !== undefined && { status }) });
  const Known = classes[code];
  return Known === undefined ? new ContainerError(code, message, options) : new Known(message, options);
}

/** What went wrong, as text, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return 'something that has no text was thrown';
  }
}

function isWireError(content: unknown): content is WireError {
  if (typeof content !== 'object' || content === null) return false;
  const { code, message, status, details } = content as Partial<Record<keyof WireError, unknown>>;
  return (
    typeof code === 'string' &&
    typeof message === 'string' &&
    (status === undefined || Number.isInteger(status)) &&
    (details === undefined || (typeof details === 'object' && details !== null && !Array.isArray(details)))
  );
}
