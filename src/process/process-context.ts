import { BadRequestError, UnavailableError } from '../errors/index.ts';
import { type Arrival, type ProcessId, type PublishOutcome, parseProcessId } from '../exchange/index.ts';
import type {
  CallOptions,
  Cause,
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
import type { Bonds, Linked } from './bonds.ts';
import { assertEnd } from './check-end.ts';
import { assertEventHandler, EventOperation } from './event-operation.ts';
import { type EventSubject, toEvent, toSubject } from './event-subject.ts';
import type { EventType } from './event-type.ts';
import type { ExitReason } from './exit-reason.ts';
import { Handling } from './handling.ts';
import type { OwnSubscriptions } from './own-subscriptions.ts';
import type { Down, MonitorId, ProcessClass, ProcessContext, Shutdown, SpawnOptions } from './process.ts';
import type { EventHandler } from './received-event.ts';
import type { Conversations, Events } from './seams.ts';
import { Signal } from './signal.ts';

/** A process of the same container, as others can be bound to it. */
export interface Bondable extends Linked {
  readonly bonds: Bonds;
}

/** The container's side of the process that a {@link OwnContext} is for. */
export interface ContextOwner extends Bondable {
  readonly name: string;
  readonly container: string;
  readonly sysname: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly env: Env;
  readonly logger: Logger;
  readonly state: LifecycleState;
  readonly conversations: Conversations;
  readonly events: Events;
  readonly subscriptions: OwnSubscriptions;
  /** The message in whose handling this is asked. */
  readonly current: Cause | undefined;
  readonly stopped: Promise<ExitReason>;
  readonly hasEnded: boolean;
  isTrapping: boolean;
  /** Something was asked for that only a living process may do. */
  countRefused(): void;
  exit(reason: ExitReason): Promise<ExitReason>;
  spawnChild(processClass: ProcessClass, options?: SpawnOptions): ProcessId | Promise<ProcessId>;
  endChild(id: ProcessId, reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason>;
  /** A living process of this container. */
  find(id: string): Bondable | undefined;
  nextMonitor(): MonitorId;
  /** Watches a process of another container; gives what ends the watch. */
  monitorRemote(id: string, tell: (reason: ExitReason) => void): () => void;
  /** Delivers a signal in the process's turn, before messages that wait. */
  post(signal: Signal): void;
  addLifecycleObject(object: LifecycleObject): void;
  registerLifecycleObject(object: LifecycleObject): Promise<void>;
  /** Runs in the process's name; what comes out of it is the process's. */
  runStray<Args extends readonly unknown[]>(fn: (...args: Args) => unknown, args: Args): void;
}

/** What a process may do: the {@link ProcessContext} that its class was made with. After its end it may nothing. */
export class OwnContext implements ProcessContext {
  readonly #owner: ContextOwner;

  constructor(owner: ContextOwner) {
    this.#owner = owner;
  }

  get id(): ProcessId {
    return this.#owner.id;
  }
  get name(): string {
    return this.#owner.name;
  }
  get container(): string {
    return this.#owner.container;
  }
  get sysname(): string {
    return this.#owner.sysname;
  }
  get args(): Readonly<Record<string, unknown>> {
    return this.#owner.args;
  }
  get env(): Env {
    return this.#owner.env;
  }
  get logger(): Logger {
    return this.#owner.logger;
  }
  get state(): LifecycleState {
    return this.#owner.state;
  }
  get stopped(): Promise<ExitReason> {
    return this.#owner.stopped;
  }

  /** Not async: each promise between costs every call. */
  call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown> {
    const { conversations, id, hasEnded } = this.#owner;
    if (hasEnded) return Promise.reject(this.#refusal());
    return conversations.ask(id, receiver, op, content, options, this.#cause(options));
  }

  stream(
    receiver: string,
    op: string,
    content: unknown,
    options?: StreamOptions,
  ): AsyncIterableIterator<unknown> {
    const { conversations, id } = this.#living();
    // The call is made when the first part is asked for, which may be after the end.
    const mayCall = (): void => void this.#living();
    return conversations.stream(id, receiver, op, content, options, this.#cause(options), mayCall);
  }

  /** Not async: the promise of a send is one that need not be awaited. */
  send(receiver: string, op: string, content: unknown, options?: SendOptions): Promise<void> {
    const { conversations, id, hasEnded } = this.#owner;
    if (!hasEnded) return conversations.send(id, receiver, op, content, options, this.#cause(options));
    const refused = Promise.reject(this.#refusal());
    refused.catch(() => undefined);
    return refused;
  }

  /** Not async: whoever publishes live need not wait. */
  publish(
    event: EventType | string,
    origin: string,
    content: unknown,
    options: PublishOptions = {},
  ): Promise<PublishOutcome> {
    try {
      const { events, id } = this.#living();
      return events.publish(toEvent(id, event, origin, content, options), options, this.#cause(options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async subscribe(
    subject: EventSubject,
    handler: EventHandler<never>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    const { pattern, event } = toSubject(subject);
    assertEventHandler(handler, pattern.type);
    const operation = new EventOperation(handler, event);
    return this.#living().subscriptions.add(pattern, operation, options, event?.retention);
  }

  reply(message: ReceivedMessage, content: unknown): void {
    const { conversations, id } = this.#owner;
    const arrival = toAnswer(message);
    if (arrival !== undefined) conversations.responder.reply(arrival, id, content);
  }

  replyError(message: ReceivedMessage, error: unknown): void {
    const { conversations, id } = this.#owner;
    const arrival = toAnswer(message);
    if (arrival !== undefined) conversations.responder.replyError(arrival, id, error, true);
  }

  progress(message: ReceivedMessage, content: unknown): void {
    if (!(message instanceof Handling)) return;
    const { conversations, id, env } = this.#owner;
    const { arrival } = message;
    if (conversations.responder.progress(arrival, id, content))
      arrival.deadlineAt = Math.max(arrival.deadlineAt, env.clock.now() + arrival.message.budgetMs);
  }

  async spawnChild(processClass: ProcessClass, options?: SpawnOptions): Promise<ProcessId> {
    return this.#living().spawnChild(processClass, options);
  }

  async endChild(id: ProcessId, reason: ExitReason, shutdown?: Shutdown): Promise<ExitReason> {
    assertEnd('endChild', reason, shutdown);
    return this.#owner.endChild(id, reason, shutdown);
  }

  isAlive(id: string): boolean {
    return this.#owner.find(id) !== undefined;
  }

  stop(reason: ExitReason): void {
    assertEnd('exit', reason);
    void this.#owner.exit(reason);
  }

  link(id: ProcessId): void {
    const owner = this.#living();
    if (id === owner.id) return;
    this.#assertLocal(id, 'link');
    const other = owner.find(id);
    if (other === undefined) owner.exitSignal({ from: id, reason: 'noproc' });
    else owner.bonds.link(owner, other);
  }

  unlink(id: ProcessId): void {
    this.#owner.bonds.unlink(this.#owner, id);
  }

  trapExit(isTrapping: boolean): void {
    this.#owner.isTrapping = isTrapping;
  }

  monitor(id: string): MonitorId {
    const owner = this.#living();
    const parsed = parseProcessId(id);
    if (parsed === undefined) throw notAnId('monitor', id);
    const monitor = owner.nextMonitor();
    const tell = (reason: ExitReason): void => {
      const down: Down = Object.freeze({ monitor, id, reason });
      owner.post(new Signal((process) => (owner.bonds.endWatch(monitor) ? process.onDown(down) : undefined)));
    };
    if (parsed.container !== owner.container) {
      owner.bonds.addWatch(monitor, owner.monitorRemote(id, tell));
      return monitor;
    }
    const other = owner.find(id);
    owner.bonds.addWatch(monitor, other?.bonds.addWatcher(monitor, tell) ?? noWatch);
    if (other === undefined) tell('noproc');
    return monitor;
  }

  demonitor(monitor: MonitorId): void {
    this.#owner.bonds.endWatch(monitor);
  }

  bind<Args extends readonly unknown[]>(fn: (...args: Args) => unknown): (...args: Args) => void {
    return (...args) => this.#owner.runStray(fn, args);
  }

  addLifecycleObject(object: LifecycleObject): void {
    this.#owner.addLifecycleObject(object);
  }

  registerLifecycleObject(object: LifecycleObject): Promise<void> {
    return this.#owner.registerLifecycleObject(object);
  }

  /** @throws UnavailableError when the process has ended: what is left of its code cannot act in its name, and is counted */
  #living(): ContextOwner {
    if (!this.#owner.hasEnded) return this.#owner;
    throw this.#refusal();
  }

  #refusal(): UnavailableError {
    const { id, name } = this.#owner;
    this.#owner.countRefused();
    return new UnavailableError(
      `process ${id} (${name}) has ended; its code goes on, but can do nothing any more`,
      {
        details: { executed: 'no' },
      },
    );
  }

  #assertLocal(id: string, action: string): void {
    const parsed = parseProcessId(id);
    if (parsed === undefined) throw notAnId(action, id);
    if (parsed.container === this.#owner.container) return;
    throw new BadRequestError(
      `${action}: process ${id} is of another container, which must not end processes here; watch it with monitor()`,
    );
  }

  /** The message that a send belongs to: the one that its options name, else the one being handled. */
  #cause(options: SendOptions | undefined): Cause | undefined {
    const within = options?.within;
    if (within === undefined) return this.#owner.current;
    return within instanceof Handling ? within : undefined;
  }
}

const noWatch = (): void => undefined;

/** A request that still waits for its answer. */
function toAnswer(message: ReceivedMessage): Arrival | undefined {
  if (!(message instanceof Handling)) return undefined;
  const { arrival } = message;
  if (!arrival.wantsReply || arrival.answered) return undefined;
  arrival.answered = true;
  return arrival;
}

function notAnId(action: string, id: unknown): BadRequestError {
  return new BadRequestError(`${action} takes the id of a process such as 'container.7', not ${String(id)}`);
}
