/**
 * How long a container takes from the start of its process to ACTIVE with the hello app, and what it holds in memory then, against
 * the budgets. Run: npm run bench:start (it needs a build; RabbitMQ from IONCORE_TEST_BROKER, else a private node for the run).
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { RabbitNode } from '../test/support/rabbit-node.ts';
import { findRabbit } from '../test/support/rabbitmqctl.ts';

const runs = 10;
const budgets = { embeddedMs: 400, rabbitMs: 500, memoryMb: 90 };
const root = join(import.meta.dirname, '..');
const program = join(root, 'dist', 'main.js');

interface Start {
  readonly activeMs: number;
  readonly memoryMb: number;
}

/** Starts a container, waits for its log line `ready`, takes its memory, and stops it. */
async function measure(broker: readonly string[]): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [program, 'start', '-n', '--log-format', 'line', ...broker, 'res/apps/hello.app'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(child, 'exit');
  const said: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (!/ ready( |$)/.test(line)) continue;
      const activeMs = performance.now() - startedAt;
      return { activeMs, memoryMb: await residentMb(child.pid ?? 0) };
    }
    throw new Error(`the container did not start:\n${said.join('\n')}`);
  } finally {
    child.stderr.resume();
    child.kill('SIGTERM');
    await ended;
  }
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  const kb =
    status === undefined
      ? (await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout
      : /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return Number(kb) / 1024;
}

async function measureAll(what: string, broker: readonly string[], budgetMs: number): Promise<void> {
  await measure(broker);
  const starts: Start[] = [];
  for (let run = 0; run < runs; run += 1) starts.push(await measure(broker));
  const times = starts.map(({ activeMs }) => activeMs).sort((a, b) => a - b);
  const memory = starts.map(({ memoryMb }) => memoryMb).sort((a, b) => a - b);
  row(`start to ACTIVE, ${what}`, 'ms', times, budgetMs);
  row(`resident memory, ${what}`, 'MB', memory, budgets.memoryMb);
}

function row(what: string, unit: string, sorted: readonly number[], budget: number): void {
  const median = ((sorted[(runs - 1) >> 1] ?? 0) + (sorted[runs >> 1] ?? 0)) / 2;
  const figures = [median, sorted[0] ?? 0, sorted.at(-1) ?? 0, budget];
  const cells = figures.map((figure) => figure.toFixed(0).padStart(8)).join('');
  console.log(`${what.padEnd(32)}${cells}  ${unit}  ${median <= budget ? 'inside' : 'OVER'}`);
}

/** The broker of the run and how to end it; undefined where there is none. */
async function obtainRabbit(): Promise<{ readonly url: string; end(): Promise<void> } | undefined> {
  const given = process.env.IONCORE_TEST_BROKER;
  if (given) return { url: given, end: async () => undefined };
  if (findRabbit() === undefined) return undefined;
  const node = await RabbitNode.start();
  return {
    url: node.url,
    end: async () => {
      await node.stop();
      await node.dispose();
    },
  };
}

await access(program).catch(() => {
  throw new Error('there is no dist/main.js; run npm run build first');
});
console.log(`${''.padEnd(32)}${['median', 'min', 'max', 'budget'].map((name) => name.padStart(8)).join('')}`);
await measureAll('embedded', [], budgets.embeddedMs);
const rabbit = await obtainRabbit();
if (rabbit === undefined) {
  console.log('RabbitMQ: not measured; set IONCORE_TEST_BROKER, or install rabbitmq-server');
} else {
  // The node runs in a process group of its own, so a terminal's Ctrl-C does not reach it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void rabbit.end().finally(() => process.exit(130)));
  }
  try {
    await measureAll('RabbitMQ', ['--broker', rabbit.url], budgets.rabbitMs);
  } finally {
    await rabbit.end();
  }
}
