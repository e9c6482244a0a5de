export {
  type AutoShutdown,
  type ChildShutdown,
  type ChildSpawner,
  type ChildSpec,
  type ChildStart,
  type ChildType,
  childSpecDefaults,
  type ResolvedChildSpec,
  type RestartType,
  resolveChildSpec,
  resolveChildSpecs,
} from './child-spec.ts';
export { type Decision, decide } from './decide.ts';
export { countChildren, describeChildren } from './describe.ts';
export type {
  ChildCounts,
  ChildInfo,
  ChildKey,
  ChildRequestType,
  ChildState,
  ChildTarget,
  RefusedBecause,
  SupervisorAction,
  SupervisorEvent,
  SupervisorReply,
  SupervisorReport,
  SupervisorRequest,
} from './events.ts';
export { type ExitReason, isOrderlyExit, isShutdownExit } from './exit-reason.ts';
export {
  type ResolvedRestartDelay,
  type RestartDelayOptions,
  restartDelayDefaults,
} from './restart-delay.ts';
export { initialState, type SupervisorState } from './state.ts';
export {
  type ResolvedSupervisorFlags,
  resolveSupervisorFlags,
  resolveSupervisorSpec,
  type SupervisorFlags,
  type SupervisorSpec,
  type SupervisorStrategy,
  supervisorFlagsDefaults,
} from './supervisor-flags.ts';
export type { Moment } from './turn.ts';
