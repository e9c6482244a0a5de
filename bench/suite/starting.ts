import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Contestant, Measurement } from './case.ts';
import { nobody, type Observer } from './observer.ts';
import { residentBytes } from './resident-bytes.ts';
import { newSystem, type WorkerSpec, withBroker } from './worker.ts';

/** How long a program may take to get ready. */
const readyWithinMs = 60_000;

/**
 * A contestant that is started anew for each run, and ended by SIGTERM. Its figures: `ms` from the start of its process until a line of its standard output or
 * error says that it is ready, `bytes` that the process then holds in memory.
 *
 * @param isReady of a line. Default: the line is `ready`
 */
export function starting(
  name: string,
  settings: string,
  spec: WorkerSpec,
  isReady = (line: string): boolean => line === 'ready',
): Contestant {
  return {
    name,
    settings,
    open: async (broker, observer = nobody) => ({
      run: () => measured(withBroker(spec, broker, newSystem(), observer), isReady, observer),
      close: async () => undefined,
    }),
  };
}

async function measured(
  { command, args, cwd }: WorkerSpec,
  isReady: (line: string) => boolean,
  observer: Observer,
): Promise<Measurement> {
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').catch(() => undefined);
  // Not every program ends with its standard input when the bench is ended.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    await observer.measure(() => ready(child, [child.stdout, child.stderr], isReady));
    const ms = performance.now() - startedAt;
    return { ms, bytes: await residentBytes(child.pid ?? 0) };
  } finally {
    const timer = setTimeout(kill, observer.endsWithinMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
    process.off('exit', kill);
  }
}

/** Rejects, with what it said, when it ends first or takes too long. */
function ready(
  child: ChildProcess,
  streams: readonly Readable[],
  isReady: (line: string) => boolean,
): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`${child.spawnargs.join(' ')}\n${why}\n${said.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
    for (const input of streams) {
      createInterface({ input }).on('line', (line) => {
        said.push(line);
        if (!isReady(line)) return;
        clearTimeout(timer);
        resolve();
      });
    }
    const gone = (why: string): void => {
      clearTimeout(timer);
      fail(why);
    };
    child.once('error', (error) => gone(error.message));
    child.once('exit', (code, signal) => gone(`ended with ${signal ?? code}`));
  });
}
