import { AppManager } from '../app/index.ts';
import { Codec, type Message } from '../codec/index.ts';
import type { Config } from '../config/index.ts';
import { type ContainerError, IllegalStateError } from '../errors/index.ts';
import {
  type Arrival,
  ExchangeManager,
  type InboxStats,
  type MessagingName,
  processId,
} from '../exchange/index.ts';
import {
  type CallOptions,
  ConversationManager,
  type ConversationStats,
  EventHub,
  EventPublisher,
  findOpenTelemetry,
  noTracing,
  type SendOptions,
  type StreamOptions,
  type Tracer,
} from '../interact/index.ts';
import { InterceptorSystem } from '../intercept/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger, LogLevels } from '../logging/index.ts';
import { type Client, type Contract, makeClient, ProcessManager } from '../process/index.ts';
import type { TransportStats, TransportStatus } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { Announcements, leaving, wanted } from './announcements.ts';
import { ContainerEvents } from './container-events.ts';
import {
  type ContainerOptions,
  type ResolvedContainerOptions,
  resolveContainerOptions,
} from './container-options.ts';
import { Shutdown } from './shutdown.ts';
import type { ShutdownReport, StopProgress } from './shutdown-report.ts';
import { StrayErrors, unhandledError } from './stray-errors.ts';
import { supervisionTree, type TreeNode } from './supervision-tree.ts';
import { SystemEvents } from './system-events.ts';
import { ContainerWayIn } from './way-in.ts';

/** A container as `info()` shows it. */
export interface ContainerInfo {
  readonly id: string;
  readonly sysname: string;
  readonly state: string;
  readonly broker: TransportStatus;
  readonly processes: number;
  readonly services: readonly string[];
  readonly apps: readonly string[];
  readonly conversations: ConversationStats;
  readonly inbox: InboxStats;
  readonly transport: TransportStats;
  /** While it stops. */
  readonly stopping: StopProgress | undefined;
}

/**
 * One capability container: exchange, processes and apps under one lifecycle. Any number of containers live in one Node process and share
 * nothing but a broker.
 *
 * @example
 * const container = new Container({ sysname: 'demo', broker: 'amqp://127.0.0.1' });
 * await container.start();
 * await container.processes.spawn(HelloService);
 * await container.rpcSend('hello', 'hello', 'you');
 * await container.stop();
 */
export class Container extends LifecycleObject {
  /** Resolves with the report when the container has been stopped, by whomever; also for who asks late. Never rejects. */
  readonly stopped: Promise<ShutdownReport>;
  /** Events: published, subscribed to, and those that nobody could handle. */
  readonly events: ContainerEvents;
  readonly #options: ResolvedContainerOptions;
  readonly #interceptors: InterceptorSystem;
  readonly #conversations: ConversationManager;
  readonly #exchange: ExchangeManager;
  readonly #processes: ProcessManager;
  readonly #apps: AppManager;
  readonly #hub: EventHub;
  readonly #systemEvents: SystemEvents;
  readonly #walkIn: (arrival: Arrival) => void;
  /** Filled when the container starts. */
  readonly #tracing: { tracer: Tracer | undefined } = { tracer: undefined };
  readonly #strayErrors: StrayErrors;
  #starting: Promise<void> | undefined;
  #stopping: Promise<ShutdownReport> | undefined;
  #hasStopped: (report: ShutdownReport) => void = () => undefined;
  readonly #shutdown: Shutdown;

