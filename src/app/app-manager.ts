import { BadRequestError, IllegalStateError } from '../errors/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import { describeValue } from '../util/index.ts';
import type { AppInfo, AppStartType, LoadedAppInfo } from './app.ts';
import { configureApp } from './app-configure.ts';
import { AppLibrary } from './app-library.ts';
import type { AppManagerParts } from './app-manager-parts.ts';
import { type AppSlot, AppSlots } from './app-slot.ts';
import { AppStarts } from './app-starts.ts';
import { AppStops } from './app-stops.ts';
import type { AppWatch, WatchedStart } from './app-watch.ts';
import type { Arguments } from './arguments.ts';
import { appsConfig } from './config.ts';
import { ModuleImports } from './module-imports.ts';
import { Planner } from './planner.ts';
import type { ReleaseDefinition } from './release-definition.ts';
import { Source } from './source.ts';
import { StartPlan } from './start-plan.ts';

/** How one app is started. */
export interface AppStartOptions {
  /** Whether it starts although an instance of it runs already. Default false: then it is left alone, with a warning. */
  readonly mult?: boolean;
  /** Arguments over those of the app file, as a release gives them. They do not concern the apps that it needs. */
  readonly args?: Arguments;
  /**
   * What its end, or that of an app that starts since it needs it, means for the container. Default `temporary`: nothing. Apps of releases, of
   * the command line and of boot scripts are `permanent` by default: if one ends by itself, the container stops.
   */
  readonly startType?: AppStartType;
}

/** How arguments of a running app are changed. */
export interface AppConfigureOptions {
  /** Whether it is started anew with them, instead of being told. Default false. */
  readonly restart?: boolean;
}

/**
 * Loads, starts, stops and lists the apps of a container. Termination stops them in reverse order of their starting.
 *
 * The instances of an app are told apart as `hello`, `hello#2`, `hello#3` … Starts may overlap: an app that two of them need starts
 * once, and stays when one of them fails.
 */
export class AppManager extends LifecycleObject {
  readonly #parts: AppManagerParts;
  readonly #slots = new AppSlots();
  readonly #imports: ModuleImports;
  readonly #stops: AppStops;
  readonly #starts: AppStarts;
  #watch: AppWatch | undefined;
  #defaultStartType: AppStartType = 'temporary';
  /** One change of arguments at a time, by instance. */
  readonly #configured = new Map<string, Promise<unknown>>();

