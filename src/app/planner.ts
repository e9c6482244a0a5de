import { dirname, join } from 'node:path';
import { noMembers, noValues, type Setting } from '../config/index.ts';
import type { AppDefinition } from './app-definition.ts';
import { AppGraph, type AppGraphParts, type AppNode } from './app-graph.ts';
import { containerVersion } from './container-version.ts';
import { bootOrder, type ReleaseDefinition, type ReleaseEntry } from './release-definition.ts';
import type { Source } from './source.ts';
import {
  type DraftStep,
  noteClashes,
  noteLateStarts,
  noteVersion,
  StartPlan,
  type StepStartType,
  settleStartTypes,
} from './start-plan.ts';

/** What a {@link Planner} knows beforehand. */
export interface PlannerParts extends Omit<AppGraphParts, 'running'> {
  /** Apps that run and stay: they are not looked for again when others need them. */
  readonly running?: readonly AppDefinition[];
}

/** How a single app is asked for. */
export interface AppRequest {
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  readonly mult?: boolean | undefined;
  /** Of this app, and of those that start since it needs them. With `load` these are read, and no more. Default `permanent`. */
  readonly startType?: StepStartType | undefined;
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
  readonly #graph: AppGraph;
  readonly #running: readonly AppDefinition[];
  readonly #steps: DraftStep[] = [];
  /** The apps that have their place among the steps, by what they need or by their first entry. */
  readonly #placed = new Set<Source<AppDefinition>>();
  /** The first entry of each app that the release names; the first that starts it, if one does. */
  readonly #entries = new Map<Source<AppDefinition>, FoundEntry>();
  #release: Source<ReleaseDefinition> | undefined;

  constructor({ library, config, running = noValues }: PlannerParts) {
    this.#graph = new AppGraph({ library, config, running });
    this.#running = running;
  }

  async app(app: Source<AppDefinition>, request: AppRequest = {}): Promise<StartPlan> {
    this.#graph.addApp(app);
    await this.#graph.examine(app);
    const { args = noMembers, mult = false, startType = 'permanent' } = request;
    if (startType === 'load') this.#addStep(app, undefined);
    else this.#place(app, 0);
    const asked = this.#steps.findIndex((step) => step.app === app);
    const step = this.#steps[asked];
    if (step !== undefined) this.#steps[asked] = { ...step, args, mult, startType, isAsked: true };
    return this.#finish();
  }

  async release(release: Source<ReleaseDefinition>): Promise<StartPlan> {
    this.#graph.addSource(release);
    this.#release = release;
    const { definition } = release;
    if (definition === undefined) return this.#finish();
    noteContainerVersion(release, definition);
    const found: FoundEntry[] = [];
    for (const { index, level } of bootOrder(definition.apps)) {
      const entry = definition.apps[index];
      if (entry === undefined) continue;
      const settings = this.#graph.settings(release, `apps[${index}].config`, entry.config, 'release');
      found.push({ index, level, entry, settings, app: await this.#find(release, entry, index) });
    }
    for (const one of found) this.#noteEntry(release, one);
    for (const { app } of found) {
      if (app !== undefined) await this.#graph.examine(app);
    }
    for (const one of found) {
      if (one.app === undefined || startTypeOf(one) === 'none') continue;
      if (isStarted(one) && this.#entries.get(one.app) === one) this.#place(one.app, one.level);
      else this.#addStep(one.app, one);
    }
    return this.#finish();
  }

  /** The app of a release's entry. */
  async #find(
    release: Source<ReleaseDefinition>,
    { name, file }: ReleaseEntry,
    index: number,
  ): Promise<Source<AppDefinition> | undefined> {
    if (name === undefined && file === undefined) return undefined;
    const key = `apps[${index}].${file === undefined ? 'name' : 'file'}`;
    const path = file === undefined ? undefined : join(dirname(release.file), file);
    return this.#graph.open(name ?? '', path, { source: release, key });
  }

  #noteEntry(release: Source<ReleaseDefinition>, found: FoundEntry): void {
    const { app, entry, index } = found;
    if (app?.definition === undefined) return;
    noteVersion(release, index, entry, app.definition);
    const first = this.#entries.get(app);
    if (first === undefined || (!isStarted(first) && isStarted(found))) this.#entries.set(app, found);
    if (first === undefined || entry.mult) return;
    const message = `the app '${app.definition.name}' stands here twice; say 'mult: true' to run another instance`;
    release.note(`apps[${index}]`, message);
  }

  /** Adds the step of an app after those of the apps that it needs. `level` is the boot level of whoever it is for. */
  #place(app: Source<AppDefinition>, level: number): void {
    if (this.#placed.has(app)) return;
    this.#placed.add(app);
    const { definition, needs = noValues } = this.#graph.node(app) ?? {};
    for (const needed of needs) {
      this.#noteNeededEntry(needed, level, definition?.name);
      this.#place(needed, level);
    }
    this.#addStep(app, this.#entries.get(app));
  }

  /** An app that another needs must be started, and not at a higher boot level. */
  #noteNeededEntry(needed: Source<AppDefinition>, level: number, by: string | undefined): void {
    const found = this.#entries.get(needed);
    if (found === undefined) return;
    const name = needed.definition?.name;
    const startType = startTypeOf(found);
    if (!isStarted(found)) {
      const message = `'${name}' is needed by '${by}' and must be started; '${startType}' does not start it`;
      this.#release?.note(`apps[${found.index}].startType`, message);
    }
    if (found.level <= level) return;
    const message = `'${name}' is needed by '${by}' at boot level ${level} and must not have a higher one, ${found.level}`;
    this.#release?.note(`apps[${found.index}].level`, message);
  }

  #addStep(app: Source<AppDefinition>, found: FoundEntry | undefined): void {
    const node = this.#graph.node(app);
    if (node !== undefined) this.#steps.push(this.#stepOf(node, found));
  }

  #stepOf({ app, definition, awaits, settings }: AppNode, found: FoundEntry | undefined): DraftStep {
    // The settings of the app's own file count once.
    const own = this.#steps.some((step) => step.app === app) ? noValues : settings;
    const startType = found && startTypeOf(found);
    return {
      app,
      definition,
      args: found?.entry.args ?? noMembers,
      settings: [...own, ...(found?.settings ?? noValues)],
      mult: found?.entry.mult ?? false,
      startType: startType === 'none' ? undefined : startType,
      awaits,
      isAsked: found !== undefined,
      entry: found && this.#release && { release: this.#release, index: found.index },
    };
  }

  #finish(): StartPlan {
    const steps = settleStartTypes(this.#steps);
    const started = new Set(steps.filter(({ startType }) => startType !== 'load').map(({ app }) => app));
    noteClashes(
      this.#graph.apps.filter((app) => started.has(app)),
      this.#running,
    );
    noteLateStarts(steps, this.#running);
    return new StartPlan(steps, this.#graph.sources);
  }
}

function startTypeOf({ entry }: FoundEntry): StepStartType | 'none' {
  return entry.startType ?? 'permanent';
}

function isStarted(found: FoundEntry): boolean {
  const startType = startTypeOf(found);
  return startType !== 'load' && startType !== 'none';
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
