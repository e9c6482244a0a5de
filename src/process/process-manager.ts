import type { Message } from '../codec/index.ts';
import { ConflictError, IllegalStateError, NoReceiverError } from '../errors/index.ts';
import type { Arrival, Identity, LocalDirectory, ProcessId } from '../exchange/index.ts';
import { noTracing, type Tracing } from '../interact/index.ts';
import { LifecycleObject, type LifecycleState } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import { type Env, TurnBudget } from '../util/index.ts';
import { CancelledRequests } from './cancelled-requests.ts';
import { assertProcessClass, CellFactory } from './cell-factory.ts';
import { assertEnd } from './check-end.ts';
import { processDefaults } from './config.ts';
import { changedNames, configChange } from './config-change.ts';
import { ContractGuard } from './contract-guard.ts';
import type { CrashReport } from './crash-report.ts';
import { CrashReports } from './crash-reports.ts';
import { Draining } from './draining.ts';
import { type ExitReason, isOrderlyExit } from './exit-reason.ts';
import type { MonitorId, Process, ProcessClass, Shutdown, SpawnOptions } from './process.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessLife, ProcessNotice } from './process-life.ts';
import { ProcessLives } from './process-lives.ts';
import type { ProcessEnd, ProcessHost } from './process-parts.ts';
import { ProcessRegistry } from './process-registry.ts';
import { ProcessRouter } from './process-router.ts';
import { RemoteMonitors } from './remote-monitors.ts';
import type { Conversations, Events, ServiceExchange } from './seams.ts';
import { ServiceGroup } from './service-group.ts';
import { assertNotEnded, type ProcessStart, startProcess, startTimeoutOf } from './start-process.ts';

/** Spawned in one turn of the event loop. */
const spawnsPerTurn = 1_000;
/** Of starts within each other's hooks. */
const maxNestedStarts = 50;

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

/** A process as `ps()` shows it. */
export interface ProcessInfo {
  readonly id: ProcessId;
  readonly name: string;
  readonly service: string | undefined;
  /** It also answers to `<container>.<localName>`. */
  readonly localName: string | undefined;
  readonly state: LifecycleState;
  /** The process that spawned it, if one of this container did. */
  readonly parent: ProcessId | undefined;
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
export class ProcessManager extends LifecycleObject implements LocalDirectory, ProcessHost<ProcessCell> {
  readonly #parts: ProcessManagerParts;
  readonly #registry = new ProcessRegistry();
  /** Spawning may be all that a program does for a while, and nothing else would come in meanwhile. */
  readonly #turns: TurnBudget;
  /** How many ends are being told just now, one in the midst of the other. */
  #telling = 0;
  /** How many starts are on the stack. */
  #starting = 0;
  readonly #factory: CellFactory;
  readonly #router: ProcessRouter;
  readonly #guard: ContractGuard;
  readonly #cancelled: CancelledRequests;
  readonly #remote: RemoteMonitors;
  readonly #crashes: CrashReports;
  readonly #lives: ProcessLives;
  #lastMonitor = 0;
  #refused = 0;
  #unfinished: UnfinishedHandler[] = [];
  #isEnding = false;
  #draining: Draining | undefined;
  /** When all processes must have ended. */
  #endsAt = Number.POSITIVE_INFINITY;
  /** That moment has come. */
  #isCutOff = false;

  constructor(parts: ProcessManagerParts) {
    super();
    this.#parts = parts;
    this.#turns = new TurnBudget(parts.env.scheduler, spawnsPerTurn);
    this.#cancelled = new CancelledRequests(parts.env.clock);
    this.#guard = new ContractGuard(parts);
    this.#factory = new CellFactory({ ...parts, host: this, nextNumber: () => this.#registry.nextNumber() });
    this.#crashes = new CrashReports(parts.logger);
    this.#lives = new ProcessLives(parts.logger);
    this.#remote = new RemoteMonitors({ ...parts, container: parts.identity.container });
    this.#router = new ProcessRouter({ ...parts, registry: this.#registry, cancelled: this.#cancelled });
  }

