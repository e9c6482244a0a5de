import { types } from 'node:util';
import type { LogFields, LogLevel } from './logger.ts';

/** One entry, ready to be written. */
export interface LogEntry {
  /** Wall-clock time, milliseconds since the Unix epoch. */
  readonly wallAt: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** Whether errors show their stacks. */
  readonly hasStacks: boolean;
}

/** A value longer than this is cut: one entry must not fill a disk. */
const MAX_VALUE_LENGTH = 8_192;
/** How far a chain of causes is followed; it may be a ring. */
const MAX_CAUSES = 4;
const STACK_INDENT = '    ';
/** Whatever moves a cursor, ends a line or turns the direction of text: with it a value could forge entries. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** What can stand without quotes and be taken apart again. */
const BARE = /^[^\s"'=\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u;

const colours: Readonly<Record<LogLevel, string>> = { error: '31', warn: '33', info: '32', debug: '90' };

/**
 * An entry as a line for people: time, level, message, `key=value` pairs. Only the stacks of errors follow on lines of their own, indented.
 * Ends with a line feed.
 */
export function formatLine(entry: LogEntry, hasColour: boolean): string {
  const { wallAt, level, message, fields, hasStacks } = entry;
  const time = new Date(wallAt).toISOString();
  const label = hasColour ? `\u001b[${colours[level]}m${level.padEnd(5)}\u001b[0m` : level.padEnd(5);
  const pairs: string[] = [];
  const stacks: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    for (const [path, error] of causes(key, value)) {
      pairs.push(`${bare(path)}=${isError(error) ? quoted(messageOf(error)) : text(error)}`);
      const code = codeOf(error);
      if (code !== undefined) pairs.push(`${bare(path)}.code=${bare(code)}`);
      const stack = hasStacks ? stackOf(error) : undefined;
      if (stack !== undefined) stacks.push(cut(stack));
    }
  }
  const tail = pairs.length === 0 ? '' : `  ${pairs.join(' ')}`;
  const trace = stacks.flatMap((stack) =>
    stack.split('\n').map((line) => `\n${STACK_INDENT}${visible(line)}`),
  );
  return `${time} ${label} ${visible(cut(message))}${tail}${trace.join('')}\n`;
}

/** An entry as one line of JSON: `time`, `level`, `message` and the fields; a field of such a name gets a `_` appended. */
export function formatJson(entry: LogEntry): string {
  const { wallAt, level, message, fields, hasStacks } = entry;
  const head = { time: new Date(wallAt).toISOString(), level, message };
  const body = Object.entries(fields).map(([key, value]): [string, unknown] => [
    Object.hasOwn(head, key) ? `${key}_` : key,
    jsonValue(value, hasStacks),
  ]);
  return `${JSON.stringify({ ...head, ...Object.fromEntries(body) })}\n`;
}

/** `value`, and if it is an error, what caused it, each with its path. */
function* causes(key: string, value: unknown): Generator<[path: string, value: unknown]> {
  let path = key;
  let cause = value;
  for (let depth = 0; depth <= MAX_CAUSES; depth += 1) {
    yield [path, cause];
    if (!isError(cause) || cause.cause === undefined) return;
    cause = cause.cause;
    path += '.cause';
  }
}

function jsonValue(value: unknown, hasStacks: boolean, depth = 0): unknown {
  if (!isError(value)) {
    const json = jsonText(value);
    if (json === undefined) return undefined;
    return json.length > MAX_VALUE_LENGTH ? cut(json) : JSON.parse(json);
  }
  const hasCause = value.cause !== undefined && depth < MAX_CAUSES;
  return {
    message: cut(messageOf(value)),
    code: codeOf(value),
    stack: hasStacks ? stackOf(value) : undefined,
    cause: hasCause ? jsonValue(value.cause, hasStacks, depth + 1) : undefined,
  };
}

function text(value: unknown): string {
  if (typeof value === 'string') return bare(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value === 'object' && value !== null) return visible(cut(jsonText(value) ?? 'null'));
  return bare(String(value));
}

/** JSON that never throws: `undefined` for what JSON does not know. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? `${member}` : member));
  } catch {
    return '"(cannot be shown)"';
  }
}

function bare(value: string): string {
  return BARE.test(value) && value.length <= MAX_VALUE_LENGTH ? value : quoted(value);
}

function quoted(value: string): string {
  return visible(JSON.stringify(cut(value)));
}

function visible(value: string): string {
  return value.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function cut(value: string): string {
  return value.length > MAX_VALUE_LENGTH ? `${value.slice(0, MAX_VALUE_LENGTH)}…` : value;
}

/** Errors of other realms count as well. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Node's AggregateError has an empty message and says what happened in its code. Whatever was put there, it is text. */
function messageOf(error: Error): string {
  const message: unknown = error.message;
  if (typeof message === 'string' && message !== '') return message;
  return codeOf(error) ?? 'an error without a message';
}

function stackOf(error: unknown): string | undefined {
  return isError(error) && typeof error.stack === 'string' ? error.stack : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (!isError(error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : undefined;
}
