/** One container of the soak in an OS process of its own: `member.ts <options as JSON>`. It takes orders and reports by Node's channel, and ends with it. */

import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Container, createLogger, systemEnv, UnavailableError } from '../../../src/index.ts';
import {
  type CrewOptions,
  crew,
  exchangeOptions,
  isOrder,
  type Report,
  type SubscriptionName,
} from './contents.ts';
import { handClass } from './hand.ts';
import { Source } from './source.ts';

const reportEveryMs = 500;
/** One report in so many tells the memory without garbage. */
const collectEvery = 4;

const options: CrewOptions = JSON.parse(process.argv[2] ?? '');
const { name, life, broker, sysname, directory, seed } = options;
const log = openSync(join(directory, `${name}.${life}.log`), 'w');
const container = new Container({
  id: `${name}-${life}`,
  sysname,
  broker,
  exchange: exchangeOptions,
  logger: createLogger({
    stream: { write: (text) => writeSync(log, text) },
    format: 'line',
    clock: systemEnv().clock,
  }),
});
let events = 0;
/** Infinity: it is to live on. */
let left = Number.POSITIVE_INFINITY;
let source: Source | undefined;
let isStopping = false;
let isConnected = false;
container.onBrokerStatus(({ type }) => {
  isConnected = type === 'connected';
});

function called(): void {
  events += 1;
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

function orphaned(): void {
  process.exit(1);
}

/** As a supervisor would: after a start of its own RabbitMQ takes some time for its streams. */
async function spawnHand(subscription: SubscriptionName): Promise<void> {
  for (;;) {
    try {
      await container.processes.spawn(handClass(subscription, options, { called }));
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await sleep(500);
    }
  }
}

let reports = 0;
function reportProgress(): void {
  reports += 1;
  if (reports % collectEvery === 0) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const settled = source?.takeSettled() ?? 0;
  report({
    type: 'progress',
    events: events + settled,
    isConnected,
    rssBytes: rss,
    heapBytes: reports % collectEvery === 0 ? heapUsed : 0,
  });
  events = 0;
}

class OurSource extends Source {
  override onActivate(): void {
    source = this;
  }
}

process.on('message', async (order) => {
  if (!isOrder(order)) throw new Error(`no order: ${JSON.stringify(order)}`);
  if (order.type === 'die') left = order.after;
  else if (order.type === 'publish') {
    await source?.publishMany(order.count, order.overMs);
    source?.write(directory);
    reportProgress();
    report({ type: 'published' });
  } else {
    isStopping = true;
    clearInterval(timer);
    reportProgress();
    const { complete } = await container.stop();
    report({ type: 'stopped', isComplete: complete });
    // Nothing is left that would keep the program alive.
    process.off('disconnect', orphaned).disconnect();
  }
});
process.on('disconnect', orphaned);

void container.stopped.then(() => {
  if (!isStopping) process.exit(1);
});
await container.start();
if (name === 'publisher') await container.processes.spawn(OurSource, { args: { seed } });
for (const subscription of crew[name]) await spawnHand(subscription);
const timer = setInterval(reportProgress, reportEveryMs);
report({ type: 'ready' });
