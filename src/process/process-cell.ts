import { makeMessage } from '../codec/index.ts';
import { IllegalStateError, UnavailableError } from '../errors/index.ts';
import { Arrival, type ProcessId } from '../exchange/index.ts';
import type { Answers, Cause, Tracing } from '../interact/index.ts';
import { type GroupGoal, type LifecycleGroup, LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import { afterwards, type Env, isThenable, type WheelEntry } from '../util/index.ts';
import { answerAtEnd } from './answer-at-end.ts';
import { Bonds } from './bonds.ts';
import { isChildKeeper } from './child-keeper.ts';
import { configChange } from './config-change.ts';
import type { Contract } from './contract.ts';
import { contractDescription } from './contract-description.ts';
import type { HandledMessage } from './crash-report.ts';
import type { EventDelivery } from './event-delivery.ts';
import type { ExitReason } from './exit-reason.ts';
import { exitText } from './exit-text.ts';
import { loadingCodecs } from './operation-table.ts';
import { OwnChildren } from './own-children.ts';
import { ownObjects } from './own-objects.ts';
import { OwnSubscriptions, type SubscribingOwner } from './own-subscriptions.ts';
import {
  type ExitSignal,
  type MonitorId,
  Process,
  type ProcessClass,
  type Shutdown,
  type SpawnOptions,
} from './process.ts';
import { type ContextOwner, OwnContext } from './process-context.ts';
import { type EndingProcess, ProcessEnding } from './process-ending.ts';
import type { GivenUp } from './process-life.ts';
import type { ProcessCellParts, ProcessHost, ProcessKind } from './process-parts.ts';
import { runInProcessScope, type Scope, type ScopeOwner } from './scope.ts';
import type { Conversations, Events } from './seams.ts';
import { Signal } from './signal.ts';
import { signalOperation } from './system-operations.ts';
import type { WorkHost } from './work-host.ts';
import { WorkLoop } from './work-loop.ts';

/**
 * The container's side of one process: lifecycle, mailbox, children, bonds. Authors see a {@link Process}, which acts through an
 * {@link OwnContext}; how it ends stands in {@link ProcessEnding}.
 *
 * There may be a great many, and most need little: whatever a process may do without is made when it is first needed.
 */
export class ProcessCell
  extends LifecycleObject
  implements ContextOwner, WorkHost, Scope, ScopeOwner, SubscribingOwner, EndingProcess
{
  readonly id: ProcessId;
  /** Its number in the container. */
  readonly number: number;
  readonly name: string;
  readonly localName: string | undefined;
  readonly process: Process;
  /** The process that has spawned it, if one of this container did. */
  parent: ProcessCell | undefined = undefined;
  isTrapping = false;
  isAskedAgain = false;
  /** Whoever spawns it waits for it yet. */
  isStarting = true;
  /** Told to whoever spawns it and waits, until it has. */
  onceEnded: ((reason: ExitReason) => void) | undefined = undefined;
  readonly #kind: ProcessKind<ProcessCell>;
  readonly #startedAt: number;
  #args: Readonly<Record<string, unknown>>;
  #work: WorkLoop | undefined;
  #children: OwnChildren | undefined;
  #bonds: Bonds | undefined;
  #objects: LifecycleGroup | undefined;
  /** Where its lifecycle objects are to be. */
  #goal: GroupGoal = 'INIT';
  #subscriptions: OwnSubscriptions | undefined;
  #logger: Logger | undefined;
  #ending: ProcessEnding | undefined;
  #reason: ExitReason | undefined;
  #stopped:
    | { readonly promise: Promise<ExitReason>; readonly resolve: (reason: ExitReason) => void }
    | undefined;
  #isBegun = false;
  #isInitialized = false;
  /** While it becomes ACTIVE, and when it could not. */
  #activation: Promise<unknown> | undefined;
  #isActivating = false;

  constructor(kind: ProcessKind<ProcessCell>, { id, number, name, localName, args }: ProcessCellParts) {
    super();
    this.id = id;
    this.number = number;
    this.name = name;
    this.localName = localName;
    this.#kind = kind;
    this.#args = args;
    this.#startedAt = kind.host.env.clock.now();
    try {
      this.process = this.inScope(() => new kind.processClass(new OwnContext(this)));
    } catch (error) {
      // What the constructor had begun, children and bonds, ends with it.
      this.kill({ error });
      throw error;
    }
    if (isChildKeeper(this.process)) this.#children ??= new OwnChildren(this);
  }

  get serviceName(): string | undefined {
    return this.#kind.serviceName;
  }
  get processClass(): ProcessClass {
    return this.#kind.processClass;
  }
  get ageMs(): number {
    return Math.round(this.now() - this.#startedAt);
  }
  /** What it serves, if it is typed. */
  get contract(): Contract | undefined {
    return this.#kind.processClass.contract;
  }
  get container(): string {
    return this.#host.container;
  }
  get sysname(): string {
    return this.#host.sysname;
  }
  get args(): Readonly<Record<string, unknown>> {
    return this.#args;
  }
  get env(): Env {
    return this.#host.env;
  }
  get logger(): Logger {
    const conversation = this.#work?.current?.message.conversationId ?? '';
    return conversation === '' ? this.plainLogger : this.plainLogger.child({ conversation });
  }
  /** Outside of any message. */
  get plainLogger(): Logger {
    this.#logger ??= this.#kind.logger.room(this.name).child({ process: this.id, name: this.name });
    return this.#logger;
  }
  get owner(): this {
    return this;
  }
  get attributesStrayErrors(): boolean {
    return this.#host.attributesStrayErrors;
  }
  /** Made when somebody is bound to it: most processes never are. */
  get bonds(): Bonds {
    this.#bonds ??= new Bonds();
    return this.#bonds;
  }
  get current(): Cause | undefined {
    return this.#work?.current;
  }
  get conversations(): Conversations {
    return this.#host.conversations;
  }
  get events(): Events {
    return this.#host.events;
  }
  get concurrency(): number {
    return this.#kind.concurrency;
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
  get isInitialized(): boolean {
    return this.#isInitialized;
  }
  /** It was killed since it had not ended in its time. */
  get isOverdue(): boolean {
    return this.#ending?.isOverdue === true;
  }
  get stopped(): Promise<ExitReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    this.#stopped ??= deferred();
    return this.#stopped.promise;
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#work?.load ?? 0;
  }
  /** Whether a message that came now would be begun at once. */
  get isFree(): boolean {
    return this.places > 0;
  }
  /** How many messages that came now would be begun at once. */
  get places(): number {
    return this.#work?.places ?? (this.isOpen ? this.#kind.concurrency : 0);
  }
  get handled(): number {
    return this.#work?.handled ?? 0;
  }
  /** One-way messages that found the mailbox full. */
  get dropped(): number {
    return this.#work?.dropped ?? 0;
  }
  get operations(): readonly string[] {
    return [...this.#kind.operations.keys()].filter((op) => op !== signalOperation);
  }
  /** Why it has given up, if it is a supervisor that has. */
  get givenUp(): GivenUp | undefined {
    return this.#children?.givenUp;
  }
  /** The processes that it has spawned and that live. */
  get children(): readonly ProcessId[] {
    return this.#children?.ids ?? [];
  }

  get isOpen(): boolean {
    return this.state === 'ACTIVE' && !this.#takesNothing;
  }
  get responder(): Answers {
    return this.#host.conversations.responder;
  }
  get tracing(): Tracing {
    return this.#host.tracing;
  }
  now(): number {
    return this.env.clock.now();
  }
  arm(entry: WheelEntry, delayMs: number): void {
    this.#host.conversations.arm(entry, delayMs);
  }
  disarm(entry: WheelEntry): void {
    this.#host.conversations.disarm(entry);
  }
  passOn(arrival: Arrival): void {
    this.#host.passOn(arrival);
  }
  instances(): number {
    if (this.serviceName === undefined) return 1;
    const count = this.#host.instances(this.serviceName);
    // One that ends is none of them any more.
    return this.#takesNothing && count > 0 ? count + 1 : count;
  }
  find(id: string): ProcessCell | undefined {
    return this.#host.find(id);
  }
  nextMonitor(): MonitorId {
    return this.#host.nextMonitor();
  }
  monitorRemote(id: string, tell: (reason: ExitReason) => void): () => void {
    return this.#host.monitorRemote(id, this.id, tell);
  }
  countRefused(): void {
    this.#host.countRefused();
  }

  spawnChild(processClass: ProcessClass, options?: SpawnOptions): ProcessId | Promise<ProcessId> {
    return afterwards(this.#host.spawnChild(this, processClass, options), (id: ProcessId) =>
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
    return new Promise((resolve, reject) => {
      const stopWatching = this.bonds.addWatcher(this.nextMonitor(), () =>
        reject(new IllegalStateError(`process ${this.id} has ended meanwhile`)),
      );
      const deliver = async (process: Process): Promise<void> => {
        const before = this.#args;
        this.#args = Object.freeze({ ...args });
        try {
          await process.onConfigChange?.(configChange(before, args));
          resolve();
        } catch (error) {
          this.#args = before;
          reject(error);
        } finally {
          stopWatching();
        }
      };
      this.post(new Signal(deliver));
    });
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

  post(signal: Signal): void {
    if (this.#takesNothing) return;
    const message = makeMessage({
      performative: 'none',
      sender: this.id,
      receiver: this.id,
      op: signalOperation,
      content: signal,
    });
    this.#loop().take(new Arrival(message, ownFacts));
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
    this.#end.ask(reason, shutdown, !this.#host.isTelling);
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
    const { op } = arrival.message;
    if (op === 'terminate') {
      void this.#obey(arrival, this.exit('normal'));
    } else if (op === 'monitor' && arrival.wantsReply) {
      answerAtEnd(arrival, this);
    } else if (this.#takesNothing) {
      this.#host.passOn(arrival);
    } else if (op === 'contract' && this.contract !== undefined) {
      // At once, since who asks is about to join and waits for no handler.
      if (arrival.wantsReply) this.responder.reply(arrival, this.id, contractDescription(this.contract));
      arrival.settle();
    } else if (op === 'activate') {
      void this.#obey(arrival, this.#activateByOrder());
    } else if (this.state !== 'ACTIVE' && arrival.wantsReply && !arrival.fromSharedQueue) {
      this.#refuse(arrival, `process ${this.id} is ${this.state} and takes no requests`);
    } else {
      this.#loop().take(arrival);
    }
  }

  acceptEvent(delivery: EventDelivery): void {
    if (this.#takesNothing || this.hasEnded) delivery.giveBack();
    else this.#loop().takeEvent(delivery);
  }

  /** Takes out what waits and came from its service's queue. */
  takeShared(): readonly Arrival[] {
    return this.#work?.takeShared() ?? [];
  }

  /** A caller has given a request up; false if it is not here. */
  cancel(conversationId: string, origin: string, reason: unknown): boolean {
    return this.#work?.cancel(conversationId, origin, reason) === true;
  }

  /** The reader of a stream takes so many more parts; false if that stream is not here. */
  grant(conversationId: string, origin: string, parts: number): boolean {
    return this.#work?.grant(conversationId, origin, parts) === true;
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
      this.#work?.pump();
      return activating;
    }
    this.#activation = this.#activated(activating);
    return this.#activation;
  }

  // Most processes have nothing to wait for but their hooks, which need not wait either: then there is no promise.

  protected override onInitialize(): void | Promise<void> {
    this.#isBegun = true;
    this.#goal = 'READY';
    const { hasCodecs, serviceName } = this.#kind;
    if (hasCodecs || serviceName !== undefined || this.#objects !== undefined)
      return this.#initializeInSteps();
    const running = this.#callOnInit();
    if (isThenable(running) || this.#objects !== undefined) return this.#initializedAfter(running);
    this.#isInitialized = true;
    return undefined;
  }

  protected override onActivate(): void | Promise<void> {
    this.#goal = 'ACTIVE';
    if (this.serviceName !== undefined || this.#objects !== undefined) return this.#activateInSteps();
    const running = this.#callOnActivate();
    return isThenable(running) || this.#objects !== undefined ? this.#openAfter(running) : undefined;
  }

  protected override onTerminate(): unknown {
    return this.#end.inOrder();
  }

  protected override onError(cause?: unknown): Promise<void> {
    return this.#end.crashed(cause);
  }

  // As what ends.

  get shutdownMs(): number {
    return this.#host.shutdownMs;
  }
  get mostMs(): number {
    return this.#host.mostMs;
  }
  get work(): WorkLoop | undefined {
    return this.#work;
  }
  get ownChildren(): OwnChildren | undefined {
    return this.#children;
  }
  get ownSubscriptions(): OwnSubscriptions | undefined {
    return this.#subscriptions;
  }
  endObjects(): void | Promise<void> {
    this.#goal = 'TERMINATED';
    const objects = this.#objects;
    return objects && this.inScope(() => objects.terminate(this.env.clock, this.shutdownMs));
  }
  cutOff(): void {
    this.abandon();
  }
  closeNames(): void | Promise<void> {
    return this.#host.closeNames(this);
  }
  reportUnfinished(op: string, ageMs: number): void {
    this.#host.reportUnfinished(this, op, ageMs);
  }

  /** Everybody who should know is told, its keeper first. */
  ended(reason: ExitReason, handling: readonly HandledMessage[]): void {
    this.#reason = reason;
    const host = this.#host;
    host.tellingBegins();
    try {
      host.ended(this, { reason, handling });
      this.#bonds?.dissolve(this, reason);
    } finally {
      this.#stopped?.resolve(reason);
      this.onceEnded?.(reason);
      host.tellingEnds();
    }
  }

  get #host(): ProcessHost<ProcessCell> {
    return this.#kind.host;
  }
  get #takesNothing(): boolean {
    return this.#ending?.takesNothing === true;
  }

  get #end(): ProcessEnding {
    this.#ending ??= new ProcessEnding(this);
    return this.#ending;
  }

  #loop(): WorkLoop {
    if (this.#work === undefined) {
      const { operations, concurrency, mailboxLimit, isReentrant, interleaves } = this.#kind;
      const parts = { host: this, operations, concurrency, mailboxLimit, isReentrant, interleaves };
      this.#work = new WorkLoop(parts);
    }
    return this.#work;
  }

  /** Made when the process registers its first object: most have none. */
  #madeObjects(): LifecycleGroup {
    this.#objects ??= ownObjects(this.plainLogger, this.#goal);
    return this.#objects;
  }

  async #initializeInSteps(): Promise<void> {
    const objects = this.#objects;
    if (this.#kind.hasCodecs) await loadingCodecs(this.contract);
    if (objects !== undefined && !this.hasEnded) await this.inScope(() => objects.advance('READY'));
    if (!this.hasEnded) await this.#host.declareNames(this);
    // Killed meanwhile: no hook of it is called any more.
    if (!this.hasEnded) await this.#initializedAfter(this.#callOnInit());
  }

  async #initializedAfter(running: void | PromiseLike<void>): Promise<void> {
    await running;
    this.#isInitialized = true;
    await this.#objects?.settled();
  }

  async #activateInSteps(): Promise<void> {
    const objects = this.#objects;
    if (objects !== undefined) await this.inScope(() => objects.advance('ACTIVE'));
    await this.#openAfter(this.#callOnActivate());
  }

  async #openAfter(running: void | PromiseLike<void>): Promise<void> {
    await running;
    await this.#objects?.settled();
    if (!this.hasEnded) await this.#host.openNames(this);
  }

  // A hook that the class does not have is not called: it needs no scope either.

  #callOnInit(): void | Promise<void> {
    if (this.process.onInit === Process.prototype.onInit) return undefined;
    return this.inScope(() => this.process.onInit());
  }

  #callOnActivate(): void | Promise<void> {
    if (this.process.onActivate === Process.prototype.onActivate) return undefined;
    return this.inScope(() => this.process.onActivate());
  }

  async #activated(activating: Promise<unknown>): Promise<unknown> {
    const result = await activating;
    this.#activation = undefined;
    this.#work?.pump();
    return result;
  }

  /** A hook may never end, but its process does. */
  #activateByOrder(): Promise<unknown> {
    if (this.state === 'ACTIVE') return Promise.resolve();
    const ended = this.stopped.then((reason) => {
      throw new UnavailableError(`process ${this.id} has ended: ${exitText(reason)}`);
    });
    return Promise.race([this.activate(), ended]);
  }

  /** Answers an order to the process itself when it is carried out. It does not wait in the mailbox, which may be stuck. */
  async #obey(arrival: Arrival, done: Promise<unknown>): Promise<void> {
    try {
      await done;
      if (arrival.wantsReply) this.responder.reply(arrival, this.id, null);
    } catch (error) {
      if (arrival.wantsReply) this.responder.replyError(arrival, this.id, error);
    } finally {
      arrival.settle();
    }
  }

  #refuse(arrival: Arrival, why: string): void {
    this.responder.replyError(arrival, this.id, new UnavailableError(why, { details: { executed: 'no' } }));
    arrival.settle();
  }

  /** Runs code of the author in the process's name, outside any message. */
  inScope<Result>(fn: () => Result): Result {
    return this.attributesStrayErrors ? runInProcessScope(this, fn) : fn();
  }
}

const ownFacts = Object.freeze({
  local: true,
  origin: '',
  deadlineAt: Number.POSITIVE_INFINITY,
  redelivered: false,
  replyRoute: undefined,
  ticket: undefined,
});

const ignore = (): void => undefined;

function deferred(): {
  readonly promise: Promise<ExitReason>;
  readonly resolve: (reason: ExitReason) => void;
} {
  let resolve: (reason: ExitReason) => void = ignore;
  const promise = new Promise<ExitReason>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
