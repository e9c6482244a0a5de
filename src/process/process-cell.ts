import { ContainerError, NotFoundError, UnavailableError } from '../errors/index.ts';
import { Arrival, type ProcessId } from '../exchange/index.ts';
import type { CallOptions, SendOptions } from '../interact/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { Mailbox } from './mailbox.ts';
import type { OperationTable } from './operation-table.ts';
import type { ExitReason, Process, ProcessClass, ProcessContext, SpawnOptions } from './process.ts';
import type { ReceivedMessage } from './received-message.ts';
import { isSystemOperation } from './system-operations.ts';

/** What a cell asks of the manager that holds it. */
export interface ProcessHost {
  readonly container: string;
  readonly sysname: string;
  readonly env: Env;
  /** Milliseconds that handlers get to finish when their process ends. */
  readonly shutdownMs: number;
  call(
    sender: ProcessId,
    receiver: string,
    op: string,
    content: unknown,
    options?: CallOptions,
  ): Promise<unknown>;
  send(
    sender: ProcessId,
    receiver: string,
    op: string,
    content: unknown,
    options?: SendOptions,
  ): Promise<void>;
  reply(arrival: Arrival, sender: ProcessId, content: unknown): void;
  replyError(arrival: Arrival, sender: ProcessId, error: unknown): void;
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
  readonly mailboxLimit: number;
  readonly logger: Logger;
  readonly host: ProcessHost;
  readonly processClass: ProcessClass;
}

/**
 * The container's side of one process: lifecycle, mailbox, dispatch and children. Authors see a {@link Process}; the cell hands
 * it what it may do as its {@link ProcessContext}.
 */
export class ProcessCell extends LifecycleObject implements ProcessContext {
  readonly process: Process;
  readonly startedAt: number;
  readonly #parts: ProcessCellParts;
  readonly #mailbox: Mailbox;
  readonly #children = new Set<ProcessId>();
  /** Messages being handled. */
  readonly #running = new Set<Arrival>();
  #exitReason: ExitReason = 'normal';
  #hasEndedChildren = false;
  #exit: Promise<unknown> | undefined;
  #idle: (() => void) | undefined;
  #isEnding = false;
  #handled = 0;
  #dropped = 0;

