export { configSections } from './config.ts';
export { Container, type ContainerInfo } from './container.ts';
export type { ContainerEvents } from './container-events.ts';
export type { ContainerOptions } from './container-options.ts';
export { readInterceptors } from './read-interceptors.ts';
export type {
  KilledProcess,
  PhaseReport,
  ShutdownReport,
  StopPhase,
  StopProgress,
} from './shutdown-report.ts';
export type { StrayErrorPolicy } from './stray-errors.ts';
export type { TreeNode } from './supervision-tree.ts';
export type { SystemEventsMode } from './system-events.ts';
export {
  ApplicationFailed,
  ApplicationStarted,
  ApplicationStopped,
  ConfigChanged,
  ContainerStarted,
  ContainerStopped,
  ContainerStopping,
  MemberJoined,
  MemberLeft,
  MessageDead,
  ProcessCrashed,
  ProcessEnded,
  ProcessStarted,
  SupervisorGaveUp,
} from './system-events-catalogue.ts';
