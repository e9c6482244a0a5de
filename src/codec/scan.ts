import { isUtf8 } from 'node:buffer';
import type { CodecLimits } from './limits.ts';
import { UndecodableError, type UndecodableReason } from './undecodable-error.ts';

/** What a frame holds besides its content: version, header, fixed positions. */
const ownValues = 32;
/** Frame and envelope enclose the content, whose outermost array or object has depth 1. */
const ownDepth = 2;
/** Longer strings go to Node's vectorised check. */
const longStringBytes = 200;
const nothing = new Uint8Array(0);
const maxDateMs = 8.64e15;
const protoKey = [...new TextEncoder().encode('__proto__')];

/**
 * Walks over msgpack bytes before they are decoded and refuses what v1 does not allow. After it, decoding cannot fail, and cannot take more
 * memory than the bytes justify: every declared count and length has been held against the bytes that are left (an array header of
 * five bytes can otherwise claim four billion elements). Iterative, and nothing is allocated for a frame without long strings.
 *
 * @internal
 */
export class Scanner {
  readonly #maxDepth: number;
  readonly #maxValues: number;
  /** Items to come at each open level; of a map, keys and values. */
  readonly #left: Uint32Array;
  readonly #isMap: Uint8Array;
  #bytes: Uint8Array = nothing;

  constructor(limits: CodecLimits) {
    this.#maxDepth = limits.maxDepth + ownDepth;
    this.#maxValues = limits.maxValues + ownValues;
    this.#left = new Uint32Array(this.#maxDepth + 1);
    this.#isMap = new Uint8Array(this.#maxDepth + 1);
  }

  /**
   * Checks that `bytes` are one value and nothing else.
   *
   * @throws UndecodableError
   */
  check(bytes: Uint8Array): void {
    this.#bytes = bytes;
    try {
      this.#walk(bytes);
    } finally {
      this.#bytes = nothing;
    }
  }

  #walk(bytes: Uint8Array): void {
    const left = this.#left;
    const isMap = this.#isMap;
    let position = 0;
    let values = 0;
    let level = 0;
    left[0] = 1;
    isMap[0] = 0;
    for (;;) {
      const itemsLeft = left[level] ?? 0;
      if (itemsLeft === 0) {
        if (level === 0) break;
        level--;
        continue;
      }
      left[level] = itemsLeft - 1;
      const lead = bytes[position];
      if (lead === undefined) throw broken('truncated', position, 'a value is missing');
      if (isMap[level] === 1 && (itemsLeft & 1) === 0) {
        position = this.#key(lead, position);
        continue;
      }
      if (++values > this.#maxValues) throw broken('too-many-values', position, `over ${this.#maxValues}`);
      if (lead < 0x80 || lead >= 0xe0) position++;
      else if (lead >= 0xa0 && lead < 0xc0) position = this.#text(position + 1, lead - 0xa0);
      else if (lead < 0xa0 || (lead >= 0xdc && lead <= 0xdf)) {
        // Only an open level counts as depth below, but an empty one beyond the limit is refused too.
        if (level >= this.#maxDepth) throw broken('too-deep', position, `over ${this.#maxDepth} levels`);
        const map = lead < 0x90 || lead >= 0xde;
        const size = lead < 0xa0 ? 0 : lead & 1 ? 4 : 2;
        const count = size === 0 ? lead & 0x0f : this.#unsigned(position + 1, size);
        position += 1 + size;
        const items = map ? count * 2 : count;
        if (items > bytes.length - position) {
          throw broken('truncated', position, `${items} items are declared`);
        }
        level++;
        left[level] = items;
        isMap[level] = map ? 1 : 0;
      } else position = this.#other(lead, position);
    }
    if (position !== bytes.length) {
      throw broken('trailing-bytes', position, `${bytes.length - position} more than the frame`);
    }
  }

  #key(lead: number, position: number): number {
    let end = 0;
    if (lead >= 0xa0 && lead < 0xc0) end = this.#text(position + 1, lead - 0xa0);
    else if (lead >= 0xd9 && lead <= 0xdb) end = this.#longText(lead, position);
    else throw broken('bad-key', position, 'a key is no string');
    // Its text fills the item up to the end, however its length was written.
    let index = protoKey.length;
    const start = end - index;
    if (start <= position || this.#byte(start) !== 0x5f) return end;
    while (index > 0 && this.#byte(start + index - 1) === protoKey[index - 1]) index--;
    const sizeBytes = lead < 0xc0 ? 0 : 1 << (lead - 0xd9);
    if (index === 0 && start === position + 1 + sizeBytes)
      throw broken('bad-key', position, 'the key __proto__');
    return end;
  }

  /** Everything but small integers, short strings, arrays and maps. Returns the position after it. */
  #other(lead: number, position: number): number {
    const start = position + 1;
    switch (lead) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return start;
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const size = 1 << (lead - 0xc4);
        return this.#end(start + size, this.#unsigned(start, size));
      }
      case 0xc7:
        return this.#timestamp(start + 1, this.#unsigned(start, 1));
      case 0xc8:
        return this.#timestamp(start + 2, this.#unsigned(start, 2));
      case 0xc9:
        return this.#timestamp(start + 4, this.#unsigned(start, 4));
      case 0xca:
      case 0xcb:
        return this.#float(start, lead === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#end(start, 1 << (lead - 0xcc));
      case 0xcf:
        if (this.#unsigned(start, 4) >= 0x20_0000)
          throw broken('bad-number', position, 'an integer over 2^53 - 1');
        return this.#end(start, 8);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#end(start, 1 << (lead - 0xd0));
      case 0xd3: {
        const high = this.#unsigned(start, 4) | 0;
        const low = this.#unsigned(start + 4, 4);
        if (high >= 0x20_0000 || high < -0x20_0000 || (high === -0x20_0000 && low === 0)) {
          throw broken('bad-number', position, 'an integer beyond ±(2^53 - 1)');
        }
        return start + 8;
      }
      case 0xd6:
        return this.#timestamp(start, 4);
      case 0xd7:
        return this.#timestamp(start, 8);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#longText(lead, position);
      default:
        throw broken('wrong-type', position, `type byte 0x${lead.toString(16)} is not used in v1`);
    }
  }

