import type { SoakReport } from './soak.ts';

/**
 * How much more memory may be held after the crashes than before: a share, or what Node itself varies by and what is made with the first crashes, once: the
 * compiled schemas of their events, and topics that are remembered (2 MiB, after 2500 crashes as after 10 000).
 */
const tolerance = 0.05;
const varianceBytes = 4 * 2 ** 20;

/** What is wrong: nothing, if the tree is whole and nothing is left of what has ended. */
export function verdicts({ faults, slips, empty, before, after, stopped }: SoakReport): readonly string[] {
  const wrong = faults.slice(0, 10);
  if (faults.length > wrong.length) wrong.push(`and ${faults.length - wrong.length} more faults of the tree`);
  if (slips === 0) wrong.push('no error that nobody handled was told to be of a process');
  const toleratedBytes = Math.max(before.heapBytes * tolerance, varianceBytes);
  if (after.heapBytes > before.heapBytes + toleratedBytes) {
    wrong.push(
      `${percent(after.heapBytes / before.heapBytes - 1)} more memory is held than before the crashes`,
    );
  }
  if (stopped.heapBytes > empty.heapBytes + toleratedBytes) {
    wrong.push('the memory of a stopped container is held');
  }
  for (const [what, now, then] of [
    ['after the crashes', after, before],
    ['after the stop', stopped, empty],
  ] as const) {
    for (const key of ['processes', 'timers', 'listeners'] as const) {
      if (now[key] > then[key]) wrong.push(`${now[key] - then[key]} ${key} are left ${what}`);
    }
  }
  return wrong;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
