/**
 * Starts loops that go on until their time is over and give how often they have done what they do: how often all did it in a second, and the processor time
 * of each.
 *
 * @param {number} loops @param {number} ms @param {(until: number, index: number) => Promise<number>} loop
 */
export async function timedLoops(loops, ms, loop) {
  const usage = process.cpuUsage();
  const start = performance.now();
  const counts = await Promise.all(Array.from({ length: loops }, (_, index) => loop(start + ms, index)));
  const tookMs = performance.now() - start;
  const { user, system } = process.cpuUsage(usage);
  const count = counts.reduce((sum, one) => sum + one, 0);
  return { rate: (count * 1000) / tookMs, count, cpuUs: (user + system) / count };
}
