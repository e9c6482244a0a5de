import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Container, defineEvent, type Subscription, Type } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { makeAmqpTransport } from '../support/amqp.ts';
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
  'events that fail while RabbitMQ is killed when it has just made the queue in which they are to wait are tried again',
  async () => {
    const watcher = makeAmqpTransport(node.url);
    await watcher.connect();
    const attempts = new Map<number, number>();
    const subscription = await container.events.subscribe(
      Depth,
      (number, { attempt }) => {
        attempts.set(number, attempt);
        if (attempt === 1) throw new Error('not now');
      },
      { durable: 'young' },
    );
    const numbers = Array.from({ length: 10 }, (_, number) => number);
    await Promise.all(numbers.map((number) => container.events.publish(Depth, 'ship7', number)));
    await eventually(async () => (await watcher.inspectQueue('fleet~retry.50')) !== undefined);
    await watcher.close();
    await node.kill();
    await node.restart();
    const isDone = (): boolean => numbers.every((number) => attempts.get(number) === 2);
    await eventually(isDone, { withinMs: slowMs / 2, what: 'a second attempt of every event' });
    await subscription.cancel();
  },
  slowMs,
);

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
