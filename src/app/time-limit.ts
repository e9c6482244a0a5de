import type { Clock } from '../util/index.ts';

/** Settles as `work` does, or resolves with `late` after so long; what `work` brings later is dropped. */
export async function within<Value, Late>(
  clock: Clock,
  limitMs: number,
  work: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  let resolve: (value: Late) => void = () => undefined;
  const passed = new Promise<Late>((done) => {
    resolve = done;
  });
  const timer = clock.timer(limitMs, () => resolve(late));
  try {
    return await Promise.race([work, passed]);
  } finally {
    timer.cancel();
  }
}
