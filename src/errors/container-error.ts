import { catalogue, type ErrorCode, type ErrorSeverity } from './catalogue.ts';

/** What an error may carry besides its message. */
export interface ErrorOptions {
  /** Facts for programs: a portable map; it crosses the wire to the caller. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** The stack where it was raised, if that was elsewhere; see {@link ContainerError.remoteStack}. Default none. */
  readonly remoteStack?: string;
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
  /**
   * Of an error that another process reported: its stack over there, below a line `remote:`, and so on for every container that passed
   * it on. Only containers in development mode tell it. `stack` is always this program's own.
   */
  readonly remoteStack: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = catalogue[code];
    this.code = code;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.severity = entry.severity;
    this.details = options.details;
    this.remoteStack = options.remoteStack;
  }

  override get name(): string {
    return this.constructor === ContainerError ? this.code : this.constructor.name;
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
 * the service goes on. A caller that does not know the code receives a {@link RemoteError} with it; under a code of the catalogue it
 * arrives as that error.
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
