/**
 * Live events: one publisher, four subscriptions in another container, over RabbitMQ, against the same with amqplib alone (JSON, a queue for each
 * subscription), by turns in the same run. Prints medians. Run: npm run bench:events [-- --rounds 5 --broker URL]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RabbitNode } from '../test/support/rabbit-node.ts';
import { subscriptions } from './events/contents.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    broker: { type: 'string' },
    topics: { type: 'string', default: '1,10,1000' },
  },
});
const worker = fileURLToPath(new URL('events/worker.ts', import.meta.url));
let systems = 0;

/** One run. */
interface Run {
  /** Thousands of events published per second, until all of them are delivered. */
  readonly rate: number;
  /** Microseconds of CPU for each event. */
  readonly publisher: number;
  readonly subscriber: number;
}

const next = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.once('message', (text) => resolve(String(text)));
    child.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
  });

async function measure(broker: string, prefix: string, events: number, topics: number): Promise<Run> {
  systems += 1;
  const sysname = `bench${process.pid}-${systems}`;
  const start = (role: string): ChildProcess =>
    fork(worker, [prefix + role, broker, sysname, String(events), String(topics)], {
      execArgv: ['--import', 'tsx', ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [])],
    });
  const subscriber = start('subscriber');
  await next(subscriber);
  const publisher = start('publisher');
  await next(publisher);
  const ended = [publisher, subscriber].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  const startedAt = performance.now();
  const delivered = next(subscriber);
  const published = next(publisher);
  subscriber.send('go');
  publisher.send('go');
  const [, sum, subscriberCpu] = (await delivered).split(' ');
  const [, publisherCpu] = (await published).split(' ');
  const tookMs = performance.now() - startedAt;
  const expected = (subscriptions * (events * (events - 1))) / 2 / 8;
  if (Number(sum) !== expected) throw new Error(`the subscriber's sum is ${sum}, not ${expected}`);
  subscriber.send('end');
  await Promise.all(ended);
  return { rate: events / tookMs, publisher: Number(publisherCpu), subscriber: Number(subscriberCpu) };
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

function text(runs: readonly Run[]): string {
  const of = (what: keyof Run): number => median(runs.map((run) => run[what]));
  const cpu = `(${of('publisher').toFixed(1)}, ${of('subscriber').toFixed(1)})`;
  return `${of('rate').toFixed(1).padStart(7)}   ${cpu.padEnd(16)}`;
}

const node = values.broker === undefined ? await RabbitNode.start() : undefined;
const broker = values.broker ?? node?.url ?? '';
try {
  console.log(`Thousands of events per second, each delivered to ${subscriptions} subscriptions.`);
  console.log('In brackets: CPU of publisher and subscriber, µs for each event.\n');
  console.log('                  raw                       ioncore                   ratio');
  for (const topics of values.topics.split(',').map(Number)) {
    const raw: Run[] = [];
    const ours: Run[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      raw.push(await measure(broker, 'raw-', 100_000, topics));
      ours.push(await measure(broker, '', 300_000, topics));
    }
    const ratio = median(ours.map(({ rate }) => rate)) / median(raw.map(({ rate }) => rate));
    console.log(`${`${topics} topics`.padEnd(14)}${text(raw)}${text(ours)}${ratio.toFixed(2).padStart(5)}`);
  }
} finally {
  await node?.dispose();
}
