import type { Queue } from './queue.ts';

/** The restarts that still count, oldest first; moments of a monotonic clock. */
export type RestartHistory = Queue<number>;

/** How many restarts within what time a supervisor bears. */
export interface RestartIntensity {
  readonly intensity: number;
  readonly periodMs: number;
}

/**
 * Counts a restart at `now`, as OTP does: whatever is to be started again counts as one, however many children that are, and so does each
 * attempt after a failed one. A restart exactly `periodMs` ago still counts. The supervisor gives up when more than `intensity` count, so with
 * intensity 0 at the first.
 */
export function addRestart(
  history: RestartHistory,
  now: number,
  { intensity, periodMs }: RestartIntensity,
): { readonly history: RestartHistory; readonly isExceeded: boolean } {
  const oldest = now - periodMs;
  let counted = history;
  while (counted.first !== undefined && counted.first < oldest) counted = counted.rest;
  counted = counted.push(now);
  return { history: counted, isExceeded: counted.length > intensity };
}
