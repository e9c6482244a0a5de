export { afterwards } from './afterwards.ts';
export { AscendingMap } from './ascending-map.ts';
export { Backoff, type BackoffOptions } from './backoff.ts';
export { Chain, type Link } from './chain.ts';
export { closest } from './closest.ts';
export {
  type Clock,
  type Env,
  type Ids,
  longestTimerMs,
  type Random,
  type Scheduler,
  type Timer,
} from './env.ts';
export { isThenable } from './is-thenable.ts';
export { packageRoot } from './package-root.ts';
export { RingBuffer } from './ring-buffer.ts';
export { fitsShortString, maxShortStringBytes } from './short-string.ts';
export { makeIds, systemEnv } from './system-env.ts';
export { TimerWheel, WheelEntry } from './timer-wheel.ts';
export { TopicIndex } from './topic-index.ts';
export { TurnBudget } from './turn-budget.ts';
export { cutText, describeValue, memberText, pathText, shortPlace, valueAt } from './value-text.ts';
export { visible } from './visible.ts';
