import { ConfigurationError } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { AmqpTransport, type AmqpTransportOptions } from '../transport/amqp/index.ts';
import { EmbeddedBroker } from '../transport/embedded/index.ts';
import type { Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';

/** Which broker a container uses. */
export interface BrokerOptions {
  /**
   * The message broker: `'embedded'`, an {@link EmbeddedBroker} shared with other containers of this Node process, or one or several
   * `amqp://` or `amqps://` URLs that are tried in turn. Default `'embedded'`.
   */
  readonly broker?: 'embedded' | EmbeddedBroker | string | readonly string[];
  /** Certificates for `amqps://`, as file contents. */
  readonly tls?: NonNullable<AmqpTransportOptions['tls']>;
  /** AMQP's heartbeat, seconds; 0 turns it off. Default 30. */
  readonly heartbeatS?: number;
}

/** A container's own way to its broker. */
export interface BrokerAccess {
  readonly transport: Transport;
  /** After the transport is closed: ends a broker that was made for this container alone. */
  readonly release: () => void;
}

/** How a container reaches its broker: options, and what the transport needs of the container. */
export interface BrokerAccessOptions extends BrokerOptions {
  readonly clientName: string;
  readonly env: Env;
  readonly logger: Logger;
}

/**
 * Makes the transport that `broker` asks for; it is not yet connected.
 *
 * @throws ConfigurationError for an unusable address
 */
export function makeBrokerAccess(options: BrokerAccessOptions): BrokerAccess {
  const { broker = 'embedded', tls, heartbeatS, clientName, env, logger } = options;
  if (broker instanceof EmbeddedBroker) {
    return {
      transport: broker.transport({ env, logger: logger.room('embedded'), name: clientName }),
      release: () => undefined,
    };
  }
  if (broker === 'embedded') {
    const own = new EmbeddedBroker({ env, logger: logger.room('embedded') });
    return { transport: own.transport({ name: clientName }), release: () => own.stop() };
  }
  const urls = typeof broker === 'string' ? broker.split(',') : [...broker];
  if (urls.includes('embedded')) {
    throw new ConfigurationError(
      "broker 'embedded' lives in this process and cannot be one of several addresses",
    );
  }
  const transport = new AmqpTransport({
    urls,
    clientName,
    env,
    logger: logger.room('amqp'),
    ...(tls && { tls }),
    ...(heartbeatS !== undefined && { heartbeatS }),
  });
  return { transport, release: () => undefined };
}
