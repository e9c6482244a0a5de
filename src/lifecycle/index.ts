export { type LifecycleEvent, type LifecycleState, lifecycleEvents, lifecycleStates } from './definition.ts';
export { type GroupFailureListener, type GroupGoal, LifecycleGroup } from './lifecycle-group.ts';
export { LifecycleObject } from './lifecycle-object.ts';
export type { StateChanged, StateListener } from './state-listeners.ts';
export { allowedEvents } from './table.ts';
