import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isError, placeOf } from '../errors/index.ts';

const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.[^'"\n]+)\1/g;
/** Each takes Node some 40 ms. */
const MAX_CHECKED = 30;

/**
 * Where, in files of an app, an error came up that was thrown while the module at `url` was loaded: `/ship/app.mjs:3:7`; undefined if
 * that cannot be told, or the message tells it.
 */
export async function findPlace(error: unknown, url: string): Promise<string | undefined> {
  const place = placeOf(error);
  if (place !== undefined || !isError(error)) return place;
  return isSyntaxError(error) && url.startsWith('file:') ? findSyntaxError(url) : undefined;
}

function isSyntaxError(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return error.name === 'SyntaxError' || code.endsWith('_TYPESCRIPT_SYNTAX');
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
