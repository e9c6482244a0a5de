import { ConfigurationError, ContainerError, IllegalStateError, TimeoutError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ConfigChange, ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import { errorOf, exitText } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { AppContainer, AppModule, AppStarted, AppStartType } from './app.ts';
import type { AppDefinition } from './app-definition.ts';
import type { AppProcesses } from './app-processes.ts';
import type { ChildFailure } from './app-supervisor.ts';
import { AppTree } from './app-tree.ts';
import { type Arguments, changeOf, mergeArguments } from './arguments.ts';
import { restartNeeded } from './restart-needed.ts';
import { within } from './time-limit.ts';

/** The container's facts that apps see. */
export interface AppSurroundings {
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
}

/** What distinguishes one start of an app from another. */
export interface AppLaunch {
  /** The name among the instances of this container: `hello`, `hello#2`. Default: the app's name. */
  readonly instance?: string;
  /** The arguments, merged. Default: those of the app file. */
  readonly args?: Arguments;
  /** Default `temporary`. */
  readonly startType?: AppStartType;
  /** How long its `stop` is waited for when its start fails, or {@link RunningApp.stop} does not say. Default 5 000. */
  readonly stopTimeoutMs?: number;
}

/** One instance of an app in this container: its module, what it spawned, and the state it keeps for its `stop`. */
export class RunningApp implements AppContainer {
  readonly definition: AppDefinition;
  readonly instance: string;
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
  /** Resolves with the reason when the root process has ended, whoever ended it; never for an app without one. */
  readonly rootEnded: Promise<ExitReason>;
  readonly #module: AppModule;
  readonly #startType: AppStartType;
  readonly #processes: AppProcesses;
  readonly #stopTimeoutMs: number;
  /** Those that live or are being spawned, in that order, with how they will have ended. */
  readonly #spawned = new Map<ProcessId, Promise<ExitReason>>();
  /** Those that ended before the app had started: its root may be among them. */
  readonly #early = new Map<ProcessId, ExitReason>();
  readonly #givenUp: Promise<never>;
  #giveUp: (reason: unknown) => void = () => undefined;
  #rootHasEnded: (reason: ExitReason) => void = () => undefined;
  #args: Arguments;
  #started: AppStarted | undefined;
  #isGivenUp = false;
  #stopped: Promise<void> | undefined;
  #isEnding = false;
  #isStopUnfinished = false;
  /** One end of processes at a time, so that their order holds. */
  #ended: Promise<void> = Promise.resolve();

  constructor(
    definition: AppDefinition,
    module: AppModule,
    container: AppSurroundings,
    processes: AppProcesses,
    launch: AppLaunch = {},
  ) {
    const { name, mod, args } = definition;
    this.definition = definition;
    this.instance = launch.instance ?? name;
    this.#module = module;
    this.#startType = launch.startType ?? 'temporary';
    this.#stopTimeoutMs = launch.stopTimeoutMs ?? 5_000;
    this.id = container.id;
    this.sysname = container.sysname;
    this.env = container.env;
    this.logger = container.logger.room(definition.name).child({ app: this.instance });
    this.#args = launch.args ?? mergeArguments({ own: mod?.keywordArgs, file: args });
    this.#processes = processes;
    this.rootEnded = new Promise((resolve) => {
      this.#rootHasEnded = resolve;
    });
    this.#givenUp = new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
    // Nobody waits for it but a start in progress.
    this.#givenUp.catch(() => undefined);
  }

  /** The arguments in force. */
  get args(): Arguments {
    return this.#args;
  }

  /** Whether the module's `stop` had not ended in its time. */
  get isStopUnfinished(): boolean {
    return this.#isStopUnfinished;
  }

  /** The process whose end is the app's; null while there is none, or none yet. */
  get root(): ProcessId | null {
    return this.#started?.[0] ?? null;
  }

  /** What failed last, if its supervisors are declared in its file and one of them has used up its restarts. */
  get givenUpAfter(): ChildFailure | undefined {
    return this.#module instanceof AppTree ? this.#module.givenUpAfter : undefined;
  }

  async spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    this.#refuseEnding();
    const id = await this.#processes.spawn(processClass, options, (begun) => this.#own(begun));
    // The app was stopped meanwhile, and this process with it.
    if (this.#isEnding) await this.#endProcesses();
    this.#refuseEnding();
    return id;
  }

  async terminate(id: ProcessId, reason?: ExitReason): Promise<void> {
    await this.#processes.terminateProcess(id, reason);
  }

  /**
   * Calls the module's `start`, then its `startPhase` for each phase of the file. If anything fails, the module's `stop` is called, unless
   * `start` itself failed, and what was spawned is ended.
   *
   * @throws ConfigurationError if `start` returns no pair, or the id of no process, StartFailed if the root ends meanwhile, what
   * {@link giveUp} was called with, IllegalState when {@link stop} is called meanwhile, whatever the module throws
   */
  async start(): Promise<void> {
    try {
      await Promise.race([this.#start(), this.#givenUp]);
    } catch (error) {
      this.#isGivenUp = true;
      await this.#end(this.#stopTimeoutMs);
      throw error;
    }
  }

  /** Makes a start in progress fail with this reason. Should the module's `start` succeed later all the same, its `stop` is called then. */
  giveUp(reason: unknown): void {
    this.#isGivenUp = true;
    this.#giveUp(reason);
  }

  /**
   * Calls the module's `stop` and ends what is left of its processes, the last spawned first. A `stop` that fails, or has not ended after
   * `timeoutMs`, is logged. A start in progress is given up, not waited for.
   */
  async stop(timeoutMs = this.#stopTimeoutMs): Promise<void> {
    this.giveUp(new IllegalStateError(`app '${this.instance}' was stopped while it was starting`));
    await this.#end(timeoutMs);
  }

  /**
   * Gives the running app other arguments, which its module's `onConfigChange` is told of; if none differs, it is not.
   *
   * @throws ConflictError if the module has no such function, Timeout when it is not done after so many milliseconds, or whatever it throws; the
   * arguments stay as they were then
   */
  async configure(args: Arguments, timeoutMs = 120_000): Promise<void> {
    const change = changeOf(this.#args, args);
    if (change === undefined) return;
    let tooLate: (error: TimeoutError) => void = () => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      tooLate = reject;
    });
    const timer = this.env.clock.timer(timeoutMs, () => tooLate(notTaken(this, timeoutMs)));
    try {
      await Promise.race([this.#tell(change, args, late), late]);
    } finally {
      timer.cancel();
    }
    this.#args = args;
  }

  /** `late` rejects when it has taken too long; nothing more is told then. */
  async #tell(change: ConfigChange, args: Arguments, late: Promise<never>): Promise<void> {
    if (this.#module instanceof AppTree) await this.#module.configure(this, args, this.#processes, late);
    else if (this.#module.onConfigChange === undefined) {
      throw restartNeeded(this, "its module exports no function 'onConfigChange'");
    } else await this.#module.onConfigChange(this, change, this.#started?.[1] ?? []);
  }

  async #start(): Promise<void> {
    const { mod, startPhases } = this.definition;
    const started = this.#check(
      await this.#module.start(
        this,
        this.#startType,
        this.definition,
        this.#args,
        ...(mod?.positionalArgs ?? []),
      ),
    );
    const [root, state] = started;
    if (this.#isGivenUp) {
      await this.#callStop(state, this.#stopTimeoutMs);
      return;
    }
    this.#started = started;
    if (root !== null) this.#watch(root);
    for (const { phase, args } of startPhases) {
      if (this.#isGivenUp) return;
      await this.#module.startPhase?.(this, phase, this.#startType, args, state);
    }
  }

  #check(started: unknown): AppStarted {
    const { file, name } = this.definition;
    if (!isStarted(started)) {
      throw new ConfigurationError(
        `${file}: 'start' of app '${name}' must return [process id or null, [state…]]`,
      );
    }
    const [root] = started;
    const isOurs = root === null || this.#spawned.has(root) || this.#early.has(root);
    if (!isOurs && this.#processes.get(root) === undefined) {
      throw new ConfigurationError(
        `${file}: 'start' of app '${name}' returned '${root}', which is no process of this container; return the id that spawn() gives, or null`,
      );
    }
    return started;
  }

  /** @throws StartFailed if the root has ended already */
  #watch(root: ProcessId): void {
    const early = this.#early.get(root);
    this.#early.clear();
    if (early !== undefined) throw rootEndedError(root, early);
    const ended = this.#spawned.get(root) ?? this.#processes.stopped(root);
    void ended.then((reason) => {
      this.giveUp(rootEndedError(root, reason));
      this.#rootHasEnded(reason);
    });
  }

  async #end(timeoutMs: number): Promise<void> {
    if (this.#started !== undefined) {
      this.#stopped ??= this.#callStop(this.#started[1], timeoutMs);
      await this.#stopped;
    }
    await this.#endProcesses();
  }

  async #callStop(state: readonly unknown[], timeoutMs: number): Promise<void> {
    const { stop } = this.#module;
    if (stop === undefined) return;
    const stopping = async (): Promise<void> => stop(this, state);
    try {
      const outcome = await within(this.env.clock, timeoutMs, stopping(), 'late');
      if (outcome === 'late') {
        this.#isStopUnfinished = true;
        this.logger.error('stop of an app does not end; it is not waited for any longer', { timeoutMs });
      }
    } catch (error) {
      this.logger.error('stop of an app failed', { error });
    }
  }

  /** From here on a process ends with the app, if it has not before. */
  #own(id: ProcessId): void {
    const stopped = this.#processes.stopped(id);
    this.#spawned.set(id, stopped);
    void stopped.then((reason) => {
      this.#spawned.delete(id);
      if (this.#started === undefined) this.#early.set(id, reason);
    });
  }

  #refuseEnding(): void {
    if (this.#isEnding) throw new IllegalStateError(`app '${this.instance}' has been stopped`);
  }

  #endProcesses(): Promise<void> {
    this.#isEnding = true;
    this.#ended = this.#ended.then(() => this.#endSpawned());
    return this.#ended;
  }

  async #endSpawned(): Promise<void> {
    for (const id of [...this.#spawned.keys()].reverse()) {
      this.#spawned.delete(id);
      if (this.#processes.get(id) === undefined) continue;
      try {
        await this.#processes.terminateProcess(id, 'shutdown');
      } catch (error) {
        this.logger.error('a process of an app did not end properly', { process: id, error });
      }
    }
  }
}

function notTaken({ instance }: RunningApp, timeoutMs: number): TimeoutError {
  return new TimeoutError(
    `app '${instance}' has not taken its new arguments after ${timeoutMs} ms; restart it with them: configure('${instance}', {…}, { restart: true })`,
  );
}

function rootEndedError(root: ProcessId, reason: ExitReason): ContainerError {
  return new ContainerError(
    'StartFailed',
    `its root process ${root} ended while it was starting: ${exitText(reason)}`,
    { cause: errorOf(reason) },
  );
}

function isStarted(value: unknown): value is AppStarted {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [root, state] = value;
  return (root === null || typeof root === 'string') && Array.isArray(state);
}
