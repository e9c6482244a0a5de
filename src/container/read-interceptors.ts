import { loadModule } from '../app/index.ts';
import { readTextFile } from '../config/index.ts';
import { type InterceptorSpec, loadInterceptors } from '../intercept/index.ts';

/**
 * Reads a file of interceptors and loads the modules that it names, which are looked up from the file; `ioncore start` reads
 * `res/config/interceptors.yaml`. The result is for the option `interceptors` of containers, of any number.
 *
 * @throws ConfigurationError naming file, line, column, what was found and what was expected; also when there is no such file, and when a module
 * cannot be loaded or does not export the function that is asked for
 * @example
 * const container = new Container({ interceptors: await readInterceptors('res/config/interceptors.yaml') });
 */
export async function readInterceptors(path: string): Promise<readonly InterceptorSpec[]> {
  return loadInterceptors(await readTextFile(path), path, loadModule);
}
