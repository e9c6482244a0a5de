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
export { EventHub, type EventHubParts } from './event-hub.ts';
export { assertEventType, type EventPattern, resolveEventPattern } from './event-pattern.ts';
export { EventPublisher, type EventToPublish, type PublishOptions } from './event-publisher.ts';
export { findOpenTelemetry } from './open-telemetry.ts';
export { type CallOptions, defaultTimeoutMs, maxTimeoutMs, type SendOptions } from './options.ts';
export type { ReceivedMessage } from './received-message.ts';
export type { Answers } from './responder.ts';
export type { RetryOptions } from './retry.ts';
export { creditHeader, maxStreamWindow, type StreamOptions } from './stream-reader.ts';
export type { OverflowPolicy, ReplayFrom, SubscribeOptions, SubscriptionKind } from './subscribe-options.ts';
export { Subscriber, type SubscriberHost, type Subscription, type SubscriptionStats } from './subscriber.ts';
export { noTracing, type TracedHandling, type Tracer, type Tracing } from './tracer.ts';
