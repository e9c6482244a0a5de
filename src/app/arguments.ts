import { isDeepStrictEqual } from 'node:util';
import { type ConfigChange, configChange } from '../process/index.ts';

/** Arguments by their names. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What an app may be told, weakest first. */
export interface ArgumentLayers {
  /** The keyword arguments of `mod`, or the `args` of one of `processes`. */
  readonly own?: Arguments | undefined;
  /** `args` of the app file. */
  readonly file?: Arguments | undefined;
  /** `args` of the release's entry, or of the call that starts the app. */
  readonly release?: Arguments | undefined;
  /** `apparg_<app>` of the command line. */
  readonly override?: Arguments | undefined;
}

/** The arguments that an app gets. Each stands by itself: the strongest layer that has it gives its whole value. */
export function mergeArguments(layers: ArgumentLayers): Arguments {
  const { own, file, release, override } = layers;
  return Object.freeze({ ...own, ...file, ...release, ...override });
}

/** Arguments with some set and others, those that are null in the patch, taken away (RFC 7396, but no deeper). An undefined one stays. */
export function patchArguments(args: Arguments, patch: Arguments = {}): Arguments {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  const patched = Object.entries({ ...args, ...Object.fromEntries(given) });
  const removed = new Set(given.filter(([, value]) => value === null).map(([name]) => name));
  return Object.freeze(Object.fromEntries(patched.filter(([name]) => !removed.has(name))));
}

/** How `after` differs from `before`; undefined if it does not. */
export function changeOf(before: Arguments, after: Arguments): ConfigChange | undefined {
  const change = configChange(before, after);
  const { changed, added, removed } = change;
  return [changed, added, removed].every((part) => Object.keys(part).length === 0) ? undefined : change;
}

/** `args`, which were made from `before`, after that has changed: what they have of their own stays. */
export function transferChange(change: ConfigChange, before: Arguments, args: Arguments): Arguments {
  const isInherited = ([name]: readonly [string, ...unknown[]]): boolean =>
    isDeepStrictEqual(args[name], before[name]);
  const gone = new Set(change.removed);
  const kept = Object.entries(args).filter((entry) => !(gone.has(entry[0]) && isInherited(entry)));
  const given = Object.entries({ ...change.changed, ...change.added }).filter(isInherited);
  return Object.freeze(Object.fromEntries([...kept, ...given]));
}
