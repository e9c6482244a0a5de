import { IllegalStateError, UnavailableError } from '../errors/index.ts';
import type { Arrival, ProcessId } from '../exchange/index.ts';
import type { GroupGoal, LifecycleGroup, LifecycleObject } from '../lifecycle/index.ts';
import { afterwards } from '../util/index.ts';
import { AwaitedEnd } from './awaited-end.ts';
import { Bonds } from './bonds.ts';
import { isChildKeeper } from './child-keeper.ts';
import { configureProcess } from './configure-process.ts';
import type { HandledMessage } from './crash-report.ts';
import type { ExitReason } from './exit-reason.ts';
import { OwnChildren } from './own-children.ts';
import { ownObjects } from './own-objects.ts';
import { OwnSubscriptions, type SubscribingOwner } from './own-subscriptions.ts';
import type { ExitSignal, Process, ProcessClass, Shutdown, SpawnOptions } from './process.ts';
import { activateProcess, type BeginningProcess, initializeProcess } from './process-beginning.ts';
import { type ContextOwner, OwnContext } from './process-context.ts';
import { type EndingProcess, ProcessEnding } from './process-ending.ts';
import type { GivenUp } from './process-life.ts';
import { isObeyed, type OrderedProcess } from './process-orders.ts';
import type { ProcessCellParts, ProcessKind } from './process-parts.ts';
import { runInProcessScope, type Scope, type ScopeOwner } from './scope.ts';
import { Signal } from './signal.ts';
import { WorkingProcess } from './working-process.ts';

/**
 * The container's side of one process. Authors see a {@link Process}, which acts through an {@link OwnContext}. Here is its life: its states, its children and
 * bonds, and how the one leads to the other. What it was given is the {@link HostedProcess} in it, its messages are the {@link WorkingProcess}; how it begins
 * stands in `process-beginning.ts`, how it ends in {@link ProcessEnding}, what messages order it to do in `process-orders.ts`.
 *
 * There may be a great many, and most need little: whatever a process may do without is made when it is first needed.
 */
