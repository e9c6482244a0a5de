import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { Locate } from './attribution.ts';

/** Looks lines up in the source maps that lie beside the files (`x.js.map`); each is read once. */
export function sourceMapLocator(): Locate {
  const maps = new Map<string, TraceMap | undefined>();
  return (url, line) => {
    if (!maps.has(url)) maps.set(url, readMap(url));
    const map = maps.get(url);
    if (map === undefined) return undefined;
    return originalPositionFor(map, { line, column: 0, bias: LEAST_UPPER_BOUND }).source ?? undefined;
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
