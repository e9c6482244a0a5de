import { recordingLogger } from '../../src/testing/recording-logger.ts';
import { AmqpTransport, type AmqpTransportOptions } from '../../src/transport/amqp/index.ts';
import { systemEnv } from '../../src/util/index.ts';

/** A transport to the broker at `urls` with short waits, not connected yet. */
export function makeAmqpTransport(
  urls: string | readonly string[],
  options: Partial<AmqpTransportOptions> = {},
): AmqpTransport {
  return new AmqpTransport({
    urls,
    clientName: 'test',
    reconnect: { initialMs: 20, maxMs: 200 },
    connectTimeoutMs: 5_000,
    env: systemEnv(),
    logger: recordingLogger(),
    ...options,
  });
}