export class ProcessCell
  extends WorkingProcess<ProcessCell>
  implements
    ContextOwner,
    Scope,
    ScopeOwner,
    SubscribingOwner,
    OrderedProcess,
    BeginningProcess,
    EndingProcess
{
  readonly process: Process;
  /** The process that has spawned it, if one of this container did. */
  parent: ProcessCell | undefined = undefined;
  isTrapping = false;
  isAskedAgain = false;
  isInitialized = false;
  /** Whoever spawns it waits for it yet. */
  isStarting = true;
  /** Told to whoever spawns it and waits, until it has. */
  onceEnded: ((reason: ExitReason) => void) | undefined = undefined;
  #children: OwnChildren | undefined;
  #bonds: Bonds | undefined;
  #objects: LifecycleGroup | undefined;
  /** Where its lifecycle objects are to be. */
  #goal: GroupGoal = 'INIT';
  #subscriptions: OwnSubscriptions | undefined;
  #ending: ProcessEnding | undefined;
  #reason: ExitReason | undefined;
  #stopped: AwaitedEnd | undefined;
  #isBegun = false;
  /** While it becomes ACTIVE, and when it could not. */
  #activation: Promise<unknown> | undefined;
  #isActivating = false;

  constructor(kind: ProcessKind<ProcessCell>, parts: ProcessCellParts) {
    super(kind, parts);
    try {
      this.process = this.inScope(() => new kind.processClass(new OwnContext(this)));
    } catch (error) {
      // What the constructor had begun, children and bonds, ends with it.
      this.kill({ error });
      throw error;
    }
    if (isChildKeeper(this.process)) this.#children ??= new OwnChildren(this);
  }

  get owner(): this {
    return this;
  }
  /** Made when somebody is bound to it: most processes never are. */
  get bonds(): Bonds {
    this.#bonds ??= new Bonds();
    return this.#bonds;
  }
  /** Made when it subscribes: most processes never do. */
  get subscriptions(): OwnSubscriptions {
    this.#subscriptions ??= new OwnSubscriptions(this);
    return this.#subscriptions;
  }
  get hasEnded(): boolean {
    return this.#reason !== undefined;
  }
  /** Why it has ended, if it has. */
  get reason(): ExitReason | undefined {
    return this.#reason;
  }
  /** Its first hook was called. */
  get isBegun(): boolean {
    return this.#isBegun;
  }
  /** It was killed since it had not ended in its time. */
  get isOverdue(): boolean {
    return this.#ending?.isOverdue === true;
  }
  get stopped(): Promise<ExitReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    this.#stopped ??= new AwaitedEnd();
    return this.#stopped.reason;
  }

  /** Why it has given up, if it is a supervisor that has. */
  get givenUp(): GivenUp | undefined {
    return this.#children?.givenUp;
  }
  get takesNothing(): boolean {
    return this.#ending?.takesNothing === true;
  }

  spawnChild(processClass: ProcessClass, options?: SpawnOptions): ProcessId | Promise<ProcessId> {
    return afterwards(this.host.spawnChild(this, processClass, options), (id: ProcessId) =>
      // Too late to be ended with the others.
      this.#ending?.hasEndedChildren === true ? afterwards(this.#children?.end(), () => id) : id,
    );
  }

  async endChild(id: ProcessId, reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason> {
    const child = this.find(id);
    if (child === undefined) return 'noproc';
    if (this.#children?.has(id) !== true) {
      throw new IllegalStateError(
        `process ${id} is no child of process ${this.id}, which therefore cannot end it`,
      );
    }
    return child.exitPromptly(reason, shutdown);
  }

  /** A child is being spawned: from here on it ends with this process. */
  adopt(id: ProcessId): void {
    this.#children ??= new OwnChildren(this);
    this.#children.adopt(id);
  }

  /** A child has ended. Gives what its keeper says of it. */
  childEnded(id: ProcessId, reason: ExitReason): Readonly<Record<string, unknown>> | undefined {
    return this.#children?.ended(id, reason);
  }

  /** Replaces the arguments and tells the process, in its turn. If its hook fails the old ones are back, and it rejects with that. */
  configure(args: Readonly<Record<string, unknown>>): Promise<void> {
    return configureProcess(this, args);
  }

  addLifecycleObject(object: LifecycleObject): void {
    if (this.state !== 'INIT') {
      throw new IllegalStateError(
        `process ${this.id} is ${this.state}, and addLifecycleObject is for INIT; take registerLifecycleObject`,
        { details: { process: this.id, state: this.state } },
      );
    }
    const objects = this.#madeObjects();
    objects.assertTakes(object);
    void objects.add(object);
  }

  registerLifecycleObject(object: LifecycleObject): Promise<void> {
    return this.#madeObjects().add(object);
  }

  /** Something linked has ended: this process ends for the same reason, or is told. */
  exitSignal(signal: ExitSignal): void {
    if (this.isTrapping) {
      this.bonds.addExit(signal);
      this.post(new Signal((process) => (this.bonds.takeExit(signal) ? process.onExit(signal) : undefined)));
    } else if (signal.reason !== 'normal') {
      this.#end.ask(signal.reason);
    }
  }

  /**
   * Ends the process for `reason`; resolves when it has ended, with the reason for which it did: `killed` if it was not done in time. Asked again
   * meanwhile, it is the same end for the first reason, in the shorter time.
   */
  exit(reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason> {
    this.#end.ask(reason, shutdown);
    return this.stopped;
  }

  /** As {@link exit}, for those outside of the process: where there is nothing to wait for it has ended when this returns. */
  exitPromptly(reason: ExitReason, shutdown?: Shutdown): ExitReason | Promise<ExitReason> {
    this.#end.ask(reason, shutdown, !this.host.isTelling);
    return this.#reason ?? this.stopped;
  }

  /**
   * Ends the process at once: nothing is awaited and no hook called. Node cannot stop its code, but it is cut off: names closed, mailbox handed
   * on, running requests answered with `Unavailable`, its own calls rejected, signals aborted, its children killed, and whatever it
   * tries later is refused. Its lifecycle objects are terminated in the background: they hold what must be released in any case.
   */
  kill(reason?: ExitReason): void {
    this.#end.kill(reason);
  }

  /** An error that nobody handled came out of its code: it crashes, whatever it is doing. */
  strayError(error: unknown): void {
    this.#end.strayError(error);
  }

  /** Runs code of the author in the process's name, outside any message. */
  inScope<Result>(fn: () => Result): Result {
    return this.attributesStrayErrors ? runInProcessScope(this, fn) : fn();
  }

  runStray<Args extends readonly unknown[]>(fn: (...args: Args) => unknown, args: Args): void {
    if (this.hasEnded) {
      this.countRefused();
      return;
    }
    try {
      const result = this.inScope(() => fn(...args));
      if (result instanceof Promise) result.catch((error: unknown) => this.strayError(error));
    } catch (error) {
      this.strayError(error);
    }
  }

  /** Takes a message, or refuses it with a reply (ION's arrival rules by state). */
  accept(arrival: Arrival): void {
    if (isObeyed(this, arrival)) return;
    if (this.takesNothing) this.passOn(arrival);
    else if (this.state !== 'ACTIVE' && arrival.wantsReply && !arrival.fromSharedQueue) this.#refuse(arrival);
    else this.loop().take(arrival);
  }

  /** Whoever asks again, as an order may while it is being spawned, waits for the same. */
  override activate(): Promise<unknown> {
    if (this.#activation !== undefined) return this.#activation;
    const { state } = this;
    if (this.#isActivating || state === 'ACTIVE') return this.stateReached('ACTIVE');
    this.#isActivating = true;
    const activating = super.activate();
    this.#isActivating = false;
    if (this.state === 'ACTIVE') {
      this.work?.pump();
      return activating;
    }
    this.#activation = this.#activated(activating);
    return this.#activation;
  }

  protected override onInitialize(): void | Promise<void> {
    this.#isBegun = true;
    this.#goal = 'READY';
    return initializeProcess(this);
  }

  protected override onActivate(): void | Promise<void> {
    this.#goal = 'ACTIVE';
    return activateProcess(this);
  }

  protected override onTerminate(): unknown {
    return this.#end.inOrder();
  }

  protected override onError(cause?: unknown): Promise<void> {
    return this.#end.crashed(cause);
  }

  // As what begins and ends.

  get ownChildren(): OwnChildren | undefined {
    return this.#children;
  }
  get ownSubscriptions(): OwnSubscriptions | undefined {
    return this.#subscriptions;
  }
  get ownObjects(): LifecycleGroup | undefined {
    return this.#objects;
  }
  endObjects(): void | Promise<void> {
    this.#goal = 'TERMINATED';
    const objects = this.#objects;
    return objects && this.inScope(() => objects.terminate(this.env.clock, this.shutdownMs));
  }
  cutOff(): void {
    this.abandon();
  }
  declareNames(): void | Promise<void> {
    return this.host.declareNames(this);
  }
  openNames(): void | Promise<void> {
    return this.host.openNames(this);
  }
  closeNames(): void | Promise<void> {
    return this.host.closeNames(this);
  }
  reportUnfinished(op: string, ageMs: number): void {
    this.host.reportUnfinished(this, op, ageMs);
  }

  /** Everybody who should know is told, its keeper first. */
  ended(reason: ExitReason, handling: readonly HandledMessage[]): void {
    this.#reason = reason;
    const host = this.host;
    host.tellingBegins();
    try {
      host.ended(this, { reason, handling });
      this.#bonds?.dissolve(this, reason);
    } finally {
      this.#stopped?.come(reason);
      this.onceEnded?.(reason);
      host.tellingEnds();
    }
  }

  get #end(): ProcessEnding {
    this.#ending ??= new ProcessEnding(this);
    return this.#ending;
  }

  /** Made when the process registers its first object: most have none. */
  #madeObjects(): LifecycleGroup {
    this.#objects ??= ownObjects(this.plainLogger, this.#goal);
    return this.#objects;
  }

  async #activated(activating: Promise<unknown>): Promise<unknown> {
    const result = await activating;
    this.#activation = undefined;
    this.work?.pump();
    return result;
  }

  #refuse(arrival: Arrival): void {
    const why = `process ${this.id} is ${this.state} and takes no requests`;
    this.responder.replyError(arrival, this.id, new UnavailableError(why, { details: { executed: 'no' } }));
    arrival.settle();
  }
}
