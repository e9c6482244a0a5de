import { afterAll } from '@jest/globals';
import { EmbeddedBroker, systemEnv } from '../../../src/index.ts';
import type { Transport } from '../../../src/transport/index.ts';
import { describeContainerContract } from './suite/runner.ts';

const broker = new EmbeddedBroker({ env: systemEnv() });

afterAll(() => broker.stop());

describeContainerContract('the embedded broker', {
  way: async () => {
    let own: Transport | undefined;
    // A view of the broker that remembers its container's transport, so that it can be cut alone.
    const view: EmbeddedBroker = Object.create(broker, {
      transport: {
        value: (...args: Parameters<EmbeddedBroker['transport']>) => {
          own = broker.transport(...args);
          return own;
        },
      },
    });
    return {
      broker: view,
      cut: () => {
        if (own !== undefined) broker.cut(own);
      },
      dispose: async () => undefined,
    };
  },
  stranger: () => broker.transport(),
  outage: async () => broker.stop(),
  restore: async () => broker.start(),
});
