import { types } from 'node:util';
import type { LogFields, LogLevel } from './logger.ts';
import { hidden, isSecretName, redactUrls } from './redact.ts';

/** One entry, ready to be written. */
export interface LogEntry {
  /** Wall-clock time, milliseconds since the Unix epoch. */
  readonly wallAt: number;
  readonly level: LogLevel;
  /** The path of the room that writes it; '' for none. */
  readonly room: string;
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

/** What a field cannot be called in JSON. */
const HEAD: ReadonlySet<string> = new Set(['time', 'level', 'room', 'message']);

const colours: Readonly<Record<LogLevel, string>> = { error: '31', warn: '33', info: '32', debug: '90' };

/**
 * An entry as a line for people: time, level, message, `key=value` pairs, the room first. Only the stacks of errors follow on lines of their
 * own, indented. Secrets are hidden. Ends with a line feed.
 */
export function formatLine(entry: LogEntry, hasColour: boolean): string {
  const { wallAt, level, room, message, fields, hasStacks } = entry;
  const time = new Date(wallAt).toISOString();
  const label = hasColour ? `\u001b[${colours[level]}m${level.padEnd(5)}\u001b[0m` : level.padEnd(5);
  const pairs: string[] = room === '' ? [] : [`room=${bare(room)}`];
  const stacks: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const name = key === 'room' ? 'room_' : key;
    if (isSecretName(key)) {
      pairs.push(`${bare(name)}=${hidden}`);
      continue;
    }
    for (const [path, error] of causes(name, value)) {
      pairs.push(`${bare(path)}=${isError(error) ? quoted(messageOf(error)) : text(error)}`);
      const code = codeOf(error);
      if (code !== undefined) pairs.push(`${bare(path)}.code=${bare(code)}`);
      const stack = hasStacks ? stackOf(error) : undefined;
      if (stack !== undefined) stacks.push(shown(stack));
    }
  }
  const tail = pairs.length === 0 ? '' : `  ${pairs.join(' ')}`;
  const trace = stacks.flatMap((stack) =>
    stack.split('\n').map((line) => `\n${STACK_INDENT}${visible(line)}`),
  );
  return `${time} ${label} ${visible(shown(message))}${tail}${trace.join('')}\n`;
}

/**
 * An entry as one line of JSON: `time`, `level`, `room` where there is one, `message` and the fields; a field of such a name gets a `_` appended.
 * Secrets are hidden. Ends with a line feed.
 */
export function formatJson(entry: LogEntry): string {
  const { wallAt, level, room, message, fields, hasStacks } = entry;
  const head = [`"time":"${new Date(wallAt).toISOString()}"`, `"level":"${level}"`];
  if (room !== '') head.push(`"room":${jsonString(room)}`);
  head.push(`"message":${jsonString(message)}`);
  for (const [key, value] of Object.entries(fields)) {
    const json = isSecretName(key) && value !== undefined ? jsonString(hidden) : jsonValue(value, hasStacks);
    if (json !== undefined) head.push(`${jsonString(HEAD.has(key) ? `${key}_` : key)}:${json}`);
  }
  return `{${head.join(',')}}\n`;
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

function jsonValue(value: unknown, hasStacks: boolean, depth = 0): string | undefined {
  if (typeof value === 'string') return jsonString(value);
  if (isError(value)) return jsonError(value, hasStacks, depth);
  const json = jsonText(value);
  return json !== undefined && json.length > MAX_VALUE_LENGTH ? jsonString(json) : json;
}

function jsonError(error: Error, hasStacks: boolean, depth: number): string {
  const members = [`"message":${jsonString(messageOf(error))}`];
  const code = codeOf(error);
  if (code !== undefined) members.push(`"code":${jsonString(code)}`);
  const stack = hasStacks ? stackOf(error) : undefined;
  if (stack !== undefined) members.push(`"stack":${jsonString(stack)}`);
  const cause = depth < MAX_CAUSES ? jsonValue(error.cause, hasStacks, depth + 1) : undefined;
  if (cause !== undefined) members.push(`"cause":${cause}`);
  return `{${members.join(',')}}`;
}

function text(value: unknown): string {
  if (typeof value === 'string') return bare(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value === 'object' && value !== null) return visible(cut(jsonText(value) ?? 'null'));
  return bare(String(value));
}

/** JSON that never throws and holds no secret: `undefined` for what JSON does not know. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, jsonMember);
  } catch {
    return '"(cannot be shown)"';
  }
}

function jsonMember(key: string, member: unknown): unknown {
  if (key !== '' && member !== undefined && isSecretName(key)) return hidden;
  if (typeof member === 'string') return redactUrls(member);
  if (typeof member === 'bigint') return `${member}`;
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  if (member instanceof String) return redactUrls(String(member));
  // Names may be addresses too; as a rule they are not, and nothing is copied.
  if (!Object.keys(member).some((name) => name.includes('://'))) return member;
  return Object.fromEntries(Object.entries(member).map(([name, value]) => [redactUrls(name), value]));
}

function jsonString(value: string): string {
  return JSON.stringify(shown(value));
}

function bare(value: string): string {
  const safe = shown(value);
  return BARE.test(safe) ? safe : visible(JSON.stringify(safe));
}

function quoted(value: string): string {
  return visible(JSON.stringify(shown(value)));
}

function visible(value: string): string {
  return value.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** A text of any origin: without passwords, and not too long. In this order, or half a password might stay. */
function shown(value: string): string {
  return cut(redactUrls(value));
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
