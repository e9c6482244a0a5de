/** How far an error reaches: one message, one channel, one connection, or the whole container. */
export type ErrorSeverity = 'message' | 'channel' | 'connection' | 'container';

/**
 * Whether the operation that the error is about may have run. `no`: nothing of it ran. `unknown`: it may have, wholly or in part.
 * `varies`: `details.executed` of the error says which of the two.
 */
export type ErrorExecution = 'no' | 'unknown' | 'varies';

/** What everybody may know about an error code. */
export interface CatalogueEntry {
  /** ION's response code, after HTTP's. */
  readonly status: number;
  readonly severity: ErrorSeverity;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly executed: ErrorExecution;
  /** What it means. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
  /** A message as it may appear. */
  readonly example: string;
}

/** Every code that the container itself raises. Codes of applications are their own ({@link ApplicationError}). */
export const catalogue = {
  BadRequest: {
    status: 400,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The content, a name or an option is not acceptable.',
    remedy: 'Correct what the message names; the same call will fail again.',
    example: 'content.text: expected string, found number 42',
  },
  Unauthorized: {
    status: 401,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The sender has not proven who it is.',
    remedy: 'Send the operation from the same container, or through its agent.',
    example: "'~terminate' is taken only from the same container",
  },
  Forbidden: {
    status: 403,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The sender is known and not allowed to do this.',
    remedy: 'Ask an operator for the permission.',
    example: "userId is 'eve', but the connection logged in as 'adam'",
  },
  NoReceiver: {
    status: 404,
    severity: 'message',
    retryable: true,
    executed: 'no',
    meaning: 'Nobody in this system has that name.',
    remedy: 'Check the name and the sysname; ps() shows who runs here.',
    example: "nobody in system 'demo' has the name 'helo'",
  },
  NotFound: {
    status: 404,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The receiver has no such operation.',
    remedy: 'Check the operation against the service’s contract.',
    example: "hello has no operation 'gret'",
  },
  Timeout: {
    status: 408,
    severity: 'message',
    retryable: true,
    executed: 'unknown',
    meaning: 'No answer came inside the time allowed; the operation may still have run.',
    remedy: 'Raise timeoutMs, or find out what keeps the service busy.',
    example: 'hello.greet did not answer within 15000 ms',
  },
  Conflict: {
    status: 409,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The name or id is taken.',
    remedy: 'Choose another name, or stop what holds it.',
    example: "the local name 'logger' belongs to process ship.7",
  },
  IllegalState: {
    status: 409,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The object’s lifecycle does not allow this now.',
    remedy: 'Wait for the state that the message names.',
    example: "app 'hello' was stopped while it was starting",
  },
  Deadlock: {
    status: 409,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning:
      'The call would wait for itself: its target handles one message at a time and is among its callers.',
    remedy:
      'Follow details.path, and break the circle: send one way, answer first, or give the target more concurrency.',
    example: 'hello.greet would wait for itself: ship.3 → ship.7 → ship.3',
  },
  ConversationError: {
    status: 409,
    severity: 'message',
    retryable: false,
    executed: 'unknown',
    meaning: 'A speech act that the protocol does not allow here has ended the conversation.',
    remedy: 'Correct the participant that the message names; docs/wire-protocol.md lists the speech acts.',
    example: "hello.greet answered 'inform_progress', which 'rpc' does not allow there",
  },
  TooLarge: {
    status: 413,
    severity: 'message',
    retryable: false,
    executed: 'no',
    meaning: 'The content is over a size limit.',
    remedy: 'Send less at once, or raise the limit at both ends.',
    example: 'content is over 8388608 bytes; send less at once, or raise maxEnvelopeBytes at both ends',
  },
  Cancelled: {
    // No registered status says that the caller left; nginx's 499 does, and gRPC's CANCELLED is mapped to it too.
    status: 499,
    severity: 'message',
    retryable: false,
    executed: 'unknown',
    meaning:
      'The caller gave the call up, through its AbortSignal; what had begun may still come to its end.',
    remedy: 'Nothing, if that was meant; else see who aborts the signal.',
    example: 'hello.greet was given up by its caller: the page was closed',
  },
  Internal: {
    status: 500,
    severity: 'message',
    retryable: false,
    executed: 'unknown',
    meaning: 'A handler failed in a way it did not foresee.',
    remedy: 'See the log of the container that ran it.',
    example: "operation 'greet' returned what its contract does not allow",
  },
  Overloaded: {
    status: 503,
    severity: 'message',
    retryable: true,
    executed: 'no',
    meaning: 'The receiver has as much work as it can hold.',
    remedy: 'Try again after details.retryAfterMs, or start more instances.',
    example: 'process ship.7 takes no more now: 1000 messages are waiting',
  },
  Unavailable: {
    status: 503,
    severity: 'message',
    retryable: true,
    executed: 'varies',
    meaning: 'The service or the broker is out of reach; details.executed tells whether the operation ran.',
    remedy: 'Try again if the operation may run twice; check that an instance runs and the broker is up.',
    example: "hello.greet: no instance of 'hello' is running",
  },
  TopologyConflict: {
    status: 409,
    severity: 'channel',
    retryable: false,
    executed: 'no',
    meaning: 'The broker has the exchange or queue with other arguments.',
    remedy: 'Delete it at the broker, or start with the arguments that it has.',
    example: "Cannot declare queue 'demo.hello' with durable true: the broker has it with false",
  },
  BrokerUnreachable: {
    status: 503,
    severity: 'connection',
    retryable: true,
    executed: 'no',
    meaning: 'No broker answers at the given addresses.',
    remedy: 'Check host, port and that RabbitMQ runs; or start with --broker embedded.',
    example: 'amqp://guest@127.0.0.1:5672: connect ECONNREFUSED 127.0.0.1:5672',
  },
  BrokerRefused: {
    status: 403,
    severity: 'connection',
    retryable: false,
    executed: 'no',
    meaning: 'The broker refuses the login or the virtual host.',
    remedy: 'Check user, password and virtual host of the broker’s address.',
    example:
      'amqp://guest@127.0.0.1:5672/demo: the virtual host "demo" does not exist, is down, or is not open to the user "guest"',
  },
  ConfigurationError: {
    status: 400,
    severity: 'container',
    retryable: false,
    executed: 'no',
    meaning: 'A file or an option cannot be used as it is.',
    remedy: 'Correct the place that the message names.',
    example: "hello.app:4:10: version: expected text such as '1.2.3', found the number 1.1; quote it: '1.1'",
  },
  StartFailed: {
    status: 500,
    severity: 'container',
    retryable: false,
    executed: 'unknown',
    meaning: 'A container or an app could not be started; nothing of it is left running.',
    remedy: 'See the cause.',
    example: "app 'hello' (res/apps/hello.app) could not be started: the name 'hello' is taken",
  },
  AppEnded: {
    status: 500,
    severity: 'container',
    retryable: false,
    executed: 'unknown',
    meaning: 'An app has ended by itself, and the container has stopped for that, as its start type says.',
    remedy: 'Mend what the reason names, and start the container again.',
    example:
      "the permanent app 'hello' (res/apps/hello.app) has ended by itself, for the reason: the disk is full",
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A code of {@link catalogue}. */
export type ErrorCode = keyof typeof catalogue;

/** Whether `code` is one of ours. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

/** The codes of the catalogue, in its order. */
export const errorCodes: readonly ErrorCode[] = Object.freeze(Object.keys(catalogue).filter(isErrorCode));
