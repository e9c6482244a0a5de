import { type CallPath, extension, type Headers, type Message, type Portable } from '../codec/index.ts';
import type { Link } from '../util/index.ts';

/** Something that ends when the message ends during whose handling it was begun. */
export interface Dependent extends Link<Dependent> {
  /** Its caller does not wait any more. */
  abort(reason: unknown): void;
}

/**
 * The message during whose handling something is sent. What is sent carries on its acting user, trace and path, and calls share what is
 * left of its time and its cancellation (DESIGN §9).
 */
export interface Cause {
  readonly message: Readonly<Message>;
  /** When its sender stops waiting, on this container's monotonic clock; Infinity if it waits for ever, or has its answer. */
  readonly bindingUntil: number;
  /** Why its sender does not wait any more; undefined while it does. */
  readonly abortedBy: unknown;
  /** The way up to and with the process that handles it. */
  readonly path: CallPath;
  /** Ends `dependent` with the message; give it back when it has ended by itself. */
  attach(dependent: Dependent): void;
  detach(dependent: Dependent): void;
}

/** Headers that belong to a message and to whatever is sent while it is handled. */
const inherited = ['user-id', 'expiry', 'traceparent', 'tracestate', 'baggage'] as const;
/** What is longer goes no further, lest one message make all that follow from it as large: W3C's bound for `baggage`, in characters. */
const maxInheritedLength = 8192;
/** Whether a message has headers that whatever is sent while it is handled carries on. */
export function carriesOn({ headers }: Readonly<Message>): boolean {
  return headers !== undefined && inherited.some((name) => Object.hasOwn(headers, name));
}

/** Those of them that only the container sets. */
const notForCallers: ReadonlySet<string> = new Set([
  ...['user-id', 'expiry', 'protocol'],
  // What a retry and a dead letter are known by.
  ...['dead', 'resent'],
]);

/** The first of `headers` that is the container's to set; undefined if there is none. */
export function reservedHeader(headers: Headers): string | undefined {
  return Object.keys(headers).find((name) => notForCallers.has(name));
}

/** The headers of a message that is sent because of `cause`: its own go before the inherited ones. */
export function inheritedHeaders(cause: Cause | undefined, own: Headers | undefined): Headers | undefined {
  const message = cause?.message;
  if (message?.headers === undefined) return own;
  let headers: Record<string, Portable> | undefined;
  for (const name of inherited) {
    const value = extension(message, name);
    if (!isInheritable(value)) continue;
    headers ??= {};
    headers[name] = value;
  }
  return headers === undefined || own === undefined ? (headers ?? own) : { ...headers, ...own };
}

function isInheritable(value: Portable | undefined): value is string | number | Date {
  return typeof value === 'string'
    ? value.length <= maxInheritedLength
    : typeof value === 'number' || value instanceof Date;
}
