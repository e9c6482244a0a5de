import 'reflect-metadata';
import { Transport } from '@nestjs/microservices';

/**
 * What a microservice and its clients share: a durable queue; the server acknowledges by hand and holds 200 messages at a time.
 *
 * @param {string} url
 * @param {string} queue
 * @param {string | undefined} mode `tuned`: sockets without delay
 */
export function optionsOf(url, queue, mode) {
  return {
    transport: Transport.RMQ,
    options: {
      urls: [url],
      queue,
      queueOptions: { durable: true },
      prefetchCount: 200,
      ...(mode === 'tuned' && { socketOptions: { connectionOptions: { noDelay: true } } }),
    },
  };
}