  /** Handlers that outlived their processes so far. */
  get unfinished(): readonly UnfinishedHandler[] {
    return this.#unfinished;
  }

  /**
   * Spawns an instance of `processClass` and resolves with its id once it is ACTIVE (READY with `activate: false`). `begun` is called with the id
   * before any hook: by it a process that is still being spawned can be ended.
   *
   * @throws IllegalState unless the container is running, ConfigurationError for a class that lacks handlers, Conflict for a local name that
   * is taken, and whatever the constructor or a hook throws; then nothing of the process is left
   */
  async spawn(
    processClass: ProcessClass,
    options: SpawnOptions = {},
    begun?: (id: ProcessId) => void,
  ): Promise<ProcessId> {
    assertProcessClass(processClass);
    const turn = this.#turns.take();
    if (turn !== undefined) await turn;
    if (this.state !== 'ACTIVE' || this.#isEnding) {
      throw new IllegalStateError(
        `no process can be spawned while the process manager is ${this.state === 'ACTIVE' ? 'ending' : this.state}`,
      );
    }
    return this.#spawn(processClass, options, undefined, begun);
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
    return this.#crashes.listen(listener);
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
    return this.#refused;
  }

  /** The process of that id, while it lives here. */
  get(id: string): Process | undefined {
    return this.#registry.byId(id)?.process;
  }

