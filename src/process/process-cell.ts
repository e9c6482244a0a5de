import { makeMessage } from '../codec/index.ts';
import { IllegalStateError, messageOf, UnavailableError } from '../errors/index.ts';
import { Arrival, type ProcessId } from '../exchange/index.ts';
import type { Answers, Cause, Tracing } from '../interact/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env, WheelEntry } from '../util/index.ts';
import { answerAtEnd } from './answer-at-end.ts';
import { Bonds } from './bonds.ts';
import { configChange } from './config-change.ts';
import type { Contract } from './contract.ts';
import { contractDescription } from './contract-description.ts';
import type { HandledMessage } from './crash-report.ts';
import { Deadline } from './deadline.ts';
import type { EventDelivery } from './event-delivery.ts';
import type { ExitReason } from './exit-reason.ts';
import { exitText } from './exit-text.ts';
import { loadingCodecs } from './operation-table.ts';
import { OwnChildren } from './own-children.ts';
import { OwnObjects } from './own-objects.ts';
import { OwnSubscriptions, type SubscribingOwner } from './own-subscriptions.ts';
import type { ExitSignal, MonitorId, Process, ProcessClass, Shutdown, SpawnOptions } from './process.ts';
import { type ContextOwner, OwnContext } from './process-context.ts';
import type { GivenUp } from './process-life.ts';
import type { ProcessCellParts } from './process-parts.ts';
import { runInProcessScope, type Scope, type ScopeOwner } from './scope.ts';
import type { Conversations, Events } from './seams.ts';
import { Signal } from './signal.ts';
import { signalOperation } from './system-operations.ts';
import type { WorkHost } from './work-host.ts';
import { WorkLoop } from './work-loop.ts';

const nothing: readonly HandledMessage[] = [];

/**
 * The container's side of one process: lifecycle, mailbox, children, bonds and end. Authors see a {@link Process}, which acts through an
 * {@link OwnContext}.
 *
 * It ends in one of three ways: it is asked to (`exit`: nothing more is begun, handlers finish, children end, `onTerminate`), it crashes
 * (`strayError`, a failing hook: handlers are given up, children end, `onTerminate`), or it is killed (at once, no hook).
 */
