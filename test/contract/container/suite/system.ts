import { Container, type ContainerOptions } from '../../../../src/index.ts';
import type { Transport } from '../../../../src/transport/index.ts';

/** One container's way to the broker. */
export interface BrokerWay {
  readonly broker: NonNullable<ContainerOptions['broker']>;
  /** Breaks this connection without a farewell; the way stays open, so the container comes back by itself. */
  cut(): void;
  dispose(): Promise<void>;
}

/** Where a suite's containers meet: a broker of one kind. */
export interface SystemHarness {
  /** A way to the broker for one more container. */
  way(): Promise<BrokerWay>;
  /** A connection that is not a container's: a stranger on the same broker. Not yet connected. */
  stranger(): Transport;
  /** The broker, or every way to it, is gone; and back. */
  outage(): Promise<void>;
  restore(): Promise<void>;
}

/** The containers of one test: started together, stopped together. */
export class TestSystem {
  readonly sysname: string;
  readonly harness: SystemHarness;
  readonly #containers = new Map<Container, BrokerWay>();
  readonly #strangers: Transport[] = [];

  constructor(harness: SystemHarness, name: string) {
    this.harness = harness;
    this.sysname = name;
  }

  /** A started container of this system, or of the one that `options` name. */
  async container(options: ContainerOptions = {}): Promise<Container> {
    const way = await this.harness.way();
    const container = new Container({ broker: way.broker, sysname: this.sysname, ...options });
    this.#containers.set(container, way);
    await container.start();
    return container;
  }

  /** Breaks the connection of one container. */
  cut(container: Container): void {
    this.#containers.get(container)?.cut();
  }

  /** A connected stranger. */
  async stranger(): Promise<Transport> {
    const transport = this.harness.stranger();
    this.#strangers.push(transport);
    await transport.connect();
    return transport;
  }

  async stop(): Promise<void> {
    for (const [container, way] of [...this.#containers].reverse()) {
      await container.stop();
      await way.dispose();
    }
    for (const stranger of this.#strangers.splice(0)) await stranger.close();
  }
}
