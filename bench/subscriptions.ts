/**
 * Ten thousand live subscriptions with distinct patterns in one container, against one: how long subscribing takes, and what an event costs that matches one of
 * them. And a subscriber that is a hundred times slower than its publisher: what is kept in memory, and what is dropped. Over RabbitMQ.
 * Run: npm run bench:subscriptions [-- --broker URL]
 */
import { parseArgs } from 'node:util';
import { Container, defineEvent, Process, Type } from '../src/index.ts';
import { RabbitNode } from '../test/support/rabbit-node.ts';

const { values } = parseArgs({ options: { broker: { type: 'string' } } });
const patterns = 10_000;
const events = 100_000;
const rounds = 5;

const Reading = defineEvent({
  name: 'bench.reading',
  version: '1.0.0',
  content: Type.Object({ value: Type.Number() }),
});

class Sink extends Process {
  received = 0;
  onAll: () => void = () => undefined;

  /** One pattern for all, or one for each topic. */
  async op_subscribe(count: number): Promise<number> {
    const startedAt = performance.now();
    for (let number = 0; number < count; number += 1) {
      await this.subscribe(
        { type: Reading, origin: count === 1 ? '*.*.mast' : `ship${number}.*.mast` },
        () => {
          this.received += 1;
          if (this.received % events === 0) this.onAll();
        },
        { limit: events },
      );
    }
    return performance.now() - startedAt;
  }
}

/** Microseconds of CPU for an event that matches one of so many patterns, publisher and subscriber together. */
async function costOf(
  broker: string,
  count: number,
  topics: number,
): Promise<{ subscribeMs: number; eventUs: number }> {
  const container = new Container({ sysname: `bench${process.pid}-${count}-${topics}`, broker });
  await container.start();
  const id = await container.processes.spawn(Sink);
  const sink = container.processes.get(id);
  if (!(sink instanceof Sink)) throw new Error('no sink');
  const subscribeMs = await sink.op_subscribe(count);
  const run = async (): Promise<number> => {
    const all = new Promise<void>((resolve) => {
      sink.onAll = resolve;
    });
    const before = process.cpuUsage();
    for (let number = 0; number < events; number += 1) {
      await container.events.publish(Reading, `ship${number % topics}.north.mast`, { value: number });
    }
    await all;
    const { user, system } = process.cpuUsage(before);
    return (user + system) / events;
  };
  await run();
  const eventUs = await run();
  await container.stop();
  return { subscribeMs, eventUs };
}

/** Takes 100 times as long for an event as its publisher does. */
class Slow extends Process {
  override async onInit(): Promise<void> {
    const { kind } = this.args;
    const way =
      kind === 'live'
        ? { limit: 1000 }
        : kind === 'durable'
          ? { durable: 'slow' }
          : { replay: { from: 'first' as const } };
    await this.subscribe('bench.slow', () => new Promise((resolve) => setTimeout(resolve, 2)), way);
  }
}

async function slow(broker: string, kind: 'live' | 'durable' | 'replay'): Promise<void> {
  const container = new Container({ sysname: `bench${process.pid}-slow-${kind}`, broker });
  await container.start();
  const publish = (number: number) => container.events.publish('bench.slow', 'x', { number }, { qos: kind });
  if (kind === 'replay') await publish(0);
  await container.processes.spawn(Slow, { args: { kind } });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  let most = 0;
  for (let number = 0; number < events; number += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => publish(number + index)));
    most = Math.max(most, container.events.subscriptions[0]?.stats.waiting ?? 0);
  }
  const tookMs = performance.now() - startedAt;
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - before) / 1024 / 1024;
  const { received, handled, dropped, waiting } = container.events.subscriptions[0]?.stats ?? {
    received: 0,
    handled: 0,
    dropped: 0,
    waiting: 0,
  };
  console.log(
    `${kind.padEnd(8)} published ${events} in ${(tookMs / 1000).toFixed(1)} s; received ${received}, handled ${handled}, dropped ${dropped}, ` +
      `waiting ${waiting} (at most ${most}); heap +${grown.toFixed(1)} MiB`,
  );
  await Promise.all(container.events.subscriptions.map((subscription) => subscription.cancel()));
  if (kind === 'durable') await container.events.forget('slow');
  await container.stop();
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

const node = values.broker === undefined ? await RabbitNode.start() : undefined;
const broker = values.broker ?? node?.url ?? '';
try {
  const cases = [
    [1, 1],
    [patterns, 1],
    [1, patterns],
    [patterns, patterns],
  ] as const;
  const costs = cases.map((): number[] => []);
  const subscribing: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, [count, topics]] of cases.entries()) {
      const { subscribeMs, eventUs } = await costOf(broker, count, topics);
      costs[index]?.push(eventUs);
      if (count > 1) subscribing.push(subscribeMs);
    }
  }
  console.log(`subscribing ${patterns} patterns: ${median(subscribing).toFixed(0)} ms`);
  console.log('CPU of an event that matches one pattern, published and handled, µs:');
  for (const [index, [count, topics]] of cases.entries()) {
    console.log(`${count} patterns, ${topics} topics`.padEnd(30), median(costs[index] ?? []).toFixed(2));
  }
  for (const kind of ['live', 'durable', 'replay'] as const) await slow(broker, kind);
} finally {
  await node?.dispose();
}
