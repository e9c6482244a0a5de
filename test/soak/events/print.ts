import type { StormReport } from './storm.ts';

/** Most memory that a container may hold without garbage, and the most of its process. */
const mostHeapBytes = 150 * 2 ** 20;

/** Prints what came of a storm; true if nothing is wrong. */
export function printReport({
  published,
  accounts,
  memory,
  faults,
  publishMs,
  drainMs,
}: StormReport): boolean {
  const wrong = [...faults];
  const total = [...published.values()].reduce((sum, count) => sum + count, 0);
  const outcomes = [...published].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  console.log(
    `published ${total} in ${seconds(publishMs)} (${outcomes}), drained in ${seconds(drainMs)} more`,
  );
  for (const [
    name,
    { events, calls, failures, duplicates, deadLettered, overlapMs, violations },
  ] of accounts) {
    const { attempt, redelivered, resent, position } = duplicates;
    const counts = [
      `${events} events in ${calls} calls, ${failures} failed`,
      `came again: ${redelivered} redelivered, ${attempt} attempts, ${resent} resent, ${position} from a kept position`,
      `${deadLettered} dead letters`,
      overlapMs > 0 && `handled twice at a time for ${overlapMs.toFixed(0)} ms`,
    ];
    console.log(`  ${name.padEnd(9)} ${counts.filter((text) => text !== false).join('; ')}`);
    wrong.push(...violations.lines.map((line) => `${name}: ${line}`));
  }
  for (const [name, { rssBytes, heapBytes }] of memory) {
    console.log(
      `  ${name.padEnd(9)} at most ${mebibytes(rssBytes)} MiB, ${mebibytes(heapBytes)} MiB of heap without garbage`,
    );
    if (heapBytes > mostHeapBytes) wrong.push(`${name} held ${mebibytes(heapBytes)} MiB`);
  }
  for (const line of wrong) console.log(`  ✗ ${line}`);
  return wrong.length === 0;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
