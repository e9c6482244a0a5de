export { EmbeddedBroker } from './broker.ts';
export type { Fault, FaultMatcher, FaultOptions, FaultScript } from './fault-script.ts';
export {
  type EmbeddedBrokerOptions,
  type EmbeddedTransportOptions,
  embeddedBrokerDefaults,
  embeddedTransportDefaults,
  type ResolvedEmbeddedTransportOptions,
  resolveEmbeddedTransportOptions,
} from './options.ts';
export { EmbeddedTransport } from './transport.ts';
