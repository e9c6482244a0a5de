import { ConfigurationError, messageOf } from '../errors/index.ts';
import { Process, type ProcessClass } from '../process/index.ts';
import { closest } from '../util/index.ts';
import type { AppModule } from './app.ts';
import type { AppDefinition, AppProcessSpec, AppSupervisorSpec } from './app-definition.ts';
import { AppTree, type TreeItem } from './app-tree.ts';
import { foreignCopy, isForeignProcessClass } from './foreign-process.ts';
import { resolveModule } from './module-resolver.ts';
import type { Source } from './source.ts';
import { needsTypeScript, useTypeScript } from './typescript.ts';

/** Loads the module at a URL. */
export type ImportModule = (url: string) => Promise<object>;

/** Makes what an app consists of, for an instance of that name. */
export type MakeModule = (instance: string) => AppModule;

const importPlain: ImportModule = (url) => import(url);

/**
 * Loads what an app consists of: its module, or the classes of its processes.
 *
 * @throws ConfigurationError if a module cannot be found or loaded, or does not export what it must
 */
export async function loadApp(
  app: Source<AppDefinition>,
  importModule: ImportModule = importPlain,
): Promise<MakeModule> {
  const { mod, processes = [], startPhases, file } = app.sound();
  if (mod === undefined) {
    if (startPhases.length > 0)
      throw withoutPhases(app, "an app that is a list of processes has no 'startPhase'");
    const items = await loadItems(processes, 'processes', app, importModule);
    return (instance) => new AppTree(instance, items);
  }
  const where = `${app.placeOf(keyOfModule(app))}: mod '${mod.module}'`;
  const module = asAppModule(await load(mod.module, where, file, importModule), where);
  if (startPhases.length > 0 && module.startPhase === undefined) {
    throw withoutPhases(app, `the module '${mod.module}' exports no function 'startPhase'`);
  }
  return () => module;
}

/**
 * Loads a module in the way of an app's: a path relative to the file `askedBy`, or a package as seen from there; TypeScript with the help of
 * tsx. `where` names it in messages.
 *
 * @throws ConfigurationError if it cannot be found or loaded
 */
export function loadModule(specifier: string, where: string, askedBy: string): Promise<object> {
  return load(specifier, where, askedBy, importPlain);
}

/** The key at which the module of an app stands. */
export function keyOfModule(app: Source<AppDefinition>): string {
  return app.nodeAt('mod')?.kind === 'list' ? 'mod[0]' : 'mod';
}

function withoutPhases(app: Source<AppDefinition>, why: string): ConfigurationError {
  return new ConfigurationError(
    `${app.placeOf('startPhases')}: startPhases: ${why}; add it, or remove the phases`,
  );
}

async function loadItems(
  specs: readonly (AppProcessSpec | AppSupervisorSpec)[],
  key: string,
  app: Source<AppDefinition>,
  importModule: ImportModule,
): Promise<readonly TreeItem[]> {
  const items: TreeItem[] = [];
  for (const [index, spec] of specs.entries()) {
    const at = `${key}[${index}]`;
    if ('processes' in spec) {
      const children = await loadItems(spec.processes, `${at}.processes`, app, importModule);
      items.push({ spec, children });
      continue;
    }
    const where = `${app.placeOf(`${at}.module`)}: ${at}.module '${spec.module}'`;
    const loaded = await load(spec.module, where, app.file, importModule);
    items.push({ spec, processClass: await findProcessClass(loaded, spec, app, at) });
  }
  return items;
}

function asAppModule(exported: object, where: string): AppModule {
  if (isAppModule(exported)) return exported;
  const odd = optionalFunctions.find((name) => hasOther(exported, name));
  throw new ConfigurationError(
    `${where} ${odd !== undefined && hasStart(exported) ? `has a '${odd}' that is no function` : "has no function 'start'"}`,
  );
}

async function findProcessClass(
  loaded: object,
  spec: AppProcessSpec,
  app: Source<AppDefinition>,
  key: string,
): Promise<ProcessClass> {
  const exported = new Map<string, unknown>(Object.entries(loaded));
  const classes = [...exported].filter(([, value]) => isProcessClass(value)).map(([name]) => name);
  const wanted = spec.class ?? (classes.length === 1 ? classes[0] : 'default');
  const found = wanted === undefined ? undefined : exported.get(wanted);
  if (isProcessClass(found)) return found;
  const foreign = foreignAmong(exported, spec.class);
  if (foreign !== undefined && (spec.class !== undefined || classes.length === 0)) {
    const copy = await foreignCopy(spec.module, app.file);
    const from = copy === undefined ? '' : `, loaded from ${copy}`;
    throw new ConfigurationError(
      `${app.placeOf(key)}: ${key}: the class '${foreign}' of '${spec.module}' extends the Process of another copy of ioncore${from}; start with that copy (npx ioncore, in its project), or remove one of the two`,
    );
  }
  const has = classes.length === 0 ? 'it exports none' : `it exports ${classes.join(', ')}`;
  if (spec.class === undefined) {
    throw new ConfigurationError(
      `${app.placeOf(key)}: ${key}: '${spec.module}' exports no single class that extends Process; ${has}; name one with 'class'`,
    );
  }
  const meant = closest(spec.class, classes);
  throw new ConfigurationError(
    `${app.placeOf(`${key}.class`)}: ${key}.class: '${spec.module}' exports no class '${spec.class}' that extends Process; ${meant === undefined ? has : `did you mean '${meant}'?`}`,
  );
}

/** The export, the wanted one if one is, that is a process of another copy of ioncore. */
function foreignAmong(
  exported: ReadonlyMap<string, unknown>,
  wanted: string | undefined,
): string | undefined {
  const names = wanted === undefined ? [...exported.keys()] : [wanted];
  return names.find((name) => isForeignProcessClass(exported.get(name)));
}

/** `where` names place and key in messages. */
async function load(
  specifier: string,
  where: string,
  appFile: string,
  importModule: ImportModule,
): Promise<object> {
  let url: string | undefined;
  try {
    url = await resolveModule(specifier, appFile);
    if (needsTypeScript(url)) await useTypeScript(url, appFile);
    return await importModule(url);
  } catch (cause) {
    // It needs node:child_process.
    const places = await import('./module-place.ts').catch(() => undefined);
    const place = url === undefined ? undefined : await places?.findPlace(cause, url);
    const at = place === undefined ? '' : ` (${place})`;
    const reason = messageOf(cause).replace(/\s*\n\s*/g, ' ');
    throw new ConfigurationError(`${where} cannot be loaded: ${reason}${at}`, { cause });
  }
}

const optionalFunctions = ['startPhase', 'stop', 'onConfigChange'] as const;

function isAppModule(exported: object): exported is AppModule {
  return hasStart(exported) && !optionalFunctions.some((name) => hasOther(exported, name));
}

/** Whether it has something of that name that is no function. */
function hasOther(exported: object, name: string): boolean {
  const value: unknown = Reflect.get(exported, name);
  return value !== undefined && typeof value !== 'function';
}

function hasStart(exported: object): boolean {
  return 'start' in exported && typeof exported.start === 'function';
}

function isProcessClass(value: unknown): value is ProcessClass {
  return typeof value === 'function' && value.prototype instanceof Process;
}
