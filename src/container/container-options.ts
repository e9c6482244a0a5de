import { type AppOptions, appsConfig } from '../app/index.ts';
import { type CodecLimits, codecConfig, resolveCodecLimits } from '../codec/index.ts';
import { Config, type ConfigSection, readOptions, type Setting } from '../config/index.ts';
import {
  assertSegment,
  type ExchangeOptions,
  exchangeConfig,
  type Identity,
  makeContainerId,
} from '../exchange/index.ts';
import { rpcConfig } from '../interact/index.ts';
import { type Interceptor, type InterceptorSpec, resolveInterceptors } from '../intercept/index.ts';
import { type Logger, type LogLevels, silentLogger } from '../logging/index.ts';
import { type ProcessOptions, processConfig } from '../process/index.ts';
import { type Env, systemEnv } from '../util/index.ts';
import { type BrokerAccess, type BrokerOptions, makeBrokerAccess } from './broker-access.ts';
import { configSections, containerConfig } from './config.ts';
import type { StrayErrorPolicy } from './stray-errors.ts';
import type { SystemEventsMode } from './system-events.ts';

/** How a container is made. */
export interface ContainerOptions extends BrokerOptions {
  /** The system it belongs to. Default: its own id, so that it is alone. Needs a broker that others can reach. */
  readonly sysname?: string;
  /** Its id: one segment of `[A-Za-z0-9_-]`. Default: host, OS process id and a random part. */
  readonly id?: string;
  /** Default: silent. */
  readonly logger?: Logger;
  /** The levels that `logger` was made with, for those who change them while it runs: the prompt. Default: they cannot be. */
  readonly logLevels?: LogLevels;
  /** Default: the system's. */
  readonly env?: Env;
  /** Values of configuration files and the like; the options here go before it. Default: the defaults of every section. */
  readonly config?: Config;
  /** Milliseconds for calls that do not say. Default 15 000. */
  readonly timeoutMs?: number;
  /** Milliseconds for the whole of {@link Container#stop}. Default 10 000. */
  readonly stopMs?: number;
  /**
   * What becomes of an error that nobody handles and that cannot be attributed to a process: the container stops in order, `exitCode` of the program
   * becomes 1, and {@link Container#stopped} tells the cause; or it is only logged. Default `stop`.
   */
  readonly strayErrors?: StrayErrorPolicy;
  /** Which events it publishes about itself; see `docs/events.md`. Default `auto`. */
  readonly systemEvents?: SystemEventsMode;
  /** Callers are told stack and causes of the errors that their calls end in. Default false. */
  readonly development?: boolean;
  /** Around every message, outermost first: going out they are met in this order, coming in in reverse. Default none. */
  readonly interceptors?: readonly (Interceptor | InterceptorSpec)[];
  readonly exchange?: ExchangeOptions;
  readonly processes?: ProcessOptions;
  readonly apps?: AppOptions;
}

/** Options with defaults, checked. */
export interface ResolvedContainerOptions {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly logLevels: LogLevels | undefined;
  readonly config: Config;
  readonly timeoutMs: number;
  readonly stopMs: number;
  readonly strayErrors: StrayErrorPolicy;
  readonly systemEvents: SystemEventsMode;
  readonly development: boolean;
  readonly limits: CodecLimits;
  readonly interceptors: readonly InterceptorSpec[];
  readonly exchange: ExchangeOptions;
  readonly processes: ProcessOptions;
  readonly apps: AppOptions;
  readonly broker: BrokerAccess;
}

/**
 * @throws BadRequest for an unusable id or sysname, ConfigurationError for an unusable broker and for a value that the same place of a
 * configuration file would not take
 */
export function resolveContainerOptions(options: ContainerOptions): ResolvedContainerOptions {
  const env = options.env ?? systemEnv();
  const container = options.id ?? makeContainerId(env.ids);
  assertSegment(container, 'container id');
  const sysname = options.sysname ?? container;
  assertSegment(sysname, 'sysname');
  const config = (options.config ?? Config.merge(configSections, [])).with(givenSettings(options));
  const logger = (options.logger ?? silentLogger).child({ container });
  return Object.freeze({
    identity: Object.freeze({ container, sysname }),
    env,
    logger,
    logLevels: options.logLevels,
    config,
    timeoutMs: config.section(rpcConfig).timeoutMs,
    ...config.section(containerConfig),
    interceptors: resolveInterceptors(options.interceptors),
    exchange: config.section(exchangeConfig),
    limits: resolveCodecLimits(config.section(codecConfig)),
    processes: config.section(processConfig),
    apps: options.apps ?? {},
    broker: makeBrokerAccess({
      ...options,
      clientName: container,
      env,
      logger: logger.room('transport'),
    }),
  });
}

/** Options are the strongest layer of the configuration: checked by the same schemas, and explained like the others. */
function givenSettings({
  timeoutMs,
  stopMs,
  strayErrors,
  systemEvents,
  development,
  exchange,
  processes,
  apps,
}: ContainerOptions): readonly Setting[] {
  const { limits, ...onTheBus } = exchange ?? {};
  const read = (section: ConfigSection, given: Readonly<Record<string, unknown>>) =>
    readOptions(section, given, 'new Container()');
  return [
    ...read(rpcConfig, { timeoutMs }),
    ...read(containerConfig, { stopMs, strayErrors, systemEvents, development }),
    ...read(exchangeConfig, onTheBus),
    ...read(codecConfig, { ...limits }),
    ...read(processConfig, { ...processes }),
    ...read(appsConfig, {
      directories: apps?.directories,
      slowStartMs: apps?.slowStartMs,
      startTimeoutMs: apps?.startTimeoutMs,
      stopTimeoutMs: apps?.stopTimeoutMs,
    }),
  ];
}
