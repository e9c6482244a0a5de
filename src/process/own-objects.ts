import { type GroupGoal, LifecycleGroup } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';

/** The lifecycle objects of one process. They go ahead of its hooks and end after them, so that hooks and operations find them working. */
export function ownObjects(logger: Logger, goal: GroupGoal): LifecycleGroup {
  return new LifecycleGroup(goal, (object, error) =>
    logger.error('a lifecycle object failed', { object: object.constructor.name, error }),
  );
}
