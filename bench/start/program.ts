import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type CpuProfile, nowMicroseconds, sampleMicroseconds } from '../profile/cpu-profile.ts';
import { sourceMapLocator } from '../profile/source-maps.ts';
import { attribute, type Breakdown, nodeRows } from './attribution.ts';

const root = join(import.meta.dirname, '..', '..');

/** The built program. */
export const program = join(root, 'dist', 'main.js');

/** One start of the program, from the start of its process to its log line `ready`. */
export interface Start {
  readonly activeMs: number;
  /** What the process then held in memory. */
  readonly memoryMb: number;
}

/** Starts a container with the hello app, waits until it is ready, and stops it. */
export async function measureStart(broker: readonly string[]): Promise<Start> {
  const { startedAt, readyAt, memoryMb } = await run([], broker);
  return { activeMs: (readyAt - startedAt) / 1000, memoryMb };
}

/** The same under Node's profiler, which slows it: whose time it was. The rows add up to the time from start to ready. */
export async function profileStart(broker: readonly string[]): Promise<Breakdown> {
  const directory = await mkdtemp(join(tmpdir(), 'ioncore-bench-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-interval=${sampleMicroseconds}`, `--cpu-prof-dir=${directory}`];
    const { startedAt, readyAt } = await run(flags, broker);
    const [file] = await readdir(directory);
    if (file === undefined) throw new Error('node --cpu-prof wrote no profile');
    const profile: CpuProfile = JSON.parse(await readFile(join(directory, file), 'utf8'));
    const rows = new Map(attribute(profile, readyAt, sourceMapLocator()));
    rows.set(nodeRows.boot, (profile.startTime - startedAt) / 1000);
    return rows;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Moments are microseconds of the machine's monotonic clock, which V8 stamps its profiles with too. */
async function run(flags: readonly string[], broker: readonly string[]) {
  const startedAt = nowMicroseconds();
  const child = spawn(
    process.execPath,
    [...flags, program, 'start', '-n', '--log-format', 'line', ...broker, 'res/apps/hello.app'],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const said: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (!/ ready( |$)/.test(line)) continue;
      return { startedAt, readyAt: nowMicroseconds(), memoryMb: await residentMb(child.pid ?? 0) };
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
