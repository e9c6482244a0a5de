import { type LayerName, noValues, type Setting } from '../config/index.ts';
import { messageOf } from '../errors/index.ts';
import type { AppDefinition, AppRequirement } from './app-definition.ts';
import type { AppLibrary } from './app-library.ts';
import { type ConfigRules, readConfigSettings } from './config-settings.ts';
import { noteModules } from './note-modules.ts';
import type { Source } from './source.ts';
import { defaultRemoteTimeoutMs, type RemoteWait } from './start-plan.ts';
import { versionMisfit } from './version-range.ts';

/** What an {@link AppGraph} knows beforehand. */
export interface AppGraphParts {
  readonly library: AppLibrary;
  /** Against what the `config` of apps and releases is checked. Without it nothing is, and there are no settings. */
  readonly config?: ConfigRules | undefined;
  /** Apps that run and stay: they are not looked for again when others need them. */
  readonly running: readonly AppDefinition[];
}

/** What asks for an app: a place in a file. */
export interface Asker {
  readonly source: Source<unknown>;
  readonly key: string;
}

/** An app, and what was found of what it needs. */
export interface AppNode {
  readonly app: Source<AppDefinition>;
  readonly definition: AppDefinition;
  /** Apps that start before it, as written; none that runs already, and no cycles. */
  readonly needs: readonly Source<AppDefinition>[];
  readonly awaits: readonly RemoteWait[];
  /** Of the `config` of its own file. */
  readonly settings: readonly Setting[];
}

/** Before the reason why nobody knows what to wait for. */
const HINT = "name the 'services' to wait for: ";

/** Some apps and all that they need, found by reading alone. What is wrong is noted in the source where it is to be mended. */
export class AppGraph {
  readonly #parts: AppGraphParts;
  readonly #sources = new Set<Source<unknown>>();
  /** The apps that were met, by name. */
  readonly #apps = new Map<string, Source<AppDefinition>>();
  readonly #nodes = new Map<Source<AppDefinition>, AppNode | undefined>();

  constructor(parts: AppGraphParts) {
    this.#parts = parts;
  }

