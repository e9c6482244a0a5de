export {
  type CatalogueEntry,
  catalogue,
  type ErrorCode,
  type ErrorSeverity,
  isErrorCode,
} from './catalogue.ts';
export {
  ApplicationError,
  type ApplicationErrorOptions,
  BadRequestError,
  ConfigurationError,
  ContainerError,
  type ErrorOptions,
  IllegalStateError,
  NoReceiverError,
  NotFoundError,
  RemoteError,
  TimeoutError,
  UnavailableError,
} from './container-error.ts';
export { fromWireError, messageOf, toWireError, type WireError } from './wire.ts';
