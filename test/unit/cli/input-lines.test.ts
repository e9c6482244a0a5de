import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inputLines } from '../../../src/cli/input-lines.ts';

async function linesOf(chunks: readonly (string | Uint8Array)[], maxBytes = 100) {
  const lines: (readonly [number, string | 'too long'])[] = [];
  for await (const { number, bytes, isTooLong } of inputLines(Readable.from(chunks), maxBytes)) {
    lines.push([number, isTooLong ? 'too long' : Buffer.from(bytes).toString()]);
  }
  return lines;
}

describe('inputLines()', () => {
  test('numbers the lines, passes blank ones over, and takes a last one without its end', async () => {
    expect(await linesOf(['1\n\n', ' \t\r\n2', '3\n4'])).toEqual([
      [1, '1'],
      [4, '23'],
      [5, '4'],
    ]);
    expect(await linesOf([])).toEqual([]);
    expect(await linesOf(['1\n'])).toEqual([[1, '1']]);
  });

  test('gives nothing of a line that is too long, and goes on after it', async () => {
    expect(await linesOf(['12345\n', '12', '34', '56\n', '7\n'], 5)).toEqual([
      [1, '12345'],
      [2, 'too long'],
      [3, '7'],
    ]);
  });

  test('finds the same lines however the input is cut', async () => {
    const input = fc.array(fc.string({ unit: fc.constantFrom('a', '\n', ' ', 'é', '"') }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(input, async (parts) => {
        const chunks = parts.filter((part) => part !== '').map((part) => Buffer.from(part));
        expect(await linesOf(chunks)).toEqual(
          await linesOf(chunks.length === 0 ? [] : [Buffer.concat(chunks)]),
        );
      }),
    );
  });
});
