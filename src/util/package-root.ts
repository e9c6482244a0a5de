import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The directory of this package. */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('ioncore/package.json'));
}
