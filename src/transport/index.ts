export type { TransportStatus } from './status.ts';
export type {
  BindingSpec,
  ConsumerHandle,
  ConsumeSpec,
  Delivery,
  ExchangeSpec,
  MessageProperties,
  OutboundMessage,
  QueueInfo,
  QueueSpec,
  ReturnedMessage,
  StreamStart,
  Transport,
  TransportStats,
} from './types.ts';
