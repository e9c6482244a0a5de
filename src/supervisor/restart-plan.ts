import type { Children } from './children.ts';
import type { ChildKey } from './events.ts';

/** Who ends and who starts, each in this order, when a child is to be started again. Who does not run need not be ended. */
export interface RestartPlan {
  readonly terminate: readonly ChildKey[];
  readonly start: readonly ChildKey[];
}

/** The plan for the child `key`. */
export type PlanRestart = (children: Children, key: ChildKey) => RestartPlan;
