export type { AppContainer, AppInfo, AppModule, AppStart, AppStarted, AppStartType, AppStop } from './app.ts';
export type { AppDefinition } from './app-definition.ts';
export { parseAppFile, readAppFile } from './app-file.ts';
export { AppManager, type AppManagerParts, type AppOptions } from './app-manager.ts';
