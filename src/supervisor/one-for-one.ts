import type { Children } from './children.ts';
import type { ChildKey } from './events.ts';
import type { RestartPlan } from './restart-plan.ts';

/** The child alone. */
export function planOneForOne(_children: Children, key: ChildKey): RestartPlan {
  return { terminate: [], start: [key] };
}
