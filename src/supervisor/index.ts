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
  restartTypes,
} from './child-spec.ts';
export { type Decision, decide } from './decide.ts';
export { resolveDeclaration, type SupervisorDeclaration } from './declaration.ts';
export { countChildren, describeChildren } from './describe.ts';
export type {
  ChildCounts,
  ChildInfo,
  ChildKey,
  ChildRequestType,
  ChildState,
  ChildTarget,
  RefusedBecause,
  ReportSubject,
  SupervisorAction,
  SupervisorEvent,
  SupervisorReply,
  SupervisorReport,
  SupervisorRequest,
} from './events.ts';
export {
  type ResolvedRestartDelay,
  type RestartDelayOptions,
  restartDelayDefaults,
} from './restart-delay.ts';
export { initialState, type SupervisorState } from './state.ts';
export { Supervisor, type SupervisorInfo } from './supervisor.ts';
export { supervisor } from './supervisor-class.ts';
export {
  autoShutdowns,
  type ResolvedSupervisorFlags,
  resolveSupervisorFlags,
  resolveSupervisorSpec,
  type SupervisorFlags,
  type SupervisorSpec,
  type SupervisorStrategy,
  supervisorFlagsDefaults,
  supervisorStrategies,
} from './supervisor-flags.ts';
export type { Moment } from './turn.ts';
