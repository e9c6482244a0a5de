/// <reference lib="es2024.string" />
import { types } from 'node:util';
import { put16, put32, put64 } from './big-endian.ts';
import type { CodecLimits } from './limits.ts';
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

const firstBytes = 4 * 1024;
/** Above this the buffer is given back: one large message must not be paid for ever. */
const keptBytes = 256 * 1024;
/** Shorter texts are written sooner here than by a call into native code. */
const shortText = 24;
const high = 0x1_0000_0000;

/**
 * Writes msgpack, the portable values of one message after the other; what is no portable value is refused in the words of {@link copyPortable}. It checks and
 * writes in one walk, which takes half the time of a checked copy that is encoded then. Nothing of a message that was refused stays.
 *
 * @internal
 */
export class PortableWriter {
  readonly #limits: CodecLimits;
  #bytes: Buffer;
  #at = 0;
  #valuesLeft = 0;
  #bytesLeft = 0;

  constructor(limits: CodecLimits) {
    this.#limits = limits;
    this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
  }

  /** Begins a message: from here on the limits hold for all values together. */
  begin(): void {
    this.#at = 0;
    this.#valuesLeft = this.#limits.maxValues;
    this.#bytesLeft = this.#limits.maxEnvelopeBytes;
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
  }

  /** How many bytes the message has so far. */
  get length(): number {
    return this.#at;
  }

