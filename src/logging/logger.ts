/** Severity of a log line, most severe first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * Structured facts of a log line: plain values. An `error` member may hold an `Error`. What a line is about has one name everywhere:
 * `container`, `process` (its id), `conversation` (its id), `app`.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a room writes what an operator should know. Results never go here: they go to standard output. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** Whether a line of `level` would be written now; ask before work that only a log line needs. */
  enabled(level: LogLevel): boolean;
  /** A logger whose lines carry `fields` (container, process, …) as well. */
  child(fields: LogFields): Logger;
  /**
   * A logger one step down: `room('exchange').room('inbox')` writes as `exchange.inbox`. Its lines carry that path as `room`, and it is the path whose
   * level decides whether they are written.
   */
  room(name: string): Logger;
}
