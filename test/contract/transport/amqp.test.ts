import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { eventually } from '../../../src/testing/eventually.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { Transport } from '../../../src/transport/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import type { TransportHarness } from './suite/harness.ts';
import { describeTransportContract } from './suite/runner.ts';
import { errorsOf } from './suite/tools.ts';

/** Beyond the time that a test gives: a busy machine and a broker that deletes queues when it comes to it. */
const graceMs = 10_000;

/** RabbitMQ, with each transport behind a proxy of its own, so that its connection can be cut. */
class AmqpHarness implements TransportHarness {
  readonly #vhost: TestVhost;
  readonly #label = randomBytes(3).toString('hex');
  readonly #proxies = new Map<Transport, TcpProxy>();
  readonly #loggers = new Map<Transport, RecordingLogger>();
  #isOut = false;

  constructor(vhost: TestVhost) {
    this.#vhost = vhost;
  }

  async open(): Promise<Transport> {
    const proxy = await TcpProxy.start(this.#vhost.url);
    const logger = recordingLogger();
    const transport = makeAmqpTransport(proxy.url, { logger });
    this.#loggers.set(transport, logger);
    this.#proxies.set(transport, proxy);
    if (this.#isOut) await proxy.cut();
    await transport.connect();
    return transport;
  }

  async outage(): Promise<void> {
    this.#isOut = true;
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.cut()));
  }

  async restore(): Promise<void> {
    this.#isOut = false;
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.restore()));
  }

  async outageOf(transport: Transport): Promise<void> {
    await this.#proxies.get(transport)?.cut();
  }

  errors(transport: Transport): readonly string[] {
    return errorsOf(this.#loggers.get(transport));
  }

  async cutOne(transport: Transport): Promise<void> {
    this.#proxies.get(transport)?.sever();
  }

  async advance(ms: number, until: () => boolean | Promise<boolean>): Promise<void> {
    await eventually(until, { withinMs: ms + graceMs });
  }

  name(base: string): string {
    return this.#vhost.name(`${this.#label}.${base}`);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#proxies.keys()].map((transport) => transport.close()));
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.dispose()));
  }
}

let vhost: Promise<TestVhost> | undefined;

describeTransportContract('AmqpTransport', {
  create: async () => {
    vhost ??= makeTestVhost('contract');
    return new AmqpHarness(await vhost);
  },
});

afterAll(async () => {
  await (await vhost)?.dispose();
});
