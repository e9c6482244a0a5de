import { catalogue, type ErrorCode, type ErrorSeverity } from './catalogue.ts';

/** What an error may carry besides its message. */
export interface ErrorOptions {
  /** Facts for programs: a portable map; it crosses the wire to the caller. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The base of every error that the container raises. Branch on `code`; `message` is for people and may change.
 *
 * @example
 * try { await hello.hello('world'); } catch (error) {
 *   if (error instanceof ContainerError && error.retryable) …
 * }
 */
export class ContainerError extends Error {
  /** A code of the catalogue, or an application's own. */
  readonly code: string;
  /** ION's response code, after HTTP's. */
  readonly status: number;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly severity: ErrorSeverity;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = catalogue[code];
    this.code = code;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.severity = entry.severity;
    this.details = options.details;
  }

  override get name(): string {
    return this.constructor === ContainerError ? this.code : this.constructor.name;
  }
}

/** No answer inside the time allowed. The operation may have run, may be running, or may never run. */
export class TimeoutError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Timeout', message, options);
  }
}

/** Nobody has the name that was called. Nothing ran. */
export class NoReceiverError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('NoReceiver', message, options);
  }
}

/** The receiver has no such operation. Nothing ran. */
export class NotFoundError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('NotFound', message, options);
  }
}

/** Content, name or option that cannot be accepted. Nothing ran. */
export class BadRequestError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('BadRequest', message, options);
  }
}

/**
 * The service or the broker is out of reach. `details.executed` is `'no'` when nothing ran and `'unknown'` when it may
 * have; only idempotent operations should be called again in the second case.
 */
export class UnavailableError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Unavailable', message, options);
  }
}

/** An event that the lifecycle of an object does not allow in its present state. */
export class IllegalStateError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('IllegalState', message, options);
  }
}

/** A file or option that cannot be used; the message names place, cause and remedy. */
export class ConfigurationError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('ConfigurationError', message, options);
  }
}

/** How an {@link ApplicationError} answers. */
export interface ApplicationErrorOptions extends ErrorOptions {
  /** ION's response code for the reply. Default 500. */
  readonly status?: number;
  /** Default false. */
  readonly retryable?: boolean;
}

/**
 * A failure that a service foresees and names itself. Thrown in a handler it answers the caller with this code, message and details;
 * the service goes on. A caller that does not know the code receives a {@link RemoteError} with it.
 */
export class ApplicationError extends ContainerError {
  override readonly code: string;
  override readonly status: number;
  override readonly retryable: boolean;

  constructor(code: string, message: string, options: ApplicationErrorOptions = {}) {
    super('Internal', message, options);
    this.code = code;
    this.status = options.status ?? 500;
    this.retryable = options.retryable ?? false;
  }
}

/** What a remote handler reported under a code that is not in our catalogue. */
export class RemoteError extends ApplicationError {}
