/// <reference lib="es2024.string" />
import { types } from 'node:util';

/** The longest text about one value, in UTF-16 units. */
const maxLength = 80;

/** What a value is, in a few words for a message; never longer than a line, whatever the value holds. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      // A unit more than is shown, so that the cut is seen; escapes may still make it longer.
      return cutText(`string ${JSON.stringify(value.slice(0, maxLength))}`);
    case 'undefined':
      return 'nothing';
    case 'number':
    case 'boolean':
      return `${typeof value} ${String(value)}`;
    case 'bigint':
      return cutText(`bigint ${String(value)}`);
    case 'object':
      return describeObject(value);
    default:
      return `a ${typeof value}`;
  }
}

/** A place below `root` as it is written in JavaScript, from a JSON pointer (RFC 6901) into `value`: `content.items[3].count`. */
export function pathText(root: string, value: unknown, pointer: string): string {
  let at = value;
  let text = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    text += Array.isArray(at) ? `[${key}]` : memberText(key);
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  }
  return shortPlace(text);
}

/** However deep a place is, a message about it stays a message: beginning and end are kept. */
export function shortPlace(text: string): string {
  if (text.length <= 4 * maxLength) return text;
  return `${text.slice(0, 2 * maxLength)}…${text.slice(-maxLength)}`.toWellFormed();
}

/** The value that a JSON pointer leads to; undefined where there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, token.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return at;
}

/** How a member follows what it belongs to: `.count`, `["two words"]`. */
export function memberText(name: string): string {
  if (/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)) return `.${cutText(name)}`;
  return `[${cutText(JSON.stringify(name.slice(0, maxLength)))}]`;
}

/** `text`, cut so that it fits a message. */
export function cutText(text: string, length: number = maxLength): string {
  return (text.length <= length ? text : `${text.slice(0, length - 1)}…`).toWellFormed();
}

function describeObject(value: object | null): string {
  if (value === null) return 'null';
  if (types.isUint8Array(value)) return count(value.length, 'byte');
  if (types.isDate(value))
    return Number.isNaN(value.getTime()) ? 'an invalid date' : `date ${value.toISOString()}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `an object with ${count(Object.keys(value).length, 'member')}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
