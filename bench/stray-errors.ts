/**
 * What it costs to tell whose an error is that nobody handled: local calls, spawns and ends with `process.attributeStrayErrors` and without it. Async
 * contexts stay on in a Node process once they are, so each measurement has one of its own; they take turns. Prints medians of seven rounds and their
 * ratio. Run: npm run bench:stray-errors
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Container, Process } from '../src/index.ts';

const rounds = 7;
const callers = 100;
const calls = 100_000;
const spawns = 20_000;

/** Thousands per second. */
interface Rates {
  readonly 'local call, 100 callers': number;
  readonly spawn: number;
  readonly end: number;
}

class Echo extends Process {
  op_echo(content: unknown): unknown {
    return content;
  }
}

class Driver extends Process {
  /** Thousands of calls per second. */
  async op_run(perCaller: number): Promise<number> {
    const to = String(this.args['to']);
    const startedAt = performance.now();
    const call = async (): Promise<void> => {
      for (let done = 0; done < perCaller; done += 1) await this.rpcSend(to, 'echo', 'x');
    };
    await Promise.all(Array.from({ length: callers }, call));
    return (perCaller * callers) / (performance.now() - startedAt);
  }
}

async function measure(attributeStrayErrors: boolean): Promise<Rates> {
  const container = new Container({ processes: { attributeStrayErrors } });
  await container.start();
  const to = await container.processes.spawn(Echo);
  const driver = await container.processes.spawn(Driver, { args: { to } });
  const run = async (): Promise<number> =>
    Number(await container.rpcSend(driver, 'run', calls / callers, { timeoutMs: 120_000 }));
  await run();
  const called = await run();
  const lives = async (): Promise<readonly [number, number]> => {
    const startedAt = performance.now();
    const ids: string[] = [];
    for (let number = 0; number < spawns; number += 1) ids.push(await container.processes.spawn(Echo));
    const spawnedAt = performance.now();
    for (const id of ids) await container.processes.terminateProcess(id);
    return [spawns / (spawnedAt - startedAt), spawns / (performance.now() - spawnedAt)];
  };
  await lives();
  const [spawn, end] = await lives();
  await container.stop();
  return { 'local call, 100 callers': called, spawn, end };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const [given] = process.argv.slice(2);
if (given === undefined) {
  const all: Record<'on' | 'off', Rates[]> = { on: [], off: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ['on', 'off'] as const) {
      const text = execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), way]);
      all[way].push(JSON.parse(String(text)));
      process.stderr.write(`round ${round + 1} of ${rounds}, ${way}\n`);
    }
  }
  console.log('                                on        off   ratio (thousands per second)');
  for (const what of ['local call, 100 callers', 'spawn', 'end'] as const) {
    const [on, off] = [median(all.on.map((one) => one[what])), median(all.off.map((one) => one[what]))];
    console.log(
      `${what.padEnd(24)} ${on.toFixed(1).padStart(9)} ${off.toFixed(1).padStart(10)} ${(on / off).toFixed(2).padStart(7)}`,
    );
  }
} else {
  console.log(JSON.stringify(await measure(given === 'on')));
}
