import type { ProcessId } from '../exchange/index.ts';
import type { CallOptions, ReceivedMessage, SendOptions, StreamOptions } from '../interact/index.ts';
import type { LifecycleObject, LifecycleState } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { type Client, makeClient } from './client.ts';
import type { Contract } from './contract.ts';

/** Why a process ends. */
export type ExitReason = 'normal' | 'shutdown' | { readonly error: unknown };

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
  reply(message: ReceivedMessage, content: unknown): void;
  replyError(message: ReceivedMessage, error: unknown): void;
  progress(message: ReceivedMessage, content: unknown): void;
  spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId>;
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
