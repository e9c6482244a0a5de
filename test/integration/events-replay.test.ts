import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Container, defineEvent, Type } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const Depth = defineEvent({ name: 'sensor.depth', version: '1.0.0', qos: 'replay', content: Type.Integer() });

let vhost: TestVhost;
let proxy: TcpProxy;
const containers: Container[] = [];

beforeAll(async () => {
  vhost = await makeTestVhost('events-replay');
  proxy = await TcpProxy.start(vhost.url);
}, 60_000);
afterEach(async () => {
  for (const container of containers.splice(0).reverse()) await container.stop();
});
afterAll(async () => {
  await proxy.dispose();
  await vhost.dispose();
}, 60_000);

async function start(id: string, broker: string): Promise<Container> {
  const container = new Container({ id, sysname: 'replay', broker });
  containers.push(container);
  await container.start();
  return container;
}

describe('A replay that begins within a frame', () => {
  test('has nothing of what was before it, when the frame comes again over a new connection', async () => {
    const publisher = await start('publisher', vhost.url);
    const numbers = [0, 1, 2, 3, 4];
    const outcomes = numbers.map((number) => publisher.events.publish(Depth, 'ship7', number));
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['confirmed']));
    const reader = await start('reader', proxy.url);
    const calls: [content: number, offset: number | undefined, redelivered: boolean][] = [];
    const waiting: (() => void)[] = [];
    const subscription = await reader.events.subscribe(
      Depth,
      async (number, { position, redelivered }) => {
        calls.push([number, position?.offset, redelivered]);
        if (!redelivered) await new Promise<void>((resolve) => waiting.push(resolve));
      },
      { replay: { from: { offset: 0, index: 2 } } },
    );
    await eventually(() => calls.length === 1);
    proxy.sever();
    await eventually(() => subscription.stats.received === 6);
    while (calls.length < 6) {
      await eventually(() => waiting.length > 0 || calls.length === 6);
      waiting.shift()?.();
    }
    expect(calls).toEqual([
      [2, 0, false],
      [3, 0, false],
      [4, 0, false],
      [2, 0, true],
      [3, 0, true],
      [4, 0, true],
    ]);
    await eventually(() => subscription.stats.handled === 6);
    expect(subscription.position).toEqual({ offset: 0, index: 4 });
  });
});
