import { createRequire } from 'node:module';
import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import type { AppModule } from './app.ts';

/**
 * Loads an app's module: a path relative to the app file, or a package. Names below `ioncore/` are this very copy of the container, so
 * that there is one `Process` class in the house.
 *
 * @throws ConfigurationError if it cannot be found or loaded, or has no `start`
 */
export async function loadAppModule(specifier: string, appFile: string): Promise<AppModule> {
  const exported = await importModule(specifier, appFile);
  if (!isAppModule(exported)) {
    throw new ConfigurationError(
      `${appFile}: mod '${specifier}' has no function 'start'${hasOddStop(exported) ? ", and its 'stop' is no function" : ''}`,
    );
  }
  return exported;
}

async function importModule(specifier: string, appFile: string): Promise<object> {
  try {
    return await import(locate(specifier, appFile));
  } catch (cause) {
    throw new ConfigurationError(`${appFile}: mod '${specifier}' cannot be loaded: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function locate(specifier: string, appFile: string): string {
  if (specifier.startsWith('ioncore/')) return specifier;
  if (specifier.startsWith('.') || isAbsolute(specifier)) {
    return pathToFileURL(resolve(dirname(appFile), specifier)).href;
  }
  return pathToFileURL(createRequire(resolve(appFile)).resolve(specifier)).href;
}

function isAppModule(exported: object): exported is AppModule {
  return 'start' in exported && typeof exported.start === 'function' && !hasOddStop(exported);
}

function hasOddStop(exported: object): boolean {
  return 'stop' in exported && typeof exported.stop !== 'function';
}
