import { ConfigurationError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { AppContainer, AppInfo, AppModule, AppStarted } from './app.ts';
import type { AppDefinition } from './app-definition.ts';

/** The processes of the container, as apps use them. */
export interface AppProcesses {
  spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  terminateProcess(id: string, reason?: ExitReason): Promise<void>;
  get(id: string): unknown;
}

/** One app in this container: its module, what it spawned, and the state it keeps for its `stop`. */
export class RunningApp implements AppContainer {
  readonly definition: AppDefinition;
  readonly id: string;
  readonly sysname: string;
  readonly env: Env;
  readonly logger: Logger;
  readonly #module: AppModule;
  readonly #processes: AppProcesses;
  readonly #spawned: ProcessId[] = [];
  #started: AppStarted = [null, []];

  constructor(
    definition: AppDefinition,
    module: AppModule,
    container: { readonly id: string; readonly sysname: string; readonly env: Env; readonly logger: Logger },
    processes: AppProcesses,
  ) {
    this.definition = definition;
    this.#module = module;
    this.id = container.id;
    this.sysname = container.sysname;
    this.env = container.env;
    this.logger = container.logger.child({ app: definition.name });
    this.#processes = processes;
  }

  get info(): AppInfo {
    const { name, version, file } = this.definition;
    return { name, version, file, root: this.#started[0] };
  }

  async spawn(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    const id = await this.#processes.spawn(processClass, options);
    this.#spawned.push(id);
    return id;
  }

  async terminate(id: ProcessId, reason?: ExitReason): Promise<void> {
    await this.#processes.terminateProcess(id, reason);
  }

  /** Calls the module's `start`; if it fails, what it had spawned is ended. */
  async start(): Promise<void> {
    const { mod, args, file, name } = this.definition;
    try {
      const started: unknown = await this.#module.start(
        this,
        'permanent',
        this.definition,
        { ...mod.keywordArgs, ...args },
        ...mod.positionalArgs,
      );
      if (!isStarted(started)) {
        throw new ConfigurationError(
          `${file}: 'start' of app '${name}' must return [process id or null, [state…]]`,
        );
      }
      this.#started = started;
    } catch (error) {
      await this.#endProcesses();
      throw error;
    }
  }

  /** Calls the module's `stop`, then ends what is left of its processes, the last spawned first. A failing `stop` is logged. */
  async stop(): Promise<void> {
    try {
      await this.#module.stop?.(this, this.#started[1]);
    } catch (error) {
      this.logger.error('stop of an app failed', { error });
    }
    await this.#endProcesses();
  }

  async #endProcesses(): Promise<void> {
    for (let id = this.#spawned.pop(); id !== undefined; id = this.#spawned.pop()) {
      if (this.#processes.get(id) === undefined) continue;
      try {
        await this.#processes.terminateProcess(id, 'shutdown');
      } catch (error) {
        this.logger.error('a process of an app did not end properly', { id, error });
      }
    }
  }
}

function isStarted(value: unknown): value is AppStarted {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [root, state] = value;
  return (root === null || typeof root === 'string') && Array.isArray(state);
}
