export type {
  AppConfigChangeHook,
  AppContainer,
  AppInfo,
  AppModule,
  AppStart,
  AppStarted,
  AppStartPhaseHook,
  AppStartType,
  AppState,
  AppStop,
  LoadedAppInfo,
} from './app.ts';
export type { AppChange, LivingApp } from './app-change.ts';
export type {
  AppChildSpec,
  AppDefinition,
  AppModuleSpec,
  AppProcessSpec,
  AppRequirement,
  AppStartPhase,
  AppSupervisorSpec,
} from './app-definition.ts';
export { parseAppFile, readAppFile } from './app-file.ts';
export { AppLibrary } from './app-library.ts';
export { type AppConfigureOptions, AppManager, type AppStartOptions } from './app-manager.ts';
export type { AppManagerParts, AppOptions } from './app-manager-parts.ts';
export { type AppSettingsOptions, readAppSettings } from './app-settings.ts';
export { AppSupervisor } from './app-supervisor.ts';
export { type CheckOptions, type CheckReport, checkFiles } from './check.ts';
export { appsConfig } from './config.ts';
export { loadModule } from './module-loader.ts';
export { Planner } from './planner.ts';
export type { ReleaseDefinition, ReleaseEntry, ReleaseStartType } from './release-definition.ts';
export { parseReleaseFile, readReleaseFile } from './release-file.ts';
export type { Problem, Source } from './source.ts';
export type { RemoteWait, StartPlan, StartStep, StepStartType } from './start-plan.ts';
