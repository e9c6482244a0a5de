import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { Process, type ProcessClass, type SpawnOptions } from '../process/index.ts';
import type { ChildSpec, SupervisorDeclaration, SupervisorFlags } from '../supervisor/index.ts';
import type { AppContainer, AppModule, AppStarted, AppStartType } from './app.ts';
import type { AppChildSpec, AppDefinition, AppProcessSpec, AppSupervisorSpec } from './app-definition.ts';
import type { AppProcesses } from './app-processes.ts';
import { AppSupervisor, type ChildFailure, TreeReports } from './app-supervisor.ts';
import { type Arguments, changeOf, mergeArguments, transferChange } from './arguments.ts';
import { restartNeeded } from './restart-needed.ts';

/** A process of an app with its class. */
export interface TreeProcess {
  readonly spec: AppProcessSpec;
  readonly processClass: ProcessClass;
}

/** A supervisor of an app with what is under it. */
export interface TreeSupervisor {
  readonly spec: AppSupervisorSpec;
  readonly children: readonly TreeItem[];
}

export type TreeItem = TreeProcess | TreeSupervisor;

/** A running app that is a tree. */
export interface RunningTree {
  readonly definition: AppDefinition;
  readonly instance: string;
  readonly root: ProcessId | null;
  readonly logger: Logger;
}

/** A process of the tree that is to have other arguments. */
interface Affected {
  readonly id: ProcessId;
  readonly before: Arguments;
  readonly after: Arguments;
}

/**
 * What stands for the module of an app that is a list of processes: `start` spawns the supervisor of them all, whose id is the app's root.
 * They start in their order before it is READY; if one fails, those before it are ended and the start of the app fails.
 */
export class AppTree implements AppModule {
  readonly #instance: string;
  readonly #items: readonly TreeItem[];
  readonly #reports = new TreeReports();
  /** The app's, in force. A process that is started again finds those of that time. */
  #args: Arguments = {};

  constructor(instance: string, items: readonly TreeItem[]) {
    this.#instance = instance;
    this.#items = items;
  }

  readonly start = async (
    container: AppContainer,
    _startType: AppStartType,
    app: AppDefinition,
    args: Arguments,
  ): Promise<AppStarted> => {
    this.#args = args;
    const root = this.#supervisor(app.supervisor, this.#items);
    return [await container.spawn(root, { name: `app-supervisor-${this.#instance}`, args }), []];
  };

  /** What failed last, if a supervisor of the app has used up its restarts. */
  get givenUpAfter(): ChildFailure | undefined {
    return this.#reports.givenUpAfter;
  }

  /**
   * Gives the app other arguments: each process whose own differ then is told by its `onConfigChange`, in the order of the file; those that are
   * started later find them.
   *
   * @throws ConflictError if the class of such a process has no `onConfigChange`, whatever one throws, or what `late` rejects with while one
   * is told; all have the old ones again then, but for one that hangs and takes the new ones later
   */
  async configure(
    app: RunningTree,
    args: Arguments,
    processes: AppProcesses,
    late: Promise<never>,
  ): Promise<void> {
    const affected = this.#affected(app, args, processes);
    const before = this.#args;
    this.#args = args;
    const told: Affected[] = [];
    try {
      for (const process of affected) {
        await Promise.race([tell(process.id, process.after, processes), late]);
        told.unshift(process);
      }
    } catch (error) {
      this.#args = before;
      // The one that failed has its old ones back already.
      for (const process of told) {
        await tell(process.id, process.before, processes).catch((cause: unknown) => {
          const message = 'a process does not take its former arguments back';
          app.logger.error(message, { process: process.id, error: cause });
        });
      }
      throw error;
    }
  }

  /** @throws ConflictError if one of them cannot be told */
  #affected(app: RunningTree, args: Arguments, processes: AppProcesses): readonly Affected[] {
    const root = app.root === null ? undefined : processes.get(app.root);
    const running = root instanceof AppSupervisor ? runningProcesses(root, this.#items, processes) : [];
    return running.flatMap(({ spec, process }) => {
      const before = ownArguments(spec, this.#args);
      const change = changeOf(before, ownArguments(spec, args));
      const after = change && transferChange(change, before, process.args);
      if (after === undefined || changeOf(process.args, after) === undefined) return [];
      if (process.onConfigChange === undefined) {
        const why = `the class ${process.constructor.name} of its process '${spec.name}' has no 'onConfigChange'`;
        throw restartNeeded(app, why);
      }
      return [{ id: process.id, before: process.args, after }];
    });
  }

  #supervisor(flags: SupervisorFlags | undefined, items: readonly TreeItem[]): ProcessClass {
    const declaration = { ...flags, children: items.map((item) => this.#child(item)) };
    const reports = this.#reports;
    return class DeclaredSupervisor extends AppSupervisor {
      protected override readonly declaration: SupervisorDeclaration = declaration;
      protected override readonly reports: TreeReports = reports;
    };
  }

  #child(item: TreeItem): ChildSpec {
    const common = childSpec(item.spec);
    if ('children' in item) {
      return { ...common, start: this.#supervisor(item.spec.supervisor, item.children) };
    }
    const args = (): Arguments => ownArguments(item.spec, this.#args);
    return { ...common, start: item.processClass, options: spawnOptions(item.spec, args) };
  }
}

/** The processes of a supervisor and of those under it that run, in the order of their start. */
function runningProcesses(
  supervisor: AppSupervisor,
  items: readonly TreeItem[],
  processes: AppProcesses,
): readonly { readonly spec: AppProcessSpec; readonly process: Process }[] {
  const children = supervisor.describe()?.children ?? [];
  return children.flatMap(({ id, pid }) => {
    // Those of simple_one_for_one have no ids, and are all of one kind.
    const item = id === undefined ? items[0] : items.find(({ spec }) => spec.name === id);
    const process = pid === undefined ? undefined : processes.get(pid);
    if (item === undefined || !(process instanceof Process)) return [];
    if (!('children' in item)) return [{ spec: item.spec, process }];
    return process instanceof AppSupervisor ? runningProcesses(process, item.children, processes) : [];
  });
}

/** One that has ended meanwhile is started again with the new ones, or not at all. */
async function tell(id: ProcessId, args: Arguments, processes: AppProcesses): Promise<void> {
  try {
    await processes.configure(id, args);
  } catch (error) {
    if (processes.get(id) !== undefined) throw error;
  }
}

function ownArguments(spec: AppProcessSpec, args: Arguments): Arguments {
  return mergeArguments({ own: spec.args, file: args });
}

function childSpec({ name, restart, shutdown, significant, restartDelay }: AppChildSpec) {
  return {
    id: name,
    ...(restart !== undefined && { restart }),
    ...(shutdown !== undefined && { shutdown }),
    ...(significant !== undefined && { significant }),
    ...(restartDelay !== undefined && { restartDelay }),
  };
}

/** `args` is asked at each start, as it may be one after a change. */
function spawnOptions(spec: AppProcessSpec, args: () => Arguments): SpawnOptions {
  const { serviceName, localName, concurrency, startTimeoutMs } = spec;
  return {
    get args() {
      return args();
    },
    ...(serviceName !== undefined && { serviceName }),
    ...(localName !== undefined && { localName }),
    ...(concurrency !== undefined && { concurrency }),
    ...(startTimeoutMs !== undefined && { startTimeoutMs }),
  };
}