export class ProcessCell
  extends LifecycleObject
  implements ContextOwner, WorkHost, Scope, ScopeOwner, SubscribingOwner
{
  readonly process: Process;
  readonly startedAt: number;
  isTrapping = false;
  isAskedAgain = false;
  /** Whoever spawns it, until it has. */
  onceEnded: ((reason: ExitReason) => void) | undefined = undefined;
  readonly #parts: ProcessCellParts<ProcessCell>;
  readonly #work: WorkLoop;
  readonly #children: OwnChildren = new OwnChildren(this);
  #args: Readonly<Record<string, unknown>>;
  #bonds: Bonds | undefined;
  readonly #objects: OwnObjects;
  #subscriptions: OwnSubscriptions | undefined;
  /** For what it was asked to end; it may end for another reason. */
  #asked: ExitReason | undefined;
  #reason: ExitReason | undefined;
  /** When it is killed if it has not ended. */
  #deadline: Deadline | undefined;
  #stopped:
    | { readonly promise: Promise<ExitReason>; readonly resolve: (reason: ExitReason) => void }
    | undefined;
  #isKilled = false;
  #isBegun = false;
  #isInitialized = false;
  #isEnding = false;
  #activation: Promise<unknown> | undefined;

  constructor(parts: ProcessCellParts<ProcessCell>) {
    super();
    this.#parts = parts;
    this.#args = parts.args;
    this.#work = new WorkLoop({ ...parts, host: this });
    this.#objects = new OwnObjects(parts.logger);
    this.startedAt = parts.host.env.clock.now();
    try {
      this.process = this.inScope(() => new parts.processClass(new OwnContext(this)));
    } catch (error) {
      // What the constructor had begun, children and bonds, ends with it.
      this.kill({ error });
      throw error;
    }
  }

  get id(): ProcessId {
    return this.#parts.id;
  }
  get name(): string {
    return this.#parts.name;
  }
  get serviceName(): string | undefined {
    return this.#parts.serviceName;
  }
  get localName(): string | undefined {
    return this.#parts.localName;
  }
  get processClass(): ProcessClass {
    return this.#parts.processClass;
  }
  /** What it serves, if it is typed. */
  get contract(): Contract | undefined {
    return this.#parts.processClass.contract;
  }
  get container(): string {
    return this.#parts.host.container;
  }
  get sysname(): string {
    return this.#parts.host.sysname;
  }
  get args(): Readonly<Record<string, unknown>> {
    return this.#args;
  }
  get env(): Env {
    return this.#parts.host.env;
  }
  get logger(): Logger {
    const { logger } = this.#parts;
    const conversation = this.#work.current?.message.conversationId ?? '';
    return conversation === '' ? logger : logger.child({ conversation });
  }
  get owner(): this {
    return this;
  }
  get attributesStrayErrors(): boolean {
    return this.#parts.host.attributesStrayErrors;
  }
  /** Made when somebody is bound to it: most processes never are. */
  get bonds(): Bonds {
    this.#bonds ??= new Bonds();
    return this.#bonds;
  }
  get current(): Cause | undefined {
    return this.#work.current;
  }
  get conversations(): Conversations {
    return this.#parts.host.conversations;
  }
  get events(): Events {
    return this.#parts.host.events;
  }
  get concurrency(): number {
    return this.#parts.concurrency;
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
  /** Whoever spawns it waits for it yet. */
  get isStarting(): boolean {
    return this.onceEnded !== undefined || !this.#isBegun;
  }
  /** It was killed since it had not ended in its time. */
  get isOverdue(): boolean {
    return this.#deadline?.hasPassed === true;
  }
  get stopped(): Promise<ExitReason> {
    if (this.#reason !== undefined) return Promise.resolve(this.#reason);
    this.#stopped ??= deferred();
    return this.#stopped.promise;
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#work.load;
  }
  /** Whether a message that came now would be begun at once. */
  get isFree(): boolean {
    return this.places > 0;
  }
  /** How many messages that came now would be begun at once. */
  get places(): number {
    return this.#work.places;
  }
  get handled(): number {
    return this.#work.handled;
  }
  /** One-way messages that found the mailbox full. */
  get dropped(): number {
    return this.#work.dropped;
  }
  get operations(): readonly string[] {
    return [...this.#parts.operations.keys()].filter((op) => op !== signalOperation);
  }
  /** Why it has given up, if it is a supervisor that has. */
  get givenUp(): GivenUp | undefined {
    return this.#children.givenUp;
  }
  /** The processes that it has spawned and that live. */
  get children(): readonly ProcessId[] {
    return this.#children.ids;
  }

  get isOpen(): boolean {
    return this.state === 'ACTIVE' && !this.#isEnding;
  }
  get responder(): Answers {
    return this.#parts.host.conversations.responder;
  }
  get tracing(): Tracing {
    return this.#parts.host.tracing;
  }
  now(): number {
    return this.env.clock.now();
  }
  arm(entry: WheelEntry, delayMs: number): void {
    this.#parts.host.conversations.arm(entry, delayMs);
  }
  disarm(entry: WheelEntry): void {
    this.#parts.host.conversations.disarm(entry);
  }
  passOn(arrival: Arrival): void {
    this.#parts.host.passOn(arrival);
  }
  instances(): number {
    if (this.serviceName === undefined) return 1;
    const count = this.#parts.host.instances(this.serviceName);
    // One that ends is none of them any more.
    return this.#isEnding && count > 0 ? count + 1 : count;
  }
  find(id: string): ProcessCell | undefined {
    return this.#parts.host.find(id);
  }
  nextMonitor(): MonitorId {
    return this.#parts.host.nextMonitor();
  }
  monitorRemote(id: string, tell: (reason: ExitReason) => void): () => void {
    return this.#parts.host.monitorRemote(id, this.id, tell);
  }
  countRefused(): void {
    this.#parts.host.countRefused();
  }

  async spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    const id = await this.#parts.host.spawnChild(this, processClass, options);
    // Too late to be ended with the others.
    if (this.#children.hasEndedAll) await this.#children.end();
    return id;
  }

  async endChild(id: ProcessId, reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason> {
    const child = this.find(id);
    if (child === undefined) return 'noproc';
    if (!this.#children.has(id)) {
      throw new IllegalStateError(
        `process ${id} is no child of process ${this.id}, which therefore cannot end it`,
      );
    }
    return child.exit(reason, shutdown);
  }

  /** A child is being spawned: from here on it ends with this process. */
  adopt(id: ProcessId): void {
    this.#children.adopt(id);
  }

  /** A child has ended. Gives what its keeper says of it. */
  childEnded(id: ProcessId, reason: ExitReason): Readonly<Record<string, unknown>> | undefined {
    return this.#children.ended(id, reason);
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
    this.#objects.add(object);
  }

  registerLifecycleObject(object: LifecycleObject): Promise<void> {
    return this.#objects.register(object);
  }

  /** Something linked has ended: this process ends for the same reason, or is told. */
  exitSignal(signal: ExitSignal): void {
    if (this.isTrapping) {
      this.bonds.addExit(signal);
      this.post(new Signal((process) => (this.bonds.takeExit(signal) ? process.onExit(signal) : undefined)));
    } else if (signal.reason !== 'normal') {
      void this.exit(signal.reason);
    }
  }

  post(signal: Signal): void {
    if (this.#isEnding) return;
    const message = makeMessage({
      performative: 'none',
      sender: this.id,
      receiver: this.id,
      op: signalOperation,
      content: signal,
    });
    this.#work.take(new Arrival(message, ownFacts, this.now()));
  }

  /**
   * Ends the process for `reason`; resolves when it has ended, with the reason for which it did: `killed` if it was not done in time. Asked again
   * meanwhile, it is the same end for the first reason, in the shorter time.
   */
  exit(reason: ExitReason, shutdown: Shutdown = this.#defaultShutdown): Promise<ExitReason> {
    const { stopped } = this;
    if (this.hasEnded) return stopped;
    if (shutdown === 'brutal_kill') {
      this.kill();
      return stopped;
    }
    if (!this.#isBegun) {
      // Asked by its constructor: there is nothing to be ended in order.
      this.kill(reason);
      return stopped;
    }
    if (typeof shutdown === 'number') {
      this.#killAfter(Math.min(shutdown, this.#parts.host.mostMs), 'killed');
    }
    if (this.#asked === undefined) {
      this.#asked = reason;
      if (!this.#isInitialized) this.#children.giveUpStarts(reason);
      // It is ERROR when a hook fails, and the reason is that; nothing is left to be told.
      this.terminate().catch(() => undefined);
    }
    return stopped;
  }

  /**
   * Ends the process at once: nothing is awaited and no hook called. Node cannot stop its code, but it is cut off: names closed, mailbox handed
   * on, running requests answered with `Unavailable`, its own calls rejected, signals aborted, its children killed, and whatever it
   * tries later is refused. Its lifecycle objects are terminated in the background: they hold what must be released in any case.
   */
  kill(reason: ExitReason = 'killed'): void {
    // Listeners of signals, called below, may ask for the same.
    if (this.hasEnded || this.#isKilled) return;
    this.#isKilled = true;
    const handling = this.#handling();
    for (const { op, ageMs } of handling) this.#parts.host.reportUnfinished(this, op, ageMs);
    void this.#stopTaking('was killed');
    this.#giveUp('was killed');
    void this.#endObjects();
    this.abandon();
    this.#end(reason, handling);
  }

  /** An error that nobody handled came out of its code: it crashes, whatever it is doing. */
  strayError(error: unknown): void {
    const { host, logger } = this.#parts;
    if (this.hasEnded) {
      host.countRefused();
      logger.warn('an error that nobody handled came out of a process that has ended', { error });
      return;
    }
    if (this.#asked !== undefined) {
      logger.error('an error that nobody handled came out of a process that is ending', { error });
      return;
    }
    this.#asked = { error };
    if (this.state !== 'ACTIVE') {
      // Whoever spawns it waits, and a hook in progress may never end.
      this.kill({ error });
      return;
    }
    void this.fail(error);
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
    } else if (this.#isEnding) {
      this.#parts.host.passOn(arrival);
    } else if (op === 'contract' && this.contract !== undefined) {
      // At once, since who asks is about to join and waits for no handler.
      if (arrival.wantsReply) this.responder.reply(arrival, this.id, contractDescription(this.contract));
      arrival.settle();
    } else if (op === 'activate') {
      void this.#obey(arrival, this.#activateByOrder());
    } else if (this.state !== 'ACTIVE' && arrival.wantsReply && !arrival.fromSharedQueue) {
      this.#refuse(arrival, `process ${this.id} is ${this.state} and takes no requests`);
    } else {
      this.#work.take(arrival);
    }
  }

  acceptEvent(delivery: EventDelivery): void {
    if (this.#isEnding || this.hasEnded) delivery.giveBack();
    else this.#work.takeEvent(delivery);
  }

  /** Takes out what waits and came from its service's queue. */
  takeShared(): readonly Arrival[] {
    return this.#work.takeShared();
  }

  /** A caller has given a request up; false if it is not here. */
  cancel(conversationId: string, origin: string, reason: unknown): boolean {
    return this.#work.cancel(conversationId, origin, reason);
  }

  /** The reader of a stream takes so many more parts; false if that stream is not here. */
  grant(conversationId: string, origin: string, parts: number): boolean {
    return this.#work.grant(conversationId, origin, parts);
  }

  /** Whoever asks again, as an order may while it is being spawned, gets the same promise. */
  override activate(): Promise<unknown> {
    this.#activation ??= this.#activate();
    return this.#activation;
  }

  protected override async onInitialize(): Promise<void> {
    this.#isBegun = true;
    const loading = loadingCodecs(this.contract);
    if (loading !== undefined) await loading;
    await this.inScope(() => this.#objects.advance('READY'));
    await this.#parts.host.declareNames(this);
    await this.inScope(() => this.process.onInit());
    this.#isInitialized = true;
    await this.#objects.settled();
  }

  protected override async onActivate(): Promise<void> {
    await this.inScope(() => this.#objects.advance('ACTIVE'));
    await this.inScope(() => this.process.onActivate());
    await this.#objects.settled();
    await this.#parts.host.openNames(this);
  }

  protected override async onTerminate(): Promise<void> {
    const reason = this.#asked ?? 'normal';
    await this.#stopTaking('is ending');
    await this.#children.endByKeeper(reason);
    if (!this.#work.isIdle) await new Promise<void>((resolve) => this.#work.whenIdle(resolve));
    await this.#finish(reason, nothing);
  }

  protected override async onError(cause?: unknown): Promise<void> {
    if (this.hasEnded) return;
    const reason = { error: cause };
    this.#asked ??= reason;
    const shutdown = this.#defaultShutdown;
    if (shutdown !== 'infinity') this.#killAfter(shutdown, reason);
    const handling = this.#handling();
    await this.#stopTaking('has failed');
    this.#giveUp(`has failed: ${messageOf(cause)}`);
    await this.#children.endByKeeper(reason);
    await this.#finish(reason, handling);
  }

  /** The last steps of an end in order. A kill may come in between. */
  async #finish(reason: ExitReason, handling: readonly HandledMessage[]): Promise<void> {
    if (this.hasEnded) return;
    await this.#children.end();
    if (this.#isInitialized && !this.hasEnded) {
      try {
        await this.inScope(() => this.process.onTerminate(reason));
      } catch (error) {
        this.#parts.logger.error('onTerminate failed', { error });
      }
    }
    await this.#endObjects();
    this.#end(reason, handling);
  }

  /** Those below a keeper have times of their own, so it has as long as they need; while there are none, its own `onInit` may be what hangs. */
  get #defaultShutdown(): number | 'infinity' {
    const hasTheirs = this.#children.areKept && (this.#isInitialized || this.#children.ids.length > 0);
    return hasTheirs ? 'infinity' : this.#parts.host.shutdownMs;
  }

  /** The time that it has; asked again, the shorter one counts. */
  #killAfter(delayMs: number, reason: ExitReason): void {
    this.#deadline ??= new Deadline(this.env.clock);
    this.#deadline.set(delayMs, () => this.kill(reason));
  }

  /** Everybody who should know is told, its keeper first. */
  #end(reason: ExitReason, handling: readonly HandledMessage[]): void {
    if (this.hasEnded) return;
    // Killed with it, or spawned too late to be ended before.
    this.#children.kill();
    this.#reason = reason;
    this.#deadline?.cancel();
    const { host } = this.#parts;
    host.ended(this, { reason, handling });
    this.#bonds?.dissolve(this, reason);
    this.#stopped?.resolve(reason);
    this.onceEnded?.(reason);
  }

  #endObjects(): Promise<void> {
    return this.inScope(() => this.#objects.terminate(this.env.clock, this.#parts.host.shutdownMs));
  }

  /** From here on nothing is begun; what waits goes to others. */
  async #stopTaking(what: string): Promise<void> {
    this.#isEnding = true;
    // An error with its stack costs more than all the rest of an end.
    if (!this.#work.isIdle) this.#work.warn(new UnavailableError(`process ${this.id} ${what}`));
    await this.#subscriptions?.end();
    // Before the consumer is cancelled the broker would give it back to this container.
    await this.#parts.host.closeNames(this);
    this.#work.passOnWaiting();
  }

  /** Whoever waits for its handlers is told. */
  #giveUp(what: string): void {
    if (this.#work.isIdle) return;
    const details = { executed: 'unknown' };
    this.#work.giveUp(new UnavailableError(`process ${this.id} ${what}`, { details }));
  }

  async #activate(): Promise<unknown> {
    const result = await super.activate();
    this.#work.pump();
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

  /** What it handles now. */
  #handling(): readonly HandledMessage[] {
    const now = this.now();
    return [...this.#work.running].map(({ message, startedAt }) => ({
      op: message.op,
      sender: message.sender,
      conversation: message.conversationId,
      ageMs: Math.round(now - startedAt),
    }));
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

function deferred(): {
  readonly promise: Promise<ExitReason>;
  readonly resolve: (reason: ExitReason) => void;
} {
  let resolve: (reason: ExitReason) => void = () => undefined;
  const promise = new Promise<ExitReason>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
