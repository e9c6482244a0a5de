import { planOneForAll } from './one-for-all.ts';
import { planOneForOne } from './one-for-one.ts';
import { planRestForOne } from './rest-for-one.ts';
import type { PlanRestart } from './restart-plan.ts';
import type { SupervisorStrategy } from './supervisor-flags.ts';

/** Each strategy's plan for a child that is to be started again. */
export const restartPlans: Readonly<Record<SupervisorStrategy, PlanRestart>> = Object.freeze({
  one_for_one: planOneForOne,
  one_for_all: planOneForAll,
  rest_for_one: planRestForOne,
  simple_one_for_one: planOneForOne,
});
