import { closest } from '../util/index.ts';
import { rootPath } from './log-levels.ts';

/** The rooms that write to the log; parts of them, processes and apps are below. */
export const rooms: readonly string[] = Object.freeze([
  'app',
  'container',
  'exchange',
  'interact',
  'intercept',
  'process',
  'transport',
]);

/** What runs in a container and writes below a room: names by that room. */
export type RoomMembers = Readonly<Record<'app' | 'process', readonly string[]>>;

/**
 * Tells, for people, that the first name of `path` is no room of ours, and what was probably meant: a room, or one of `members`. It need not be a mistake: an app
 * can make a room of its own.
 */
export function unknownRoom(path: string, members: Partial<RoomMembers> = {}): string | undefined {
  const [first = ''] = path.split('.', 1);
  if (first === rootPath || rooms.includes(first)) return undefined;
  const below = Object.entries(members).flatMap(([room, names]) =>
    names.map((name) => [name, `${room}.${name}`] as const),
  );
  const paths = new Map([...[rootPath, ...rooms].map((room) => [room, room] as const), ...below]);
  const near = paths.get(closest(first, paths.keys()) ?? '');
  const meant =
    paths.get(path) ?? (near === undefined || near === rootPath ? near : near + path.slice(first.length));
  const hint =
    meant === undefined ? `known are ${[rootPath, ...rooms].join(', ')}` : `did you mean '${meant}'?`;
  return `no room of the container is called '${first}'; ${hint}`;
}
