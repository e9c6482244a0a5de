import type { Portable } from './portable.ts';

/** Texts up to this length are mostly names and keys, which come again and again. */
const rememberedBytes = 12;
const slots = 1024;
const nothing = Buffer.alloc(0);

/**
 * Reads msgpack bytes that a {@link Scanner} has let through, so nothing can be wrong with them, and no declared count is larger than the bytes justify. What it
 * gives shares no memory with them.
 *
 * @internal
 */
export class PortableReader {
  #bytes: Buffer = nothing;
  #at = 0;
  /** Short ASCII texts that came before, by a number made of their bytes: who meets one again need not make it again. */
  readonly #texts: string[] = new Array<string>(slots).fill('');

  /** The one value that `bytes` hold. */
  read(bytes: Uint8Array): Portable {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    const value = this.#value();
    this.#bytes = nothing;
    return value;
  }

  #value(): Portable {
    const lead = this.#byte();
    if (lead < 0x80) return lead;
    if (lead < 0x90) return this.#map(lead - 0x80);
    if (lead < 0xa0) return this.#array(lead - 0x90);
    if (lead < 0xc0) return this.#text(lead - 0xa0);
    if (lead >= 0xe0) return lead - 0x100;
    switch (lead) {
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#unsigned(1 << (lead - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#moment(this.#unsigned(1 << (lead - 0xc7)));
      case 0xca:
        this.#at += 4;
        return this.#bytes.readFloatBE(this.#at - 4) + 0; // -0 becomes 0
      case 0xcb:
        this.#at += 8;
        return this.#bytes.readDoubleBE(this.#at - 8) + 0;
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (lead - 0xcc));
      case 0xcf:
        return this.#unsigned(4) * 0x1_0000_0000 + this.#unsigned(4);
      case 0xd0:
        return (this.#unsigned(1) << 24) >> 24;
      case 0xd1:
        return (this.#unsigned(2) << 16) >> 16;
      case 0xd2:
        return this.#unsigned(4) | 0;
      case 0xd3:
        return (this.#unsigned(4) | 0) * 0x1_0000_0000 + this.#unsigned(4);
      case 0xd6:
        return this.#moment(4);
      case 0xd7:
        return this.#moment(8);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (lead - 0xd9)));
      case 0xdc:
        return this.#array(this.#unsigned(2));
      case 0xdd:
        return this.#array(this.#unsigned(4));
      case 0xde:
        return this.#map(this.#unsigned(2));
      case 0xdf:
        return this.#map(this.#unsigned(4));
      default:
        return null;
    }
  }

  #array(length: number): Portable[] {
    // Of its size at once: the first push to an empty one makes room for seventeen.
    const array = new Array<Portable>(length);
    for (let index = 0; index < length; index++) array[index] = this.#value();
    return array;
  }

  #map(size: number): Record<string, Portable> {
    const map: Record<string, Portable> = {};
    for (let index = 0; index < size; index++) {
      const key = this.#key();
      map[key] = this.#value();
    }
    return map;
  }

  #key(): string {
    const lead = this.#byte();
    return this.#text(lead < 0xc0 ? lead - 0xa0 : this.#unsigned(1 << (lead - 0xd9)));
  }

  #text(length: number): string {
    const start = this.#at;
    this.#at = start + length;
    if (length > rememberedBytes) return this.#bytes.toString('utf8', start, this.#at);
    return this.#remembered(start, length);
  }

  #remembered(start: number, length: number): string {
    const bytes = this.#bytes;
    let hash = length;
    for (let index = 0; index < length; index++) {
      const code = bytes[start + index] ?? 0;
      if (code > 0x7f) return bytes.toString('utf8', start, start + length);
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    const slot = (hash ^ (hash >>> 10)) & (slots - 1);
    const known = this.#texts[slot] ?? '';
    if (known.length === length) {
      let index = 0;
      while (index < length && known.charCodeAt(index) === bytes[start + index]) index++;
      if (index === length) return known;
    }
    const text = bytes.toString('latin1', start, start + length);
    this.#texts[slot] = text;
    return text;
  }

  #binary(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return bytes;
  }

  /** The timestamp extension of so many bytes, behind its type byte. */
  #moment(length: number): Date {
    this.#at += 1;
    if (length === 4) return new Date(this.#unsigned(4) * 1e3);
    const head = this.#unsigned(4);
    if (length === 8) {
      const seconds = (head & 0x3) * 0x1_0000_0000 + this.#unsigned(4);
      return new Date(seconds * 1e3 + (head >>> 2) / 1e6);
    }
    const seconds = (this.#unsigned(4) | 0) * 0x1_0000_0000 + this.#unsigned(4);
    return new Date(seconds * 1e3 + head / 1e6);
  }

  /** A big-endian number of 1, 2 or 4 bytes. */
  #unsigned(size: number): number {
    let value = this.#byte();
    for (let index = 1; index < size; index++) value = value * 256 + this.#byte();
    return value;
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
