export { type Address, resolveAddress } from './address.ts';
export {
  Arrival,
  type ArrivalFacts,
  FrameTicket,
  type JsonReplyRoute,
  type Outgoing,
  outgoing,
} from './arrival.ts';
export { exchangeConfig } from './config.ts';
export {
  type ExchangeListener,
  ExchangeManager,
  type ExchangeOptions,
  type ExchangeParts,
  type LocalDirectory,
} from './exchange-manager.ts';
export type { InboxStats } from './inbox.ts';
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