  constructor(parts: AppManagerParts) {
    super();
    this.#parts = parts;
    this.#imports = new ModuleImports(parts.env.ids.token(64));
    const common = { manager: parts, slots: this.#slots, watch: () => this.#watch };
    this.#stops = new AppStops(common);
    this.#starts = new AppStarts({
      ...common,
      stops: this.#stops,
      imports: this.#imports,
      refuseClosed: () => this.#refuseClosed(),
    });
  }

  /**
   * Reads, checks and loads an app without starting it (OTP's `application:load`); the apps that it needs are checked, not loaded.
   * `app` is as in {@link start}. One that is loaded is left as it is; a load in progress is awaited.
   *
   * @throws ConfigurationError for a file, a module or a cycle, Conflict if an app of that name is loaded from another file, StartFailed after
   * `apps.startTimeoutMs`; then nothing of it is left
   */
  async load(app: string): Promise<void> {
    this.#refuseClosed();
    const library = this.#library();
    const source = await library.find(app);
    await this.#starts.carryOut(await this.#planner(library).app(source, { startType: 'load' }));
  }

  /** Takes a {@link load} back. What is not loaded is no error. @throws IllegalState while an instance of it is there */
  unload(name: string): void {
    const slot = this.#slots.latest(name);
    if (slot !== undefined) {
      throw new IllegalStateError(
        `app '${name}' cannot be unloaded while it is ${slot.state}; stop it first`,
      );
    }
    this.#starts.loaded.delete(name);
  }

  /** The apps that are loaded: those that {@link load} was called for, in that order, then others that run. */
  loaded(): readonly LoadedAppInfo[] {
    const running = this.#slots.all.filter((slot) => slot.app !== undefined);
    const all = [...this.#starts.loaded.definitions, ...running.map((slot) => slot.definition)];
    const infos = all.map(({ name, version, file }) => ({ name, version, file }));
    return [...new Map(infos.toReversed().map((info) => [info.name, info])).values()].toReversed();
  }

  /**
   * Starts an app, after the apps it names under `applications`, and loads what is not loaded. `app` is the path of a `.app` file or a name to look
   * up. An app that runs is left alone, with a warning, unless `mult` says otherwise; one that is being started is awaited. Files, names, cycles,
   * the places of modules, and that no `config` would change what is in force in the container, are checked before anything starts. Services
   * of apps in other containers are waited for.
   *
   * @throws ConfigurationError for a file, a module, a name that another app has registered or a cycle, StartFailed when a `start` fails or
   * takes too long, or nobody serves what is waited for, IllegalState when the app is stopped meanwhile; then nothing that this call started is left
   */
  async start(app: string, options: AppStartOptions = {}): Promise<void> {
    this.#refuseClosed();
    const library = this.#library();
    const { startType = this.#defaultStartType } = options;
    checkStartType(startType);
    const source = await library.find(app);
    await this.#starts.carryOut(await this.#planner(library).app(source, { ...options, startType }));
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
    await this.#starts.carryOut(await this.#planner(library).release(source));
    const { name, version } = source.sound();
    this.#parts.logger.info('release started', { release: name, version });
  }

  /** Calls `boot`; the apps that are started meanwhile are of that start type, unless it is said. One at a time. */
  async startingAs<Result>(startType: AppStartType, boot: () => Promise<Result>): Promise<Result> {
    const before = this.#defaultStartType;
    this.#defaultStartType = startType;
    try {
      return await boot();
    } finally {
      this.#defaultStartType = before;
    }
  }

  /**
   * Stops an app and ends its processes; one that is being started, or waits to be, is given up. The name of an app means its instance that was started last;
   * `hello#1`, `hello#2` … mean just that one. What does not run is no error. Apps that need it are not stopped; the log names them.
   */
  async stop(name: string): Promise<void> {
    const slot = this.#slots.find(name);
    this.#watch?.forget(slot?.instance ?? name);
    if (slot === undefined) return;
    slot.isRestarting = false;
    await this.#stops.stop(slot);
  }

  /**
   * Changes arguments of a running app (OTP's `config_change`); gives those in force then. `name` is as in {@link stop}. Each value replaces the one
   * of its name, null takes it away, others stay. The app's module, or each of its processes that this concerns, is told by its `onConfigChange`; if
   * nothing changes, nobody is. What is started again later has the new ones too. Changes of one instance wait for each other.
   *
   * @throws IllegalState if it does not run, Conflict if it has no `onConfigChange`, Timeout after `apps.startTimeoutMs`, or what that throws: the
   * arguments stay as they were. With `restart`, what {@link start} throws; it is started with the former ones then
   */
  async configure(name: string, args: Arguments, options: AppConfigureOptions = {}): Promise<Arguments> {
    const { instance } = running(this.#slots.find(name), name);
    const parts = {
      manager: this.#parts,
      starts: this.#starts,
      stops: this.#stops,
      watch: () => this.#watch,
    };
    const before = this.#configured.get(instance) ?? Promise.resolve();
    const configured = before.then(() =>
      configureApp(running(this.#slots.get(instance), instance), args, options.restart ?? false, parts),
    );
    const settled = configured
      .catch(() => undefined)
      .then(() => {
        if (this.#configured.get(instance) === settled) this.#configured.delete(instance);
      });
    this.#configured.set(instance, settled);
    return configured;
  }

  /** The instances whose function `stop` had not ended in its time when all were stopped. */
  get unfinishedStops(): readonly string[] {
    return this.#stops.unfinished;
  }

  /** The names of the apps that can be started by name: the `.app` files of the directories. */
  available(): Promise<readonly string[]> {
    return this.#library().names();
  }

  /** The instances that are there, from the beginning of their start to their end, in the order of starting. */
  list(): readonly AppInfo[] {
    return this.#slots.all.map((slot) => slot.info);
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
    this.#watch?.close();
    this.#starts.close();
    await this.#stops.stopAll();
    this.#imports.close();
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  #refuseClosed(): void {
    const { isClosing } = this.#stops;
    if (this.state === 'ACTIVE' && !isClosing) return;
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
    await this.#stops.stop(slot);
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
    const { args, startType, configured = {} } = step;
    const plan = await this.#planner(library).app(source, { args, startType, mult: true });
    // Somebody may have started it meanwhile.
    if (this.#slots.get(instance) !== undefined) return;
    const steps = plan.steps.map((each) => (each.isAsked ? { ...each, instance, configured } : each));
    await this.#starts.carryOut(new StartPlan(steps, plan.sources), signal);
  }
}

/** @throws IllegalState unless it runs */
function running(slot: AppSlot | undefined, name: string): AppSlot {
  if (slot?.state === 'running') return slot;
  throw new IllegalStateError(`app '${name}' does not run; start it first`);
}

const startTypes: readonly unknown[] = ['permanent', 'transient', 'temporary'] satisfies AppStartType[];

/** Lines at a prompt are not typed. @throws BadRequest for one that is none */
function checkStartType(startType: unknown): void {
  if (startTypes.includes(startType)) return;
  throw new BadRequestError(
    `startType: expected 'permanent', 'transient' or 'temporary', found ${describeValue(startType)}`,
  );
}
