import type { ProcessId, PublishOutcome } from '../exchange/index.ts';
import type {
  CallOptions,
  PublishOptions,
  ReceivedMessage,
  SendOptions,
  StreamOptions,
  SubscribeOptions,
  Subscription,
} from '../interact/index.ts';
import type { LifecycleObject, LifecycleState } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { type Client, makeClient } from './client.ts';
import type { ConfigChange } from './config-change.ts';
import type { Contract } from './contract.ts';
import type { EventSubject } from './event-subject.ts';
import type { EventContent, EventType } from './event-type.ts';
import type { ExitReason } from './exit-reason.ts';
import { Publisher } from './publisher.ts';
import type { EventHandler } from './received-event.ts';

/**
 * How a process is made to end (OTP's `shutdown`): asked and given that many milliseconds, then killed; killed at once; or asked and waited
 * for.
 */
export type Shutdown = number | 'brutal_kill' | 'infinity';

/** One monitoring of a process by another. */
export type MonitorId = number;

/** What a monitor brings, once: the process that it watched has ended, or cannot be reached. */
export interface Down {
  readonly monitor: MonitorId;
  readonly id: string;
  /** `noproc`: there was no such process; `noconnection`: its container cannot be reached. */
  readonly reason: ExitReason;
}

/** What a link brings to a process that traps exits: the process at its other end has ended. */
export interface ExitSignal {
  readonly from: ProcessId;
  readonly reason: ExitReason;
}

/** How a process is spawned. */
export interface SpawnOptions {
  /** For logs and `ps()`. Default: the class's name. */
  readonly name?: string;
  /** What the process finds as `args`: a plain map. Default empty. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** False leaves it READY: it can call out, and one-way messages wait, until an `activate` message from this container. Default true. */
  readonly activate?: boolean;
  /** Messages it handles at a time. Default 1, or the class's `concurrency`. */
  readonly concurrency?: number;
  /**
   * Whoever it waits for may call it meanwhile; that call is handled at once, in the midst of the one that waits. Default false, or the
   * class's `reentrant`.
   */
  readonly reentrant?: boolean;
  /** One-way and pid-addressed messages that may wait for it. Default 1024. */
  readonly mailboxLimit?: number;
  /** Also answers to `<container>.<localName>`. */
  readonly localName?: string;
  /**
   * Milliseconds that `onInit` and `onActivate` may take together; then the process is killed and `spawn` rejects with `StartFailed`. Default: the class's
   * `startTimeoutMs`, else the configuration's `process.startTimeoutMs`; `Infinity` for none.
   */
  readonly startTimeoutMs?: number;
  /** Serves this name besides, or instead of, the class's own (ION's `servicename`). */
  readonly serviceName?: string;
}

/** A class that can be spawned. */
export interface ProcessClass<P extends Process = Process> {
  new (context: ProcessContext): P;
  readonly prototype: P;
  readonly name: string;
  /** What it serves, if it is typed. */
  readonly contract?: Contract;
  /** The service name that its instances share, if it is an untyped service. */
  readonly serviceName?: string;
  /** Messages an instance handles at a time. Default 1. */
  readonly concurrency?: number;
  /** Whoever an instance waits for may call it meanwhile. Default false: such a call fails with `Deadlock`. */
  readonly reentrant?: boolean;
  /** See {@link SpawnOptions.startTimeoutMs}. */
  readonly startTimeoutMs?: number;
}

