import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../util/index.ts';

/**
 * The URL of a file of ours that Node loads into its thread of module hooks. It is always the built one: a file of the bundle does not
 * know where its sources were, and that thread has nobody to load TypeScript for it.
 */
export function hookFile(name: 'typescript-hook' | 'watch-hook'): string {
  return pathToFileURL(join(packageRoot(), 'dist', 'app', `${name}.js`)).href;
}