  /** A string whose length stands in bytes of its own. */
  #longText(lead: number, position: number): number {
    const size = 1 << (lead - 0xd9);
    const length = this.#unsigned(position + 1, size);
    const start = position + 1 + size;
    return this.#text(start, length);
  }

  /** Well-formed UTF-8 of `length` bytes from `start`. */
  #text(start: number, length: number): number {
    const end = this.#end(start, length);
    const bytes = this.#bytes;
    if (length > longStringBytes) {
      if (!isUtf8(bytes.subarray(start, end))) throw broken('bad-utf8', start, 'a string is not UTF-8');
      return end;
    }
    for (let position = start; position < end; position++) {
      if (this.#byte(position) >= 0x80) {
        if (!isUtf8(bytes.subarray(position, end))) throw broken('bad-utf8', start, 'a string is not UTF-8');
        return end;
      }
    }
    return end;
  }

  #float(start: number, size: 4 | 8): number {
    const end = this.#end(start, size);
    const first = this.#byte(start);
    const second = this.#byte(start + 1);
    const infinite = size === 4 ? second >= 0x80 : second >= 0xf0;
    if ((first & 0x7f) === 0x7f && infinite) throw broken('bad-number', start, 'NaN or an infinity');
    return end;
  }

  /** An extension of `length` bytes; `start` is its type byte. */
  #timestamp(start: number, length: number): number {
    const end = this.#end(start, length + 1);
    if (this.#byte(start) !== 0xff || (length !== 4 && length !== 8 && length !== 12)) {
      throw broken('wrong-type', start, 'an extension that is no timestamp');
    }
    if (length === 4) return end;
    const head = this.#unsigned(start + 1, 4);
    const nanoseconds = length === 8 ? head >>> 2 : head;
    if (nanoseconds > 999_999_999) throw broken('bad-date', start, 'a timestamp of over 999999999 ns');
    if (length === 12) {
      const seconds = (this.#unsigned(start + 5, 4) | 0) * 0x1_0000_0000 + this.#unsigned(start + 9, 4);
      if (Math.abs(seconds * 1e3 + nanoseconds / 1e6) > maxDateMs) {
        throw broken('bad-date', start, 'a timestamp beyond 8.64e15 ms from 1970');
      }
    }
    return end;
  }

  #byte(position: number): number {
    return this.#bytes[position] ?? 0;
  }

  /** The position after `length` bytes from `start`. */
  #end(start: number, length: number): number {
    const end = start + length;
    if (end > this.#bytes.length) throw broken('truncated', start, `${length} bytes are declared`);
    return end;
  }

  /** A big-endian number of 1, 2 or 4 bytes. */
  #unsigned(start: number, size: number): number {
    this.#end(start, size);
    let value = this.#byte(start);
    for (let index = 1; index < size; index++) value = value * 256 + this.#byte(start + index);
    return value;
  }
}

function broken(reason: UndecodableReason, position: number, found: string): UndecodableError {
  return new UndecodableError(reason, `frame cannot be read at byte ${position}: ${found}`);
}
