import {
  ConfigurationError,
  ContainerError,
  IllegalStateError,
  messageOf,
  placeOfCause,
  TimeoutError,
} from '../errors/index.ts';
import { appFacts } from './app-change.ts';
import { noteMisfit } from './app-graph.ts';
import type { AppManagerParts } from './app-manager-parts.ts';
import type { AppSlot, AppSlots, StartClaim } from './app-slot.ts';
import type { AppStops } from './app-stops.ts';
import type { AppWatch } from './app-watch.ts';
import { mergeArguments, patchArguments } from './arguments.ts';
import { appsConfig } from './config.ts';
import { LoadedApps } from './loaded-apps.ts';
import type { ModuleImports } from './module-imports.ts';
import { loadApp, type MakeModule } from './module-loader.ts';
import { waitForRemotes } from './remote-wait.ts';
import { RunningApp } from './running-app.ts';
import { refuse } from './source.ts';
import { noteClashes, type StartPlan, type StartStep } from './start-plan.ts';
import { within } from './time-limit.ts';

/** What {@link AppStarts} works with. */
export interface AppStartsParts {
  readonly manager: AppManagerParts;
  readonly slots: AppSlots;
  readonly stops: AppStops;
  readonly imports: ModuleImports;
  readonly watch: () => AppWatch | undefined;
  /** @throws IllegalState when nothing may be started any more */
  readonly refuseClosed: () => void;
}

/** Carries out plans: loads and starts apps, and undoes that when one fails. */
export class AppStarts {
  readonly loaded = new LoadedApps();
  readonly #parts: AppStartsParts;
  /** Rejects when all apps are being stopped. */
  readonly #closed: Promise<never>;
  #close: (reason: unknown) => void = () => undefined;

