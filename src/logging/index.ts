export { createLogger, type LoggerOptions } from './create-logger.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
export { OncePer } from './once-per.ts';
export { silentLogger } from './silent-logger.ts';
