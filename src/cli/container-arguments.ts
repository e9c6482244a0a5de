import { FileProblems, parseYaml, toValue } from '../config/index.ts';
import { messageOf } from '../errors/index.ts';
import { UsageError } from './usage-error.ts';

/** What `-a` says (ION's container arguments). */
export interface ContainerArguments {
  readonly sysname: string | undefined;
  readonly contid: string | undefined;
  /** `apparg_<app>`: keyword arguments that go before an app's own and its release's. */
  readonly appArguments: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const appPrefix = 'apparg_';
const known = 'known are sysname, contid and apparg_<app>';

/**
 * Reads `-a`: `k=v,k2=v2`, or a map literal `{k: v, …}` (YAML's flow form, so JSON too). Parsed, never evaluated. The value of an
 * `apparg_<app>` is a map literal in either form.
 *
 * @throws UsageError naming the key
 */
export function parseContainerArguments(text: string): ContainerArguments {
  const given = text.trimStart().startsWith('{') ? literal(text, '-a') : pairs(text);
  const appArguments: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [key, value] of Object.entries(given)) {
    if (key === 'sysname' || key === 'contid') continue;
    if (!key.startsWith(appPrefix) || key === appPrefix)
      throw new UsageError(`-a: unknown key '${key}'; ${known}`);
    appArguments[key.slice(appPrefix.length)] =
      typeof value === 'string' ? literal(value, `-a ${key}`) : record(value, `-a ${key}`);
  }
  return { sysname: word(given, 'sysname'), contid: word(given, 'contid'), appArguments };
}

/** `k=v,k2={a: 1, b: 2}`: commas inside brackets belong to the value. */
function pairs(text: string): Readonly<Record<string, unknown>> {
  const found: Record<string, string> = {};
  for (const part of splitAtCommas(text)) {
    const at = part.indexOf('=');
    const key = part.slice(0, at).trim();
    if (at < 1 || key === '') {
      throw new UsageError(
        `-a: expected k=v,k2=v2 or a map literal such as '{sysname: demo}', found '${part.trim()}'`,
      );
    }
    if (Object.hasOwn(found, key)) throw new UsageError(`-a: '${key}' is given twice`);
    found[key] = part.slice(at + 1).trim();
  }
  return found;
}

function splitAtCommas(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if ('{['.includes(character)) depth += 1;
    else if ('}]'.includes(character)) depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function literal(text: string, what: string): Readonly<Record<string, unknown>> {
  const problems = new FileProblems(what, text);
  try {
    const node = parseYaml(text, problems);
    problems.throwIfAny();
    return record(node === undefined ? undefined : toValue(node), what);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(
    `${what}: expected a map literal such as '{greeting: Ahoy}', found ${JSON.stringify(value) ?? 'nothing'}`,
  );
}

function word(given: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = given[key];
  if (value === undefined || typeof value === 'string') return value;
  throw new UsageError(
    `-a ${key}: expected text, found ${JSON.stringify(value)}; quote it: '${String(value)}'`,
  );
}
