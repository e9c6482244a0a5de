import type { RestartPlan } from './restart-plan.ts';
import type { Child } from './state.ts';

/** Every child: the last started ends first, and all start in order, those too that did not run. */
export function planOneForAll(children: readonly Child[]): RestartPlan {
  const start = children.map((child) => child.key);
  return { terminate: start.toReversed(), start };
}
