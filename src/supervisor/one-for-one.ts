import type { ChildKey } from './events.ts';
import type { RestartPlan } from './restart-plan.ts';
import type { Child } from './state.ts';

/** The child alone. */
export function planOneForOne(_children: readonly Child[], key: ChildKey): RestartPlan {
  return { terminate: [], start: [key] };
}
