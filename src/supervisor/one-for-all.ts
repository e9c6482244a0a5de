import type { Children } from './children.ts';
import type { RestartPlan } from './restart-plan.ts';

/** Every child: the last started ends first, and all start in order, those too that did not run. */
export function planOneForAll(children: Children): RestartPlan {
  const start = children.list().map((child) => child.key);
  return { terminate: start.toReversed(), start };
}
