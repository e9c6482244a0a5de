import type { Message } from '../codec/index.ts';
import { ConflictError, NoReceiverError } from '../errors/index.ts';
import type { Arrival, Identity, LocalDirectory, ProcessId } from '../exchange/index.ts';
import type { Tracing } from '../interact/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { CancelledRequests } from './cancelled-requests.ts';
import { CellFactory } from './cell-factory.ts';
import { CellHost } from './cell-host.ts';
import { assertEnd } from './check-end.ts';
import { changedNames, configChange } from './config-change.ts';
import { ContractGuard } from './contract-guard.ts';
import type { CrashReport } from './crash-report.ts';
import type { ExitReason } from './exit-reason.ts';
import { HostedServices } from './hosted-services.ts';
import type { Process, ProcessClass, Shutdown, SpawnOptions } from './process.ts';
import type { ProcessCell } from './process-cell.ts';
import { ProcessEnds, type UnfinishedHandler } from './process-ends.ts';
import { type ProcessInfo, processInfo } from './process-info.ts';
import type { ProcessLife, ProcessNotice } from './process-life.ts';
import { ProcessLives } from './process-lives.ts';
import { ProcessRegistry } from './process-registry.ts';
import { ProcessRouter } from './process-router.ts';
import { ProcessSpawner } from './process-spawner.ts';
import { RemoteMonitors } from './remote-monitors.ts';
import type { Conversations, Events, ServiceExchange } from './seams.ts';

/** Options of the process manager. */
export interface ProcessOptions {
  /** Milliseconds that a process gets to end when it is asked to; then it is killed. Default 5000. */
  readonly shutdownMs?: number;
  /** Milliseconds that `onInit` and `onActivate` of a process may take together. Default 60 000. */
  readonly startTimeoutMs?: number;
  /** Whether an error that nobody handles ends the process it comes from. It costs a little for each message. Default true. */
  readonly attributeStrayErrors?: boolean;
  /** One-way and pid-addressed messages that may wait for a process that does not say itself. Default 1024. */
  readonly mailboxLimit?: number;
}

/** What a {@link ProcessManager} works with. */
export interface ProcessManagerParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly conversations: Conversations;
  readonly events: Events;
  readonly exchange: ServiceExchange;
  /** Default: nobody traces. */
  readonly tracing?: Tracing;
  readonly options: ProcessOptions;
}

/**
 * Spawns the processes of a container, knows them, and gives each message that comes in to the one it is for. Termination ends what
 * is left in reverse order of spawning.
 */
export class ProcessManager extends LifecycleObject implements LocalDirectory {
  readonly #container: string;
  readonly #registry = new ProcessRegistry();
  readonly #lives: ProcessLives;
  readonly #router: ProcessRouter;
  readonly #services: HostedServices;
  readonly #ends: ProcessEnds;
  readonly #remote: RemoteMonitors;
  readonly #host: CellHost;
  readonly #spawner: ProcessSpawner;

