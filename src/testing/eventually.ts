import { systemEnv } from '../util/index.ts';

/** How {@link eventually} polls. */
export interface EventuallyOptions {
  /** Real time after which it gives up. Default 5 000 ms. */
  readonly withinMs?: number;
  /** What is awaited, for the message of the failure. Default: the source of the condition. */
  readonly what?: string;
}

/**
 * Resolves with the first truthy value of `condition`, asked once per turn of the event loop at first and every few milliseconds
 * later on; rejects once `withinMs` of real time are over, with the condition's last error as the cause. A condition that throws
 * or rejects does not hold yet, so `expect(…)` may stand in it:
 *
 * @example
 * await eventually(() => received.length === 3);
 * await eventually(() => { expect(states).toEqual(['idle', 'connected']); return true; });
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<T> {
  const { withinMs = 5_000, what = condition.toString() } = options;
  const { clock } = systemEnv();
  const endsAt = clock.now() + withinMs;
  let lastError: unknown;
  for (let round = 0; ; round++) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (clock.now() >= endsAt) break;
    await (round < 100 ? nextTurn() : new Promise<void>((resolve) => clock.timer(5, resolve)));
  }
  throw new Error(`Did not come true within ${withinMs} ms: ${what}`, { cause: lastError });
}

/**
 * Lets `count` turns of the event loop pass, their immediates and microtasks included: enough for what needs no real I/O to settle.
 * For showing that something does *not* happen; to await that it does, take {@link eventually}.
 */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => systemEnv().scheduler.soon(resolve));
}