  constructor(parts: ProcessCellParts) {
    super();
    this.#parts = parts;
    this.#mailbox = new Mailbox(parts.mailboxLimit);
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
    return this.#parts.logger;
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#mailbox.length + this.#running.size;
  }
  /** Whether a message that came now would be begun at once. */
  get isFree(): boolean {
    return this.state === 'ACTIVE' && !this.#isEnding && this.load < this.#parts.concurrency;
  }
  get handled(): number {
    return this.#handled;
  }
  /** One-way messages that found the mailbox full. */
  get dropped(): number {
    return this.#dropped;
  }
  get operations(): readonly string[] {
    return [...this.#parts.operations.keys()];
  }

  call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown> {
    return this.#parts.host.call(this.id, receiver, op, content, options);
  }

  send(receiver: string, op: string, content: unknown, options?: SendOptions): Promise<void> {
    return this.#parts.host.send(this.id, receiver, op, content, options);
  }

  reply(message: ReceivedMessage, content: unknown): void {
    if (this.#mayAnswer(message)) this.#parts.host.reply(message, this.id, content);
  }

  replyError(message: ReceivedMessage, error: unknown): void {
    if (this.#mayAnswer(message)) this.#parts.host.replyError(message, this.id, error);
  }

  async spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    const id = await this.#parts.host.spawnChild(this, processClass, options);
    this.#children.add(id);
    // Too late to be ended with the others.
    if (this.#hasEndedChildren) await this.#endChildren();
    return id;
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
    } else if (op === 'activate') {
      // An order that is carried out already is no error.
      void this.#obey(arrival, this.state === 'ACTIVE' ? Promise.resolve() : this.activate());
    } else if (this.state !== 'ACTIVE' && arrival.wantsReply && !arrival.fromSharedQueue) {
      this.#refuse(arrival, `process ${this.id} is ${this.state} and takes no requests`);
    } else if (isSystemOperation(op)) {
      if (this.#mailbox.pushSystem(arrival)) this.#pump();
      else this.#overflow(arrival);
    } else if (!this.#mailbox.push(arrival)) {
      this.#overflow(arrival);
    } else {
      this.#pump();
    }
  }

  override async activate(): Promise<unknown> {
    const result = await super.activate();
    this.#pump();
    return result;
  }

  protected override async onInitialize(): Promise<void> {
    await this.#parts.host.declareNames(this);
    await this.process.onInit();
  }

  protected override async onActivate(): Promise<void> {
    await this.process.onActivate();
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
    host.ended(this, this.#exitReason);
  }

  protected override async onError(cause?: unknown): Promise<void> {
    const { host } = this.#parts;
    const reason: ExitReason = { error: cause };
    await this.#stopTaking();
    await this.#endChildren();
    host.ended(this, reason);
  }

  /** From here on nothing is begun; what waits goes to others. */
  async #stopTaking(): Promise<void> {
    this.#isEnding = true;
    await this.#parts.host.closeNames(this);
    for (const arrival of this.#mailbox.drain()) this.#parts.host.passOn(arrival);
  }

  #pump(): void {
    while (this.state === 'ACTIVE' && !this.#isEnding && this.#running.size < this.#parts.concurrency) {
      const next = this.#mailbox.shift();
      if (next === undefined) return;
      void this.#handle(next);
    }
  }

  /** One message from the mailbox to its answer. Never rejects. */
  async #handle(arrival: Arrival): Promise<void> {
    const { host, operations } = this.#parts;
    const { op, content } = arrival.message;
    this.#running.add(arrival);
    try {
      if (arrival.deadlineAt > host.env.clock.now()) {
        const operation = operations.get(op);
        if (operation === undefined) throw new NotFoundError(`${this.#parts.name} has no operation '${op}'`);
        if (arrival.redelivered && arrival.wantsReply && !operation.idempotent) throw this.#redelivered(op);
        this.reply(arrival, await operation.run(this.process, content, arrival));
      }
    } catch (error) {
      this.#failed(arrival, error);
    } finally {
      this.#handled += 1;
      this.#running.delete(arrival);
      arrival.settle();
      if (this.#running.size === 0) this.#idle?.();
      this.#pump();
    }
  }

  /** Answers an order to the process itself when it is carried out. It does not wait in the mailbox, which may be stuck. */
  async #obey(arrival: Arrival, done: Promise<unknown>): Promise<void> {
    try {
      await done;
      this.reply(arrival, null);
    } catch (error) {
      this.replyError(arrival, error);
    } finally {
      arrival.settle();
    }
  }

  #failed(arrival: Arrival, error: unknown): void {
    const { logger } = this.#parts;
    const { op, sender, conversationId } = arrival.message;
    const line = { op, sender, conversation: conversationId || undefined, error };
    if (!arrival.wantsReply) logger.warn('a one-way message failed', line);
    else if (isForeseen(error)) logger.debug('a request was answered with an error', line);
    else logger.error('an operation failed', line);
    this.replyError(arrival, error);
  }

  /** At most one knowing execution: somebody was given this request before and may have run it. */
  #redelivered(op: string): UnavailableError {
    return new UnavailableError(
      `${this.#parts.name}.${op} may have run in an instance that was lost, and is not declared idempotent`,
      { details: { executed: 'unknown' } },
    );
  }

  #mayAnswer(message: ReceivedMessage): message is Arrival {
    if (!(message instanceof Arrival) || !message.wantsReply || message.answered) return false;
    message.answered = true;
    return true;
  }

  #refuse(arrival: Arrival, why: string): void {
    this.replyError(arrival, new UnavailableError(why, { details: { executed: 'no' } }));
    arrival.settle();
  }

  #overflow(arrival: Arrival): void {
    if (arrival.wantsReply) {
      this.replyError(arrival, overloaded(this.id, this.#mailbox.length));
    } else {
      this.#dropped += 1;
      if (this.#dropped === 1) {
        this.#parts.logger.warn('mailbox full; one-way messages are dropped and counted', {
          waiting: this.#mailbox.length,
        });
      }
    }
    arrival.settle();
  }

  async #handlersFinished(): Promise<void> {
    if (this.#running.size === 0) return;
    const { host } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = host.env.clock.timer(host.shutdownMs, resolve);
      this.#idle = () => {
        timer.cancel();
        resolve();
      };
    });
    const now = host.env.clock.now();
    for (const { message, arrivedAt } of this.#running)
      host.reportUnfinished(this, message.op, now - arrivedAt);
  }

  async #endChildren(): Promise<void> {
    this.#hasEndedChildren = true;
    for (const child of [...this.#children].reverse())
      await this.#parts.host.terminateChild(child, 'shutdown');
  }
}

function isForeseen(error: unknown): boolean {
  return error instanceof ContainerError && error.code !== 'Internal';
}

function overloaded(id: ProcessId, waiting: number): ContainerError {
  return new ContainerError('Overloaded', `process ${id} has ${waiting} messages waiting and takes no more`, {
    details: { executed: 'no', retryAfterMs: 1000 },
  });
}
