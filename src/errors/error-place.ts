import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../util/index.ts';
import { ContainerError } from './container-error.ts';
import { isError } from './message-of.ts';

/** A file, a line, perhaps a column, in a stack: `file:///ship/app.mjs?x=y:3:7`, `/ship/app.ts:3:7`. */
const PLACE = /(file:\/\/\/[^\s?#()]+|(?<=^|[\s(])\/[^\s?#():]+)(?:[?#][^\s:()]*)?:(\d+)(:\d+)?/g;
/** A chain of causes may be a ring. */
const MAX_CAUSES = 8;

/** Where, in files of an app, an error came up; undefined if its stack does not tell it, or its message does too. */
export function placeOf(error: unknown): string | undefined {
  // The container's own errors name what they are about.
  if (!isError(error) || error instanceof ContainerError) return undefined;
  const place = placeInStack(error.stack ?? '');
  return place === undefined || error.message.includes(place) ? undefined : place;
}

/** As {@link placeOf}; behind errors of the container's own that of the first other one that caused them. */
export function placeOfCause(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; at instanceof ContainerError && depth < MAX_CAUSES; depth += 1) at = at.cause;
  return placeOf(at);
}

/** The first place that is not inside the container. */
function placeInStack(stack: string): string | undefined {
  const own = packageRoot();
  const isOwn = (file: string) =>
    ['dist', 'src'].some((part) => file.startsWith(`${own}${sep}${part}${sep}`));
  for (const [, where = '', line, column = ''] of stack.matchAll(PLACE)) {
    const file = where.startsWith('file:') ? fileURLToPath(where) : where;
    if (!isOwn(file) && !file.includes(`${sep}node_modules${sep}`)) return `${file}:${line}${column}`;
  }
  return undefined;
}
