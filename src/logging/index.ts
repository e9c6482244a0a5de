export { createLogger, type LoggerOptions } from './create-logger.ts';
export { isLogThreshold, type LogLevelEntries, LogLevels, type LogThreshold } from './log-levels.ts';
export { logLevelFiles, parseLogLevels, readLogLevels } from './log-levels-file.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
export { OncePer } from './once-per.ts';
export { redactUrls } from './redact.ts';
export { type RoomMembers, rooms, unknownRoom } from './rooms.ts';
export { silentLogger } from './silent-logger.ts';
