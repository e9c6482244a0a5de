/// <reference lib="es2024.string" />
import { types } from 'node:util';
import { type CodecLimits, defaultCodecLimits } from './limits.ts';
import {
  describe,
  Fault,
  isPlainObject,
  lengthOfArray,
  lengthOfBytes,
  located,
  notSendable,
  TooMuch,
} from './portable-fault.ts';

/**
 * What a message can carry, on every path: to a process next door, over the broker as msgpack, to a stranger as JSON.
 *
 * Numbers are finite doubles and arrive exactly as sent (`-0` as `0`). The wire's *integer types* hold magnitudes below 2^53 only;
 * a larger whole number travels as a double. Strings and keys are well-formed Unicode; the key `__proto__` is refused.
 */
export type Portable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Date
  | readonly Portable[]
  | { readonly [key: string]: Portable };

/**
 * Checks a value and copies it, in one walk: what a receiver in the same container gets. `undefined` members are dropped, `undefined`
 * elements (and the value itself) become null, a `Buffer` becomes a plain `Uint8Array`, objects and arrays of other realms
 * become ours. Text and bytes together may not exceed `maxEnvelopeBytes`, so what works here also works over the broker.
 *
 * @param what names the value in errors; default `content`.
 * @throws BadRequestError for anything else, naming the place as a JSON pointer, what was found and what is allowed.
 * @throws ContainerError `TooLarge` for too much text and bytes.
 */
export function copyPortable(
  value: unknown,
  what = 'content',
  limits: CodecLimits = defaultCodecLimits,
): Portable {
  return new PortableCopier(limits).copy(value, what);
}

/**
 * The walk behind {@link copyPortable}; the limits hold for everything that one copier copies.
 *
 * @internal
 */
export class PortableCopier {
  readonly #limits: CodecLimits;
  #valuesLeft: number;
  #bytesLeft: number;

  constructor(limits: CodecLimits) {
    this.#limits = limits;
    this.#valuesLeft = limits.maxValues;
    this.#bytesLeft = limits.maxEnvelopeBytes;
  }

  copy(value: unknown, what: string): Portable {
    try {
      return this.#any(value, 1);
    } catch (thrown) {
      throw notSendable(thrown, what, this.#limits);
    }
  }

  /** `depth` is that of `value`, should it be an array or object; the outermost has 1. */
  #any(value: unknown, depth: number): Portable {
    if (--this.#valuesLeft < 0) throw new Fault(`more than ${this.#limits.maxValues} values`);
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        if (!Number.isFinite(value)) throw new Fault(String(value));
        return value + 0; // -0 becomes 0
      case 'boolean':
        return value;
      case 'undefined':
        return null;
      case 'object':
        if (value === null) return null;
        if (Array.isArray(value)) return this.#array(value, depth);
        if (isPlainObject(value)) return this.#object(value, depth);
        return this.#special(value);
      default:
        throw new Fault(describe(value));
    }
  }

  #text(value: string): string {
    this.#bytesLeft -= value.length;
    if (this.#bytesLeft < 0) throw new TooMuch();
    if (!value.isWellFormed()) throw new Fault('a string with a lone surrogate');
    return value;
  }

  #array(value: readonly unknown[], depth: number): Portable {
    if (depth > this.#limits.maxDepth) throw this.#tooDeep();
    const length = lengthOfArray(value);
    if (length > this.#valuesLeft) throw new Fault(`more than ${this.#limits.maxValues} values`);
    const copy = new Array<Portable>(length);
    let index = 0;
    try {
      for (; index < length; index++) copy[index] = this.#any(value[index], depth + 1);
    } catch (thrown) {
      throw located(thrown, index);
    }
    return copy;
  }

  #object(value: Readonly<Record<string, unknown>>, depth: number): Portable {
    if (depth > this.#limits.maxDepth) throw this.#tooDeep();
    const copy: Record<string, Portable> = {};
    let at = '';
    try {
      for (const key of Object.keys(value)) {
        at = key;
        const member = value[key];
        if (member === undefined) continue;
        if (key === '__proto__') throw new Fault('a member of that name');
        copy[this.#text(key)] = this.#any(member, depth + 1);
      }
    } catch (thrown) {
      throw located(thrown, at);
    }
    return copy;
  }

  #special(value: object): Portable {
    if (types.isUint8Array(value)) {
      this.#bytesLeft -= lengthOfBytes(value);
      if (this.#bytesLeft < 0) throw new TooMuch();
      return new Uint8Array(value);
    }
    if (types.isDate(value)) {
      // The own method of a subclass could answer anything.
      const time = Date.prototype.getTime.call(value);
      if (Number.isNaN(time)) throw new Fault('an invalid Date');
      return new Date(time);
    }
    throw new Fault(describe(value));
  }

  #tooDeep(): Fault {
    return new Fault(`an array or object nested more than ${this.#limits.maxDepth} deep (or in a cycle)`);
  }
}
