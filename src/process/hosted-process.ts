import type { Arrival, ProcessId } from '../exchange/index.ts';
import type { Answers, Tracing } from '../interact/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env, WheelEntry } from '../util/index.ts';
import type { Contract } from './contract.ts';
import type { ExitReason } from './exit-reason.ts';
import type { MonitorId, ProcessClass } from './process.ts';
import type { ProcessCellParts, ProcessHost, ProcessKind } from './process-parts.ts';
import type { Conversations, Events } from './seams.ts';
import { signalOperation } from './system-operations.ts';

/**
 * What a process has been given: who it is, what it is like, and what its container does for it. What it makes of that, its life and its work, is its
 * {@link ProcessCell}, which this is the base of: an object of its own for each process would cost memory.
 */
export abstract class HostedProcess<Cell> extends LifecycleObject {
  readonly id: ProcessId;
  /** Its number in the container. */
  readonly number: number;
  readonly name: string;
  readonly localName: string | undefined;
  args: Readonly<Record<string, unknown>>;
  protected readonly kind: ProcessKind<Cell>;
  readonly #startedAt: number;
  #logger: Logger | undefined;

  constructor(kind: ProcessKind<Cell>, { id, number, name, localName, args }: ProcessCellParts) {
    super();
    this.id = id;
    this.number = number;
    this.name = name;
    this.localName = localName;
    this.args = args;
    this.kind = kind;
    this.#startedAt = kind.host.env.clock.now();
  }

  get serviceName(): string | undefined {
    return this.kind.serviceName;
  }
  get processClass(): ProcessClass {
    return this.kind.processClass;
  }
  /** What it serves, if it is typed. */
  get contract(): Contract | undefined {
    return this.kind.processClass.contract;
  }
  get hasCodecs(): boolean {
    return this.kind.hasCodecs;
  }
  get concurrency(): number {
    return this.kind.concurrency;
  }
  get operations(): readonly string[] {
    return [...this.kind.operations.keys()].filter((op) => op !== signalOperation);
  }
  get ageMs(): number {
    return Math.round(this.now() - this.#startedAt);
  }
  /** Outside of any message. */
  get plainLogger(): Logger {
    this.#logger ??= this.kind.logger.room(this.name).child({ process: this.id, name: this.name });
    return this.#logger;
  }

  get container(): string {
    return this.host.container;
  }
  get sysname(): string {
    return this.host.sysname;
  }
  get env(): Env {
    return this.host.env;
  }
  get attributesStrayErrors(): boolean {
    return this.host.attributesStrayErrors;
  }
  get conversations(): Conversations {
    return this.host.conversations;
  }
  get responder(): Answers {
    return this.host.conversations.responder;
  }
  get events(): Events {
    return this.host.events;
  }
  get tracing(): Tracing {
    return this.host.tracing;
  }
  get shutdownMs(): number {
    return this.host.shutdownMs;
  }
  get mostMs(): number {
    return this.host.mostMs;
  }
  now(): number {
    return this.env.clock.now();
  }
  arm(entry: WheelEntry, delayMs: number): void {
    this.host.conversations.arm(entry, delayMs);
  }
  disarm(entry: WheelEntry): void {
    this.host.conversations.disarm(entry);
  }
  passOn(arrival: Arrival): void {
    this.host.passOn(arrival);
  }
  find(id: string): Cell | undefined {
    return this.host.find(id);
  }
  nextMonitor(): MonitorId {
    return this.host.nextMonitor();
  }
  monitorRemote(id: string, tell: (reason: ExitReason) => void): () => void {
    return this.host.monitorRemote(id, this.id, tell);
  }
  countRefused(): void {
    this.host.countRefused();
  }

  protected get host(): ProcessHost<Cell> {
    return this.kind.host;
  }
}
