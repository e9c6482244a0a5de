import { ConfigurationError, ContainerError, IllegalStateError, messageOf } from '../errors/index.ts';
import type { Identity } from '../exchange/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { AppInfo } from './app.ts';
import { AppLibrary } from './app-library.ts';
import { type AppSlot, AppSlots, type StartClaim } from './app-slot.ts';
import { mergeArguments } from './arguments.ts';
import { loadApp } from './module-loader.ts';
import { Planner } from './planner.ts';
import type { ReleaseDefinition } from './release-definition.ts';
import { type AppProcesses, RunningApp } from './running-app.ts';
import { refuse, Source } from './source.ts';
import { noteClashes, type StartPlan, type StartStep } from './start-plan.ts';

/** Options of the app manager. */
export interface AppOptions {
  /** Where apps are looked up by name, in this order. Default `['res/apps']`, below the working directory. */
  readonly directories?: readonly string[];
  /** Arguments by the name of the app, over all others (`apparg_<app>` on the command line). */
  readonly argumentOverrides?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** How one app is started. */
export interface AppStartOptions {
  /** Whether it starts although an instance of it runs already. Default false: then it is left alone, with a warning. */
  readonly mult?: boolean;
  /** Arguments over those of the app file, as a release gives them. They do not concern the apps that it needs. */
  readonly args?: Readonly<Record<string, unknown>>;
}

/** What an {@link AppManager} works with. */
export interface AppManagerParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly processes: AppProcesses;
  readonly options: AppOptions;
}

/**
 * Starts, stops and lists the apps of a container. Termination stops them in reverse order of their starting.
 *
 * The instances of an app are told apart as `hello`, `hello#2`, `hello#3` … Starts may overlap: an app that two of them need starts
 * once, and stays when one of them fails.
 */
export class AppManager extends LifecycleObject {
  readonly #parts: AppManagerParts;
  readonly #slots = new AppSlots();
  #isClosing = false;

  constructor(parts: AppManagerParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Starts an app, after the apps it names under `applications`. `app` is the path of a `.app` file or a name to look up. An app that
   * runs is left alone, with a warning, unless `mult` says otherwise; one that is being started is awaited. Files, names, cycles and
   * the places of modules are checked before anything starts.
   *
   * @throws ConfigurationError for a file, a module, a name that another app has registered or a cycle, StartFailed when a `start` fails,
   * IllegalState when the app is stopped meanwhile; then nothing that this call started is left
   */
  async start(app: string, options: AppStartOptions = {}): Promise<void> {
    this.#refuseClosed();
    const library = this.#library();
    const isPath = app.includes('/') || app.endsWith('.app');
    const source = await library.app(isPath ? app : await library.locate(app));
    const name = source.definition?.name ?? '';
    if (!isPath && name !== '' && name !== app) {
      source.note('name', `expected '${app}', as the file is called, found '${name}'`);
    }
    await this.#carryOut(await this.#planner(library).app(source, options));
  }

  /**
   * Starts the apps of a release, given as the path of a `.rel` file or as its definition: by boot level, then as written, each after the apps
   * it needs. An app that runs already is left alone, with a warning, unless its entry says `mult`. Everything is read and
   * checked before the first app starts: files, versions, names, cycles, the places of modules.
   *
   * @throws ConfigurationError, with every problem in `details.problems`, StartFailed and IllegalState as {@link start} does; then what
   * this release had started has been stopped, in reverse
   */
  async startRelease(release: string | ReleaseDefinition): Promise<void> {
    this.#refuseClosed();
    const library = this.#library();
    const source =
      typeof release === 'string' ? await library.release(release) : new Source(release.file, release);
    await this.#carryOut(await this.#planner(library).release(source));
    const { name, version } = source.sound();
    this.#parts.logger.info('release started', { release: name, version });
  }

  /**
   * Stops an app and ends its processes; one that is being started is given up. The name of an app means its instance that was started last;
   * `hello#1`, `hello#2` … mean just that one. What does not run is no error. Apps that need it are not stopped; the log names them.
   */
  async stop(name: string): Promise<void> {
    const slot = this.#slots.find(name);
    if (slot !== undefined) await this.#stop(slot);
  }

  /** The running instances in the order of starting. */
  list(): readonly AppInfo[] {
    return this.#slots.running.flatMap(({ app }) => (app === undefined ? [] : [app.info]));
  }

  /** Whether an instance of the app runs; with `hello#2`, whether that one does. */
  isStarted(name: string): boolean {
    return this.#slots.isRunning(name);
  }

  protected override async onTerminate(): Promise<void> {
    this.#isClosing = true;
    for (const slot of this.#slots.all.toReversed()) await this.#stop(slot);
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  #refuseClosed(): void {
    if (this.state === 'ACTIVE' && !this.#isClosing) return;
    const state = this.state === 'ACTIVE' ? 'closing' : this.state;
    throw new ContainerError('IllegalState', `no app can be started while the app manager is ${state}`);
  }

  #library(): AppLibrary {
    return new AppLibrary(this.#parts.options.directories);
  }

  #planner(library: AppLibrary): Planner {
    // Others may be gone when their own call fails, so they are planned for and claimed.
    const kept = this.#slots.running.filter((slot) => slot.isKept);
    return new Planner({ library, running: kept.map((slot) => slot.definition) });
  }

  /** Starts what is planned; if one app fails, what only this plan needed is stopped, the last first. */
  async #carryOut(plan: StartPlan): Promise<void> {
    plan.refuseProblems();
    const claim: StartClaim = {};
    const claimed: AppSlot[] = [];
    try {
      for (const step of plan.steps) {
        this.#refuseClosed();
        const slot = await this.#claim(step, claim);
        claimed.push(slot);
        await slot.started;
      }
    } catch (error) {
      for (const slot of claimed.reverse()) {
        slot.claims.delete(claim);
        if (this.#slots.has(slot) && !slot.isKept && slot.claims.size === 0) await this.#stop(slot);
      }
      throw error;
    }
    for (const slot of claimed) {
      slot.claims.delete(claim);
      slot.isKept = true;
    }
  }

  /** The instance that serves a step: one that is there already, or a new one whose start begins now. */
  async #claim(step: StartStep, claim: StartClaim): Promise<AppSlot> {
    const { name } = step.definition;
    for (
      let slot = this.#slots.latest(name);
      slot !== undefined && !step.mult;
      slot = this.#slots.latest(name)
    ) {
      if (slot.ended === undefined) {
        slot.claims.add(claim);
        if (step.isAsked && slot.hasStarted) this.#parts.logger.warn('app runs already', { app: name });
        return slot;
      }
      await slot.ended;
      this.#refuseClosed();
    }
    this.#refuseClashes(step.app);
    const slot = this.#slots.add(step.definition);
    slot.claims.add(claim);
    slot.started = this.#launch(slot, step);
    // Those who claim the slot await it; nobody may be left to.
    slot.started.catch(() => undefined);
    return slot;
  }

  /** Again, at the last moment: another call may have started something since the plan was made. */
  #refuseClashes(app: StartStep['app']): void {
    const others = this.#slots.all.filter((slot) => slot.ended === undefined);
    noteClashes(
      [app],
      others.map((slot) => slot.definition),
    );
    refuse(app.problems);
  }

