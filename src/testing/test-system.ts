import { type ContainerOptions, type Env, type Logger, systemEnv } from '../index.ts';
import { Faults } from './faults.ts';
import { TestBroker } from './test-broker.ts';
import { TestContainer } from './test-container.ts';

/** How a {@link TestSystem} is made. */
export interface TestSystemOptions {
  /** Default `test`. */
  readonly sysname?: string;
  /** Clock, chance and turns of all its containers. Default: the system's; see `fakeEnv()` for one that the test moves. */
  readonly env?: Env;
  /** Of all its containers. Default: silent. */
  readonly logger?: Logger;
}

/** Options of one container of a {@link TestSystem}; what the system shares is not theirs. */
export type TestSystemContainerOptions = Omit<ContainerOptions, 'broker' | 'sysname' | 'env'>;

/**
 * Containers on one broker, all in this process, that stop together.
 *
 * @example
 * await using system = new TestSystem();
 * const host = await system.container({ id: 'host' });
 * const caller = await system.container({ id: 'caller' });
 * await host.processes.spawn(HelloService);
 * system.faults.delay({ to: 'hello' }, 200);
 * await caller.client(Hello).hello('you');
 */
export class TestSystem implements AsyncDisposable {
  readonly sysname: string;
  readonly env: Env;
  /** The broker that they share: `stop()` and `start()` are its outage. */
  readonly broker: TestBroker;
  readonly faults: Faults;
  readonly #logger: Logger | undefined;
  readonly #containers: TestContainer[] = [];

  constructor(options: TestSystemOptions = {}) {
    this.sysname = options.sysname ?? 'test';
    this.env = options.env ?? systemEnv();
    this.#logger = options.logger;
    this.broker = new TestBroker({ env: this.env });
    this.faults = new Faults(this.broker);
  }

  /** A started container of this system. */
  async container(options: TestSystemContainerOptions = {}): Promise<TestContainer> {
    const { sysname, env, broker } = this;
    const logger = this.#logger === undefined ? {} : { logger: this.#logger };
    const container = new TestContainer({ ...logger, ...options, sysname, env, broker });
    this.#containers.push(container);
    await container.start();
    return container;
  }

  /** Stops its containers, the latest first; harmless for those that have stopped. */
  async stop(): Promise<void> {
    this.faults.clear();
    for (const container of this.#containers.splice(0).reverse()) await container.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
