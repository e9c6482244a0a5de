import { ConfigurationError, messageOf } from '../errors/index.ts';
import { closest } from '../util/index.ts';
import { asInterceptor } from './as-interceptor.ts';
import { builtInFactories } from './built-in.ts';
import type { InterceptorFactory, InterceptorSpec } from './invocation.ts';
import { parseInterceptors, type StackEntry } from './stack-file.ts';

/**
 * Loads a module for the file `askedBy` that names it; `where` is the place in that file.
 *
 * @throws ConfigurationError if it cannot be found or loaded
 */
export type LoadModule = (specifier: string, where: string, askedBy: string) => Promise<object>;

/**
 * The interceptors that the text of a file describes, outermost first, their modules loaded. `path` names the file, from which modules are
 * looked up.
 *
 * @throws ConfigurationError for a text that cannot be used, a module that cannot be loaded and an export that is no function, naming the place
 */
export async function loadInterceptors(
  text: string,
  path: string,
  loadModule: LoadModule,
): Promise<readonly InterceptorSpec[]> {
  const specs: InterceptorSpec[] = [];
  for (const entry of parseInterceptors(text, path, [...builtInFactories.keys()])) {
    const factory = await factoryOf(entry, path, loadModule);
    specs.push({
      name: entry.name,
      make: async (context) => {
        let made: unknown;
        try {
          made = await factory(entry.args, context);
        } catch (cause) {
          throw new ConfigurationError(`${entry.places.entry} cannot be made: ${messageOf(cause)}`, {
            cause,
          });
        }
        return asInterceptor(made, entry.places.entry);
      },
    });
  }
  return Object.freeze(specs);
}

async function factoryOf(
  { name, module, export: wanted, places }: StackEntry,
  file: string,
  loadModule: LoadModule,
): Promise<InterceptorFactory> {
  if (module === undefined) {
    const builtIn = builtInFactories.get(name);
    if (builtIn !== undefined) return builtIn;
    throw new ConfigurationError(`${places.entry}: the container has no interceptor of that name`);
  }
  const loaded = await loadModule(module, `${places.module} '${module}'`, file);
  const exported = new Map<string, unknown>(Object.entries(loaded));
  const found = exported.get(wanted);
  if (isFactory(found)) return found;
  const functions = [...exported].filter(([, value]) => isFactory(value)).map(([key]) => key);
  const meant = closest(wanted, functions);
  const has = functions.length === 0 ? 'it exports none' : `it exports ${functions.join(', ')}`;
  throw new ConfigurationError(
    `${places.export}: '${module}' exports no function '${wanted}'; ${meant === undefined ? has : `did you mean '${meant}'?`}`,
  );
}

function isFactory(value: unknown): value is InterceptorFactory {
  return typeof value === 'function';
}
