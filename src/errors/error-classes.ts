import type { ErrorCode } from './catalogue.ts';
import { ContainerError, type ErrorOptions } from './container-error.ts';
import {
  BadRequestError,
  CancelledError,
  ConfigurationError,
  ConflictError,
  ConversationError,
  DeadlockError,
  ForbiddenError,
  IllegalStateError,
  NoReceiverError,
  NotFoundError,
  OverloadedError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
} from './known-errors.ts';

type ErrorClass = new (message: string, options?: ErrorOptions) => ContainerError;

const classes: Readonly<Partial<Record<ErrorCode, ErrorClass>>> = {
  BadRequest: BadRequestError,
  Unauthorized: UnauthorizedError,
  Forbidden: ForbiddenError,
  NoReceiver: NoReceiverError,
  NotFound: NotFoundError,
  Timeout: TimeoutError,
  Conflict: ConflictError,
  IllegalState: IllegalStateError,
  Deadlock: DeadlockError,
  ConversationError,
  Cancelled: CancelledError,
  Overloaded: OverloadedError,
  Unavailable: UnavailableError,
  ConfigurationError,
};

/** The error of a code of ours, in the class that the code has. */
export function makeError(code: ErrorCode, message: string, options?: ErrorOptions): ContainerError {
  const Known = classes[code];
  return Known === undefined ? new ContainerError(code, message, options) : new Known(message, options);
}

/** The name of the class that errors of a code have. */
export function classNameOf(code: ErrorCode): string {
  return (classes[code] ?? ContainerError).name;
}
