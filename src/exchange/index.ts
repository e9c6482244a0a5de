export { type Address, everyContainer, resolveAddress } from './address.ts';
export {
  Arrival,
  type ArrivalFacts,
  type EventFacts,
  type EventSink,
  type JsonReplyRoute,
  type Outgoing,
  outgoing,
  type Wire,
} from './arrival.ts';
export { exchangeConfig } from './config.ts';
export { type DeadLetter, type DeadLetterFacts, type DeathReason, deathReasons } from './dead-letter.ts';
export { type DeadLetterFilter, DeadLetters } from './dead-letters.ts';
export {
  type EventGuarantee,
  type EventPosition,
  eventReceiver,
  type Publication,
  type PublishOutcome,
  topicOf,
} from './event.ts';
export { EventExchange, type EventExchangeStats, type EventFeed } from './event-exchange.ts';
export { escapeOriginPattern, eventOrigin, eventTopic, unescapeOrigin } from './event-topic.ts';
export { defaultRetention, type StreamRetention } from './event-topology.ts';
export { ExchangeManager } from './exchange-manager.ts';
export type {
  ExchangeListener,
  ExchangeOptions,
  ExchangeParts,
  LocalDirectory,
} from './exchange-parts.ts';
export { FrameTicket, type WorkKeeper, type WorkSource } from './frame-ticket.ts';
export type { InboxStats } from './inbox.ts';
export type { LiveFeed } from './live-feed.ts';
export type { MessagingName } from './messaging-names.ts';
export {
  assertName,
  assertReceiver,
  assertSegment,
  type Identity,
  makeContainerId,
  type NameScope,
  type ProcessId,
  parseProcessId,
  processId,
  qualifiedName,
} from './names.ts';
export { isResent, Retries, retryDefaults } from './retries.ts';
export { ServiceReceiver, type ServiceReceiverParts } from './service-receiver.ts';
export type { SharedFeedSpec } from './shared-feed.ts';
export { took } from './work-report.ts';