  /** @throws BadRequest or ConfigurationError for options that cannot be used */
  constructor(options: ContainerOptions = {}) {
    super();
    this.stopped = new Promise((resolve) => {
      this.#hasStopped = resolve;
    });
    this.#options = resolveContainerOptions(options);
    const { identity, env, logger, broker } = this.#options;
    const parts = { identity, env };
    this.#strayErrors = new StrayErrors({
      policy: this.#options.strayErrors,
      logger: logger.room('container'),
      stop: (error) => void this.stop(unhandledError(error)),
    });
    this.#interceptors = new InterceptorSystem({
      ...parts,
      logger: logger.room('intercept'),
      specs: this.#options.interceptors,
    });
    const { chain } = this.#interceptors;
    const codec = new Codec(this.#options.limits);
    this.#exchange = new ExchangeManager({
      ...parts,
      logger: logger.room('exchange'),
      transport: broker.transport,
      codec,
      options: this.#options.exchange,
      listener: {
        arrived: (arrival) => this.#arrived(arrival),
        returned: (messages) => this.#conversations.returned(messages),
        unsent: (messages, isLost) => this.#conversations.unsent(messages, isLost),
        connectionLost: () => {
          this.#conversations.connectionLost();
          this.#hub.connectionLost();
        },
        connectionRestored: () => {
          this.#conversations.connectionRestored();
          this.#systemEvents.connectionRestored();
        },
        died: (facts, message) => this.#systemEvents.died(facts, message),
        isAwaited: (service) => this.#conversations.isAwaited(service),
        instancesAbsent: (service) => this.#conversations.instancesAbsent(service),
        hasLocalName: (name) => this.#processes.hasLocalName(name),
        hasFreeInstance: (service, underway, message) =>
          this.#processes.hasFreeInstance(service, underway, message),
      },
    });
    const walkOut = chain.out((outgoing) => this.#exchange.send(outgoing));
    this.#conversations = new ConversationManager({
      ...parts,
      logger: logger.room('interact'),
      walkOut,
      watchInstances: (service) => this.#exchange.watchInstances(service),
      took: (service, op, workUs) => this.#exchange.took(service, op, workUs),
      countContainers: async (service) => (await this.#exchange.inspectService(service))?.consumers ?? 0,
      isolate: (message) => codec.isolate(message),
      timeoutMs: this.#options.timeoutMs,
      tellsStacks: this.#options.development,
      tracing: this.#tracing,
    });
    const { events } = this.#exchange;
    const publishing = { walkOut, exchange: events, assertOpen: () => this.#conversations.assertOpen() };
    const publisher = new EventPublisher({ ...publishing, tracing: this.#tracing });
    // What a container tells of itself is no step of anybody's trace.
    const untraced = new EventPublisher({ ...publishing, tracing: noTracing });
    this.#hub = new EventHub({
      env,
      logger: logger.room('interact'),
      exchange: events,
      attempts: events.attempts,
      delayAfter: (attempt) => events.delayAfter(attempt),
      isolate: (message) => codec.isolate(message),
      onSubscribed: (subscriber) => this.#systemEvents.subscribed(subscriber),
    });
    this.events = new ContainerEvents({
      self: processId(identity.container, 0),
      env,
      logger: logger.room('container'),
      hub: this.#hub,
      publisher,
      exchange: events,
      conversations: this.#conversations,
    });
    this.#processes = new ProcessManager({
      ...parts,
      events: {
        publish: (event, given, cause) => publisher.publish(event, given, cause),
        subscribe: (host, pattern, given, retention) => this.#hub.subscribe(host, pattern, given, retention),
      },
      logger: logger.room('process'),
      conversations: this.#conversations,
      exchange: this.#exchange,
      tracing: this.#tracing,
      options: this.#options.processes,
    });
    this.#systemEvents = new SystemEvents({
      container: identity.container,
      env,
      logger: logger.room('container'),
      mode: this.#options.systemEvents,
      publish: (event) => untraced.publish(event, {}, undefined),
      announceWanted: () => this.#conversations.announce(processId(identity.container, 0), wanted),
      processes: this.#processes,
      logLevels: this.#options.logLevels,
      subscriptions: () => this.#hub.subscriptions,
    });
    this.#walkIn = chain.in(
      new ContainerWayIn({
        container: identity.container,
        conversations: this.#conversations,
        processes: this.#processes,
        announcements: new Announcements(
          identity.container,
          logger.room('container'),
          () => this.#systemEvents.wanted(),
          (service, op, workUs) => this.#exchange.told(service, op, workUs),
        ),
        logger: logger.room('intercept'),
      }),
    );
    this.#apps = new AppManager({
      ...parts,
      logger: logger.room('app'),
      processes: this.#processes,
      config: this.#options.config,
      options: { ...this.#options.apps, stopMs: this.#options.stopMs },
      isServed: (service) => this.doesServiceExist(service),
      appEnded: (error) => void this.stop(error),
      appChanged: (change) => this.#systemEvents.appChanged(change),
    });
    this.#shutdown = new Shutdown({
      env,
      logger: logger.room('container'),
      stopMs: this.#options.stopMs,
      apps: this.#apps,
      processes: this.#processes,
      exchange: this.#exchange,
      hub: this.#hub,
      interceptors: this.#interceptors,
      announce: () => this.#conversations.announce(processId(identity.container, 0), leaving),
    });
    this.#listen();
  }

  /** The container's id: one segment, the first part of its processes' ids. */
  get id(): string {
    return this.#options.identity.container;
  }

  /** The system it belongs to; containers of other systems never meet it. */
  get sysname(): string {
    return this.#options.identity.sysname;
  }

  /** What is configured, and where each value came from. */
  get config(): Config {
    return this.#options.config;
  }

  get env(): Env {
    return this.#options.env;
  }

  get logger(): Logger {
    return this.#options.logger;
  }

  /** The levels of the logger, where they can be changed while it runs. */
  get logLevels(): LogLevels | undefined {
    return this.#options.logLevels;
  }

  /** Spawns, ends and lists processes. */
  get processes(): ProcessManager {
    return this.#processes;
  }

  /** Starts, stops and lists apps. */
  get apps(): AppManager {
    return this.#apps;
  }

  /**
   * Starts the managers in order: interceptors, exchange (connected), processes, apps. Resolves when the container is ACTIVE.
   *
   * @throws BrokerUnreachable, BrokerRefused, TopologyConflict; then everything is closed again and the container is in ERROR
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Stops in phases (see {@link StopPhase}) within one budget, and reports what did not end. What is being handled finishes; what was not begun goes
   * back to its queue. When four fifths of the budget are used up the processes that are left are killed, so that answers still leave. Idempotent;
   * a start in progress is given up. After it nothing of the container is left but handlers that never return. A container is started once.
   *
   * @param cause what went wrong, if that is why; the report of the first call tells it
   */
  stop(cause?: ContainerError): Promise<ShutdownReport> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  /** Calls `listener` when a phase of the stop begins; `info().stopping` tells of the time between. Returns what ends that. What it throws is logged. */
  onStopping(listener: (progress: StopProgress) => void): () => void {
    return this.#shutdown.onProgress(listener);
  }

  /** Calls in the container's own name, as the shell does. See `Process#rpcSend`. */
  rpcSend(receiver: string, op: string, content?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#conversations.ask(processId(this.id, 0), receiver, op, content, options);
  }

  /** As {@link rpcSend}, but resolves with the whole reply, headers included. */
  call(receiver: string, op: string, content?: unknown, options?: CallOptions): Promise<Message> {
    return this.#conversations.call(processId(this.id, 0), receiver, op, content, options);
  }

  /** Reads the answer of a streaming operation part by part, in the container's own name. See `Process#stream`. */
  stream(
    receiver: string,
    op: string,
    content?: unknown,
    options?: StreamOptions,
  ): AsyncIterableIterator<unknown> {
    return this.#conversations.stream(processId(this.id, 0), receiver, op, content, options);
  }

  /** Sends one way in the container's own name. See `Process#send`. */
  send(receiver: string, op: string, content?: unknown, options?: SendOptions): Promise<void> {
    return this.#conversations.send(processId(this.id, 0), receiver, op, content, options);
  }

  /** A typed client that calls in the container's own name. */
  client<C extends Contract>(contract: C): Client<C> {
    return makeClient(contract, {
      call: (receiver, op, content, options) => this.rpcSend(receiver, op, content, options),
      stream: (receiver, op, content, options) => this.stream(receiver, op, content, options),
    });
  }

  /** Whether an instance of `service` runs anywhere in the system (ION's `does_service_exist`). Asks the broker. */
  async doesServiceExist(service: string): Promise<boolean> {
    return ((await this.#exchange.inspectService(service))?.consumers ?? 0) > 0;
  }

  /** Calls `listener` on every change of the connection to the broker, in order; returns what ends that. */
  onBrokerStatus(listener: (status: TransportStatus) => void): () => void {
    return this.#options.broker.transport.onStatus(listener);
  }

  /** The names that this container has declared on the bus (ION's `ms`): its inbox, what reaches every container, its services. */
  messagingNames(): readonly MessagingName[] {
    return this.#exchange.names();
  }

  /**
   * Takes an error that nobody handled if it came out of a process of this container, which then crashes; gives whether it did. For whoever catches such errors
   * before the container is told of them, as a `domain` does and the prompt, and calls this in the midst of it.
   */
  claimStrayError(error: unknown): boolean {
    return this.#strayErrors.claim(error);
  }

  /** The processes of this container as they stand at this moment, with their supervisors. */
  tree(): readonly TreeNode[] {
    return supervisionTree({
      processes: this.#processes.list(),
      process: (id) => this.#processes.get(id),
      apps: this.#apps.list(),
    });
  }

  info(): ContainerInfo {
    return {
      id: this.id,
      sysname: this.sysname,
      state: this.state,
      broker: this.#exchange.status,
      processes: this.#processes.list().length,
      services: this.#processes.services(),
      apps: this.#apps.list().map((app) => app.instance),
      conversations: this.#conversations.stats,
      inbox: this.#exchange.stats,
      transport: this.#options.broker.transport.stats,
      stopping: this.#shutdown.progress,
    };
  }

  protected override async onInitialize(): Promise<void> {
    for (const manager of this.#managers()) await manager.initialize();
  }

  protected override async onActivate(): Promise<void> {
    for (const manager of this.#managers()) await manager.activate();
  }

  protected override async onTerminate(): Promise<void> {
    await this.#shutdown.run();
    this.#letGo();
  }

  /** The start has failed. */
  protected override async onError(): Promise<void> {
    this.#systemEvents.close();
    for (const manager of this.#managers().reverse()) {
      if (manager.state === 'READY' || manager.state === 'ACTIVE') await manager.terminate();
    }
    this.#letGo();
  }

  #managers(): LifecycleObject[] {
    return [this.#interceptors, this.#exchange, this.#processes, this.#apps];
  }

  async #start(): Promise<void> {
    if (this.#stopping !== undefined)
      throw new IllegalStateError('a container that was stopped is not started again');
    this.#strayErrors.listen();
    try {
      await this.#bringUp();
    } catch (error) {
      this.#strayErrors.close();
      throw error;
    }
  }

  async #bringUp(): Promise<void> {
    this.#tracing.tracer = await findOpenTelemetry();
    await this.initialize();
    await this.activate();
    const { identity } = this.#options;
    const logger = this.#options.logger.room('container');
    if (identity.sysname === identity.container) {
      logger.info('no sysname given: this container is a system of its own', { sysname: identity.sysname });
    }
    logger.info('container started', { container: identity.container, sysname: identity.sysname });
  }

  /** To what happens in it, for the system's events. */
  #listen(): void {
    const { events } = this.#exchange;
    events.onReturned((topic) => this.#systemEvents.returned(topic));
    this.#exchange.onStateChanged(({ to }) => {
      if (to === 'ACTIVE') this.#systemEvents.open();
    });
    this.onStateChanged(({ to }) => {
      if (to === 'ACTIVE') this.#systemEvents.started();
    });
    this.#shutdown.onProgress((progress) => {
      if (progress.phase !== 'exchange') return;
      this.#systemEvents.stopped(progress);
      this.#systemEvents.close();
    });
  }

  async #stop(cause: ContainerError | undefined): Promise<ShutdownReport> {
    this.#shutdown.begin();
    await this.#abortStart();
    this.#systemEvents.stopping(cause);
    if (this.state === 'READY' || this.state === 'ACTIVE') await this.terminate();
    const report = this.#shutdown.report(cause);
    const { cause: why, ...facts } = report;
    this.#options.logger.room('container')[report.complete ? 'info' : 'warn']('container stopped', {
      ...facts,
      ...(why && { cause: why.message }),
    });
    this.#strayErrors.close();
    this.#hasStopped(report);
    return report;
  }

  /** Open calls fail now. What has not been closed in its time closes by itself, or never. */
  #letGo(): void {
    this.#conversations.close();
    void this.#options.broker.transport.close();
    this.#options.broker.release();
  }

  /** A start in progress waits for the broker; without its connection it fails at once, and what it had begun ends. */
  async #abortStart(): Promise<void> {
    if (this.#starting === undefined || (this.state !== 'INIT' && this.state !== 'READY')) return;
    await this.#options.broker.transport.close();
    await this.#starting.catch(() => undefined);
  }

  /** Both ways in join here. */
  #arrived(arrival: Arrival): void {
    try {
      this.#walkIn(arrival);
    } catch (error) {
      this.#options.logger
        .room('container')
        .error('a message that came in could not be handed on', { error });
    }
  }
}
