import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linesOf } from '../../../../src/apps/buoy/lines.ts';
import { maxSentenceLength, parseSentence } from '../../../../src/apps/buoy/sentence.ts';

async function linesIn(...chunks: readonly string[]): Promise<string[]> {
  async function* bytes() {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  }
  const lines: string[] = [];
  for await (const line of linesOf(bytes())) lines.push(line);
  return lines;
}

describe('linesOf()', () => {
  test('ends lines with LF or CRLF; the last may lack its end', async () => {
    expect(await linesIn('one\r\ntwo\n\nthree')).toEqual(['one', 'two', '', 'three']);
    expect(await linesIn('one\n')).toEqual(['one']);
    expect(await linesIn()).toEqual([]);
  });

  test('gives the same lines wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', '$', '\r', '\n', '\u00ff'), maxLength: 8 })),
        async (chunks) => {
          expect(await linesIn(...chunks)).toEqual(await linesIn(chunks.join('')));
        },
      ),
    );
  });

  test('cuts what is longer than any sentence, however it comes, so that it stays too long', async () => {
    const long = 'x'.repeat(3 * maxSentenceLength);
    for (const lines of [
      await linesIn(`${long}\r\nnext`),
      await linesIn(long, long, long, `${long}\r\nnext`),
    ]) {
      expect(lines).toHaveLength(2);
      expect(lines[0]?.length).toBeLessThanOrEqual(maxSentenceLength + 2);
      expect(parseSentence(lines[0] ?? '')).toEqual({ unusable: 'malformed' });
      expect(lines[1]).toBe('next');
    }
  });

  test('takes bytes without an end, more than a text can hold', async () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    async function* endless() {
      for (let count = 0; count < 600; count++) yield chunk;
      yield Buffer.from('\nnext\n');
    }
    const lines: number[] = [];
    for await (const { length } of linesOf(endless())) lines.push(length);
    expect(lines).toEqual([maxSentenceLength + 2, 4]);
  });
});