  constructor(parts: ProcessManagerParts) {
    super();
    const { identity, env, logger } = parts;
    this.#container = identity.container;
    this.#lives = new ProcessLives(logger);
    const shared = { ...parts, registry: this.#registry, lives: this.#lives };
    this.#router = new ProcessRouter({ ...shared, cancelled: new CancelledRequests(env.clock) });
    this.#services = new HostedServices({
      ...shared,
      guard: new ContractGuard(parts),
      giveBack: (arrival) => this.#router.giveBack(arrival),
    });
    this.#ends = new ProcessEnds(shared);
    this.#remote = new RemoteMonitors({ ...parts, container: identity.container });
    this.#host = new CellHost({
      ...shared,
      router: this.#router,
      services: this.#services,
      ends: this.#ends,
      remote: this.#remote,
      spawnChild: (parent, processClass, options) => this.#spawner.spawnChild(parent, processClass, options),
    });
    const nextNumber = () => this.#registry.nextNumber();
    const factory = new CellFactory({ ...parts, host: this.#host, nextNumber });
    this.#spawner = new ProcessSpawner({ ...shared, manager: this, factory, ends: this.#ends });
  }

  /** Handlers that outlived their processes so far. */
  get unfinished(): readonly UnfinishedHandler[] {
    return this.#ends.unfinished;
  }

  /**
   * Spawns an instance of `processClass` and resolves with its id once it is ACTIVE (READY with `activate: false`). `begun` is called with the id
   * before any hook: by it a process that is still being spawned can be ended.
   *
   * @throws IllegalState unless the container is running, ConfigurationError for a class that lacks handlers, Conflict for a local name that
   * is taken, and whatever the constructor or a hook throws; then nothing of the process is left
   */
  spawn(
    processClass: ProcessClass,
    options?: SpawnOptions,
    begun?: (id: ProcessId) => void,
  ): Promise<ProcessId> {
    return this.#spawner.spawn(processClass, options, begun);
  }

  /**
   * Ends a process of this container; resolves, with the reason, when it has ended. By default it gets `process.shutdownMs` and is then killed.
   *
   * @throws NoReceiver if there is none of that id, BadRequest for a reason or a time that is none
   */
  async terminateProcess(
    id: string,
    reason: ExitReason = 'normal',
    shutdown?: Shutdown,
  ): Promise<ExitReason> {
    assertEnd('terminateProcess', reason, shutdown);
    return this.#living(id).exitPromptly(reason, shutdown);
  }

  /**
   * Ends a process at once: it is cut off from everything, its children are killed too, and no hook is called. See `docs/processes.md` for what that
   * means in Node. @throws NoReceiver if there is none of that id
   */
  kill(id: string): void {
    this.#living(id).kill();
  }

  /** Resolves with the reason when that process of this container has ended; `noproc` if none of that id lives. */
  stopped(id: string): Promise<ExitReason> {
    return this.#registry.byId(id)?.stopped ?? Promise.resolve('noproc');
  }

  /**
   * Gives a process other arguments while it runs: its `onConfigChange` is called in its turn, when `args` are its new ones. If that throws, the
   * old ones are back and this rejects with the same error.
   *
   * @throws NoReceiver if there is none of that id, ConflictError if its class has no `onConfigChange`
   */
  async configure(id: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const cell = this.#living(id);
    if (cell.process.onConfigChange === undefined) {
      throw new ConflictError(
        `process ${id} (${cell.name}) cannot be configured while it runs: its class has no onConfigChange; restart it`,
      );
    }
    const before = cell.args;
    await cell.configure(args);
    const changed = changedNames(configChange(before, args));
    this.#lives.configured(cell, cell.parent?.id, changed);
  }

  /** Calls `listener` for each process that ends for no orderly reason. Returns what ends that. What it throws is logged. */
  onCrash(listener: (report: CrashReport) => void): () => void {
    return this.#ends.onCrash(listener);
  }

  /**
   * Calls `listener` for each process that starts or ends, whatever the reason. Returns what ends that. What it throws is logged. While nobody listens it costs
   * nothing.
   */
  onLife(listener: (life: ProcessLife) => void): () => void {
    return this.#lives.onLife(listener);
  }

  /** Calls `listener` when a process has taken other arguments, and when a supervisor has given up. Otherwise as {@link onLife}. */
  onNotice(listener: (notice: ProcessNotice) => void): () => void {
    return this.#lives.onNotice(listener);
  }

  /** How often what was left of ended processes tried to act, and was refused. */
  get refusedAfterEnd(): number {
    return this.#host.refused;
  }

  /** The process of that id, while it lives here. */
  get(id: string): Process | undefined {
    return this.#registry.byId(id)?.process;
  }

  /** The processes of this container in the order of spawning. */
  list(): readonly ProcessInfo[] {
    return this.#registry.cells.map(processInfo);
  }

  /** The services that this container hosts. */
  services(): readonly string[] {
    return this.#registry.groups.map((group) => group.service);
  }

  /** While the container drains a busy instance is free enough: nobody here takes from the queue any more. */
  hasFreeInstance(service: string, underway: number, message: Message): boolean {
    return this.#services.hasFreeInstance(service, underway, message);
  }

  hasLocalName(name: string): boolean {
    return this.#registry.byLocalName(name) !== undefined;
  }

  /** Takes a message that came in for a process of this container. Never throws. */
  accept(arrival: Arrival): void {
    if (!this.#services.takesBack(arrival)) this.#router.accept(arrival);
  }

  /**
   * The container is going to stop: from here on nothing is taken from the queues of services, and what was taken from them and not begun goes
   * back. Calls from this container to services that have an instance here stay here, even if it is busy. Resolves when the consumers are
   * cancelled and what goes back is on its way. Never rejects.
   *
   * @param endsAt when all processes must have ended, on the monotonic clock: none gets more than half of what is left until then, so that one that is
   * stuck leaves the others theirs
   */
  drain(endsAt: number): Promise<void> {
    this.#ends.expectAllBy(endsAt);
    return this.#services.drain();
  }

  /** Kills every process that is left, the last spawned first: their time is over. */
  cutOff(): void {
    this.#spawner.close();
    this.#ends.cutOff();
  }

  /** How many processes live. */
  get size(): number {
    return this.#registry.size;
  }

  /** A caller has given up a request that a process of this container handles, or that is still on its way here. */
  cancel(arrival: Arrival): void {
    this.#router.cancel(arrival);
  }

  /** The reader of a stream takes more parts. */
  grant(arrival: Arrival): void {
    this.#router.grant(arrival);
  }

  protected override async onTerminate(): Promise<void> {
    this.#spawner.close();
    await this.#ends.endAll();
    this.#remote.close();
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  #living(id: string): ProcessCell {
    const cell = this.#registry.byId(id);
    if (cell !== undefined) return cell;
    throw new NoReceiverError(`there is no process '${id}' in container ${this.#container}`);
  }
}
