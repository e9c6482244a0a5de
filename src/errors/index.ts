export {
  type CatalogueEntry,
  catalogue,
  type ErrorCode,
  type ErrorExecution,
  type ErrorSeverity,
  errorCodes,
  isErrorCode,
} from './catalogue.ts';
export {
  ApplicationError,
  type ApplicationErrorOptions,
  ContainerError,
  type ErrorOptions,
  RemoteError,
} from './container-error.ts';
export {
  describeError,
  describeErrors,
  type ErrorDescription,
  type ErrorFacts,
  factsOf,
} from './describe-error.ts';
export { placeOf, placeOfCause } from './error-place.ts';
export { fromWireError } from './from-wire-error.ts';
export {
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
export { isError, messageOf } from './message-of.ts';
export { toWireError } from './to-wire-error.ts';
export type { WireCause, WireError, WireErrorOptions } from './wire-error.ts';
