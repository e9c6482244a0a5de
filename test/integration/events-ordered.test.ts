import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Container, defineEvent, Type } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Integer(),
});

let vhost: TestVhost;
const containers: Container[] = [];
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  vhost = await makeTestVhost('events-ordered');
}, 60_000);
afterEach(async () => {
  for (const container of containers.splice(0).reverse()) await container.stop();
  for (const proxy of proxies.splice(0)) await proxy.dispose();
});
afterAll(() => vhost.dispose(), 60_000);

async function start(sysname: string, id: string, broker: string): Promise<Container> {
  const container = new Container({ id, sysname, broker });
  containers.push(container);
  await container.start();
  return container;
}

/** A container with an ordered subscription whose handlers wait to be told; `calls` are those that were begun. */
async function startKeeper(sysname: string, id: string) {
  const proxy = await TcpProxy.start(vhost.url);
  proxies.push(proxy);
  const container = await start(sysname, id, proxy.url);
  const calls: number[] = [];
  const waiting: (() => void)[] = [];
  let isHeld = true;
  const subscription = await container.events.subscribe(
    Depth,
    async (number) => {
      calls.push(number);
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    { durable: 'keeper', ordered: true },
  );
  const letGo = (): void => {
    isHeld = false;
    for (const resolve of waiting) resolve();
  };
  return { container, proxy, calls, subscription, letGo };
}

const numbers = Array.from({ length: 100 }, (_, index) => index);

describe('An ordered subscription that two containers share', () => {
  test('goes on at one of them; the other, cut off, begins nothing more of what it has', async () => {
    const first = await startKeeper('cut', 'first');
    const second = await startKeeper('cut', 'second');
    for (const number of numbers) await first.container.events.publish(Depth, 'ship7', number);
    // One is handled, the others wait: as frames of the broker, or here.
    await eventually(() => first.subscription.stats.waiting > 10);
    expect(first.calls).toEqual([0]);
    await first.proxy.cut();
    second.letGo();
    await eventually(() => second.calls.length === numbers.length);
    expect(second.calls).toEqual(numbers);
    await eventually(() => first.subscription.stats.waiting === 0);
    first.letGo();
    await eventually(() => first.subscription.stats.handled === 1);
    await first.proxy.restore();
    expect(first.calls).toEqual([0]);
  });

  test('goes on at the other, with the first event that was not begun, when one of them stops', async () => {
    const first = await startKeeper('stop', 'first');
    const second = await startKeeper('stop', 'second');
    second.letGo();
    for (const number of numbers) await second.container.events.publish(Depth, 'ship7', number);
    await eventually(() => first.subscription.stats.waiting > 10);
    const stopped = first.container.stop();
    first.letGo();
    expect(await stopped).toMatchObject({ complete: true });
    await eventually(() => second.calls.length + first.calls.length === numbers.length);
    expect([...first.calls, ...second.calls]).toEqual(numbers);
  });
});
