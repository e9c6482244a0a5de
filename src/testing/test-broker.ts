import {
  EmbeddedBroker,
  type EmbeddedTransport,
  type EmbeddedTransportOptions,
} from '../transport/embedded/index.ts';

/** An embedded broker that knows its clients by name. */
export class TestBroker extends EmbeddedBroker {
  readonly #clients = new Map<string, EmbeddedTransport>();

  override transport(options: EmbeddedTransportOptions = {}): EmbeddedTransport {
    const transport = super.transport(options);
    if (options.name !== undefined) this.#clients.set(options.name, transport);
    return transport;
  }

  /** Cuts the connection of the client of that name, if there is one. */
  cutClient(name: string): void {
    const transport = this.#clients.get(name);
    if (transport !== undefined) this.cut(transport);
  }
}