  async #launch(slot: AppSlot, step: StartStep): Promise<void> {
    const { identity, env, logger, processes, options } = this.#parts;
    const { definition, instance } = slot;
    const { name, file, version, mod } = definition;
    const args = mergeArguments({
      own: mod?.keywordArgs,
      file: definition.args,
      release: step.args,
      override: options.argumentOverrides?.[name],
    });
    try {
      const module = await loadApp(definition, instance);
      this.#refuseStopped(slot);
      const container = { id: identity.container, sysname: identity.sysname, env, logger };
      slot.app = new RunningApp(definition, module, container, processes, { instance, args });
      await slot.app.start();
      this.#refuseStopped(slot);
    } catch (cause) {
      // One that was told to stop keeps its name until it has ended.
      if (slot.ended !== undefined) throw cause;
      this.#slots.delete(slot);
      if (cause instanceof ConfigurationError) throw cause;
      const reason = `app '${instance}' (${file}) could not be started: ${messageOf(cause)}`;
      throw new ContainerError('StartFailed', reason, { cause });
    }
    slot.hasStarted = true;
    logger.info('app started', { app: instance, version });
  }

  #refuseStopped(slot: AppSlot): void {
    if (slot.ended === undefined) return;
    throw new IllegalStateError(`app '${slot.instance}' was stopped while it was starting`);
  }

  #stop(slot: AppSlot): Promise<void> {
    // A turn later, so that a `stop` which asks for itself finds that it was asked for.
    slot.ended ??= Promise.resolve().then(() => this.#end(slot));
    return slot.ended;
  }

  async #end(slot: AppSlot): Promise<void> {
    const { logger } = this.#parts;
    const { instance, definition, hasStarted } = slot;
    const bereft = this.#slots.bereft(definition.name).map((other) => other.instance);
    if (!this.#isClosing && bereft.length > 0) {
      logger.warn('an app is stopped that others need', { app: instance, neededBy: bereft });
    }
    await slot.app?.stop();
    this.#slots.delete(slot);
    if (hasStarted) logger.info('app stopped', { app: instance });
  }
}
