import type { LogFields, Logger, LogLevel } from '../index.ts';

/** A line that a {@link RecordingLogger} has kept. */
export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  /** Of the line and of the loggers that it was written through; `room` is where it comes from, as in a log. */
  readonly fields: LogFields;
}

/** A logger that keeps its lines, those of its children and rooms included. */
export interface RecordingLogger extends Logger {
  /** All lines, oldest first. */
  readonly lines: readonly LoggedLine[];
}

/**
 * A logger for tests, which keeps every line instead of writing it.
 *
 * @example
 * const logger = recordingLogger();
 * await using container = await startTestContainer({ logger });
 * expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
 */
export function recordingLogger(): RecordingLogger {
  return new KeepingLogger([], '', {});
}

class KeepingLogger implements RecordingLogger {
  readonly lines: LoggedLine[];
  readonly #room: string;
  readonly #fields: LogFields;

  constructor(lines: LoggedLine[], room: string, fields: LogFields) {
    this.lines = lines;
    this.#room = room;
    this.#fields = fields;
  }

  error(message: string, fields?: LogFields): void {
    this.#keep('error', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#keep('warn', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#keep('info', message, fields);
  }
  debug(message: string, fields?: LogFields): void {
    this.#keep('debug', message, fields);
  }
  enabled(): boolean {
    return true;
  }
  child(fields: LogFields): Logger {
    return new KeepingLogger(this.lines, this.#room, { ...this.#fields, ...fields });
  }
  room(name: string): Logger {
    const path = this.#room === '' ? name : `${this.#room}.${name}`;
    return new KeepingLogger(this.lines, path, this.#fields);
  }

  #keep(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const place = this.#room === '' ? {} : { room: this.#room };
    this.lines.push({ level, message, fields: { ...place, ...this.#fields, ...fields } });
  }
}
