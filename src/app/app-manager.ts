import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigurationError, ContainerError, messageOf } from '../errors/index.ts';
import type { Identity } from '../exchange/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { AppInfo } from './app.ts';
import type { AppDefinition } from './app-definition.ts';
import { readAppFile } from './app-file.ts';
import { loadAppModule } from './module-loader.ts';
import { type AppProcesses, RunningApp } from './running-app.ts';

/** Options of the app manager. */
export interface AppOptions {
  /** Where apps are looked up by name, in this order. Default `['res/apps']`, below the working directory. */
  readonly directories?: readonly string[];
}

/** What an {@link AppManager} works with. */
export interface AppManagerParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly processes: AppProcesses;
  readonly options: AppOptions;
}

/** Starts, stops and lists the apps of a container. Termination stops them in reverse order of their starting. */
export class AppManager extends LifecycleObject {
  readonly #parts: AppManagerParts;
  /** In the order of starting. */
  readonly #running = new Map<string, RunningApp>();
  readonly #starting = new Map<string, Promise<void>>();

  constructor(parts: AppManagerParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Starts an app, after the apps it names under `applications`. `app` is the path of a `.app` file or a name to look up. An app that
   * runs is left alone; one that is being started is awaited.
   *
   * @throws ConfigurationError for a file, a module or a cycle, StartFailed when a `start` fails; then nothing that this call started
   * is left
   */
  async start(app: string): Promise<void> {
    if (this.state !== 'ACTIVE') {
      throw new ContainerError(
        'IllegalState',
        `no app can be started while the app manager is ${this.state}`,
      );
    }
    const startedHere: string[] = [];
    try {
      await this.#start(await this.#locate(app, undefined), [], startedHere);
    } catch (error) {
      for (const name of startedHere.reverse()) await this.stop(name);
      throw error;
    }
  }

  /** Stops an app and ends its processes. An app that does not run is no error. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    await running.stop();
    this.#parts.logger.info('app stopped', { app: name });
  }

  /** The running apps in the order of starting. */
  list(): readonly AppInfo[] {
    return [...this.#running.values()].map((app) => app.info);
  }

  isStarted(name: string): boolean {
    return this.#running.has(name);
  }

  protected override async onTerminate(): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) await this.stop(name);
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  /** `path` names the apps whose dependency this one is. */
  async #start(file: string, path: readonly string[], startedHere: string[]): Promise<void> {
    const definition = await readAppFile(file);
    const { name } = definition;
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' → ');
      throw new ConfigurationError(`${file}: applications depend on each other in a cycle: ${cycle}`);
    }
    if (this.#running.has(name)) {
      if (path.length === 0) this.#parts.logger.warn('app runs already', { app: name });
      return;
    }
    // A start in progress is shared; but one that waits for us, in a cycle, never ends, so cycles are looked for first.
    const shared = path.length === 0 ? this.#starting.get(name) : undefined;
    if (shared !== undefined) return shared;
    const starting = this.#startOne(definition, path, startedHere);
    this.#starting.set(name, starting);
    try {
      await starting;
    } finally {
      this.#starting.delete(name);
    }
  }

  async #startOne(definition: AppDefinition, path: readonly string[], startedHere: string[]): Promise<void> {
    const { identity, env, logger, processes } = this.#parts;
    const { name, file, applications, mod } = definition;
    for (const dependency of applications) {
      await this.#start(await this.#locate(dependency, file), [...path, name], startedHere);
    }
    const module = await loadAppModule(mod.module, file);
    const container = { id: identity.container, sysname: identity.sysname, env, logger };
    const app = new RunningApp(definition, module, container, processes);
    try {
      await app.start();
    } catch (cause) {
      if (cause instanceof ConfigurationError) throw cause;
      throw new ContainerError(
        'StartFailed',
        `app '${name}' (${file}) could not be started: ${messageOf(cause)}`,
        { cause },
      );
    }
    this.#running.set(name, app);
    startedHere.push(name);
    logger.info('app started', { app: name, version: definition.version });
  }

  /** A path stays one; a name is looked up beside the file that asks for it, then in the directories. */
  async #locate(app: string, askedBy: string | undefined): Promise<string> {
    if (app.endsWith('.app')) return app;
    const { directories = ['res/apps'] } = this.#parts.options;
    const folders = askedBy === undefined ? directories : [dirname(askedBy), ...directories];
    const candidates = folders.map((folder) => join(folder, `${app}.app`));
    for (const candidate of candidates) {
      if (await exists(candidate)) return candidate;
    }
    const asker = askedBy === undefined ? '' : `${askedBy}: applications: `;
    throw new ConfigurationError(`${asker}there is no app '${app}'; looked for ${candidates.join(', ')}`);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
