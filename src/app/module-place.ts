import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { ContainerError } from '../errors/index.ts';
import { packageRoot } from './hook-file.ts';

/** A file, a line, perhaps a column, in a stack: `file:///ship/app.mjs?x=y:3:7`, `/ship/app.ts:3:7`. */
const PLACE = /(file:\/\/\/[^\s?#()]+|(?<=^|[\s(])\/[^\s?#():]+)(?:[?#][^\s:()]*)?:(\d+)(:\d+)?/g;
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.[^'"\n]+)\1/g;
/** Each takes Node some 40 ms. */
const MAX_CHECKED = 30;
/** A chain of causes may be a ring. */
const MAX_CAUSES = 8;

/**
 * Where, in files of an app, an error came up that was thrown while the module at `url` was loaded: `/ship/app.mjs:3:7`; undefined if
 * that cannot be told, or the message tells it.
 */
export async function findPlace(error: unknown, url: string): Promise<string | undefined> {
  const place = placeOf(error);
  if (place !== undefined || !isError(error)) return place;
  return isSyntaxError(error) && url.startsWith('file:') ? findSyntaxError(url) : undefined;
}

/** Also one of another realm, as in Jest, and one that came from Node's thread of hooks, which is no native one. */
function isError(error: unknown): error is Error {
  return types.isNativeError(error) || error instanceof Error;
}

function isSyntaxError(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return error.name === 'SyntaxError' || code.endsWith('_TYPESCRIPT_SYNTAX');
}

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

/**
 * A text that is no JavaScript gives an error without a place; only Node's own check of a file tells it. Asked for the module and what it
 * imports by paths, until one fails.
 */
async function findSyntaxError(url: string): Promise<string | undefined> {
  const urls = new Set([new URL(url).href]);
  for (const candidate of urls) {
    if (urls.size > MAX_CHECKED) return undefined;
    const file = fileURLToPath(candidate);
    const place = await check(file);
    if (place !== undefined) return place;
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [, , specifier = ''] of text.matchAll(IMPORTED)) urls.add(new URL(specifier, candidate).href);
  }
  return undefined;
}

/** Takes the types out of the file that it is given, and tells where that fails. In a process of its own, it may warn of itself. */
const STRIP = `
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
const file = process.argv[1];
try {
  stripTypeScriptTypes(readFileSync(file, 'utf8'), { sourceUrl: file });
} catch (error) {
  process.stderr.write(error.stack);
  process.exit(1);
}`;

/** Parses a file and runs nothing of it. `node --check` does not know TypeScript. */
function check(file: string): Promise<string | undefined> {
  const args = /\.m?ts$/.test(file)
    ? ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', STRIP, file]
    : ['--check', file];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: dirname(file) }, (failure, _stdout, stderr) => {
      const [place = ''] = stderr.split('\n', 1);
      resolve(failure !== null && /:\d+$/.test(place) ? place.replace(/^file:\/\//, '') : undefined);
    });
  });
}
