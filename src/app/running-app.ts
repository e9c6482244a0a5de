import { ConfigurationError, IllegalStateError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { AppContainer, AppInfo, AppModule, AppStarted } from './app.ts';
import type { AppDefinition } from './app-definition.ts';
import { mergeArguments } from './arguments.ts';

/** The processes of the container, as apps use them. */
export interface AppProcesses {
  spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  terminateProcess(id: string, reason?: ExitReason): Promise<void>;
  get(id: string): unknown;
}

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
  readonly args?: Readonly<Record<string, unknown>>;
}

/** One instance of an app in this container: its module, what it spawned, and the state it keeps for its `stop`. */
export class RunningApp implements AppContainer {
  readonly definition: AppDefinition;
  readonly instance: string;
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
  readonly #module: AppModule;
  readonly #args: Readonly<Record<string, unknown>>;
  readonly #processes: AppProcesses;
  readonly #spawned: ProcessId[] = [];
  readonly #givenUp: Promise<never>;
  #giveUp: (reason: unknown) => void = () => undefined;
  #started: AppStarted | undefined;
  #isEnding = false;
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
    this.id = container.id;
    this.sysname = container.sysname;
    this.env = container.env;
    this.logger = container.logger.room(definition.name).child({ app: this.instance });
    this.#args = launch.args ?? mergeArguments({ own: mod?.keywordArgs, file: args });
    this.#processes = processes;
    this.#givenUp = new Promise((_resolve, reject) => {
      this.#giveUp = reject;
    });
    // Nobody waits for it but a start in progress.
    this.#givenUp.catch(() => undefined);
  }

  get info(): AppInfo {
    const { name, version, file } = this.definition;
    return { name, instance: this.instance, version, file, root: this.#started?.[0] ?? null };
  }

  async spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    this.#refuseEnding();
    const id = await this.#processes.spawn(processClass, options);
    this.#spawned.push(id);
    // The app was stopped meanwhile, and what it had spawned by then has been ended.
    if (this.#isEnding) await this.#endProcesses();
    this.#refuseEnding();
    return id;
  }

  async terminate(id: ProcessId, reason?: ExitReason): Promise<void> {
    await this.#processes.terminateProcess(id, reason);
  }

  /**
   * Calls the module's `start`; if it fails, what it had spawned is ended.
   *
   * @throws ConfigurationError if it returns no pair, or the id of no process, IllegalState when {@link stop} is called meanwhile, whatever it throws
   */
  async start(): Promise<void> {
    try {
      await Promise.race([this.#start(), this.#givenUp]);
    } catch (error) {
      await this.#endProcesses();
      throw error;
    }
  }

  /**
   * Calls the module's `stop`, then ends what is left of its processes, the last spawned first. A failing `stop` is logged. A start in
   * progress is given up, not waited for; should the module's `start` succeed later all the same, its `stop` is called then.
   */
  async stop(): Promise<void> {
    this.#giveUp(new IllegalStateError(`app '${this.instance}' was stopped while it was starting`));
    if (this.#started !== undefined) await this.#callStop(this.#started);
    await this.#endProcesses();
  }

  async #start(): Promise<void> {
    const { mod, file, name } = this.definition;
    const started: unknown = await this.#module.start(
      this,
      'permanent',
      this.definition,
      this.#args,
      ...(mod?.positionalArgs ?? []),
    );
    if (!isStarted(started)) {
      throw new ConfigurationError(
        `${file}: 'start' of app '${name}' must return [process id or null, [state…]]`,
      );
    }
    const [root] = started;
    // One that the app spawned may have ended by now.
    if (root !== null && !this.#spawned.includes(root) && this.#processes.get(root) === undefined) {
      throw new ConfigurationError(
        `${file}: 'start' of app '${name}' returned '${root}', which is no process of this container; return the id that spawn() gives, or null`,
      );
    }
    if (this.#isEnding) await this.#callStop(started);
    else this.#started = started;
  }

  async #callStop([, state]: AppStarted): Promise<void> {
    try {
      await this.#module.stop?.(this, state);
    } catch (error) {
      this.logger.error('stop of an app failed', { error });
    }
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
    for (let id = this.#spawned.pop(); id !== undefined; id = this.#spawned.pop()) {
      if (this.#processes.get(id) === undefined) continue;
      try {
        await this.#processes.terminateProcess(id, 'shutdown');
      } catch (error) {
        this.logger.error('a process of an app did not end properly', { process: id, error });
      }
    }
  }
}

function isStarted(value: unknown): value is AppStarted {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [root, state] = value;
  return (root === null || typeof root === 'string') && Array.isArray(state);
}
