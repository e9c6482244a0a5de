import { IllegalStateError, NoReceiverError } from '../errors/index.ts';
import type { Arrival, Identity, LocalDirectory, ProcessId } from '../exchange/index.ts';
import { noTracing, type Tracing } from '../interact/index.ts';
import { LifecycleObject, type LifecycleState } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { CancelledRequests } from './cancelled-requests.ts';
import { assertProcessClass, CellFactory } from './cell-factory.ts';
import { processDefaults } from './config.ts';
import { ContractGuard } from './contract-guard.ts';
import type { ExitReason, Process, ProcessClass, SpawnOptions } from './process.ts';
import type { ProcessCell, ProcessHost } from './process-cell.ts';
import { ProcessRegistry } from './process-registry.ts';
import { ProcessRouter } from './process-router.ts';
import type { Conversations, ServiceExchange } from './seams.ts';
import { ServiceGroup } from './service-group.ts';

/** Of the time that a container has for stopping; the rest is for apps and the exchange. */
const shareOfStop = 0.8;

/** Options of the process manager. */
export interface ProcessOptions {
  /** Milliseconds that the handlers of a process get to finish when it ends. Default 5000. */
  readonly shutdownMs?: number;
  /** One-way and pid-addressed messages that may wait for a process that does not say itself. Default 1024. */
  readonly mailboxLimit?: number;
  /** Milliseconds that the container has for stopping everything. Default: each process has its `shutdownMs`, however many there are. */
  readonly stopMs?: number;
}

/** What a {@link ProcessManager} works with. */
export interface ProcessManagerParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly conversations: Conversations;
  readonly exchange: ServiceExchange;
  /** Default: nobody traces. */
  readonly tracing?: Tracing;
  readonly options: ProcessOptions;
}

/** A process as `ps()` shows it. */
export interface ProcessInfo {
  readonly id: ProcessId;
  readonly name: string;
  readonly service: string | undefined;
  /** It also answers to `<container>.<localName>`. */
  readonly localName: string | undefined;
  readonly state: LifecycleState;
  /** Messages waiting and being handled. */
  readonly load: number;
  readonly handled: number;
  /** One-way messages that found the mailbox full. */
  readonly dropped: number;
  readonly operations: readonly string[];
  readonly ageMs: number;
}

/** A handler that was still running when its process ended. */
export interface UnfinishedHandler {
  readonly id: ProcessId;
  readonly name: string;
  readonly op: string;
  readonly ageMs: number;
}

/**
 * Spawns the processes of a container, knows them, and gives each message that comes in to the one it is for. Termination ends what
 * is left in reverse order of spawning.
 */
export class ProcessManager extends LifecycleObject implements LocalDirectory, ProcessHost {
  readonly #parts: ProcessManagerParts;
  readonly #registry = new ProcessRegistry();
  readonly #factory: CellFactory;
  readonly #router: ProcessRouter;
  readonly #guard: ContractGuard;
  readonly #parents = new Map<ProcessId, ProcessCell>();
  readonly #cancelled: CancelledRequests;
  #unfinished: UnfinishedHandler[] = [];
  #isEnding = false;
  /** When all processes must have ended. */
  #endsAt: number | undefined;

  constructor(parts: ProcessManagerParts) {
    super();
    this.#parts = parts;
    this.#cancelled = new CancelledRequests(parts.env.clock);
    this.#guard = new ContractGuard(parts);
    this.#factory = new CellFactory({ ...parts, host: this, nextNumber: () => this.#registry.nextNumber() });
    this.#router = new ProcessRouter({ ...parts, registry: this.#registry, cancelled: this.#cancelled });
  }

  /** Handlers that outlived their processes so far. */
  get unfinished(): readonly UnfinishedHandler[] {
    return this.#unfinished;
  }

  /**
   * Spawns an instance of `processClass` and resolves with its id once it is ACTIVE (READY with `activate: false`).
   *
   * @throws IllegalState unless the container is running, ConfigurationError for a class that lacks handlers, Conflict for a local name that
   * is taken, and whatever the constructor or a hook throws; then nothing of the process is left
   */
  async spawn(processClass: ProcessClass, options: SpawnOptions = {}): Promise<ProcessId> {
    assertProcessClass(processClass);
    if (this.state !== 'ACTIVE' || this.#isEnding) {
      throw new IllegalStateError(
        `no process can be spawned while the process manager is ${this.state === 'ACTIVE' ? 'ending' : this.state}`,
      );
    }
    const cell = this.#factory.make(processClass, options);
    this.#registry.add(cell);
    await cell.initialize();
    if (cell.state !== 'READY') {
      throw new IllegalStateError(`process ${cell.id} was ended while it was being spawned`);
    }
    if (options.activate !== false) await cell.activate();
    return cell.id;
  }

  /** Ends a process of this container; resolves when it has ended. @throws NoReceiver if there is none of that id */
  async terminateProcess(id: string, reason: ExitReason = 'normal'): Promise<void> {
    const cell = this.#registry.byId(id);
    if (cell === undefined)
      throw new NoReceiverError(`there is no process '${id}' in container ${this.container}`);
    await cell.exit(reason);
  }

  /** The process of that id, while it lives here. */
  get(id: string): Process | undefined {
    return this.#registry.byId(id)?.process;
  }

