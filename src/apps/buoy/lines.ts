import { maxSentenceLength } from './sentence.ts';

/**
 * The lines of a stream of bytes, without their ends (LF or CRLF); the last may lack its end. One that is longer than any sentence is cut, so that
 * bytes without an end take no memory; what is left is longer than any sentence too.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')).split(
      '\n',
    );
    rest = cut(lines.pop() ?? '');
    for (const line of lines) yield withoutReturn(cut(line));
  }
  if (rest !== '') yield withoutReturn(rest);
}

function cut(line: string): string {
  // One more for the carriage return, one more to be too long.
  return line.length > maxSentenceLength + 2 ? line.slice(0, maxSentenceLength + 2) : line;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
