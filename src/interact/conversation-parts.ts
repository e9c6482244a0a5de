import type { Message } from '../codec/index.ts';
import type { Identity, Outgoing } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { Tracing } from './tracer.ts';

/** What a conversation manager works with. */
export interface ConversationParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  /** The way out: interceptors, then the exchange. It may throw; then nothing was sent. */
  readonly walkOut: (outgoing: Outgoing) => void;
  /** Begins to ask the broker whether `service` has an instance; see `ConversationManager#isAwaited`. */
  readonly watchInstances: (service: string) => void;
  /** An answer tells how long its request to `service` kept an instance from others, microseconds. */
  readonly took: (service: string, op: string, workUs: number) => void;
  /** How many containers serve `service`, asked of the broker. */
  readonly countContainers: (service: string) => Promise<number>;
  /** Makes content and headers of a message checked copies. @throws BadRequest */
  readonly isolate: (message: Message) => void;
  /** Default: nobody traces. */
  readonly tracing?: Tracing;
  /** Errors cross the wire with stack and causes, for development. Default false. */
  readonly tellsStacks?: boolean;
  /** Milliseconds for calls that do not say. Default 15 000. */
  readonly timeoutMs?: number;
}
