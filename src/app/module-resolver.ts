import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/** What Node's own `import` goes by in the `exports` of packages. */
const conditions: ReadonlySet<string> = new Set([
  'node',
  'import',
  'node-addons',
  ...('require_module' in process.features ? ['module-sync'] : []),
]);

/**
 * Finds what `import()` must be given for a module that a file names: a path relative to that file, or a package as seen from there. Nothing
 * is loaded. Names below `ioncore/` are this very copy of the container, so that there is one `Process` class in the house.
 *
 * @throws ConfigurationError that says what is missing, without naming the file that asks
 */
export async function resolveModule(specifier: string, askedBy: string): Promise<string> {
  if (specifier === 'ioncore' || specifier.startsWith('ioncore/')) {
    resolvePackage(specifier, fileURLToPath(import.meta.url));
    return specifier;
  }
  if (specifier.startsWith('.') || isAbsolute(specifier)) {
    const file = isAbsolute(specifier) ? specifier : join(dirname(askedBy), specifier);
    if (!(await isFile(file))) throw new ConfigurationError(`there is no file ${file}`);
    return pathToFileURL(resolve(file)).href;
  }
  return resolvePackage(specifier, askedBy);
}

/**
 * The URL of a package's module as `import` in the file `askedBy` would find it, by Node's rules for ES modules.
 *
 * @throws ConfigurationError that says what is missing
 */
export function resolvePackage(specifier: string, askedBy: string): string {
  const remedy = 'for a file, write its path with ./ in front';
  let url: URL;
  try {
    // Node itself resolves from another place than its caller's only with an experimental flag; `require.resolve` knows no `import` condition.
    url = moduleResolve(specifier, pathToFileURL(resolve(askedBy)), new Set(conditions));
  } catch (cause) {
    const message = messageOf(cause);
    const [reason = ''] = message.startsWith('Cannot find package')
      ? ['no installed package provides it']
      : message.split(/ imported from |\n/, 1);
    throw new ConfigurationError(`${reason}; ${remedy}`, { cause });
  }
  if (url.protocol === 'file:') return url.href;
  const isOfNode = url.protocol === 'node:';
  throw new ConfigurationError(
    isOfNode
      ? `'${specifier}' is a module of Node, not of an app`
      : `'${specifier}' is neither a file nor a package; ${remedy}`,
  );
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
