import type { CallPath, Message } from '../codec/index.ts';

/** Whether `process` waits in the path of `message`. */
export function isOnPath({ callPath }: Message, process: string): boolean {
  for (const step of callPath) if (step.process === process) return true;
  return false;
}

/** For people: `ship_1.4 (hello) → ship_2.7 → hello`. */
export function describePath(path: CallPath, receiver: string): string {
  const steps = path.map(({ process, service }) => (service === '' ? process : `${process} (${service})`));
  return [...steps, receiver].join(' → ');
}

/** How a call stands to the path it would prolong. */
export type RingVerdict =
  | 'open'
  /** Its receiver waits for it. */
  | 'closed'
  /** Its service has instances that wait for it; whether there are others only the broker knows. */
  | 'ask';

/** Whether a call of `path` to a process, or to a service, closes a ring. `service` is '' when `receiver` is a process's own name. */
export function ringVerdict(path: CallPath, receiver: string, service: string): RingVerdict {
  let verdict: RingVerdict = 'open';
  for (const step of path) {
    if (!step.isBlocked) continue;
    if (step.process === receiver) return 'closed';
    if (service !== '' && step.service === service) verdict = 'ask';
  }
  return verdict;
}

/**
 * Whether all instances of `service` wait in `path`, when `containers` containers serve it: each container that the path passes has all
 * of its own in it.
 */
export function isExhausted(path: CallPath, service: string, containers: number): boolean {
  const waiting = new Map<string, { processes: Set<string>; instances: number }>();
  for (const step of path) {
    // One that takes nothing more is none of the containers that the broker counts.
    if (!step.isBlocked || step.service !== service || step.instances === 0) continue;
    const container = step.process.slice(0, step.process.lastIndexOf('.'));
    const entry = waiting.get(container) ?? { processes: new Set(), instances: 0 };
    entry.processes.add(step.process);
    entry.instances = Math.max(entry.instances, step.instances);
    waiting.set(container, entry);
  }
  return (
    waiting.size >= containers &&
    [...waiting.values()].every(({ processes, instances }) => processes.size >= instances)
  );
}
