import { ConfigurationError } from '../errors/index.ts';
import { closest, longestTimerMs } from '../util/index.ts';

/** The error for a value that cannot be used: `action` and `key` say where, `wanted` what would do. `details` hold the same for programs. */
export function refusal(action: string, key: string, wanted: string, got: unknown): ConfigurationError {
  const found = describe(got);
  return new ConfigurationError(`${action}: ${key} must be ${wanted}, not ${found}`, {
    details: { action, key, wanted, got: found },
  });
}

/** @throws ConfigurationError unless `given` is an object with no other keys than these */
export function checkKeys(action: string, given: unknown, keys: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw refusal(action, 'it', 'an object', given);
  }
  for (const key of Object.keys(given)) {
    if (keys.includes(key)) continue;
    const near = closest(key, keys);
    const wanted = near === undefined ? `one of ${keys.join(', ')}` : `'${near}' (did you mean that?)`;
    throw refusal(action, 'a key', wanted, key);
  }
}

/** @throws ConfigurationError unless `value` is one of `words` */
export function oneOf<Word extends string>(
  action: string,
  key: string,
  words: readonly Word[],
  value: unknown,
): Word {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw refusal(action, key, words.map((known) => `'${known}'`).join(' or '), value);
  return word;
}

/** Whether it can only be constructed. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** @throws ConfigurationError for a time that no timer can take; `Infinity` is none that one would */
export function checkTimer(action: string, key: string, ms: number): void {
  if (ms > longestTimerMs && ms !== Number.POSITIVE_INFINITY) {
    throw refusal(action, key, `at most ${longestTimerMs} milliseconds, which is what a timer can take`, ms);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return isClass(value) ? `class ${value.name}` : 'a function';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
