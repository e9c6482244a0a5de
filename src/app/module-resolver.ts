import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/**
 * Finds what `import()` must be given for a module that a file names: a path relative to that file, or a package as seen from there. Nothing
 * is loaded. Names below `ioncore/` are this very copy of the container, so that there is one `Process` class in the house.
 *
 * @throws ConfigurationError that says what is missing, without naming the file that asks
 */
export async function resolveModule(specifier: string, askedBy: string): Promise<string> {
  if (specifier === 'ioncore' || specifier.startsWith('ioncore/')) {
    findPackage(specifier, import.meta.url);
    return specifier;
  }
  if (specifier.startsWith('.') || isAbsolute(specifier)) {
    const file = isAbsolute(specifier) ? specifier : join(dirname(askedBy), specifier);
    if (!(await isFile(file))) throw new ConfigurationError(`there is no file ${file}`);
    return pathToFileURL(resolve(file)).href;
  }
  const file = findPackage(specifier, resolve(askedBy));
  if (!isAbsolute(file)) throw new ConfigurationError(`'${specifier}' is a module of Node, not of an app`);
  return pathToFileURL(file).href;
}

function findPackage(specifier: string, from: string): string {
  try {
    return createRequire(from).resolve(specifier);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
    const isMissing = code === 'MODULE_NOT_FOUND';
    const [reason = ''] = isMissing ? ['no installed package provides it'] : messageOf(cause).split('\n');
    throw new ConfigurationError(`${reason}; for a file, write its path with ./ in front`, { cause });
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
