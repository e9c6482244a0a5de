import type { Message } from '../codec/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';

/** Which way a message walks: `out` from its sender, `in` to its receiver. */
export type WalkPath = 'out' | 'in';

/** A message at one point of its walk, as interceptors see it. */
export interface Invocation {
  readonly path: WalkPath;
  /**
   * The message itself: what is changed here is what goes on. Going out, its content is whatever the sender gave, before it is checked,
   * copied or encoded; coming in, it is portable and the container's own.
   */
  readonly message: Message;
  /** The container that sent it; `''` for a JSON peer. */
  readonly origin: string;
  /**
   * Takes a message that comes in off the walk: it goes on, is refused or answered when the holder of the result says so, be it later.
   * Until then a request hangs as long as its caller has time, and what came through a service's queue stays unacknowledged, exactly as
   * with a handler that does not return. What comes meanwhile overtakes it.
   *
   * @throws IllegalStateError for a message that goes out, and after `next()`
   */
  take(): TakenMessage;
}

/** A message that an interceptor has taken. The first of these calls counts; later ones do nothing. */
export interface TakenMessage {
  /** Lets it walk on, to the interceptors that come next. */
  pass(): void;
  /** Refuses it, as throwing `error` would have. */
  refuse(error: unknown): void;
  /**
   * Answers a request with `content` (default null) as its result; for a message that wants no answer it says that nothing more is done.
   *
   * @throws IllegalStateError for an answer, and for a request that is to be answered in parts
   */
  reply(content?: unknown): void;
}

/**
 * A step on the walk of every message, in both directions: a plain function that is done when it returns. It may read and change the
 * message; `next()` goes on; throwing refuses: going out the sender gets the error, coming in a request is answered with it. One
 * that returns without either, and has not taken the message, has ended the walk: that refuses it too, with `Unavailable` and its name. Nothing is
 * awaited between decoding and the mailbox, so a returned promise is an error; what needs time takes the message: {@link Invocation#take}.
 *
 * @example
 * const noUploads: Interceptor = ({ path, message }, next) => {
 *   if (path === 'in' && message.op === 'upload') throw new ForbiddenError('no uploads here');
 *   next();
 * };
 */
export type Interceptor = (invocation: Invocation, next: () => void) => void;

/** What an interceptor is given when it is made for a container. */
export interface InterceptorContext {
  /** The container's id. */
  readonly container: string;
  readonly sysname: string;
  readonly env: Env;
  /** Its lines say `intercept.<name>`. */
  readonly logger: Logger;
  /**
   * Has `close` called once, when the container has stopped and no message walks any more, within the container's time to stop. Those of
   * several interceptors are called in reverse order, one after the other; an error is logged.
   */
  onStop(close: () => void | Promise<void>): void;
}

/** An interceptor with a name, made when its container starts. */
export interface InterceptorSpec {
  readonly name: string;
  /** Called once, before the container connects; an error fails the start. */
  readonly make: (context: InterceptorContext) => Interceptor | Promise<Interceptor>;
}

/** What a module exports to be named in `res/config/interceptors.yaml`; `args` are those of the file. */
export type InterceptorFactory = (
  args: Readonly<Record<string, unknown>>,
  context: InterceptorContext,
) => Interceptor | Promise<Interceptor>;
