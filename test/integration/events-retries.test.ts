import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Container, defineEvent, type Subscription, Type } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { RabbitNode } from '../support/rabbit-node.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Integer(),
});
const slowMs = 90_000;

let node: RabbitNode;
let container: Container;
let isConnected = false;

beforeAll(async () => {
  node = await RabbitNode.start();
  container = new Container({
    id: 'ship',
    sysname: 'fleet',
    broker: node.url,
    exchange: { retryDelaysMs: [50] },
  });
  container.onBrokerStatus(({ type }) => {
    isConnected = type === 'connected';
  });
  await container.start();
}, slowMs);
afterAll(async () => {
  await container.stop();
  await node.dispose();
}, slowMs);

test(
  'events that RabbitMQ hands on to their next attempt while it is killed are all there when it is back',
  async () => {
    const count = 3_000;
    const everyone = Array.from({ length: count }, (_, number) => number);
    let isBack = false;
    const handled = { log: new Map<number, boolean>(), chart: new Map<number, boolean>() };
    let failures = 0;
    const subscribe = (durable: 'log' | 'chart'): Promise<Subscription> =>
      container.events.subscribe(
        Depth,
        (number, { attempt, redelivered }) => {
          if (isBack) {
            handled[durable].set(number, attempt > 1 || redelivered);
            return;
          }
          failures += 1;
          throw new Error('not now');
        },
        { durable, attempts: 1_000 },
      );
    const log = await subscribe('log');
    await subscribe('chart');
    for (let number = 0; number < count; number += 100) {
      const outcomes = everyone
        .slice(number, number + 100)
        .map((one) => container.events.publish(Depth, `ship${one}`, one));
      expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['confirmed']));
    }
    await eventually(() => failures > 4 * count, { withinMs: slowMs / 4 });
    // Half of them come back to nobody, while others still come and go.
    await log.cancel();
    const before = failures;
    await eventually(() => failures > before + count / 4, { withinMs: slowMs / 4 });
    await node.kill();
    isBack = true;
    await node.restart();
    await eventually(() => isConnected, { withinMs: slowMs / 4 });
    await subscribe('log');
    await eventually(() => handled.log.size === count && handled.chart.size === count, {
      withinMs: slowMs / 4,
      what: 'every event of both subscriptions',
    });
    for (const marks of Object.values(handled)) expect(new Set(marks.values())).toEqual(new Set([true]));
  },
  slowMs,
);
