import { extension, type Message, type Portable } from '../codec/index.ts';

/** One process that is waiting, in the middle of handling a message, for what it calls: the way a call has come. */
export interface PathStep {
  readonly process: string;
  /** The shared name it serves; '' if none. */
  readonly service: string;
  /** Instances of that service in its container; 0 if the process is the last one and its container takes nothing from the queue any more. */
  readonly instances: number;
  /** Whether it takes nothing before its handler has ended: it handles one message at a time and is not reentrant. */
  readonly isBlocked: boolean;
}

/** The steps from the first caller to whoever sends now. */
export type CallPath = readonly PathStep[];

/** The extension header that carries a path. */
export const callPathHeader = 'call-path';

/** Deeper rings than this are not looked for: a call that has come so far is not sent on (`Deadlock`). */
export const maxPathSteps = 64;

/** The path that a message has come; empty without one, or with one that cannot be read. */
export function callPathOf(message: Message): CallPath {
  const given = extension(message, callPathHeader);
  if (!Array.isArray(given) || given.length > maxPathSteps) return [];
  return given.flatMap((step: Portable) => readStep(step) ?? []);
}

/** A path as the header carries it. */
export function toPathHeader(path: CallPath): Portable {
  return path.map(({ process, service, instances, isBlocked }) => [process, service, instances, isBlocked]);
}

/** Whether `process` waits in `path`. */
export function isOnPath(message: Message, process: string): boolean {
  if (message.headers === undefined) return false;
  const given = extension(message, callPathHeader);
  if (!Array.isArray(given) || given.length > maxPathSteps) return false;
  return given.some(
    (step: Portable) => Array.isArray(step) && step[0] === process && readStep(step) !== undefined,
  );
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
  const blocked = path.filter((step) => step.isBlocked);
  if (blocked.some((step) => step.process === receiver)) return 'closed';
  return service !== '' && blocked.some((step) => step.service === service) ? 'ask' : 'open';
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

function readStep(step: Portable): PathStep | undefined {
  if (!Array.isArray(step)) return undefined;
  const [process, service, instances, isBlocked]: readonly Portable[] = step;
  if (typeof process !== 'string' || typeof service !== 'string') return undefined;
  if (typeof instances !== 'number' || typeof isBlocked !== 'boolean') return undefined;
  return { process, service, instances, isBlocked };
}
