import { afterAll, beforeAll } from '@jest/globals';
import { systemEnv } from '../../../src/index.ts';
import { silentLogger } from '../../../src/logging/index.ts';
import { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { describeContainerContract } from './suite/runner.ts';

let vhost: TestVhost;
const proxies = new Set<TcpProxy>();

beforeAll(async () => {
  vhost = await makeTestVhost('container');
});
afterAll(() => vhost.dispose());

describeContainerContract('RabbitMQ', {
  way: async () => {
    const proxy = await TcpProxy.start(vhost.url);
    proxies.add(proxy);
    return {
      broker: proxy.url,
      cut: () => proxy.sever(),
      dispose: async () => {
        proxies.delete(proxy);
        await proxy.dispose();
      },
    };
  },
  stranger: () =>
    new AmqpTransport({ urls: [vhost.url], clientName: 'stranger', env: systemEnv(), logger: silentLogger }),
  outage: async () => {
    await Promise.all([...proxies].map((proxy) => proxy.cut()));
  },
  restore: async () => {
    await Promise.all([...proxies].map((proxy) => proxy.restore()));
  },
});
