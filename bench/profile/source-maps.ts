import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  TraceMap,
} from '@jridgewell/trace-mapping';

/** A line (from 1) of a source. */
export interface Origin {
  readonly url: string;
  readonly line: number;
}

/** What a line (from 1) of a file was made of, or a place in it (column from 0). Undefined where nothing is known of it. */
export type Locate = (url: string, line: number, column?: number) => Origin | undefined;

/** Looks places up in the source maps that lie beside the files (`x.js.map`); each is read once. */
export function sourceMapLocator(): Locate {
  const maps = new Map<string, TraceMap | undefined>();
  return (url, line, column) => {
    if (!maps.has(url)) maps.set(url, readMap(url));
    const map = maps.get(url);
    if (map === undefined) return undefined;
    // Of a line its first place, which may be indented.
    const bias = column === undefined ? LEAST_UPPER_BOUND : GREATEST_LOWER_BOUND;
    const origin = originalPositionFor(map, { line, column: column ?? 0, bias });
    return origin.source === null ? undefined : { url: origin.source, line: origin.line };
  };
}

function readMap(url: string): TraceMap | undefined {
  if (!url.startsWith('file:')) return undefined;
  const mapUrl = `${url}.map`;
  try {
    return new TraceMap(readFileSync(fileURLToPath(mapUrl), 'utf8'), mapUrl);
  } catch {
    return undefined;
  }
}