  /** Takes back what was written since the message had that many bytes. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** The bytes of the message, which are nobody else's. */
  end(): Uint8Array {
    // From Node's pool: a `Uint8Array` of its own memory costs seven times as much above 64 bytes.
    const bytes = Buffer.allocUnsafe(this.#at);
    this.#bytes.copy(bytes, 0, 0, this.#at);
    return bytes;
  }

  /** Overwrites a byte that was written before. */
  patch(position: number, byte: number): void {
    this.#bytes[position] = byte;
  }

  nil(): void {
    this.#byte(0xc0);
  }

  /** An array of at most fifteen elements, which follow. */
  shortArray(length: number): void {
    this.#byte(0x90 + length);
  }

  /** An array of any length; its elements follow. */
  array(length: number): void {
    this.#head(length, 0x90, 0xdc);
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** A text that is short and ASCII; false for any other, which is not written. It counts for no limit. */
  ascii(value: string): boolean {
    return value.length < shortText && this.#ascii(value);
  }

  /** A finite number; it counts for no limit. */
  number(value: number): void {
    this.#need(9);
    const bytes = this.#bytes;
    let at = this.#at;
    if (!Number.isSafeInteger(value)) {
      bytes[at] = 0xcb;
      bytes.writeDoubleBE(value, at + 1);
      this.#at = at + 9;
      return;
    }
    if (value >= 0) {
      if (value < 0x80) bytes[at++] = value;
      else if (value < 0x100) {
        bytes[at++] = 0xcc;
        bytes[at++] = value;
      } else if (value < 0x1_0000) {
        bytes[at++] = 0xcd;
        at = put16(bytes, at, value);
      } else if (value < high) {
        bytes[at++] = 0xce;
        at = put32(bytes, at, value);
      } else {
        bytes[at++] = 0xcf;
        at = put64(bytes, at, value);
      }
    } else if (value >= -0x20) bytes[at++] = value;
    else if (value >= -0x80) {
      bytes[at++] = 0xd0;
      bytes[at++] = value;
    } else if (value >= -0x8000) {
      bytes[at++] = 0xd1;
      at = put16(bytes, at, value);
    } else if (value >= -0x8000_0000) {
      bytes[at++] = 0xd2;
      at = put32(bytes, at, value);
    } else {
      bytes[at++] = 0xd3;
      at = put64(bytes, at, value);
    }
    this.#at = at;
  }

  /**
   * Any portable value. `what` names it in errors.
   *
   * @throws BadRequestError, ContainerError `TooLarge`, as {@link copyPortable}
   */
  value(value: unknown, what: string): void {
    try {
      this.#any(value, 1);
    } catch (thrown) {
      throw notSendable(thrown, what, this.#limits);
    }
  }

  #any(value: unknown, depth: number): void {
    if (--this.#valuesLeft < 0) throw new Fault(`more than ${this.#limits.maxValues} values`);
    switch (typeof value) {
      case 'string':
        this.#text(value);
        break;
      case 'number':
        if (!Number.isFinite(value)) throw new Fault(String(value));
        this.number(value);
        break;
      case 'boolean':
        this.boolean(value);
        break;
      case 'undefined':
        this.#byte(0xc0);
        break;
      case 'object':
        if (value === null) this.#byte(0xc0);
        else if (Array.isArray(value)) this.#array(value, depth);
        else if (isPlainObject(value)) this.#object(value, depth);
        else this.#special(value);
        break;
      default:
        throw new Fault(describe(value));
    }
  }

  #text(value: string): void {
    const { length } = value;
    this.#bytesLeft -= length;
    if (this.#bytesLeft < 0) throw new TooMuch();
    if (length < shortText && this.#ascii(value)) return;
    if (!value.isWellFormed()) throw new Fault('a string with a lone surrogate');
    this.string(value);
  }

  /** Writes a short text, if it is ASCII. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#need(1 + length);
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[start + index] = code;
    }
    bytes[this.#at] = 0xa0 + length;
    this.#at = start + length;
    return true;
  }

  /** A text that is known to be well-formed; it counts for no limit. */
  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.#need(5 + length);
    const bytes = this.#bytes;
    let at = this.#at;
    if (length < 0x20) bytes[at++] = 0xa0 + length;
    else if (length < 0x100) {
      bytes[at++] = 0xd9;
      bytes[at++] = length;
    } else if (length < 0x1_0000) {
      bytes[at++] = 0xda;
      at = put16(bytes, at, length);
    } else {
      bytes[at++] = 0xdb;
      at = put32(bytes, at, length);
    }
    this.#at = at + bytes.write(value, at);
  }

  #array(value: readonly unknown[], depth: number): void {
    if (depth > this.#limits.maxDepth) throw this.#tooDeep();
    const length = lengthOfArray(value);
    if (length > this.#valuesLeft) throw new Fault(`more than ${this.#limits.maxValues} values`);
    this.#head(length, 0x90, 0xdc);
    let index = 0;
    try {
      for (; index < length; index++) this.#any(value[index], depth + 1);
    } catch (thrown) {
      throw located(thrown, index);
    }
  }

  #object(value: Readonly<Record<string, unknown>>, depth: number): void {
    if (depth > this.#limits.maxDepth) throw this.#tooDeep();
    const keys = Object.keys(value);
    const start = this.#at;
    this.#head(keys.length, 0x80, 0xde);
    let count = 0;
    let at = '';
    try {
      for (const key of keys) {
        at = key;
        const member = value[key];
        if (member === undefined) continue;
        if (key === '__proto__') throw new Fault('a member of that name');
        count++;
        this.#text(key);
        this.#any(member, depth + 1);
      }
    } catch (thrown) {
      throw located(thrown, at);
    }
    if (count !== keys.length) this.#mendCount(start, keys.length, count);
  }

  /** How many follow: with a type byte of its own up to fifteen, else `wide` with 16 bits, or the one after it with 32. */
  #head(count: number, short: number, wide: number): void {
    this.#need(5);
    const bytes = this.#bytes;
    let at = this.#at;
    if (count < 0x10) bytes[at++] = short + count;
    else if (count < 0x1_0000) {
      bytes[at++] = wide;
      at = put16(bytes, at, count);
    } else {
      bytes[at++] = wide + 1;
      at = put32(bytes, at, count);
    }
    this.#at = at;
  }

  /** Members that are undefined were announced and left out. */
  #mendCount(start: number, announced: number, count: number): void {
    if (announced < 0x10) this.#bytes[start] = 0x80 + count;
    else if (announced < 0x1_0000) put16(this.#bytes, start + 1, count);
    else put32(this.#bytes, start + 1, count);
  }

  #special(value: object): void {
    if (types.isUint8Array(value)) {
      const length = lengthOfBytes(value);
      this.#bytesLeft -= length;
      if (this.#bytesLeft < 0) throw new TooMuch();
      this.#binary(value, length);
      return;
    }
    if (!types.isDate(value)) throw new Fault(describe(value));
    // The own method of a subclass could answer anything.
    const time = Date.prototype.getTime.call(value);
    if (Number.isNaN(time)) throw new Fault('an invalid Date');
    this.#moment(time);
  }

  #binary(value: Uint8Array, length: number): void {
    this.#need(5 + length);
    const bytes = this.#bytes;
    let at = this.#at;
    if (length < 0x100) {
      bytes[at++] = 0xc4;
      bytes[at++] = length;
    } else if (length < 0x1_0000) {
      bytes[at++] = 0xc5;
      at = put16(bytes, at, length);
    } else {
      bytes[at++] = 0xc6;
      at = put32(bytes, at, length);
    }
    bytes.set(value, at);
    this.#at = at + length;
  }

  /** The timestamp extension, type -1, in its shortest form. */
  #moment(time: number): void {
    this.#need(15);
    const bytes = this.#bytes;
    const seconds = Math.floor(time / 1_000);
    const nanoseconds = (time - seconds * 1_000) * 1_000_000;
    let at = this.#at;
    if (seconds >= 0 && seconds < 2 ** 34) {
      const isWhole = nanoseconds === 0 && seconds < high;
      bytes[at++] = isWhole ? 0xd6 : 0xd7;
      bytes[at++] = 0xff;
      if (!isWhole) at = put32(bytes, at, nanoseconds * 4 + Math.floor(seconds / high));
      at = put32(bytes, at, seconds);
    } else {
      bytes[at++] = 0xc7;
      bytes[at++] = 12;
      bytes[at++] = 0xff;
      at = put32(bytes, at, nanoseconds);
      at = put64(bytes, at, seconds);
    }
    this.#at = at;
  }

  #byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#need(1);
    this.#bytes[this.#at++] = byte;
  }

  #need(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, needed));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  #tooDeep(): Fault {
    return new Fault(`an array or object nested more than ${this.#limits.maxDepth} deep (or in a cycle)`);
  }
}
