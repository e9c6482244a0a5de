export { configSections } from './config.ts';
export { Container, type ContainerInfo } from './container.ts';
export type { ContainerOptions } from './container-options.ts';
export { readInterceptors } from './read-interceptors.ts';
export type { ShutdownReport } from './shutdown-report.ts';
