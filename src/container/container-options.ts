import type { AppOptions } from '../app/index.ts';
import { assertSegment, type ExchangeOptions, type Identity, makeContainerId } from '../exchange/index.ts';
import { defaultTimeoutMs } from '../interact/index.ts';
import type { Interceptor } from '../intercept/index.ts';
import { type Logger, silentLogger } from '../logging/index.ts';
import type { ProcessOptions } from '../process/index.ts';
import type { AmqpTransportOptions } from '../transport/amqp/index.ts';
import type { EmbeddedBroker } from '../transport/embedded/index.ts';
import { type Env, systemEnv } from '../util/index.ts';
import { type BrokerAccess, makeBrokerAccess } from './broker-access.ts';

/** How a container is made. */
export interface ContainerOptions {
  /** The system it belongs to. Default: its own id, so that it is alone. Needs a broker that others can reach. */
  readonly sysname?: string;
  /** Its id: one segment of `[A-Za-z0-9_-]`. Default: host, OS process id and a random part. */
  readonly id?: string;
  /**
   * The message broker: `'embedded'`, an {@link EmbeddedBroker} shared with other containers of this Node process, or one or several
   * `amqp://` or `amqps://` URLs that are tried in turn. Default `'embedded'`.
   */
  readonly broker?: 'embedded' | EmbeddedBroker | string | readonly string[];
  /** Certificates for `amqps://`, as file contents. */
  readonly tls?: NonNullable<AmqpTransportOptions['tls']>;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: the system's. */
  readonly env?: Env;
  /** Milliseconds for calls that do not say. Default 15 000. */
  readonly timeoutMs?: number;
  /** Milliseconds for the whole of {@link Container#stop}. Default 10 000. */
  readonly stopMs?: number;
  /** Around every message, outermost first going out. Default none. */
  readonly interceptors?: readonly Interceptor[];
  readonly exchange?: ExchangeOptions;
  readonly processes?: ProcessOptions;
  readonly apps?: AppOptions;
}

/** Options with defaults, checked. */
export interface ResolvedContainerOptions {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly stopMs: number;
  readonly interceptors: readonly Interceptor[];
  readonly exchange: ExchangeOptions;
  readonly processes: ProcessOptions;
  readonly apps: AppOptions;
  readonly broker: BrokerAccess;
}

/** @throws BadRequest for an unusable id or sysname, ConfigurationError for an unusable broker */
export function resolveContainerOptions(options: ContainerOptions): ResolvedContainerOptions {
  const env = options.env ?? systemEnv();
  const container = options.id ?? makeContainerId(env.ids);
  assertSegment(container, 'container id');
  const sysname = options.sysname ?? container;
  assertSegment(sysname, 'sysname');
  const logger = (options.logger ?? silentLogger).child({ container });
  return Object.freeze({
    identity: Object.freeze({ container, sysname }),
    env,
    logger,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    stopMs: options.stopMs ?? 10_000,
    interceptors: options.interceptors ?? [],
    exchange: options.exchange ?? {},
    processes: options.processes ?? {},
    apps: options.apps ?? {},
    broker: makeBrokerAccess({
      ...options,
      clientName: container,
      env,
      logger: logger.child({ room: 'transport' }),
    }),
  });
}
