export { Type } from 'typebox';
export type { Caller, Client, ClientMethod } from './client.ts';
export { makeClient } from './client.ts';
export { processConfig } from './config.ts';
export {
  type Contract,
  defineService,
  type HandlerResult,
  type Handlers,
  type Operation,
  type OperationOptions,
  type Operations,
  operation,
  type ServiceDefinition,
} from './contract.ts';
export {
  type ExitReason,
  Process,
  type ProcessClass,
  type ProcessContext,
  type SpawnOptions,
} from './process.ts';
export {
  type ProcessInfo,
  ProcessManager,
  type ProcessManagerParts,
  type ProcessOptions,
  type UnfinishedHandler,
} from './process-manager.ts';
export type { ReceivedMessage } from './received-message.ts';
export type { Conversations, ServiceExchange } from './seams.ts';
export { ServiceProcess, type ServiceProcessClass } from './service-process.ts';