  /** The processes of this container in the order of spawning. */
  list(): readonly ProcessInfo[] {
    return this.#registry.cells.map((cell) => ({
      id: cell.id,
      name: cell.name,
      service: cell.serviceName,
      localName: cell.localName,
      parent: cell.parent?.id,
      state: cell.state,
      load: cell.load,
      handled: cell.handled,
      dropped: cell.dropped,
      operations: cell.operations,
      ageMs: cell.ageMs,
    }));
  }

  /** The services that this container hosts. */
  services(): readonly string[] {
    return this.#registry.groups.map((group) => group.service);
  }

  /** While the container drains a busy instance is free enough: nobody here takes from the queue any more. */
  hasFreeInstance(service: string, underway: number, message: Message): boolean {
    const group = this.#registry.group(service);
    if (group === undefined) return false;
    return group.hasFree(underway) || (this.#draining !== undefined && group.couldTake(message));
  }

  hasLocalName(name: string): boolean {
    return this.#registry.byLocalName(name) !== undefined;
  }

  /** Takes a message that came in for a process of this container. Never throws. */
  accept(arrival: Arrival): void {
    if (this.#draining !== undefined && arrival.fromSharedQueue) this.#draining.take(arrival);
    else this.#router.accept(arrival);
  }

  /**
   * The container is going to stop: from here on nothing is taken from the queues of services, and what was taken from them and not begun goes
   * back. Calls from this container to services that have an instance here stay here, even if it is busy. Resolves when the consumers are
   * cancelled and what goes back is on its way. Never rejects.
   *
   * @param endsAt when all processes must have ended, on the monotonic clock: none gets more than half of what is left until then, so that one that is
   * stuck leaves the others theirs
   */
  async drain(endsAt: number): Promise<void> {
    this.#endsAt = endsAt;
    const draining = new Draining((arrival) => this.#router.giveBack(arrival));
    this.#draining = draining;
    const drained = this.#registry.groups.map((group) => group.drain());
    for (const group of this.#registry.groups) {
      for (const cell of group.members)
        for (const arrival of cell.takeShared()) if (!arrival.giveBack()) draining.take(arrival);
    }
    await Promise.all(drained);
    draining.consumersCancelled();
  }

  /** Kills every process that is left, the last spawned first: their time is over. */
  cutOff(): void {
    this.#isEnding = true;
    this.#isCutOff = true;
    // Children go with their parents, who else would start them again.
    for (const cell of this.#registry.cells.toReversed()) if (cell.parent === undefined) cell.kill();
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
  get shutdownMs(): number {
    return Math.min(this.#parts.options.shutdownMs ?? processDefaults.shutdownMs, this.mostMs);
  }
  get mostMs(): number {
    if (this.#endsAt === Number.POSITIVE_INFINITY) return this.#endsAt;
    return Math.max(0, this.#endsAt - this.env.clock.now()) / 2;
  }
  get conversations(): Conversations {
    return this.#parts.conversations;
  }
  get events(): Events {
    return this.#parts.events;
  }
  get tracing(): Tracing {
    return this.#parts.tracing ?? noTracing;
  }
  get attributesStrayErrors(): boolean {
    return this.#parts.options.attributeStrayErrors ?? processDefaults.attributeStrayErrors;
  }
  find(id: string): ProcessCell | undefined {
    return this.#registry.byId(id);
  }
  nextMonitor(): MonitorId {
    this.#lastMonitor += 1;
    return this.#lastMonitor;
  }
  monitorRemote(id: string, watcher: ProcessId, tell: (reason: ExitReason) => void): () => void {
    return this.#remote.watch(id, watcher, tell);
  }
  countRefused(): void {
    this.#refused += 1;
  }
  instances(service: string): number {
    const { size } = this.#registry.group(service) ?? { size: 0 };
    return this.#draining !== undefined && size === 1 ? 0 : size;
  }

  spawnChild(
    parent: ProcessCell,
    processClass: ProcessClass,
    options?: SpawnOptions,
  ): ProcessId | Promise<ProcessId> {
    assertProcessClass(processClass);
    const turn = this.#turns.take();
    if (turn === undefined) return this.#spawn(processClass, options ?? {}, parent);
    return turn.then(() => {
      // Its parent may have ended while it waited.
      if (parent.hasEnded)
        throw new IllegalStateError(`process ${parent.id} has ended, and can spawn no child`);
      return this.#spawn(processClass, options ?? {}, parent);
    });
  }

  get isTelling(): boolean {
    return this.#telling > 0;
  }
  tellingBegins(): void {
    this.#telling += 1;
  }
  tellingEnds(): void {
    this.#telling -= 1;
  }

  declareNames(cell: ProcessCell): void | Promise<void> {
    const { serviceName } = cell;
    return serviceName === undefined ? undefined : this.#declareName(cell, serviceName);
  }

  openNames(cell: ProcessCell): void | Promise<void> {
    return this.#groupOf(cell)?.open(cell);
  }

  closeNames(cell: ProcessCell): void | Promise<void> {
    const group = this.#groupOf(cell);
    return group && this.#leave(group, cell);
  }

  passOn(arrival: Arrival): void {
    if (arrival.giveBack()) return;
    if (this.#draining !== undefined && arrival.fromSharedQueue) this.#draining.take(arrival);
    else this.#router.passOn(arrival);
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

  ended(cell: ProcessCell, { reason, handling }: ProcessEnd): void {
    this.#registry.remove(cell);
    if (cell.isAskedAgain) this.#registry.remember(cell, reason);
    this.#parts.conversations.endCallsOf(cell.id);
    const { parent } = cell;
    cell.parent = undefined;
    const child = parent?.childEnded(cell.id, reason);
    if (isOrderlyExit(reason)) {
      this.#parts.logger.debug('process ended', { process: cell.id, name: cell.name, reason });
    } else {
      const { id, name, serviceName: service, isStarting: starting, handled, ageMs } = cell;
      const processClass = cell.processClass.name;
      const overdue = cell.isOverdue || (reason === 'killed' && this.#isCutOff);
      const facts = { id, name, processClass, service, reason, handling, starting, overdue };
      this.#crashes.tell({ ...facts, ageMs, handled, parent: parent?.id, child });
    }
    this.#lives.ended(cell, parent?.id, reason);
  }

  protected override async onTerminate(): Promise<void> {
    // What is spawned from here on would be left.
    this.#isEnding = true;
    for (const cell of this.#registry.cells.toReversed()) {
      // Children are their parents' to end: a supervisor that lost one before its turn would start it again.
      if (cell.parent === undefined) await cell.exit('shutdown');
    }
    this.#remote.close();
  }

  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  #living(id: string): ProcessCell {
    const cell = this.#registry.byId(id);
    if (cell !== undefined) return cell;
    throw new NoReceiverError(`there is no process '${id}' in container ${this.container}`);
  }

  #spawn(
    processClass: ProcessClass,
    options: SpawnOptions,
    parent: ProcessCell | undefined,
    begun?: (id: ProcessId) => void,
  ): ProcessId | Promise<ProcessId> {
    if (this.state !== 'ACTIVE' || this.#isEnding) {
      throw new IllegalStateError(
        `no process can be spawned while the process manager is ${this.state === 'ACTIVE' ? 'ending' : this.state}`,
      );
    }
    const timeoutMs = startTimeoutOf(
      options.startTimeoutMs ??
        processClass.startTimeoutMs ??
        this.#parts.options.startTimeoutMs ??
        processDefaults.startTimeoutMs,
    );
    // Before any of its code runs.
    this.#registry.assertFree(options.localName);
    const cell = this.#factory.make(processClass, options);
    // Its constructor, which runs here, may have ended its parent.
    if (parent?.hasEnded === true) cell.kill();
    assertNotEnded(cell);
    this.#registry.add(cell);
    if (parent !== undefined) {
      cell.parent = parent;
      parent.adopt(cell.id);
    }
    begun?.(cell.id);
    const start = { activate: options.activate !== false, timeoutMs };
    // Who is started in place of one that has ended comes after everybody has been told of that end; and hooks that spawn do not nest without bound.
    const isLater = this.#telling > 0 || this.#starting >= maxNestedStarts;
    const starting = isLater ? this.#startLater(cell, start) : this.#start(cell, start);
    return starting === undefined ? this.#started(cell) : this.#startedAfter(starting, cell);
  }

  #start(cell: ProcessCell, start: ProcessStart): Promise<void> | undefined {
    this.#starting += 1;
    try {
      return startProcess(cell, start);
    } finally {
      this.#starting -= 1;
    }
  }

  async #startLater(cell: ProcessCell, start: ProcessStart): Promise<void> {
    await undefined;
    if (cell.hasEnded) cell.isStarting = false;
    assertNotEnded(cell);
    await this.#start(cell, start);
  }

  async #startedAfter(starting: Promise<void>, cell: ProcessCell): Promise<ProcessId> {
    await starting;
    return this.#started(cell);
  }

  #started(cell: ProcessCell): ProcessId {
    if (!cell.hasEnded) this.#lives.started(cell, cell.parent?.id);
    return cell.id;
  }

  #groupOf({ serviceName }: ProcessCell): ServiceGroup | undefined {
    return serviceName === undefined ? undefined : this.#registry.group(serviceName);
  }

  async #declareName(cell: ProcessCell, serviceName: string): Promise<void> {
    const { contract } = cell;
    if (contract !== undefined && this.#registry.group(serviceName) === undefined)
      await this.#guard.assertFitsOthers(serviceName, contract);
    let group = this.#registry.group(serviceName);
    for (const member of group?.members ?? []) {
      if (contract !== undefined && member.contract !== undefined)
        this.#guard.assertFits(serviceName, contract, member.contract);
    }
    if (group === undefined) {
      group = new ServiceGroup(this.#parts.exchange.serviceReceiver(serviceName));
      if (this.#draining !== undefined) void group.drain();
      this.#registry.addGroup(group);
    }
    await group.join(cell);
  }

  async #leave(group: ServiceGroup, cell: ProcessCell): Promise<void> {
    const left = group.leave(cell);
    if (group.isEmpty) this.#registry.removeGroup(group);
    try {
      await left;
    } catch (error) {
      this.#parts.logger.warn('a service could not be closed properly', { service: group.service, error });
    }
  }
}
