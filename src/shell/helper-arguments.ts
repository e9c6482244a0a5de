import { BadRequestError } from '../errors/index.ts';
import type { CallOptions, SendOptions } from '../interact/index.ts';
import { closest } from '../util/index.ts';

/** Every option, so that the compiler tells when one is missing here. */
const ofMessages: Readonly<Record<keyof SendOptions, true>> = {
  headers: true,
  within: true,
  actAs: true,
  wire: true,
};
const ofCalls: Readonly<Record<keyof CallOptions, true>> = {
  timeoutMs: true,
  idempotent: true,
  signal: true,
  retry: true,
  protocol: true,
  onAgree: true,
  onProgress: true,
  ...ofMessages,
};

/** The options of one-way messages. */
export const sendOptionNames: readonly string[] = Object.freeze(Object.keys(ofMessages));

/** The options of calls. */
export const callOptionNames: readonly string[] = Object.freeze(Object.keys(ofCalls));

/** An argument that must be text; lines at a prompt are not typed. @throws BadRequestError with the helper's `signature` */
export function requireText(value: unknown, what: string, signature: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new BadRequestError(`${signature}: expected ${what}, found ${describe(value)}`);
}

/** An argument that must be a map. @throws BadRequestError with the helper's `signature` */
export function requireMap(value: unknown, signature: string): Readonly<Record<string, unknown>> {
  if (isMap(value)) return value;
  throw new BadRequestError(`${signature}: expected a map, found ${describe(value)}`);
}

/** @throws BadRequestError with the helper's `signature`, for options that are no map or have a key that is none of `names` */
export function checkOptionNames(options: unknown, names: readonly string[], signature: string): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new BadRequestError(`${signature}: expected a map of options, found ${describe(options)}`);
  }
  const odd = Object.keys(options).find((key) => !names.includes(key));
  if (odd === undefined) return;
  const meant = closest(odd, names);
  const hint = meant === undefined ? `known are ${names.join(', ')}` : `did you mean '${meant}'?`;
  throw new BadRequestError(`${signature}: unknown option '${odd}'; ${hint}`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'an empty text';
  if (value === null) return 'null';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'a list';
  return 'id' in value ? 'an object; give its id, as in ps()[0].id' : 'an object';
}
