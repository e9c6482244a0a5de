import { BadRequestError, ContainerError } from '../errors/index.ts';
import type { CodecLimits } from './limits.ts';

/** The content is over `maxEnvelopeBytes`; the same words wherever it is noticed. */
export function tooLarge(what: string, limits: CodecLimits): ContainerError {
  return new ContainerError(
    'TooLarge',
    `${what} is over ${limits.maxEnvelopeBytes} bytes; send less at once, or raise maxEnvelopeBytes at both ends`,
    { details: { maxEnvelopeBytes: limits.maxEnvelopeBytes } },
  );
}

/** The error for whoever gave `what`, of which a walk has thrown. */
export function notSendable(thrown: unknown, what: string, limits: CodecLimits): ContainerError {
  return thrown instanceof TooMuch ? tooLarge(what, limits) : toFault(thrown).toError(what);
}

const allowed =
  'null, booleans, finite numbers, well-formed strings, Uint8Array, valid Date, arrays and plain objects of these';

/** A value that is not portable; on its way out it collects where it was. */
export class Fault {
  readonly #found: string;
  readonly #cause: unknown;
  #pointer = '';

  constructor(found: string, cause?: unknown) {
    this.#found = found;
    this.#cause = cause;
  }

  inside(key: string | number): this {
    const token = String(key).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
    this.#pointer = `/${token}${this.#pointer}`;
    return this;
  }

  toError(what: string): BadRequestError {
    return new BadRequestError(
      `${what}${this.#pointer} cannot be sent: found ${this.#found}; allowed are ${allowed}`,
      { details: { path: this.#pointer, found: this.#found }, cause: this.#cause },
    );
  }
}

/** More text and bytes than `maxEnvelopeBytes`. */
export class TooMuch {}

/** `thrown` with `key` put before its place. */
export function located(thrown: unknown, key: string | number): unknown {
  return thrown instanceof TooMuch ? thrown : toFault(thrown).inside(key);
}

/** What a getter or a proxy threw is a fault too. */
function toFault(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('a value that throws when it is read', thrown);
}

/** Whether it is an object without class: no prototype, our `Object.prototype`, or that of another realm (a vm context, Jest). */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    typeof prototype === 'object' &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}

/** What it is, in words. */
export function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const name = nameOfClass(value);
  return name === '' ? 'an object with a prototype of its own' : `an instance of ${name}`;
}

function nameOfClass(value: object): string {
  try {
    const name: unknown = value.constructor.name;
    return typeof name === 'string' ? name.toWellFormed() : '';
  } catch {
    return ''; // a proxy, or a prototype without constructor
  }
}

/** How many elements an array has; a proxy may say anything. */
export function lengthOfArray({ length }: readonly unknown[]): number {
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new Fault('an array whose length is no number of elements');
}

const byteLength = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'length',
)?.get;

/** How many bytes there are; a member of that name in an object or a subclass could say anything. */
export function lengthOfBytes(value: Uint8Array): number {
  return byteLength === undefined ? value.length : Number(Reflect.apply(byteLength, value, []));
}
