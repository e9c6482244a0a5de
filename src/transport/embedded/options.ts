import type { Logger } from '../../logging/index.ts';
import type { BackoffOptions, Env } from '../../util/index.ts';

/** How an {@link EmbeddedBroker} is made. */
export interface EmbeddedBrokerOptions {
  /** Its clock measures TTLs and expiry, its scheduler gives the turns in which messages are delivered. */
  readonly env: Env;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** A stream keeps so many bytes at most, whatever its own bound says: they are in memory. Default 64 MiB. */
  readonly maxStreamBytes?: number;
}

/** The defaults of {@link EmbeddedBrokerOptions}. */
export const embeddedBrokerDefaults = { maxStreamBytes: 64 * 1_024 * 1_024 } as const;

/** How an {@link EmbeddedTransport} is made. */
export interface EmbeddedTransportOptions {
  /** The container's own. Default: the broker's. */
  readonly env?: Env;
  /** Default: the broker's. */
  readonly logger?: Logger;
  /** Known to fault scripts and logs. Default `embedded`. */
  readonly name?: string;
  /** The login that `userId` of published messages is compared with. Default `guest`. */
  readonly user?: string;
  /** Waits between attempts to connect again. Default 50 ms, doubling up to 5 000 ms, with jitter. */
  readonly backoff?: BackoffOptions;
}

/** {@link EmbeddedTransportOptions} with every default in its place. */
export interface ResolvedEmbeddedTransportOptions {
  readonly env: Env;
  readonly logger: Logger | undefined;
  readonly name: string;
  readonly user: string;
  readonly backoff: BackoffOptions;
}

/** The defaults of {@link EmbeddedTransportOptions}. */
export const embeddedTransportDefaults = {
  name: 'embedded',
  user: 'guest',
  backoff: { initialMs: 50, maxMs: 5_000 },
} as const;

/** Fills in the defaults; `broker` gives what the container does not bring itself. */
export function resolveEmbeddedTransportOptions(
  options: EmbeddedTransportOptions,
  broker: { readonly env: Env; readonly logger: Logger | undefined },
): ResolvedEmbeddedTransportOptions {
  return Object.freeze({
    ...embeddedTransportDefaults,
    ...options,
    env: options.env ?? broker.env,
    logger: options.logger ?? broker.logger,
  });
}
