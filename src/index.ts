// The public API: what is not exported here is not public.
export type {
  AppContainer,
  AppDefinition,
  AppInfo,
  AppModule,
  AppModuleSpec,
  AppOptions,
  AppProcessSpec,
  AppStart,
  AppStarted,
  AppStartOptions,
  AppStartType,
  AppStop,
  CheckReport,
  ReleaseDefinition,
  ReleaseEntry,
} from './app/index.ts';
export { checkFiles, readReleaseFile } from './app/index.ts';
export {
  type CodecLimitsOptions,
  convSeqOf,
  type Headers,
  ionHeaders,
  type Message,
  type Performative,
  type Portable,
  protocolOf,
  statusOf,
} from './codec/index.ts';
export {
  Container,
  type ContainerInfo,
  type ContainerOptions,
  type ShutdownReport,
} from './container/index.ts';
export {
  ApplicationError,
  type ApplicationErrorOptions,
  BadRequestError,
  type CatalogueEntry,
  ConfigurationError,
  ContainerError,
  catalogue,
  type ErrorCode,
  type ErrorSeverity,
  IllegalStateError,
  NoReceiverError,
  NotFoundError,
  RemoteError,
  TimeoutError,
  UnavailableError,
} from './errors/index.ts';
export { type ExchangeOptions, type ProcessId, parseProcessId } from './exchange/index.ts';
export type { CallOptions, SendOptions } from './interact/index.ts';
export type { Interceptor, Invocation } from './intercept/index.ts';
export { LifecycleObject, type LifecycleState, type StateChanged } from './lifecycle/index.ts';
export {
  createLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogLevelEntries,
  LogLevels,
  type LogThreshold,
  readLogLevels,
  silentLogger,
} from './logging/index.ts';
export {
  type Client,
  type Contract,
  defineService,
  type ExitReason,
  type Handlers,
  type Operation,
  operation,
  Process,
  type ProcessClass,
  type ProcessContext,
  type ProcessInfo,
  ProcessManager,
  type ReceivedMessage,
  ServiceProcess,
  type ServiceProcessClass,
  type SpawnOptions,
  Type,
} from './process/index.ts';
export { EmbeddedBroker } from './transport/embedded/index.ts';
export type { TransportStatus } from './transport/index.ts';
export { type Env, systemEnv } from './util/index.ts';
