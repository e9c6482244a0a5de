/** A line feed. */
const lineFeed = 0x0a;

/** A line, or what begins one that is too long. */
export interface InputLine {
  /** Counted from 1. */
  readonly number: number;
  /** Without its end; of one that is too long nothing. */
  readonly bytes: Uint8Array;
  readonly isTooLong: boolean;
}

/** The lines of a stream of bytes that are not blank, each of at most `maxBytes`; of longer ones nothing is kept. */
export async function* inputLines(
  input: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): AsyncGenerator<InputLine> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let number = 1;
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  const take = (): InputLine | undefined => {
    const isTooLong = size > maxBytes;
    const bytes = Buffer.concat(parts);
    parts = [];
    size = 0;
    return isTooLong || !isBlank(bytes) ? { number, bytes, isTooLong } : undefined;
  };
  for await (const chunk of input) {
    let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = rest.indexOf(lineFeed); at !== -1; at = rest.indexOf(lineFeed)) {
      add(rest.subarray(0, at));
      const line = take();
      if (line !== undefined) yield line;
      number += 1;
      rest = rest.subarray(at + 1);
    }
    add(rest);
  }
  const last = take();
  if (last !== undefined) yield last;
}

/** Nothing but what JSON takes for blanks. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
