import type { Config } from '../config/index.ts';
import { ConfigurationError, ContainerError, IllegalStateError, messageOf } from '../errors/index.ts';
import type { Identity } from '../exchange/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { AppInfo } from './app.ts';
import { AppLibrary } from './app-library.ts';
import { type AppSlot, AppSlots, type StartClaim } from './app-slot.ts';
import type { AppWatch, WatchedStart } from './app-watch.ts';
import { mergeArguments } from './arguments.ts';
import { appsConfig } from './config.ts';
import { loadApp } from './module-loader.ts';
import { placeOf } from './module-place.ts';
import { Planner } from './planner.ts';
import type { ReleaseDefinition } from './release-definition.ts';
import { type AppProcesses, RunningApp } from './running-app.ts';
import { refuse, Source } from './source.ts';
import { noteClashes, StartPlan, type StartStep } from './start-plan.ts';

/** Options of the app manager. */
export interface AppOptions {
  /** Where apps are looked up by name, in this order. Default `['res/apps']`, below the working directory. */
  readonly directories?: readonly string[];
  /** After how long a start that is not done is logged as a warning. Default 10 000. */
  readonly slowStartMs?: number;
  /** Arguments by the name of the app, over all others (`apparg_<app>` on the command line). */
  readonly argumentOverrides?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Whether apps are restarted when their files change, for whoever develops them. The modules of an app's own package are loaded anew
   * then; Node never forgets the old ones. Default false.
   */
  readonly watch?: boolean;
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
  /** What is in force in the container; its section `apps` goes before the same options. */
  readonly config: Config;
  readonly options: Pick<AppOptions, 'argumentOverrides' | 'watch'>;
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
  #watch: AppWatch | undefined;
  #isClosing = false;

  constructor(parts: AppManagerParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Starts an app, after the apps it names under `applications`. `app` is the path of a `.app` file or a name to look up. An app that
   * runs is left alone, with a warning, unless `mult` says otherwise; one that is being started is awaited. Files, names, cycles, the
   * places of modules, and that no `config` would change what is in force in the container, are checked before anything starts.
   *
   * @throws ConfigurationError for a file, a module, a name that another app has registered or a cycle, StartFailed when a `start` fails,
   * IllegalState when the app is stopped meanwhile; then nothing that this call started is left
   */
  async start(app: string, options: AppStartOptions = {}): Promise<void> {
    this.#refuseClosed();
    const library = this.#library();
    await this.#carryOut(await this.#planner(library).app(await library.find(app), options));
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
    this.#watch?.forget(slot?.instance ?? name);
    if (slot !== undefined) await this.#stop(slot);
  }

  /** The names of the apps that can be started by name: the `.app` files of the directories. */
  available(): Promise<readonly string[]> {
    return this.#library().names();
  }

  /** The running instances in the order of starting. */
  list(): readonly AppInfo[] {
    return this.#slots.running.flatMap(({ app }) => (app === undefined ? [] : [app.info]));
  }

  /** Whether an instance of the app runs; with `hello#2`, whether that one does. */
  isStarted(name: string): boolean {
    return this.#slots.isRunning(name);
  }

  protected override async onInitialize(): Promise<void> {
    if (this.#parts.options.watch !== true) return;
    const { AppWatch } = await import('./app-watch.ts');
    this.#watch = new AppWatch({
      env: this.#parts.env,
      logger: this.#parts.logger,
      control: {
        stop: (instance) => this.#stopToRestart(instance),
        start: (start, signal) => this.#startAgain(start, signal),
      },
    });
  }

  protected override async onTerminate(): Promise<void> {
    this.#isClosing = true;
    this.#watch?.close();
    for (const slot of this.#slots.stopOrder) await this.#stop(slot);
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  #refuseClosed(): void {
    if (this.state === 'ACTIVE' && !this.#isClosing) return;
    const state = this.state === 'ACTIVE' ? 'closing' : this.state;
    throw new IllegalStateError(`no app can be started while the app manager is ${state}`);
  }

  #library(): AppLibrary {
    return new AppLibrary(this.#parts.config.section(appsConfig).directories);
  }

  #planner(library: AppLibrary): Planner {
    // Others may be gone when their own call fails, so they are planned for and claimed.
    const kept = this.#slots.running.filter((slot) => slot.isKept);
    const { config } = this.#parts;
    const running = kept.map((slot) => slot.definition);
    return new Planner({ library, running, config: { sections: config.sections, inForce: config } });
  }

  async #stopToRestart(instance: string): Promise<void> {
    const slot = this.#slots.get(instance);
    if (slot === undefined) return;
    slot.isRestarting = true;
    await this.#stop(slot);
  }

