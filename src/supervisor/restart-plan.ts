import type { ChildKey } from './events.ts';
import type { Child } from './state.ts';

/** Who ends and who starts, each in this order, when a child is to be started again. Who does not run need not be ended. */
export interface RestartPlan {
  readonly terminate: readonly ChildKey[];
  readonly start: readonly ChildKey[];
}

/** The plan for the child `key`; `children` stand in their order of start. */
export type PlanRestart = (children: readonly Child[], key: ChildKey) => RestartPlan;
