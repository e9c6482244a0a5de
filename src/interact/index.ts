export {
  type CallPath,
  callPathOf,
  isOnPath,
  type PathStep,
} from './call-path.ts';
export type { ConversationStats } from './call-table.ts';
export { type Cause, carriesOn, type Dependent } from './cause.ts';
export { rpcConfig } from './config.ts';
export { ConversationManager } from './conversation-manager.ts';
export type { ConversationParts } from './conversation-parts.ts';
export { findOpenTelemetry } from './open-telemetry.ts';
export { type CallOptions, defaultTimeoutMs, maxTimeoutMs, type SendOptions } from './options.ts';
export type { ReceivedMessage } from './received-message.ts';
export type { Answers } from './responder.ts';
export type { RetryOptions } from './retry.ts';
export { creditHeader, maxStreamWindow, type StreamOptions } from './stream-reader.ts';
export { noTracing, type TracedHandling, type Tracer, type Tracing } from './tracer.ts';
