import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Process } from '../../src/process/index.ts';

/** What the program holds. */
export interface Holdings {
  readonly heapBytes: number;
  /** Objects of classes of processes that are still reachable, alive or not, and the prototypes of these classes. */
  readonly processes: number;
  /** Timers of Node, armed. */
  readonly timers: number;
  /** Listeners of the Node process. */
  readonly listeners: number;
}

/** What the program holds, without garbage. */
export async function takeHoldings(): Promise<Holdings> {
  return {
    heapBytes: await heapBytes(),
    processes: queryObjects(Process, { format: 'count' }),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

/** Memory in use when garbage has been collected several times, which needs `--expose-gc`. */
async function heapBytes(): Promise<number> {
  let bytes = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round += 1) {
    // What finalises objects runs in turns of its own.
    await sleep(20);
    if (globalThis.gc === undefined) throw new Error('start Node with --expose-gc');
    globalThis.gc();
    bytes = Math.min(bytes, process.memoryUsage().heapUsed);
  }
  return bytes;
}
