import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../errors/index.ts';
import { resolvePackage } from './module-resolver.ts';
import { packageScope } from './package-scope.ts';

/** Whether the module at `url` is TypeScript that this Node cannot load by itself. */
export function needsTypeScript(url: string): boolean {
  // Set where Node takes types away (from 22.18 on, and 23.6); our types of Node are older.
  const isBuiltIn = Boolean(Reflect.get(process.features, 'typescript'));
  return !isBuiltIn && /^file:[^?#]*\.m?ts(?:[?#]|$)/.test(url);
}

/**
 * Makes TypeScript loadable, for the rest of this Node process, through the tsx that is installed for the file `askedBy`, else for the container.
 *
 * @param url the module that is to be loaded
 * @throws ConfigurationError if there is none, or the module's package is CommonJS
 */
export async function useTypeScript(url: string, askedBy: string): Promise<void> {
  try {
    await import('./register-typescript.ts');
  } catch {
    // A test runner that loads modules itself, such as Jest, lets nobody else do so; it knows what to do with TypeScript.
    return;
  }
  const file = fileURLToPath(url);
  const tsx = findTsx(askedBy) ?? findTsx(fileURLToPath(import.meta.url));
  if (tsx === undefined) {
    throw new ConfigurationError(
      `${file} is TypeScript, which Node ${process.versions.node} loads only with the help of tsx; run 'npm install --save-dev tsx', or name a compiled file`,
    );
  }
  const { type, directory } = packageScope(file);
  if (type === 'commonjs' && !file.endsWith('.mts')) {
    throw new ConfigurationError(
      `${file} is CommonJS, as "type" in ${directory}/package.json says; modules of apps are ES modules: change it to "module", or call the file .mts`,
    );
  }
  // Importing it registers its hooks; like every module it is evaluated once. They come after ours, which they ask.
  await import(tsx);
}

function findTsx(from: string): string | undefined {
  try {
    return resolvePackage('tsx/esm', from);
  } catch {
    return undefined;
  }
}
