/**
 * Runs in Node's thread of module hooks, beside tsx. A `.ts` file whose package does not say what it is becomes an ES module, as where
 * Node itself takes the types away; tsx alone would make CommonJS of it, with a second copy of the container.
 */
import type { ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { packageScope } from './package-scope.ts';

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  return isUndecided(resolved.url) ? { ...resolved, format: 'module' } : resolved;
};

function isUndecided(url: string): boolean {
  if (!/^file:[^?#]*\.tsx?(?:[?#]|$)/.test(url)) return false;
  return packageScope(fileURLToPath(url)).type === undefined;
}
