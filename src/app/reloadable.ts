import { pathToFileURL } from 'node:url';
import { packageRoot } from '../util/index.ts';

/** Whether a module may be loaded more than once: it belongs to whoever develops the app, neither to an installed package nor to the container. */
export function isReloadable(url: string): boolean {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return false;
  const root = pathToFileURL(packageRoot()).href;
  return !['dist', 'src'].some((part) => url.startsWith(`${root}/${part}/`));
}
