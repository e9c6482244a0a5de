import type { AsyncLocalStorage } from 'node:async_hooks';
import { IllegalStateError, UnavailableError } from '../errors/index.ts';
import type { Arrival, ProcessId } from '../exchange/index.ts';
import type {
  Answers,
  CallOptions,
  Cause,
  ReceivedMessage,
  SendOptions,
  StreamOptions,
  Tracing,
} from '../interact/index.ts';
import { type GroupGoal, LifecycleGroup, LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env, WheelEntry } from '../util/index.ts';
import type { Contract } from './contract.ts';
import { contractDescription } from './contract-description.ts';
import { Handling } from './handling.ts';
import { loadingCodecs, type OperationTable } from './operation-table.ts';
import type { ExitReason, Process, ProcessClass, ProcessContext, SpawnOptions } from './process.ts';
import type { Conversations } from './seams.ts';
import type { WorkHost } from './work-host.ts';
import { WorkLoop } from './work-loop.ts';

/** What a cell asks of the manager that holds it. */
export interface ProcessHost {
  readonly container: string;
  readonly sysname: string;
  readonly env: Env;
  /** Milliseconds that handlers get to finish when their process ends. */
  readonly shutdownMs: number;
  readonly conversations: Conversations;
  readonly tracing: Tracing;
  /** Instances of a service in this container. */
  instances(service: string): number;
  spawnChild(parent: ProcessCell, processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  /** Makes the cell's shared and local names known; declared before READY, consuming before ACTIVE. */
  declareNames(cell: ProcessCell): Promise<void>;
  openNames(cell: ProcessCell): Promise<void>;
  closeNames(cell: ProcessCell): Promise<void>;
  /** Work that the cell did not begin: for another instance, here or elsewhere. */
  passOn(arrival: Arrival): void;
  terminateChild(id: ProcessId, reason: ExitReason): Promise<void>;
  /** A handler outlived its process. */
  reportUnfinished(cell: ProcessCell, op: string, ageMs: number): void;
  /** The cell is TERMINATED or in ERROR. */
  ended(cell: ProcessCell, reason: ExitReason): void;
}

/** What one cell is made of. */
export interface ProcessCellParts {
  readonly id: ProcessId;
  readonly name: string;
  /** The shared name it serves; undefined for a plain process. */
  readonly serviceName: string | undefined;
  readonly localName: string | undefined;
  readonly operations: OperationTable;
  readonly args: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
  readonly isReentrant: boolean;
  readonly store: AsyncLocalStorage<Handling>;
  readonly interleaves: boolean;
  readonly mailboxLimit: number;
  readonly logger: Logger;
  readonly host: ProcessHost;
  readonly processClass: ProcessClass;
}

/**
 * The container's side of one process: lifecycle, mailbox, dispatch and children. Authors see a {@link Process}; the cell hands
 * it what it may do as its {@link ProcessContext}.
 */
export class ProcessCell extends LifecycleObject implements ProcessContext, WorkHost {
  readonly process: Process;
  readonly startedAt: number;
  readonly #parts: ProcessCellParts;
  readonly #work: WorkLoop;
  readonly #children = new Set<ProcessId>();
  /** Made when the process registers its first object: most have none. */
  #objects: LifecycleGroup | undefined;
  #objectsGoal: GroupGoal = 'INIT';
  #exitReason: ExitReason = 'normal';
  #hasEndedChildren = false;
  #exit: Promise<unknown> | undefined;
  #isEnding = false;

