import { BadRequestError } from '../errors/index.ts';
import { closest } from '../util/index.ts';
import type { LogLevel } from './logger.ts';

/** The least severe level that is written; `silent` writes nothing. */
export type LogThreshold = LogLevel | 'silent';

/** Levels by path, such as `{ root: 'info', 'exchange.inbox': 'debug' }`. */
export type LogLevelEntries = Readonly<Record<string, LogThreshold>>;

/** The path of everything that no other entry speaks of. */
export const rootPath = 'root';

const thresholds: readonly LogThreshold[] = ['silent', 'error', 'warn', 'info', 'debug'];
const PATH = /^[\p{L}\p{N}_$-]+(\.[\p{L}\p{N}_$-]+)*$/u;
/** What other loggers call our levels. */
const synonyms: ReadonlyMap<string, LogThreshold> = new Map([
  ['off', 'silent'],
  ['none', 'silent'],
  ['fatal', 'error'],
  ['critical', 'error'],
  ['err', 'error'],
  ['warning', 'warn'],
  ['notice', 'info'],
  ['verbose', 'debug'],
  ['trace', 'debug'],
  ['all', 'debug'],
]);

/**
 * The level of each room: a tree of dotted names (`exchange`, `exchange.inbox`, `process.HelloService`, `app.hello`) where the nearest
 * ancestor with an entry decides, at last `root`. May be changed at any time; loggers follow at their next line.
 *
 * One belongs to one logger and what is made of it with `child` and `room`.
 *
 * @example
 * const levels = new LogLevels({ exchange: 'warn' });
 * const logger = createLogger({ level: levels, stream: process.stderr, clock: env.clock });
 * levels.set('exchange.inbox', 'debug');
 */
export class LogLevels {
  readonly #entries = new Map<string, LogThreshold>();
  readonly #root: LogThreshold;
  readonly #listeners = new Set<(path: string, level: LogThreshold | undefined) => void>();
  #version = 0;

  /**
   * `root` is the level where no entry says otherwise, an entry of `root` included; default `info`.
   *
   * @throws BadRequest as {@link set} does
   */
  constructor(entries: LogLevelEntries = {}, root: LogThreshold = 'info') {
    this.#root = checkThreshold(root);
    for (const [path, level] of Object.entries(entries)) this.set(path, level);
  }

  /** Grows with every change, so that a logger can keep what it has looked up. */
  get version(): number {
    return this.#version;
  }

  /**
   * Sets the level of `path` and of all below it that have no entry of their own.
   *
   * @throws BadRequest for a path that is not dotted names, or an unknown level
   */
  set(path: string, level: LogThreshold): void {
    const problem = pathProblem(path);
    if (problem !== undefined) throw new BadRequestError(problem, { details: { path } });
    this.#entries.set(path, checkThreshold(level));
    this.#changed(path, level);
  }

  /** Removes the entry of `path`, so that its ancestors decide again; `root` is as at the beginning. No entry is no error. */
  clear(path: string): void {
    if (this.#entries.delete(path)) this.#changed(path, undefined);
  }

  /** Calls `listener` with each entry that is set, or cleared (`undefined`), at once; it must not throw. Returns what ends that. */
  onChanged(listener: (path: string, level: LogThreshold | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The level that holds for `path`, whether or not it has an entry. */
  levelOf(path: string): LogThreshold {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const level = this.#entries.get(at);
      if (level !== undefined) return level;
    }
    return this.#entries.get(rootPath) ?? this.#root;
  }

  /** `root` first, then what was set, by path. */
  entries(): readonly (readonly [path: string, level: LogThreshold])[] {
    const below = [...this.#entries].filter(([path]) => path !== rootPath);
    return [[rootPath, this.levelOf(rootPath)], ...below.sort(([a], [b]) => (a < b ? -1 : 1))];
  }

  #changed(path: string, level: LogThreshold | undefined): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener(path, level);
  }
}

/** Whether `word` is the name of a level. */
export function isLogThreshold(word: unknown): word is LogThreshold {
  return thresholds.some((threshold) => threshold === word);
}

/** What is wrong with `shown`, which is not the name of a level: for messages. `word` is what it says, to guess what was meant. */
export function levelProblem(shown: string, word: string): string {
  const meant = synonyms.get(word.toLowerCase()) ?? closest(word, thresholds);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `expected a level (${thresholds.join(', ')}), found ${shown}${hint}`;
}

/** What is wrong with `path` as the name of a room: for messages. */
export function pathProblem(path: string): string | undefined {
  if (!PATH.test(path)) {
    return `expected a path of names with dots between them, such as exchange.inbox, found ${JSON.stringify(path)}`;
  }
  if (path.startsWith(`${rootPath}.`)) {
    return `nothing is below '${rootPath}': write '${path.slice(rootPath.length + 1)}'`;
  }
  return undefined;
}

/** Levels also come from people, untyped. */
function checkThreshold(level: unknown): LogThreshold {
  if (isLogThreshold(level)) return level;
  throw new BadRequestError(levelProblem(JSON.stringify(level) ?? String(level), String(level)));
}
