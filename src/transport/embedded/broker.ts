import { ContainerError } from '../../errors/index.ts';
import type { Logger } from '../../logging/index.ts';
import type { Env } from '../../util/index.ts';
import type { Transport } from '../types.ts';
import { BrokerConnection, type ConnectionPort } from './connection.ts';
import { FaultScript } from './fault-script.ts';
import {
  type EmbeddedBrokerOptions,
  type EmbeddedTransportOptions,
  embeddedBrokerDefaults,
} from './options.ts';
import { type BrokerDoor, EmbeddedTransport } from './transport.ts';
import { VirtualHost } from './virtual-host.ts';

/**
 * A message broker inside this Node process, shared by any number of containers, that behaves as RabbitMQ 3.10 does wherever the
 * {@link Transport} seam can tell. It is what a container runs on when no broker is named, and what tests run on.
 *
 * What it leaves out: virtual hosts, permissions, priorities, memory alarms, `x-death` headers; a quorum queue is a classic one by
 * another name; a stream keeps no more than {@link EmbeddedBrokerOptions.maxStreamBytes}, and drops single messages, not segments. Nothing is written to disk: *persistent* means to survive {@link stop} and {@link start} of this object.
 *
 * Bodies are isolated: a publisher may use its buffer again as soon as `publish` returns, a consumer may do with its bytes what it
 * likes. Properties, header tables included, are passed on as they are and must not be changed after publishing.
 *
 * @example
 * const broker = new EmbeddedBroker({ env });
 * const transport = broker.transport({ name: 'a' });
 * await transport.connect();
 */
export class EmbeddedBroker implements BrokerDoor {
  readonly env: Env;
  readonly logger: Logger | undefined;
  /** Faults that meet single messages, for tests. */
  readonly faults: FaultScript = new FaultScript();
  readonly #host: VirtualHost;
  readonly #connections = new Map<Transport, BrokerConnection>();
  #running = true;

  /** It runs from the start. */
  constructor(options: EmbeddedBrokerOptions) {
    this.env = options.env;
    this.logger = options.logger;
    this.#host = new VirtualHost(
      options.env,
      options.maxStreamBytes ?? embeddedBrokerDefaults.maxStreamBytes,
    );
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** A transport for one container. It connects when told to. */
  transport(options: EmbeddedTransportOptions = {}): EmbeddedTransport {
    return new EmbeddedTransport(this, options);
  }

  /**
   * Ends the broker as a crash would: every transport is cut and tries to come back. Of what the broker holds, durable exchanges and
   * queues survive, the bindings between them, and persistent messages.
   */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const connection of [...this.#connections.values()]) connection.cut(new Error('The broker stopped'));
    this.#host.suspend();
  }

  /** Starts again after {@link stop}; transports find out at their next attempt. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#host.resume();
  }

  /** Cuts one transport's connection without a farewell; the transport comes back by itself. Harmless if it is not connected. */
  cut(transport: Transport): void {
    this.#connections.get(transport)?.cut(new Error('The connection was cut'));
  }

  /** @internal */
  connect(transport: Transport, port: ConnectionPort): BrokerConnection {
    if (!this.#running) {
      throw new ContainerError('BrokerUnreachable', 'The embedded broker is stopped; start() it again');
    }
    const connection = new BrokerConnection(this.#host, this.faults, port, () => {
      this.#connections.delete(transport);
      if (this.#connections.size === 0) this.#host.rest();
    });
    if (this.#connections.size === 0) this.#host.rouse();
    this.#connections.set(transport, connection);
    return connection;
  }
}