/** What the container hands to a new process; pass it on to `super`. */
export interface ProcessContext {
  readonly id: ProcessId;
  readonly name: string;
  readonly container: string;
  readonly sysname: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly env: Env;
  readonly logger: Logger;
  readonly state: LifecycleState;
  call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown>;
  stream(
    receiver: string,
    op: string,
    content: unknown,
    options?: StreamOptions,
  ): AsyncIterableIterator<unknown>;
  send(receiver: string, op: string, content: unknown, options?: SendOptions): Promise<void>;
  publish(
    event: EventType | string,
    origin: string,
    content: unknown,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  subscribe(
    subject: EventSubject,
    handler: EventHandler<never>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  reply(message: ReceivedMessage, content: unknown): void;
  replyError(message: ReceivedMessage, error: unknown): void;
  progress(message: ReceivedMessage, content: unknown): void;
  spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
  endChild(id: ProcessId, reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason>;
  isAlive(id: string): boolean;
  readonly stopped: Promise<ExitReason>;
  stop(reason: ExitReason): void;
  link(id: ProcessId): void;
  unlink(id: ProcessId): void;
  trapExit(isTrapping: boolean): void;
  monitor(id: string): MonitorId;
  demonitor(monitor: MonitorId): void;
  bind<Args extends readonly unknown[]>(fn: (...args: Args) => unknown): (...args: Args) => void;
  addLifecycleObject(object: LifecycleObject): void;
  registerLifecycleObject(object: LifecycleObject): Promise<void>;
}

/**
 * An actor with a mailbox. Subclass it, write `op_<name>(content, message)` methods and spawn the class: each message of operation
 * `<name>` runs that method, one at a time unless `concurrency` says more. Returning answers OK, throwing answers ERROR.
 *
 * @example
 * class Counter extends Process {
 *   #count = 0;
 *   op_add(by: number) { this.#count += by; return this.#count; }
 * }
 * const id = await container.processes.spawn(Counter);
 */
export abstract class Process {
  readonly #context: ProcessContext;

  constructor(context: ProcessContext) {
    this.#context = context;
  }

  /** Its address: `<container>.<n>`. */
  get id(): ProcessId {
    return this.#context.id;
  }

  get name(): string {
    return this.#context.name;
  }

  get state(): LifecycleState {
    return this.#context.state;
  }

  /** Resolves with the reason when the process has ended; also for who asks late. Never rejects. */
  get stopped(): Promise<ExitReason> {
    return this.#context.stopped;
  }

  /** What it was spawned with. */
  get args(): Readonly<Record<string, unknown>> {
    return this.#context.args;
  }

  /** The container's clock, randomness and scheduler: take time from here, and tests can move it. */
  get env(): Env {
    return this.#context.env;
  }

  /** Lines carry the process's id and name, and in a handler the conversation of its message. */
  get logger(): Logger {
    return this.#context.logger;
  }

  /**
   * Called once before the process is READY; calls out work, nothing comes in yet. If it throws, the process is in ERROR, is gone
   * from the registry, and `spawn` rejects with the same error.
   */
  onInit(): void | Promise<void> {}

  /** Called once before the process is ACTIVE and messages come in. Errors as in {@link onInit}. */
  onActivate(): void | Promise<void> {}

  /**
   * Called once when an initialised process ends: after its handlers have finished or run out of time and its children have ended.
   * An error is logged; the process ends all the same.
   */
  onTerminate(_reason: ExitReason): void | Promise<void> {}

  /**
   * Optional: the arguments have changed while the process runs; `args` are the new ones already. Called in the process's turn. If it throws, the
   * old ones are back, and whoever asked is told. A class without it is restarted for new arguments.
   */
  onConfigChange?(change: ConfigChange): void | Promise<void>;

  /** A linked process has ended, and this one traps exits. Called in the process's turn, before messages that wait. An error is logged. */
  onExit(_signal: ExitSignal): void | Promise<void> {}

  /** A monitored process has ended. Called in the process's turn, before messages that wait. An error is logged. */
  onDown(_down: Down): void | Promise<void> {}

  /**
   * Calls operation `op` of `receiver` (a service's name or a process id) and resolves with the result.
   *
   * @throws ContainerError `NoReceiver`, `NotFound`, `BadRequest`, `Timeout` (15 s unless `timeoutMs` says otherwise), `Unavailable`, or
   * what the handler threw
   */
  rpcSend(receiver: string, op: string, content?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#context.call(receiver, op, content, options);
  }

  /**
   * Calls a streaming operation and gives its answer part by part: `for await (const part of this.stream('log', 'lines'))`. The call is
   * made when the first part is asked for; breaking out of the loop stops the handler. See `StreamOptions` for time and credit.
   */
  stream(
    receiver: string,
    op: string,
    content?: unknown,
    options?: StreamOptions,
  ): AsyncIterableIterator<unknown> {
    return this.#context.stream(receiver, op, content, options);
  }

  /**
   * Sends one way. To a process: at most once, resolved when handed over. To a service: at least once, resolved when the broker has it.
   * A failure is logged even if nobody awaits the promise, and never becomes an unhandled rejection.
   */
  send(receiver: string, op: string, content?: unknown, options?: SendOptions): Promise<void> {
    return this.#context.send(receiver, op, content, options);
  }

  /**
   * Publishes an event of a type, or of a type that is given by its name (then nothing is checked, and it is live unless `qos` says otherwise). `origin` is
   * what it comes from, in any words; dots make a hierarchy that subscribers can match.
   *
   * Resolves when the type's guarantee is met, or cannot be: `sent` (live), `confirmed`, `unroutable` (nobody has subscribed), `rejected` or `unknown`;
   * failures of the broker are outcomes, not errors. A durable or replayed event is sent again while there is no connection, for
   * `exchange.publishTimeoutMs` (15 s). Live events need not be awaited.
   *
   * @throws BadRequestError for content, type or origin that cannot be published; nothing is then
   */
  publish<E extends EventType>(
    event: E,
    origin: string,
    content: EventContent<E>,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
  publish(type: string, origin: string, content: unknown, options?: PublishOptions): Promise<PublishOutcome>;
  publish(
    event: EventType | string,
    origin: string,
    content: unknown,
    options?: PublishOptions,
  ): Promise<PublishOutcome> {
    return this.#context.publish(event, origin, content, options);
  }

  /** Publishes events of one type, and of one origin if it is given. */
  publisher<E extends EventType>(event: E, origin?: string): Publisher<E> {
    return new Publisher(event, origin, this.#context);
  }

  /**
   * Has `handler` called for each event that the subject matches, in the process's turn, until the process ends or the subscription is cancelled. Without
   * options it is live: at most once, for what is published from now on. See {@link SubscribeOptions} for groups, durable subscriptions and replays.
   * Resolves when events come in. Subscribe in {@link onInit}, and it is made again when a supervisor restarts the process.
   *
   * A durable event is done with when the handler is; if it throws, the event is tried again later and in the end becomes a dead letter. What fails live
   * or in a replay is logged and counted.
   *
   * @throws BadRequestError for a pattern or options that cannot be used, ConflictError for a group or durable subscription that exists for other events,
   * NotFound for a replay of events that nobody keeps
   * @example
   * await this.subscribe({ type: Depth, origin: 'ship7.#' }, ({ belowTransducerM }, event) => this.#note(event.origin, belowTransducerM));
   */
  subscribe<E extends EventType>(
    subject: E,
    handler: EventHandler<EventContent<E>>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe<E extends EventType>(
    subject: { readonly type: E; readonly origin?: string },
    handler: EventHandler<EventContent<E>>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(
    subject: string | { readonly type: string; readonly origin?: string },
    handler: EventHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  subscribe(
    subject: EventSubject,
    handler: EventHandler<never>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    return this.#context.subscribe(subject, handler, options);
  }

  /** Answers a request before its handler returns; what the handler returns is then ignored. Answering twice does nothing. */
  reply(message: ReceivedMessage, content?: unknown): void {
    this.#context.reply(message, content);
  }

  /** Answers a request with an error, as throwing it would; the handler goes on. */
  replyError(message: ReceivedMessage, error: unknown): void {
    this.#context.replyError(message, error);
  }

  /**
   * Tells a caller that asked for it (`onProgress`, FIPA's request protocol) how far its request has come; its time begins anew, here
   * and there. Does nothing for other callers.
   *
   * @throws BadRequest, TooLarge for content that cannot travel
   */
  progress(message: ReceivedMessage, content?: unknown): void {
    this.#context.progress(message, content);
  }

  /** A typed client of `contract`'s service; operations that the contract lacks do not compile. */
  client<C extends Contract>(contract: C): Client<C> {
    return makeClient(contract, this.#context);
  }

  /** Spawns a process that ends with this one; children end in reverse order of their spawning. */
  spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    return this.#context.spawnChild(processClass, options);
  }

  /**
   * Ends a child as `shutdown` says, by default as long as `process.shutdownMs`, and resolves with the reason for which it ended: `killed` if it had to
   * be. One that has ended already gives `noproc`.
   *
   * @throws IllegalStateError for a process that is no child of this one
   */
  endChild(id: ProcessId, reason: ExitReason = 'shutdown', shutdown?: Shutdown): Promise<ExitReason> {
    return this.#context.endChild(id, reason, shutdown);
  }

  /** Whether a process of this container lives: it was spawned and has not ended. */
  isAlive(id: string): boolean {
    return this.#context.isAlive(id);
  }

  /**
   * Ends this process for `reason` (OTP's `exit/1`): it takes nothing more, its running handlers, this one too, get their time to finish, then it ends as
   * always. Returns at once.
   */
  exit(reason: ExitReason = 'normal'): void {
    this.#context.stop(reason);
  }

  /**
   * Links this process and another of this container, both ways (OTP's links): when one ends for any reason but `normal`, the other ends for the same,
   * or, if it traps exits, is told by {@link onExit}. A link to a process that does not live tells `noproc`. Linking twice is linking once.
   *
   * @throws BadRequestError for the id of a process of another container: watch that one with {@link monitor}
   */
  link(id: ProcessId): void {
    this.#context.link(id);
  }

  /** Takes a link away; nothing of that process is told any more. Without a link it does nothing. */
  unlink(id: ProcessId): void {
    this.#context.unlink(id);
  }

  /** From now on the ends of linked processes are told to {@link onExit} instead of ending this one (OTP's `trap_exit`). A kill cannot be trapped. */
  trapExit(isTrapping: boolean = true): void {
    this.#context.trapExit(isTrapping);
  }

  /**
   * Watches a process: {@link onDown} is called once, when it has ended. Each call is a watch of its own. For a process that does not live
   * the reason is `noproc`.
   */
  monitor(id: string): MonitorId {
    return this.#context.monitor(id);
  }

  /** Ends a watch; its {@link onDown} is not called any more. One that is over, or unknown, is no error. */
  demonitor(monitor: MonitorId): void {
    this.#context.demonitor(monitor);
  }

  /**
   * Makes `fn` this process's: whoever calls the result, from wherever, an error that comes out of it is this process's own, and after the
   * process's end it is not called any more. For listeners of emitters and callbacks of timers that several processes share; the caller gets nothing
   * back and never an error.
   */
  bind<Args extends readonly unknown[]>(fn: (...args: Args) => unknown): (...args: Args) => void {
    return this.#context.bind(fn);
  }

  /**
   * Adds an object that walks with the process: initialised before {@link onInit}, activated before {@link onActivate}, terminated after
   * {@link onTerminate}, so that every hook and operation finds it working. Several walk in parallel. One that fails is logged and stays in
   * ERROR; the others and the process go on. When the process fails they are terminated too.
   *
   * @returns the object
   * @throws IllegalStateError unless the process is INIT (constructor, `onInit`), and for an object that has ended
   * @example
   * readonly #pump = this.addLifecycleObject(new Pump());
   */
  addLifecycleObject<T extends LifecycleObject>(object: T): T {
    this.#context.addLifecycleObject(object);
    return object;
  }

  /**
   * As {@link addLifecycleObject}, at any time while the process lives. Resolves when the object is where the process is: in `onInit` READY,
   * from `onActivate` on ACTIVE; the process waits for it before it goes on to its own next state. Rejects with what the object failed
   * with, or with an IllegalStateError when the process or the object has ended; that is logged as well, so the promise need not be awaited.
   */
  registerLifecycleObject(object: LifecycleObject): Promise<void> {
    return this.#context.registerLifecycleObject(object);
  }
}
