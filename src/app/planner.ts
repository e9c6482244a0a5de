import { dirname, join } from 'node:path';
import { type LayerName, noMembers, type Setting } from '../config/index.ts';
import { messageOf } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';
import type { AppLibrary } from './app-library.ts';
import { type ConfigRules, readConfigSettings } from './config-settings.ts';
import { containerVersion } from './container-version.ts';
import { keyOfModule } from './module-loader.ts';
import { resolveModule } from './module-resolver.ts';
import { bootOrder, type ReleaseDefinition, type ReleaseEntry } from './release-definition.ts';
import type { Source } from './source.ts';
import { noteClashes, noteVersion, StartPlan, type StartStep } from './start-plan.ts';

/** What a {@link Planner} knows beforehand. */
export interface PlannerParts {
  readonly library: AppLibrary;
  /** Against what the `config` of apps and releases is checked. Without it nothing is, and steps have no settings. */
  readonly config?: ConfigRules | undefined;
  /** Apps that run and stay: they are not looked for again when others need them. */
  readonly running?: readonly AppDefinition[];
}

/** How a single app is asked for. */
export interface AppRequest {
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  readonly mult?: boolean | undefined;
}

/** What asks for an app: a place in a file. */
interface Asker {
  readonly source: Source<unknown>;
  readonly key: string;
}

/** An entry of a release with its app, as far as that was found. */
interface FoundEntry {
  readonly index: number;
  readonly level: number;
  readonly entry: ReleaseEntry;
  readonly app: Source<AppDefinition> | undefined;
  readonly settings: readonly Setting[];
}

/**
 * Finds out what starts, in which order, when an app or a release does, by reading alone: nothing is loaded or run. What is wrong is
 * noted in the source where it is to be mended. One planner makes one plan.
 */
export class Planner {
  readonly #library: AppLibrary;
  readonly #config: ConfigRules | undefined;
  readonly #running: readonly AppDefinition[];
  readonly #steps: StartStep[] = [];
  readonly #sources = new Set<Source<unknown>>();
  /** The apps that were met, by name. */
  readonly #apps = new Map<string, Source<AppDefinition>>();
  /** The first entry of each app that the release names. */
  readonly #entries = new Map<Source<AppDefinition>, FoundEntry>();
  readonly #visited = new Set<Source<AppDefinition>>();
  #release: Source<ReleaseDefinition> | undefined;

  constructor(parts: PlannerParts) {
    this.#library = parts.library;
    this.#config = parts.config;
    this.#running = parts.running ?? [];
  }

