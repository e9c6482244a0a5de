import { ConfigurationError, messageOf } from '../errors/index.ts';
import { Process, type ProcessClass } from '../process/index.ts';
import { closest } from '../util/index.ts';
import type { AppModule } from './app.ts';
import type { AppDefinition, AppProcessSpec } from './app-definition.ts';
import { type SupervisedProcess, supervisedModule } from './app-supervisor.ts';
import { resolveModule } from './module-resolver.ts';

/**
 * Loads what an app consists of: its module, or the classes of its processes under an app supervisor. `instance` is the name of the
 * instance that is to be started.
 *
 * @throws ConfigurationError if a module cannot be found or loaded, or does not export what it must
 */
export async function loadApp(definition: AppDefinition, instance: string): Promise<AppModule> {
  const { mod, processes = [], file } = definition;
  if (mod !== undefined) return loadAppModule(mod.module, file);
  const children: SupervisedProcess[] = [];
  for (const [index, spec] of processes.entries()) {
    children.push({ spec, processClass: await loadProcessClass(spec, `${file}: processes[${index}]`, file) });
  }
  return supervisedModule(instance, children);
}

/**
 * Loads an app's module: a path relative to the app file, or a package.
 *
 * @throws ConfigurationError if it cannot be found or loaded, or has no `start`
 */
export async function loadAppModule(specifier: string, appFile: string): Promise<AppModule> {
  const exported = await importModule(specifier, `${appFile}: mod`, appFile);
  if (isAppModule(exported)) return exported;
  const odd = hasStart(exported) ? "has a 'stop' that is no function" : "has no function 'start'";
  throw new ConfigurationError(`${appFile}: mod '${specifier}' ${odd}`);
}

async function loadProcessClass(spec: AppProcessSpec, where: string, appFile: string): Promise<ProcessClass> {
  const exported = new Map<string, unknown>(
    Object.entries(await importModule(spec.module, `${where}.module`, appFile)),
  );
  const classes = [...exported].filter(([, value]) => isProcessClass(value)).map(([name]) => name);
  const wanted = spec.class ?? (classes.length === 1 ? classes[0] : 'default');
  const found = wanted === undefined ? undefined : exported.get(wanted);
  if (isProcessClass(found)) return found;
  const has = classes.length === 0 ? 'it exports none' : `it exports ${classes.join(', ')}`;
  if (spec.class === undefined) {
    throw new ConfigurationError(
      `${where}: '${spec.module}' exports no single class that extends Process; ${has}; name one with 'class'`,
    );
  }
  const meant = closest(spec.class, classes);
  throw new ConfigurationError(
    `${where}.class: '${spec.module}' exports no class '${spec.class}' that extends Process; ${meant === undefined ? has : `did you mean '${meant}'?`}`,
  );
}

/** `where` names file and key in messages. */
async function importModule(specifier: string, where: string, appFile: string): Promise<object> {
  try {
    return await import(await resolveModule(specifier, appFile));
  } catch (cause) {
    throw new ConfigurationError(`${where} '${specifier}' cannot be loaded: ${messageOf(cause)}`, { cause });
  }
}

function isAppModule(exported: object): exported is AppModule {
  return hasStart(exported) && (!('stop' in exported) || typeof exported.stop === 'function');
}

function hasStart(exported: object): boolean {
  return 'start' in exported && typeof exported.start === 'function';
}

function isProcessClass(value: unknown): value is ProcessClass {
  return typeof value === 'function' && value.prototype instanceof Process;
}
