import { IllegalStateError } from '../../errors/index.ts';
import { type LogLevels, type LogThreshold, type RoomMembers, unknownRoom } from '../../logging/index.ts';
import { defineHelper } from '../helper.ts';
import type { Shell } from '../shell.ts';

/** A level that somebody has set. */
export interface LevelInfo {
  readonly path: string;
  readonly level: LogThreshold;
}

export const levels = defineHelper({
  name: 'levels',
  signature: 'levels()',
  summary: 'The log levels that are set',
  details: 'Gives an array of { path, level }. The nearest entry above a room decides, at last root.',
  examples: ['levels()'],
  bind: (shell) => () => listLevels(shell),
});

export const setLevel = defineHelper({
  name: 'set_level',
  signature: 'set_level(path, level)',
  summary: 'Sets the log level of a room and all below it, until the container stops',
  details:
    "path: root, or dotted names such as 'exchange', 'exchange.inbox', 'process.HelloService', 'app.hello'. level: silent, error, " +
    'warn, info or debug; null takes the entry away. Gives the levels that are set then.',
  examples: ["set_level('exchange', 'debug')", "set_level('exchange', null)"],
  completes: ['log path', 'log level'],
  bind: (shell) => (path: string, level: LogThreshold | null) => {
    const set = levelsOf(shell);
    if (level === null) set.clear(path);
    else set.set(path, level);
    return listLevels(shell, level === null ? undefined : unknownRoom(path, membersOf(shell)));
  },
});

function membersOf({ container }: Shell): RoomMembers {
  return {
    app: container.apps.list().map(({ name }) => name),
    process: container.processes.list().map(({ name }) => name),
  };
}

/** `footer` stands below the table. */
function listLevels(shell: Shell, footer?: string): readonly LevelInfo[] {
  const set = levelsOf(shell)
    .entries()
    .map(([path, level]) => ({ path, level }));
  return shell.printer.table(set, ['path', 'level'], footer);
}

/** @throws ContainerError IllegalState where the container was not told of any */
function levelsOf({ container }: Shell): LogLevels {
  if (container.logLevels !== undefined) return container.logLevels;
  throw new IllegalStateError(
    'the levels of this container’s log cannot be changed here; give `logLevels` to new Container() besides `logger`',
  );
}
