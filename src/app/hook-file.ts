import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The URL of a file of ours that Node loads into its thread of module hooks. It is always the built one: a file of the bundle does not
 * know where its sources were, and that thread has nobody to load TypeScript for it.
 */
export function hookFile(name: 'typescript-hook' | 'watch-hook'): string {
  return pathToFileURL(join(packageRoot(), 'dist', 'app', `${name}.js`)).href;
}

/** The directory of this package. */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('ioncore/package.json'));
}
