import type { Codec, CodecLimitsOptions, Message } from '../codec/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import type { Arrival } from './arrival.ts';
import type { DeadLetterFacts } from './dead-letter.ts';
import type { Identity } from './names.ts';

/** Options of the exchange; see `docs/wire-protocol.md` for what they mean on the wire. */
export interface ExchangeOptions {
  /** Frames of a service's queue that may be with this container unsettled. Default 32. */
  readonly prefetch?: number;
  /** Queues that JSON peers may name in `reply_to` besides those that the broker named. Default none. */
  readonly jsonReplyTo?: readonly string[];
  /** Services that are called with plain JSON, since programs that speak no frames serve them; not for those served here. Default none. */
  readonly jsonServices?: readonly string[];
  /** Broker logins whose word on the acting user (`user-id`) of a message is taken; from others it is ANONYMOUS. Default none. */
  readonly trustedUsers?: readonly string[];
  readonly limits?: CodecLimitsOptions;
  /** How often one-way work of a service, and an event of a durable subscription, is tried before it is a dead letter. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second, third … attempt. Every container of a system has the same. Default 1, 5, 30 and 120 seconds. */
  readonly retryDelaysMs?: readonly number[];
  /** Milliseconds that the broker has to confirm an event. Default 15 000. */
  readonly publishTimeoutMs?: number;
}

/** Who in this container answers to a shared name. */
export interface LocalDirectory {
  /** Whether the instances of `service` here would begin that request at once, when `underway` others are on their way to them. */
  hasFreeInstance(service: string, underway: number, message: Message): boolean;
  /** Whether a process here answers to `<container>.<name>`. */
  hasLocalName(name: string): boolean;
}

/** What the exchange tells the rest of the container. */
export interface ExchangeListener extends LocalDirectory {
  /** A message came in, by the local way or through the broker. It must not throw. */
  arrived(arrival: Arrival): void;
  /** Messages that nobody is bound to came back. */
  returned(messages: readonly Message[]): void;
  /**
   * Messages could not be handed to the broker. `isLost` says that the connection is gone, so that {@link connectionLost} has told about it or
   * will.
   */
  unsent(messages: readonly Message[], isLost: boolean): void;
  connectionLost(): void;
  connectionRestored(): void;
  /** Something became a dead letter. */
  died(facts: DeadLetterFacts, message: Message): void;
  isAwaited(service: string): boolean;
  instancesAbsent(service: string): void;
}

/** What an `ExchangeManager` works with. */
export interface ExchangeParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly transport: Transport;
  readonly codec: Codec;
  readonly listener: ExchangeListener;
  readonly options: ExchangeOptions;
}
