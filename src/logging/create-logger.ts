import type { Clock } from '../util/index.ts';
import { LogLevels, type LogThreshold } from './log-levels.ts';
import { formatJson, formatLine } from './log-line.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** The least severe level that is written, or the levels of each room, which may be changed later. Default `info`. */
  readonly level?: LogThreshold | LogLevels;
  /** Where lines go: standard error, as a rule. Its errors are its owner's. */
  readonly stream: { readonly isTTY?: boolean | undefined; write(text: string): unknown };
  /** Whether levels are coloured, in format `line`. Default false. */
  readonly colour?: boolean;
  /** `line` for people, `json` for programs, `auto` for lines on a terminal and JSON elsewhere. Default `auto`. */
  readonly format?: 'auto' | 'line' | 'json';
  /** The time of an entry. */
  readonly clock: Pick<Clock, 'wall'>;
}

const ranks: Readonly<Record<LogThreshold, number>> = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 };

/**
 * A logger that writes each entry as one line, at once. Errors among the fields show message, code and causes, and their
 * stacks when the level of the room is `debug`. Control characters are escaped, so no value can forge an entry. Passwords in URLs and facts that
 * are named as secrets (`password`, `token`, `key`, …) are hidden, at any depth.
 *
 * Written by hand, not winston's: docs/dependencies.md has the figures.
 *
 * @example
 * const logger = createLogger({ stream: process.stderr, clock: env.clock });
 * logger.room('app').info('app started', { app: 'hello' });
 * // 2026-11-21T20:15:02.123Z info  app started  room=app app=hello
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level = 'info', stream, colour = false, format = 'auto', clock } = options;
  const levels = level instanceof LogLevels ? level : new LogLevels({}, level);
  const isJson = format === 'json' || (format === 'auto' && stream.isTTY !== true);
  const write: Write = (entryLevel, room, message, fields, hasStacks) => {
    const entry = { wallAt: clock.wall(), level: entryLevel, room, message, fields, hasStacks };
    stream.write(isJson ? formatJson(entry) : formatLine(entry, colour));
  };
  return new LineLogger(levels, write, '', {});
}

type Write = (level: LogLevel, room: string, message: string, fields: LogFields, hasStacks: boolean) => void;

class LineLogger implements Logger {
  readonly #levels: LogLevels;
  readonly #write: Write;
  readonly #path: string;
  readonly #fields: LogFields;
  /** What was looked up when the levels were at this version. */
  #version = -1;
  #rank = 0;

  constructor(levels: LogLevels, write: Write, path: string, fields: LogFields) {
    this.#levels = levels;
    this.#write = write;
    this.#path = path;
    this.#fields = fields;
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  enabled(level: LogLevel): boolean {
    return ranks[level] <= this.#currentRank();
  }

  child(fields: LogFields): Logger {
    return new LineLogger(this.#levels, this.#write, this.#path, { ...this.#fields, ...fields });
  }

  room(name: string): Logger {
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    return new LineLogger(this.#levels, this.#write, path, this.#fields);
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const rank = this.#currentRank();
    if (ranks[level] > rank) return;
    this.#write(level, this.#path, message, { ...this.#fields, ...fields }, rank === ranks.debug);
  }

  #currentRank(): number {
    const { version } = this.#levels;
    if (version !== this.#version) {
      this.#rank = ranks[this.#levels.levelOf(this.#path)];
      this.#version = version;
    }
    return this.#rank;
  }
}
