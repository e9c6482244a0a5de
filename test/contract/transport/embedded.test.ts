import { eventually } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';
import { EmbeddedBroker } from '../../../src/transport/embedded/index.ts';
import type { Transport } from '../../../src/transport/index.ts';
import type { TransportHarness } from './suite/harness.ts';
import { describeTransportContract } from './suite/runner.ts';
import { errorsOf } from './suite/tools.ts';

async function createHarness(): Promise<TransportHarness> {
  const env = fakeEnv();
  const broker = new EmbeddedBroker({ env });
  const opened: Transport[] = [];
  const loggers = new Map<Transport, RecordingLogger>();
  return {
    async open() {
      const logger = recordingLogger();
      const transport = broker.transport({
        name: `transport-${opened.length}`,
        logger,
        backoff: { initialMs: 10, maxMs: 100 },
      });
      opened.push(transport);
      loggers.set(transport, logger);
      await transport.connect();
      return transport;
    },
    outage: async () => broker.stop(),
    restore: async () => broker.start(),
    // The clock, and with it the next attempt, waits for advance().
    outageOf: async (transport) => broker.cut(transport),
    errors: (transport) => errorsOf(loggers.get(transport)),
    cutOne: async (transport) => broker.cut(transport),
    async advance(ms, until) {
      await env.advance(ms);
      await eventually(until);
    },
    name: (base) => base,
    async dispose() {
      for (const transport of opened) await transport.close();
    },
  };
}

describeTransportContract('EmbeddedTransport', { create: createHarness });
