import type { Env } from '../../index.ts';

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function pause({ clock }: Env, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.timer(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
