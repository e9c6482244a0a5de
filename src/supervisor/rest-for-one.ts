import type { Children } from './children.ts';
import type { ChildKey } from './events.ts';
import type { RestartPlan } from './restart-plan.ts';

/** The child and all that stand after it. */
export function planRestForOne(children: Children, key: ChildKey): RestartPlan {
  const start = children.list().flatMap((child) => (child.key < key ? [] : [child.key]));
  return { terminate: start.toReversed(), start };
}
