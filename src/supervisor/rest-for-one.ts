import type { ChildKey } from './events.ts';
import { planOneForAll } from './one-for-all.ts';
import type { RestartPlan } from './restart-plan.ts';
import type { Child } from './state.ts';

/** The child and all that were started after it. */
export function planRestForOne(children: readonly Child[], key: ChildKey): RestartPlan {
  return planOneForAll(children.slice(children.findIndex((child) => child.key === key)));
}
