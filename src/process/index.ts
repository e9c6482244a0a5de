export { Type } from 'typebox';
export { type CheckpointStore, MemoryCheckpoints } from './checkpoint.ts';
export { type ChildKeeper, childEnded, endChildren, givenUp } from './child-keeper.ts';
export type { Caller, Client, ClientAnswer, ClientMethod, ClientOptions } from './client.ts';
export { makeClient } from './client.ts';
export { processConfig } from './config.ts';
export { type ConfigChange, changedNames, configChange } from './config-change.ts';
export {
  type Contract,
  defineService,
  type HandlerAnswer,
  type HandlerResult,
  type Handlers,
  type Operations,
  type ServiceDefinition,
} from './contract.ts';
export {
  type ContractDescription,
  contractDescription,
  isContract,
  isContractDescription,
  type OperationDescription,
} from './contract-description.ts';
export {
  type ContractChange,
  type ContractChangeKind,
  contractDiff,
  isMajorRaised,
} from './contract-diff.ts';
export type { CrashReport, HandledMessage } from './crash-report.ts';
export {
  type AnyDeclaredErrorClass,
  DeclaredError,
  type DeclaredErrorClass,
  type DeclaredErrors,
  type ErrorSchemas,
} from './declared-error.ts';
export { assertEventHandler, EventOperation } from './event-operation.ts';
export { type EventSubject, toEvent, toSubject } from './event-subject.ts';
export {
  defineEvent,
  type EventContent,
  type EventDefinition,
  type EventType,
  isEventType,
} from './event-type.ts';
export { type ExitReason, isOrderlyExit, isShutdownExit } from './exit-reason.ts';
export { errorOf, exitText } from './exit-text.ts';
export { FileCheckpoints } from './file-checkpoints.ts';
export type { HandlingHost } from './handling.ts';
export {
  type Operation,
  type OperationDefinition,
  type OperationOptions,
  operation,
  type ReplyKind,
} from './operation.ts';
export {
  type Down,
  type ExitSignal,
  type MonitorId,
  Process,
  type ProcessClass,
  type ProcessContext,
  type Shutdown,
  type SpawnOptions,
} from './process.ts';
export type { UnfinishedHandler } from './process-ends.ts';
export type { ProcessInfo } from './process-info.ts';
export type { GivenUp, LivingProcess, ProcessLife, ProcessNotice } from './process-life.ts';
export { ProcessManager, type ProcessManagerParts, type ProcessOptions } from './process-manager.ts';
export { fromProto } from './proto-contract.ts';
export { type ProtoModuleOptions, protoModule, readProtoModule } from './proto-module.ts';
export {
  type ProtoOperationDefinition,
  type ProtoServiceDefinition,
  protoService,
} from './proto-service.ts';
export type { ProtoInit, ProtoMessage, ProtoOperation } from './proto-types.ts';
export { Publisher } from './publisher.ts';
export { type EventHandler, EventHandling, type ReceivedEvent } from './received-event.ts';
export { Bytes, type BytesOptions, Timestamp, type TimestampOptions } from './schema-types.ts';
export { type Scope, type ScopeOwner, scopes } from './scope.ts';
export type { Conversations, ServiceExchange } from './seams.ts';
export { ServiceProcess, type ServiceProcessClass } from './service-process.ts';
export { outputOf, type StreamBatch, type StreamOutput, type StreamOutputs } from './stream-output.ts';
export { StreamProcess } from './stream-process.ts';
export type { CheckpointOptions, StreamContent, StreamSource } from './stream-source.ts';
export { toWireExitReason } from './wire-exit-reason.ts';
