import { ContainerError, type ErrorOptions } from './container-error.ts';

// A class of its own for each code that callers branch on; the others are plain ContainerErrors of their code.

/** Content, name or option that cannot be accepted. Nothing ran. */
export class BadRequestError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('BadRequest', message, options);
  }
}

/** The sender has not proven who it is: prove it and call again. Nothing ran. */
export class UnauthorizedError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Unauthorized', message, options);
  }
}

/** The sender is known and not allowed to do this: to call again is of no use. Nothing ran. */
export class ForbiddenError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Forbidden', message, options);
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

/** No answer inside the time allowed. The operation may have run, may be running, or may never run. */
export class TimeoutError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Timeout', message, options);
  }
}

/** A name or id is taken: choose another, or use what is there. */
export class ConflictError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Conflict', message, options);
  }
}

/** An event that the lifecycle of an object does not allow in its present state. */
export class IllegalStateError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('IllegalState', message, options);
  }
}

/** A call that would wait for itself; found where it was to be sent, so nothing ran. */
export class DeadlockError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Deadlock', message, options);
  }

  /** The processes that wait for each other, outermost caller first, from `details.path`; empty if that does not say. */
  get path(): readonly string[] {
    const path = this.details?.path;
    return Array.isArray(path) ? path.filter((step) => typeof step === 'string') : [];
  }
}

/** A speech act that the protocol does not allow ended the conversation. What was asked may have run. */
export class ConversationError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('ConversationError', message, options);
  }
}

/** The caller itself gave the call up, through its `AbortSignal`; `cause` is the signal's reason. What had begun may still end. */
export class CancelledError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Cancelled', message, options);
  }
}

/** The receiver has as much work as it can hold. Nothing ran. */
export class OverloadedError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('Overloaded', message, options);
  }

  /** After how many milliseconds another attempt makes sense, from `details.retryAfterMs`; undefined if that does not say. */
  get retryAfterMs(): number | undefined {
    const retryAfterMs = this.details?.retryAfterMs;
    return typeof retryAfterMs === 'number' && retryAfterMs >= 0 && Number.isFinite(retryAfterMs)
      ? retryAfterMs
      : undefined;
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

/** A file or option that cannot be used; the message names place, cause and remedy. */
export class ConfigurationError extends ContainerError {
  constructor(message: string, options?: ErrorOptions) {
    super('ConfigurationError', message, options);
  }
}
