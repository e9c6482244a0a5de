import { setTimeout as pause } from 'node:timers/promises';

/** What is done in the background when something was made must be over before memory is looked at. */
const quietMs = 300;

/** What is held after a collection, bytes: heap and what buffers hold outside of it; and what the OS process has. Needs `--expose-gc`. */
async function heldBytes() {
  await pause(quietMs);
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

/**
 * What each of so many takes. A first hundred are made before: what those make once for all does not count.
 *
 * @param {number} count @param {(count: number) => Promise<unknown>} make
 */
export async function bytesOfEach(count, make) {
  await make(100);
  const before = await heldBytes();
  await make(count);
  const after = await heldBytes();
  return {
    bytes: (after.heap - before.heap) / count,
    residentBytes: (after.resident - before.resident) / count,
    count,
  };
}
