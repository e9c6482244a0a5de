/** How far an error reaches: one message, one channel, one connection, or the whole container. */
export type ErrorSeverity = 'message' | 'channel' | 'connection' | 'container';

/** What everybody may know about an error code. */
export interface CatalogueEntry {
  /** ION's response code, after HTTP's. */
  readonly status: number;
  readonly severity: ErrorSeverity;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What it means. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Every code that the container itself raises. Codes of applications are their own ({@link ApplicationError}). */
export const catalogue = {
  BadRequest: {
    status: 400,
    severity: 'message',
    retryable: false,
    meaning: 'The content, a name or an option is not acceptable.',
    remedy: 'Correct what the message names; the same call will fail again.',
  },
  Unauthorized: {
    status: 401,
    severity: 'message',
    retryable: false,
    meaning: 'The sender has not proven who it is.',
    remedy: 'Send the operation from the same container, or through its agent.',
  },
  Forbidden: {
    status: 403,
    severity: 'message',
    retryable: false,
    meaning: 'The sender is known and not allowed to do this.',
    remedy: 'Ask an operator for the permission.',
  },
  NoReceiver: {
    status: 404,
    severity: 'message',
    retryable: true,
    meaning: 'Nobody in this system has that name.',
    remedy: 'Check the name and the sysname; ps() shows who runs here.',
  },
  NotFound: {
    status: 404,
    severity: 'message',
    retryable: false,
    meaning: 'The receiver has no such operation.',
    remedy: 'Check the operation against the service’s contract.',
  },
  Timeout: {
    status: 408,
    severity: 'message',
    retryable: true,
    meaning: 'No answer came inside the time allowed; the operation may still have run.',
    remedy: 'Raise timeoutMs, or find out what keeps the service busy.',
  },
  Conflict: {
    status: 409,
    severity: 'message',
    retryable: false,
    meaning: 'The name or id is taken.',
    remedy: 'Choose another name, or stop what holds it.',
  },
  IllegalState: {
    status: 409,
    severity: 'message',
    retryable: false,
    meaning: 'The object’s lifecycle does not allow this now.',
    remedy: 'Wait for the state that the message names.',
  },
  TooLarge: {
    status: 413,
    severity: 'message',
    retryable: false,
    meaning: 'The content is over a size limit.',
    remedy: 'Send less at once, or raise the limit at both ends.',
  },
  Internal: {
    status: 500,
    severity: 'message',
    retryable: false,
    meaning: 'A handler failed in a way it did not foresee.',
    remedy: 'See the log of the container that ran it.',
  },
  Overloaded: {
    status: 503,
    severity: 'message',
    retryable: true,
    meaning: 'The receiver has as much work as it can hold.',
    remedy: 'Try again later, or start more instances.',
  },
  Unavailable: {
    status: 503,
    severity: 'message',
    retryable: true,
    meaning: 'The service or the broker is out of reach; details.executed tells whether the operation ran.',
    remedy: 'Try again if the operation may run twice; check that an instance runs and the broker is up.',
  },
  TopologyConflict: {
    status: 409,
    severity: 'channel',
    retryable: false,
    meaning: 'The broker has the exchange or queue with other arguments.',
    remedy: 'Delete it at the broker, or start with the arguments that it has.',
  },
  BrokerUnreachable: {
    status: 503,
    severity: 'connection',
    retryable: true,
    meaning: 'No broker answers at the given addresses.',
    remedy: 'Check host, port and that RabbitMQ runs; or start with --broker embedded.',
  },
  BrokerRefused: {
    status: 403,
    severity: 'connection',
    retryable: false,
    meaning: 'The broker refuses the login or the virtual host.',
    remedy: 'Check user, password and virtual host of the broker’s address.',
  },
  ConfigurationError: {
    status: 400,
    severity: 'container',
    retryable: false,
    meaning: 'A file or an option cannot be used as it is.',
    remedy: 'Correct the place that the message names.',
  },
  StartFailed: {
    status: 500,
    severity: 'container',
    retryable: false,
    meaning: 'A container or an app could not be started; nothing of it is left running.',
    remedy: 'See the cause.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A code of {@link catalogue}. */
export type ErrorCode = keyof typeof catalogue;

/** Whether `code` is one of ours. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