  constructor(parts: AppStartsParts) {
    this.#parts = parts;
    this.#closed = new Promise((_resolve, reject) => {
      this.#close = reject;
    });
    // Nobody waits for it but a load in progress.
    this.#closed.catch(() => undefined);
  }

  /** Gives up the loads in progress. */
  close(): void {
    this.#close(new IllegalStateError('no app can be loaded while the app manager is closing'));
  }

  /**
   * Starts what is planned, one after the other. If one fails, what only this plan needed is stopped, the last first, and what it loaded is
   * unloaded.
   */
  async carryOut(plan: StartPlan, signal?: AbortSignal): Promise<void> {
    plan.refuseProblems();
    const claim: StartClaim = {};
    const claimed: AppSlot[] = [];
    const loaded: string[] = [];
    try {
      for (const step of plan.steps) {
        this.#parts.refuseClosed();
        signal?.throwIfAborted();
        if (step.startType === 'load') {
          const isNew = !this.loaded.has(step.definition.name);
          await this.#load(step);
          if (isNew) loaded.push(step.definition.name);
          continue;
        }
        const slot = await this.#claim(step, claim);
        claimed.push(slot);
        await slot.started;
      }
    } catch (error) {
      const { slots, stops } = this.#parts;
      for (const slot of claimed.reverse()) {
        slot.claims.delete(claim);
        if (slots.has(slot) && !slot.isKept && slot.claims.size === 0) await stops.stop(slot);
      }
      for (const name of loaded) this.loaded.delete(name);
      throw error;
    }
    for (const slot of claimed) {
      slot.claims.delete(claim);
      slot.isKept = true;
    }
  }

  /** Its time is limited as that of a start; a load that others share goes on for them. */
  #load({ app, definition }: StartStep): Promise<void> {
    const { manager, imports } = this.#parts;
    const { clock } = manager.env;
    const { startTimeoutMs } = manager.config.section(appsConfig);
    return this.loaded.add(definition, async () => {
      try {
        const importing = loadApp(app, imports.of(definition.file));
        const made = await within(clock, startTimeoutMs, Promise.race([importing, this.#closed]), undefined);
        if (made !== undefined) return made;
        throw new ContainerError(
          'StartFailed',
          `app '${definition.name}' (${definition.file}) could not be loaded: ${notDone(startTimeoutMs)}`,
        );
      } catch (error) {
        imports.failed(definition.file, 'load');
        throw error;
      }
    });
  }

  /** The instance that serves a step: one that is there already, or a new one whose start begins now. */
  async #claim(step: StartStep, claim: StartClaim): Promise<AppSlot> {
    const { slots, manager, refuseClosed } = this.#parts;
    const { name } = step.definition;
    for (let slot = slots.latest(name); slot !== undefined && !step.mult; slot = slots.latest(name)) {
      if (slot.ended === undefined) {
        slot.claims.add(claim);
        if (step.isAsked && slot.hasStarted) {
          // It may be of another file than the one that was asked for.
          const { version, file } = slot.definition;
          manager.logger.warn('app runs already', { app: name, version, file });
        }
        return slot;
      }
      await slot.ended;
      refuseClosed();
    }
    this.#refuseMisfits(step);
    const slot = slots.add(step);
    slot.claims.add(claim);
    slot.started = this.#launch(slot);
    // Those who claim the slot await it; nobody may be left to.
    slot.started.catch(() => undefined);
    return slot;
  }

  /** Again, at the last moment: another call may have started something since the plan was made. */
  #refuseMisfits({ app, definition }: StartStep): void {
    const others = this.#parts.slots.all.flatMap((slot) =>
      slot.ended === undefined ? [slot.definition] : [],
    );
    noteClashes([app], others);
    for (const [index, requirement] of definition.applications.entries()) {
      const serving = others.findLast(({ name }) => name === requirement.name);
      const asker = { source: app, key: `applications[${index}]` };
      if (serving !== undefined && !requirement.remote) noteMisfit(requirement, serving, asker);
    }
    refuse(app.problems);
  }

  async #launch(slot: AppSlot): Promise<void> {
    const { manager, slots, stops, imports, watch } = this.#parts;
    const { definition, instance } = slot;
    let app: RunningApp;
    let isLoaded = false;
    try {
      const make = await this.#attend(slot, Promise.race([this.#code(slot), slot.givenUp]));
      isLoaded = true;
      slot.refuseEnded();
      await this.#awaitRemotes(slot);
      slot.refuseEnded();
      app = this.#run(slot, make);
      slot.app = app;
      await this.#attend(slot, app.start());
      slot.refuseEnded();
    } catch (cause) {
      if (watch() === undefined) imports.failed(definition.file, isLoaded ? 'start' : 'load');
      // One that was told to stop keeps its name until it has ended.
      if (slot.ended !== undefined) throw cause;
      slots.delete(slot);
      watch()?.ended(instance);
      const error = startFailed(slot, cause);
      manager.appChanged?.({ type: 'failed', ...appFacts(slot), error });
      throw error;
    }
    slot.hasStarted = true;
    watch()?.started(instance);
    manager.logger.info('app started', { app: instance, version: definition.version });
    manager.appChanged?.({ type: 'started', ...appFacts(slot) });
    void app.rootEnded.then((reason) => stops.rootEnded(slot, reason));
  }

  /** While files are watched, each start loads its own copy. */
  #code({ step, instance, definition }: AppSlot): Promise<MakeModule> {
    const importModule = this.#parts.watch()?.begin(instance, step);
    if (importModule !== undefined) return loadApp(step.app, importModule);
    return this.loaded.codeOf(definition) ?? loadApp(step.app, this.#parts.imports.of(definition.file));
  }

  async #awaitRemotes(slot: AppSlot): Promise<void> {
    const { identity, env, logger, config, isServed } = this.#parts.manager;
    await waitForRemotes(slot.step.awaits, {
      clock: env.clock,
      logger,
      sysname: identity.sysname,
      isServed,
      logEveryMs: config.section(appsConfig).slowStartMs,
      instance: slot.instance,
      onMissing: (services) => {
        slot.waitingFor = services;
      },
      givenUp: slot.givenUp,
    });
  }

  #run({ definition, instance, startType, step }: AppSlot, make: MakeModule): RunningApp {
    const { identity, env, logger, processes, config, options } = this.#parts.manager;
    const { stopTimeoutMs } = config.section(appsConfig);
    const args = mergeArguments({
      own: definition.mod?.keywordArgs,
      file: definition.args,
      release: step.args,
      override: options.argumentOverrides?.[definition.name],
    });
    const container = { id: identity.container, sysname: identity.sysname, env, logger };
    return new RunningApp(definition, make(instance), container, processes, {
      instance,
      args: patchArguments(args, step.configured),
      startType,
      stopTimeoutMs,
    });
  }

  /** Warns when the work takes long, and gives the start up when it takes too long. */
  async #attend<Result>(slot: AppSlot, work: Promise<Result>): Promise<Result> {
    const { env, logger, config } = this.#parts.manager;
    const { slowStartMs, startTimeoutMs } = config.section(appsConfig);
    const slow = env.clock.timer(slowStartMs, () => {
      logger.warn('an app is still starting', { app: slot.instance, sinceMs: slowStartMs });
    });
    const limit = env.clock.timer(startTimeoutMs, () => {
      slot.giveUp(new TimeoutError(notDone(startTimeoutMs)));
    });
    try {
      return await work;
    } finally {
      slow.cancel();
      limit.cancel();
    }
  }
}

function notDone(startTimeoutMs: number): string {
  return `it was not done after ${startTimeoutMs} ms; mend what it waits for, or give it more time with apps.startTimeoutMs`;
}

function startFailed({ instance, definition }: AppSlot, cause: unknown): ContainerError {
  const { file } = definition;
  if (cause instanceof ConfigurationError) {
    if (cause.message.includes(file)) return cause;
    // Of a class or an option: it cannot know which app it was spawned for.
    return new ConfigurationError(`${file}: app '${instance}': ${cause.message}`, { cause });
  }
  const place = placeOfCause(cause);
  const reason = place === undefined ? messageOf(cause) : `${messageOf(cause)} (${place})`;
  return new ContainerError('StartFailed', `app '${instance}' (${file}) could not be started: ${reason}`, {
    cause,
  });
}