  /** Starts an app anew from its file, with the arguments and the name that it had. */
  async #startAgain({ instance, step }: WatchedStart, signal: AbortSignal): Promise<void> {
    this.#refuseClosed();
    const { name, file } = step.definition;
    const library = this.#library();
    const source = await library.app(file);
    const found = source.definition?.name ?? name;
    if (found !== '' && found !== name) {
      source.note('name', `expected '${name}', as it was when it started, found '${found}'`);
    }
    const plan = await this.#planner(library).app(source, { args: step.args, mult: true });
    // Somebody may have started it meanwhile.
    if (this.#slots.get(instance) !== undefined) return;
    const steps = plan.steps.map((each) => (each.isAsked ? { ...each, instance } : each));
    await this.#carryOut(new StartPlan(steps, plan.sources), signal);
  }

  /** Starts what is planned; if one app fails, what only this plan needed is stopped, the last first. */
  async #carryOut(plan: StartPlan, signal?: AbortSignal): Promise<void> {
    plan.refuseProblems();
    const claim: StartClaim = {};
    const claimed: AppSlot[] = [];
    try {
      for (const step of plan.steps) {
        this.#refuseClosed();
        signal?.throwIfAborted();
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
    const slot = this.#slots.add(step.definition, step.instance);
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
    const { identity, env, logger, processes, config, options } = this.#parts;
    const { definition, instance } = slot;
    const { name, file, version, mod } = definition;
    const args = mergeArguments({
      own: mod?.keywordArgs,
      file: definition.args,
      release: step.args,
      override: options.argumentOverrides?.[name],
    });
    const { slowStartMs } = config.section(appsConfig);
    const slow = env.clock.timer(slowStartMs, () => {
      logger.warn('an app is still starting', { app: instance, sinceMs: slowStartMs });
    });
    try {
      const loading = loadApp(step.app, { instance, importModule: this.#watch?.begin(instance, step) });
      const module = await Promise.race([loading, slot.givenUp]);
      slot.refuseEnded();
      const container = { id: identity.container, sysname: identity.sysname, env, logger };
      slot.app = new RunningApp(definition, module, container, processes, { instance, args });
      await slot.app.start();
      slot.refuseEnded();
    } catch (cause) {
      // One that was told to stop keeps its name until it has ended.
      if (slot.ended !== undefined) throw cause;
      this.#slots.delete(slot);
      this.#watch?.ended(instance);
      if (cause instanceof ConfigurationError) {
        if (cause.message.includes(file)) throw cause;
        // Of a class or an option: it cannot know which app it was spawned for.
        throw new ConfigurationError(`${file}: app '${instance}': ${cause.message}`, { cause });
      }
      const place = placeOf(cause);
      const reason = place === undefined ? messageOf(cause) : `${messageOf(cause)} (${place})`;
      throw new ContainerError('StartFailed', `app '${instance}' (${file}) could not be started: ${reason}`, {
        cause,
      });
    } finally {
      slow.cancel();
    }
    slot.hasStarted = true;
    this.#watch?.started(instance);
    logger.info('app started', { app: instance, version });
  }

  #stop(slot: AppSlot): Promise<void> {
    slot.giveUp();
    // A turn later, so that a `stop` which asks for itself finds that it was asked for.
    slot.ended ??= Promise.resolve().then(() => this.#end(slot));
    return slot.ended;
  }

  async #end(slot: AppSlot): Promise<void> {
    const { logger } = this.#parts;
    const { instance, definition, hasStarted, isRestarting } = slot;
    const bereft = this.#slots.bereft(definition.name).map((other) => other.instance);
    if (!this.#isClosing && !isRestarting && bereft.length > 0) {
      logger.warn('an app is stopped that others need', { app: instance, neededBy: bereft });
    }
    await slot.app?.stop();
    this.#slots.delete(slot);
    this.#watch?.ended(instance);
    if (hasStarted) logger.info('app stopped', { app: instance });
  }
}
