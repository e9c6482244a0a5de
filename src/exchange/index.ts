export { type Address, everyContainer, resolveAddress } from './address.ts';
export {
  Arrival,
  type ArrivalFacts,
  FrameTicket,
  type JsonReplyRoute,
  type Outgoing,
  outgoing,
  type Wire,
} from './arrival.ts';
export { exchangeConfig } from './config.ts';
export { ExchangeManager } from './exchange-manager.ts';
export type {
  ExchangeListener,
  ExchangeOptions,
  ExchangeParts,
  LocalDirectory,
} from './exchange-parts.ts';
export type { InboxStats } from './inbox.ts';
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
export { ServiceReceiver, type ServiceReceiverParts } from './service-receiver.ts';