  /** The processes of this container in the order of spawning. */
  list(): readonly ProcessInfo[] {
    const now = this.env.clock.now();
    return this.#registry.cells.map((cell) => ({
      id: cell.id,
      name: cell.name,
      service: cell.serviceName,
      localName: cell.localName,
      state: cell.state,
      load: cell.load,
      handled: cell.handled,
      dropped: cell.dropped,
      operations: cell.operations,
      ageMs: Math.round(now - cell.startedAt),
    }));
  }

  /** The services that this container hosts. */
  services(): readonly string[] {
    return this.#registry.groups.map((group) => group.service);
  }

  hasFreeInstance(service: string, underway: number): boolean {
    return this.#registry.group(service)?.hasFree(underway) ?? false;
  }

  hasLocalName(name: string): boolean {
    return this.#registry.byLocalName(name) !== undefined;
  }

  /** Takes a message that came in for a process of this container. Never throws. */
  accept(arrival: Arrival): void {
    this.#router.accept(arrival);
  }

  /** A caller has given up a request that a process of this container handles, or that is still on its way here. */
  cancel(arrival: Arrival): void {
    this.#router.cancel(arrival);
  }

  /** The reader of a stream takes more parts. */
  grant(arrival: Arrival): void {
    this.#router.grant(arrival);
  }

  // What cells ask for.

  get container(): string {
    return this.#parts.identity.container;
  }
  get sysname(): string {
    return this.#parts.identity.sysname;
  }
  get env(): Env {
    return this.#parts.env;
  }
  /** While everything ends, each process gets its share of what is left of the container's time, so that none of the others starves. */
  get shutdownMs(): number {
    if (this.#endsAt === undefined) return this.#ownShutdownMs;
    const leftMs = Math.max(0, this.#endsAt - this.env.clock.now());
    return Math.min(this.#ownShutdownMs, leftMs / Math.max(1, this.#registry.cells.length));
  }

  get #ownShutdownMs(): number {
    return this.#parts.options.shutdownMs ?? processDefaults.shutdownMs;
  }

  get conversations(): Conversations {
    return this.#parts.conversations;
  }
  get tracing(): Tracing {
    return this.#parts.tracing ?? noTracing;
  }
  instances(service: string): number {
    return this.#registry.group(service)?.size ?? 0;
  }

  async spawnChild(
    parent: ProcessCell,
    processClass: ProcessClass,
    options?: SpawnOptions,
  ): Promise<ProcessId> {
    const id = await this.spawn(processClass, options);
    if (this.#registry.byId(id) !== undefined) this.#parents.set(id, parent);
    return id;
  }

  async terminateChild(id: ProcessId, reason: ExitReason): Promise<void> {
    try {
      await this.#registry.byId(id)?.exit(reason);
    } catch (error) {
      this.#parts.logger.error('a child process did not end properly', { process: id, error });
    }
  }

  async declareNames(cell: ProcessCell): Promise<void> {
    const { serviceName, contract } = cell;
    if (serviceName === undefined) return;
    if (contract !== undefined && this.#registry.group(serviceName) === undefined)
      await this.#guard.assertFitsOthers(serviceName, contract);
    let group = this.#registry.group(serviceName);
    for (const member of group?.members ?? []) {
      if (contract !== undefined && member.contract !== undefined)
        this.#guard.assertFits(serviceName, contract, member.contract);
    }
    if (group === undefined) {
      group = new ServiceGroup(this.#parts.exchange.serviceReceiver(serviceName));
      this.#registry.addGroup(group);
    }
    await group.join(cell);
  }

  async openNames(cell: ProcessCell): Promise<void> {
    if (cell.serviceName !== undefined) await this.#registry.group(cell.serviceName)?.open(cell);
  }

  async closeNames(cell: ProcessCell): Promise<void> {
    const group = cell.serviceName === undefined ? undefined : this.#registry.group(cell.serviceName);
    if (group === undefined) return;
    const left = group.leave(cell);
    if (group.isEmpty) this.#registry.removeGroup(group);
    try {
      await left;
    } catch (error) {
      this.#parts.logger.warn('a service could not be closed properly', { service: group.service, error });
    }
  }

  passOn(arrival: Arrival): void {
    this.#router.passOn(arrival);
  }

  reportUnfinished({ id, name }: ProcessCell, op: string, ageMs: number): void {
    this.#unfinished = [...this.#unfinished.slice(-99), { id, name, op, ageMs: Math.round(ageMs) }];
    this.#parts.logger.warn('a handler still runs although its process has ended', {
      process: id,
      name,
      op,
      ageMs: Math.round(ageMs),
    });
  }

  ended(cell: ProcessCell, reason: ExitReason): void {
    this.#registry.remove(cell);
    this.#parents.get(cell.id)?.childEnded(cell.id);
    this.#parents.delete(cell.id);
    const { logger } = this.#parts;
    if (typeof reason === 'object')
      logger.error('process failed', { process: cell.id, name: cell.name, error: reason.error });
    else logger.debug('process ended', { process: cell.id, name: cell.name, reason });
  }

  protected override async onTerminate(): Promise<void> {
    // What is spawned from here on would be left.
    this.#isEnding = true;
    const { stopMs } = this.#parts.options;
    if (stopMs !== undefined) this.#endsAt = this.env.clock.now() + stopMs * shareOfStop;
    for (const cell of [...this.#registry.cells].reverse()) {
      // A parent takes its children with it, so some are gone when their turn comes.
      if (this.#registry.byId(cell.id) !== undefined) await this.terminateChild(cell.id, 'shutdown');
    }
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }
}