  constructor(parts: ProcessCellParts) {
    super();
    this.#parts = parts;
    this.#work = new WorkLoop({ ...parts, host: this });
    this.startedAt = parts.host.env.clock.now();
    this.process = new parts.processClass(this);
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
    return this.#parts.args;
  }
  get env(): Env {
    return this.#parts.host.env;
  }
  get logger(): Logger {
    const { logger } = this.#parts;
    const conversation = this.#work.current?.message.conversationId ?? '';
    return conversation === '' ? logger : logger.child({ conversation });
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
    return [...this.#parts.operations.keys()];
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
    return this.serviceName === undefined ? 1 : this.#parts.host.instances(this.serviceName);
  }

  async call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown> {
    const { conversations } = this.#parts.host;
    return (await conversations.call(this.id, receiver, op, content, options, this.#cause(options))).content;
  }

  stream(
    receiver: string,
    op: string,
    content: unknown,
    options?: StreamOptions,
  ): AsyncIterableIterator<unknown> {
    return this.#parts.host.conversations.stream(
      this.id,
      receiver,
      op,
      content,
      options,
      this.#cause(options),
    );
  }

  send(receiver: string, op: string, content: unknown, options?: SendOptions): Promise<void> {
    return this.#parts.host.conversations.send(this.id, receiver, op, content, options, this.#cause(options));
  }

  reply(message: ReceivedMessage, content: unknown): void {
    const arrival = this.#toAnswer(message);
    if (arrival !== undefined) this.responder.reply(arrival, this.id, content);
  }

  replyError(message: ReceivedMessage, error: unknown): void {
    const arrival = this.#toAnswer(message);
    if (arrival !== undefined) this.responder.replyError(arrival, this.id, error, true);
  }

  progress(message: ReceivedMessage, content: unknown): void {
    if (!(message instanceof Handling)) return;
    const { arrival } = message;
    if (this.responder.progress(arrival, this.id, content))
      arrival.deadlineAt = Math.max(arrival.deadlineAt, this.now() + arrival.message.budgetMs);
  }

  async spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    const id = await this.#parts.host.spawnChild(this, processClass, options);
    this.#children.add(id);
    // Too late to be ended with the others.
    if (this.#hasEndedChildren) await this.#endChildren();
    return id;
  }

  addLifecycleObject(object: LifecycleObject): void {
    if (this.state !== 'INIT') {
      throw new IllegalStateError(
        `process ${this.id} is ${this.state}, and addLifecycleObject is for INIT; take registerLifecycleObject`,
        { details: { process: this.id, state: this.state } },
      );
    }
    const group = this.#objectGroup();
    group.assertTakes(object);
    void group.add(object);
  }

  registerLifecycleObject(object: LifecycleObject): Promise<void> {
    return this.#objectGroup().add(object);
  }

  /** A child has ended by itself. */
  childEnded(id: ProcessId): void {
    this.#children.delete(id);
  }

  /** Ends the process for `reason`; resolves when it has ended. Asked again meanwhile, it is the same end, for the first reason. */
  exit(reason: ExitReason): Promise<unknown> {
    if (this.#exit === undefined) {
      this.#exitReason = reason;
      this.#exit = this.terminate();
    }
    return this.#exit;
  }

  /** Takes a message, or refuses it with a reply (ION's arrival rules by state). */
  accept(arrival: Arrival): void {
    const { op } = arrival.message;
    if (op === 'terminate') {
      void this.#obey(arrival, this.exit('normal'));
    } else if (this.#isEnding) {
      this.#parts.host.passOn(arrival);
    } else if (op === 'contract' && this.contract !== undefined) {
      // At once, since who asks is about to join and waits for no handler.
      if (arrival.wantsReply) this.responder.reply(arrival, this.id, contractDescription(this.contract));
      arrival.settle();
    } else if (op === 'activate') {
      // An order that is carried out already is no error.
      void this.#obey(arrival, this.state === 'ACTIVE' ? Promise.resolve() : this.activate());
    } else if (this.state !== 'ACTIVE' && arrival.wantsReply && !arrival.fromSharedQueue) {
      this.#refuse(arrival, `process ${this.id} is ${this.state} and takes no requests`);
    } else {
      this.#work.take(arrival);
    }
  }

  /** A caller has given a request up; false if it is not here. */
  cancel(conversationId: string, origin: string, reason: unknown): boolean {
    return this.#work.cancel(conversationId, origin, reason);
  }

  /** The reader of a stream takes so many more parts; false if that stream is not here. */
  grant(conversationId: string, origin: string, parts: number): boolean {
    return this.#work.grant(conversationId, origin, parts);
  }

  override async activate(): Promise<unknown> {
    const result = await super.activate();
    this.#work.pump();
    return result;
  }

  protected override async onInitialize(): Promise<void> {
    const loading = loadingCodecs(this.contract);
    if (loading !== undefined) await loading;
    await this.#bringObjects('READY');
    await this.#parts.host.declareNames(this);
    await this.process.onInit();
    await this.#objects?.settled();
  }

  protected override async onActivate(): Promise<void> {
    await this.#bringObjects('ACTIVE');
    await this.process.onActivate();
    await this.#objects?.settled();
    await this.#parts.host.openNames(this);
  }

  protected override async onTerminate(): Promise<void> {
    const { host, logger } = this.#parts;
    await this.#stopTaking();
    await this.#handlersFinished();
    await this.#endChildren();
    try {
      await this.process.onTerminate(this.#exitReason);
    } catch (error) {
      logger.error('onTerminate failed', { error });
    }
    await this.#bringObjects('TERMINATED');
    host.ended(this, this.#exitReason);
  }

  protected override async onError(cause?: unknown): Promise<void> {
    const { host } = this.#parts;
    const reason: ExitReason = { error: cause };
    await this.#stopTaking();
    await this.#endChildren();
    await this.#bringObjects('TERMINATED');
    host.ended(this, reason);
  }

  #objectGroup(): LifecycleGroup {
    this.#objects ??= new LifecycleGroup(this.#objectsGoal, (object, error) =>
      this.#parts.logger.error('a lifecycle object failed', { object: object.constructor.name, error }),
    );
    return this.#objects;
  }

  /** The registered objects go ahead of the hooks and end after them, so that hooks and operations find them working. */
  async #bringObjects(goal: GroupGoal): Promise<void> {
    this.#objectsGoal = goal;
    if (goal !== 'TERMINATED') await this.#objects?.advance(goal);
    else await this.#objects?.terminate(this.env.clock, this.#parts.host.shutdownMs);
  }

  /** From here on nothing is begun; what waits goes to others. */
  async #stopTaking(): Promise<void> {
    this.#isEnding = true;
    await this.#parts.host.closeNames(this);
    this.#work.passOnWaiting();
    this.#work.warn(new UnavailableError(`process ${this.id} is ending`));
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

  /** The message that a send belongs to: the one that its options name, else the one being handled. */
  #cause(options: SendOptions | undefined): Cause | undefined {
    const within = options?.within;
    if (within === undefined) return this.#work.current;
    return within instanceof Handling ? within : undefined;
  }

  /** A request that still waits for its answer. */
  #toAnswer(message: ReceivedMessage): Arrival | undefined {
    if (!(message instanceof Handling)) return undefined;
    const { arrival } = message;
    if (!arrival.wantsReply || arrival.answered) return undefined;
    arrival.answered = true;
    return arrival;
  }

  #refuse(arrival: Arrival, why: string): void {
    this.responder.replyError(arrival, this.id, new UnavailableError(why, { details: { executed: 'no' } }));
    arrival.settle();
  }

  /** Handlers get their time; after it, their calls end and they are named. */
  async #handlersFinished(): Promise<void> {
    const { host } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = host.env.clock.timer(host.shutdownMs, resolve);
      this.#work.whenIdle(() => {
        timer.cancel();
        resolve();
      });
    });
    const now = this.now();
    for (const { message, arrival } of this.#work.running) {
      host.reportUnfinished(this, message.op, now - arrival.arrivedAt);
    }
    this.#work.abort(new UnavailableError(`process ${this.id} has ended`));
  }

  async #endChildren(): Promise<void> {
    this.#hasEndedChildren = true;
    for (const child of [...this.#children].reverse())
      await this.#parts.host.terminateChild(child, 'shutdown');
  }
}