  /** All files that were read, in that order. */
  get sources(): readonly Source<unknown>[] {
    return [...this.#sources];
  }

  /** The apps that were examined, each before those that it needs. */
  get apps(): readonly Source<AppDefinition>[] {
    return [...this.#nodes.keys()];
  }

  /** Takes in a file that was read already. */
  addSource(source: Source<unknown>): void {
    this.#sources.add(source);
  }

  /** Takes in an app that was read already. */
  addApp(app: Source<AppDefinition>): void {
    this.#sources.add(app);
    if (app.definition !== undefined) this.#apps.set(app.definition.name, app);
  }

  /** What was found of an app; undefined if it was not examined or could not be read. */
  node(app: Source<AppDefinition>): AppNode | undefined {
    return this.#nodes.get(app);
  }

  /** The settings of a `config`, if anybody wants them. */
  settings(
    source: Source<unknown>,
    path: string,
    config: Readonly<Record<string, unknown>>,
    layer: LayerName,
  ): readonly Setting[] {
    const { config: rules } = this.#parts;
    return rules === undefined ? noValues : readConfigSettings(source, path, config, layer, rules);
  }

  /** Reads an app by its name, or by its path if there is one. What is wrong with the choice is noted where it is asked for. */
  async open(
    name: string,
    path: string | undefined,
    asker: Asker,
  ): Promise<Source<AppDefinition> | undefined> {
    const app = await (path === undefined ? this.#lookUp(name, asker) : this.#read(async () => path, asker));
    const own = app?.definition?.name ?? '';
    if (app === undefined || own === '') return app;
    const other = this.#apps.get(own) ?? app;
    this.#apps.set(own, other);
    if (other === app) return app;
    asker.source.note(
      asker.key,
      `both ${other.file} and ${app.file} are the app '${own}'; name one of them only`,
    );
    return undefined;
  }

  /** Looks at an app and, one after the other, at those that it needs. `path` are the apps on whose behalf. */
  async examine(app: Source<AppDefinition>, path: readonly Source<AppDefinition>[] = []): Promise<void> {
    if (this.#nodes.has(app)) return;
    this.#nodes.set(app, undefined);
    const { definition } = app;
    if (definition === undefined) return;
    await noteModules(app, definition);
    const needs: Source<AppDefinition>[] = [];
    const awaits: RemoteWait[] = [];
    for (const [index, requirement] of definition.applications.entries()) {
      if (requirement.name === '') continue;
      const asker = { source: app, key: `applications[${index}]` };
      if (requirement.remote) {
        const wait = await this.#findRemote(requirement, definition, asker);
        if (wait !== undefined) awaits.push(wait);
      } else {
        const needed = await this.#findNeeded(requirement, asker, [...path, app]);
        if (needed !== undefined) needs.push(needed);
      }
    }
    const settings = this.settings(app, 'config', definition.config, 'app');
    this.#nodes.set(app, { app, definition, needs, awaits, settings });
  }

  async #findNeeded(
    requirement: AppRequirement,
    asker: Asker,
    path: readonly Source<AppDefinition>[],
  ): Promise<Source<AppDefinition> | undefined> {
    const { name } = requirement;
    const at = path.findIndex((app) => app.definition?.name === name);
    if (at !== -1) {
      noteCycle([...path.slice(at).map((app) => app.definition?.name), name], asker);
      return undefined;
    }
    // Of several instances the latest serves those who need the app.
    const running = this.#parts.running.findLast((app) => app.name === name);
    if (running !== undefined) {
      noteMisfit(requirement, running, asker);
      return undefined;
    }
    const needed = this.#apps.get(name) ?? (await this.open(name, undefined, asker));
    if (needed === undefined) return undefined;
    if (needed.definition !== undefined) noteMisfit(requirement, needed.definition, asker);
    await this.examine(needed, path);
    return needed;
  }

  /** What to wait for: the services that the app names, else those that the file of the other one registers. */
  async #findRemote(
    { name, services, timeoutMs = defaultRemoteTimeoutMs }: AppRequirement,
    by: AppDefinition,
    asker: Asker,
  ): Promise<RemoteWait | undefined> {
    if (name === by.name) {
      noteCycle([name, name], asker);
      return undefined;
    }
    if (services !== undefined) return Object.freeze({ app: name, services, timeoutMs });
    const app = await this.#lookUp(name, asker, HINT);
    const registered = app?.definition?.registered;
    if (registered === undefined) return undefined;
    if (registered.length > 0) return Object.freeze({ app: name, services: registered, timeoutMs });
    // A list that could not be read is a problem of that file.
    if (app?.nodeAt('registered') === undefined) {
      asker.source.note(asker.key, `${HINT}${app?.file} registers none`);
    }
    return undefined;
  }

  /** Reads the app that a name stands for. What is wrong with the choice is noted, after `hint`. */
  async #lookUp(name: string, asker: Asker, hint = ''): Promise<Source<AppDefinition> | undefined> {
    const locate = () => this.#parts.library.locate(name, asker.source.file);
    const app = await this.#read(locate, asker, hint);
    const own = app?.definition?.name ?? '';
    if (app === undefined || own === '' || own === name) return app;
    asker.source.note(asker.key, `expected the app '${name}' in ${app.file}, found the app '${own}'`);
    return undefined;
  }

  async #read(
    locate: () => Promise<string>,
    { source, key }: Asker,
    hint = '',
  ): Promise<Source<AppDefinition> | undefined> {
    try {
      const app = await this.#parts.library.app(await locate());
      this.#sources.add(app);
      return app;
    } catch (error) {
      source.note(key, `${hint}${messageOf(error)}`);
      return undefined;
    }
  }
}

function noteCycle(names: readonly (string | undefined)[], { source, key }: Asker): void {
  const message =
    names.length === 2
      ? `the app '${names[0]}' depends on itself`
      : `applications depend on each other in a cycle: ${names.join(' → ')}`;
  source.note(key, message);
}

/** Notes that an app is not of the version that another needs. */
export function noteMisfit(
  { name, version }: AppRequirement,
  needed: AppDefinition,
  { source, key }: Asker,
): void {
  if (version === undefined) return;
  const found = versionMisfit(needed.version, version);
  if (found === undefined) return;
  const remedy = needed.version === undefined ? '; give it a version, or ask for none' : '';
  const place = source.nodeAt(key)?.kind === 'map' ? `${key}.version` : key;
  source.note(place, `expected '${name}' in version '${version}', but ${needed.file} has ${found}${remedy}`, {
    expected: version,
    found: needed.version ?? 'nothing',
  });
}
