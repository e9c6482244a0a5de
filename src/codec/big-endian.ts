const high = 0x1_0000_0000;

/** Writes the low 16 bits of a whole number, big-endian; gives the position behind them, as the others do. @internal */
export function put16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  return at + 2;
}

/** The low 32 bits. @internal */
export function put32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** All of it, of any sign, in two's complement. @internal */
export function put64(bytes: Uint8Array, at: number, value: number): number {
  put32(bytes, at, Math.floor(value / high));
  return put32(bytes, at + 4, value);
}
