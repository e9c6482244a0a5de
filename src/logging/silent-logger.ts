import type { Logger } from './logger.ts';

const ignore = (): void => {};

/** Writes nothing and says so; what an embedded container logs to unless it is told otherwise. */
export const silentLogger: Logger = Object.freeze({
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  enabled: () => false,
  child: () => silentLogger,
  room: () => silentLogger,
});
