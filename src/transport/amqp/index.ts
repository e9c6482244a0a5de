export { AmqpTransport } from './amqp-transport.ts';
export {
  type AmqpReconnectOptions,
  type AmqpTlsOptions,
  type AmqpTransportOptions,
  defaultAmqpTransportOptions,
  type ResolvedAmqpTransportOptions,
  resolveAmqpTransportOptions,
} from './options.ts';