  async app(app: Source<AppDefinition>, request: AppRequest = {}): Promise<StartPlan> {
    this.#sources.add(app);
    if (app.definition !== undefined) this.#apps.set(app.definition.name, app);
    await this.#visit(app, [], 0);
    const plan = this.#finish();
    const steps = plan.steps.map((step) =>
      step.app === app
        ? { ...step, args: request.args ?? noMembers, mult: request.mult ?? false, isAsked: true }
        : step,
    );
    return new StartPlan(steps, [...this.#sources]);
  }

  async release(release: Source<ReleaseDefinition>): Promise<StartPlan> {
    this.#sources.add(release);
    this.#release = release;
    const { definition } = release;
    if (definition === undefined) return this.#finish();
    noteContainerVersion(release, definition);
    const found: FoundEntry[] = [];
    for (const { index, level } of bootOrder(definition.apps)) {
      const entry = definition.apps[index];
      if (entry === undefined) continue;
      const settings = this.#settings(release, `apps[${index}].config`, entry.config, 'release');
      found.push({ index, level, entry, settings, app: await this.#find(entry, index) });
    }
    for (const one of found) this.#noteEntry(one);
    for (const one of found) {
      if (one.app === undefined) continue;
      if (this.#entries.get(one.app) === one) await this.#visit(one.app, [], one.level);
      else this.#addStep(one.app, one, []);
    }
    return this.#finish();
  }

  /** The app of a release's entry. */
  async #find(entry: ReleaseEntry, index: number): Promise<Source<AppDefinition> | undefined> {
    const { name, file } = entry;
    const release = this.#release;
    if (release === undefined || (name === undefined && file === undefined)) return undefined;
    const key = `apps[${index}].${file === undefined ? 'name' : 'file'}`;
    const path = file === undefined ? undefined : join(dirname(release.file), file);
    return this.#open(name ?? '', path, { source: release, key });
  }

  #noteEntry(found: FoundEntry): void {
    const { app, entry, index } = found;
    const definition = app?.definition;
    if (this.#release === undefined || app === undefined || definition === undefined) return;
    noteVersion(this.#release, index, entry, definition);
    const first = this.#entries.get(app);
    if (first === undefined) this.#entries.set(app, found);
    else if (!entry.mult) {
      const message = `the app '${definition.name}' stands here twice; say 'mult: true' to run another instance`;
      this.#release.note(`apps[${index}]`, message);
    }
  }

  /** Adds an app after those that it needs. `path` are the apps on whose behalf it is visited, `level` the lowest of their boot levels. */
  async #visit(
    app: Source<AppDefinition>,
    path: readonly Source<AppDefinition>[],
    level: number,
  ): Promise<void> {
    if (this.#visited.has(app)) return;
    this.#visited.add(app);
    const { definition } = app;
    if (definition === undefined) return;
    await noteModules(app, definition);
    for (const [index, name] of definition.applications.entries()) {
      await this.#visitNeeded(name, { source: app, key: `applications[${index}]` }, [...path, app], level);
    }
    const settings = this.#settings(app, 'config', definition.config, 'app');
    this.#addStep(app, this.#entries.get(app), settings);
  }

  async #visitNeeded(
    name: string,
    asker: Asker,
    path: readonly Source<AppDefinition>[],
    level: number,
  ): Promise<void> {
    const at = path.findIndex((app) => app.definition?.name === name);
    if (at !== -1) {
      const names = [...path.slice(at).map((app) => app.definition?.name), name];
      const message =
        names.length === 2
          ? `the app '${name}' depends on itself`
          : `applications depend on each other in a cycle: ${names.join(' → ')}`;
      asker.source.note(asker.key, message);
      return;
    }
    if (this.#running.some((app) => app.name === name)) return;
    const needed = this.#apps.get(name) ?? (await this.#open(name, undefined, asker));
    if (needed === undefined) return;
    this.#noteLevel(needed, level, path.at(-1)?.definition?.name);
    await this.#visit(needed, path, level);
  }

  /** An app of a lower boot level cannot need one of a higher. */
  #noteLevel(needed: Source<AppDefinition>, level: number, by: string | undefined): void {
    const found = this.#entries.get(needed);
    if (found === undefined || found.level <= level) return;
    const message = `'${needed.definition?.name}' is needed by '${by}' at boot level ${level} and must not have a higher one, ${found.level}`;
    this.#release?.note(`apps[${found.index}].level`, message);
  }

  /** Reads an app by its name, or by its path if there is one. What is wrong with the choice is noted where it is asked for. */
  async #open(
    name: string,
    path: string | undefined,
    asker: Asker,
  ): Promise<Source<AppDefinition> | undefined> {
    let app: Source<AppDefinition>;
    try {
      app = await this.#library.app(path ?? (await this.#library.locate(name, asker.source.file)));
    } catch (error) {
      asker.source.note(asker.key, messageOf(error));
      return undefined;
    }
    this.#sources.add(app);
    const own = app.definition?.name ?? '';
    if (own === '') return app;
    if (path === undefined && own !== name) {
      asker.source.note(asker.key, `expected the app '${name}' in ${app.file}, found the app '${own}'`);
      return undefined;
    }
    const other = this.#apps.get(own) ?? app;
    this.#apps.set(own, other);
    if (other === app) return app;
    asker.source.note(
      asker.key,
      `both ${other.file} and ${app.file} are the app '${own}'; name one of them only`,
    );
    return undefined;
  }

  #settings(
    source: Source<unknown>,
    path: string,
    config: Readonly<Record<string, unknown>>,
    layer: LayerName,
  ): readonly Setting[] {
    return this.#config === undefined ? [] : readConfigSettings(source, path, config, layer, this.#config);
  }

  /** `settings` are those of the app's file, which count once. */
  #addStep(app: Source<AppDefinition>, found: FoundEntry | undefined, settings: readonly Setting[]): void {
    const { definition } = app;
    if (definition === undefined) return;
    this.#steps.push({
      app,
      definition,
      args: found?.entry.args ?? noMembers,
      settings: [...settings, ...(found?.settings ?? [])],
      mult: found?.entry.mult ?? false,
      isAsked: found !== undefined,
      entry: found && this.#release && { release: this.#release, index: found.index },
    });
  }

  #finish(): StartPlan {
    noteClashes([...this.#visited], this.#running);
    return new StartPlan(this.#steps, [...this.#sources]);
  }
}

function noteContainerVersion(release: Source<ReleaseDefinition>, { ioncore }: ReleaseDefinition): void {
  if (ioncore === undefined) return;
  const version = containerVersion();
  if (ioncore === version) return;
  release.note('ioncore', `the release is for version '${ioncore}', and this is version '${version}'`, {
    expected: ioncore,
    found: version,
  });
}

async function noteModules(app: Source<AppDefinition>, definition: AppDefinition): Promise<void> {
  const { mod, processes = [], file } = definition;
  const wanted = processes.map(({ module }, index) => ({ module, key: `processes[${index}].module` }));
  if (mod !== undefined) {
    wanted.push({ module: mod.module, key: keyOfModule(app) });
  }
  for (const { module, key } of wanted) {
    if (module === '') continue;
    try {
      await resolveModule(module, file);
    } catch (error) {
      app.note(key, `the module '${module}' cannot be found: ${messageOf(error)}`);
    }
  }
}
