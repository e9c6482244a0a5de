import type { Arrival, Identity, ProcessId } from '../exchange/index.ts';
import { noTracing, type Tracing } from '../interact/index.ts';
import type { Env } from '../util/index.ts';
import { processDefaults } from './config.ts';
import type { ExitReason } from './exit-reason.ts';
import type { HostedServices } from './hosted-services.ts';
import type { MonitorId } from './process.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessEnds } from './process-ends.ts';
import type { ProcessEnd, ProcessHost } from './process-parts.ts';
import type { ProcessRegistry } from './process-registry.ts';
import type { ProcessRouter } from './process-router.ts';
import type { RemoteMonitors } from './remote-monitors.ts';
import type { Conversations, Events } from './seams.ts';

/** What a {@link CellHost} works with. */
export interface CellHostParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly conversations: Conversations;
  readonly events: Events;
  /** Default: nobody traces. */
  readonly tracing?: Tracing;
  readonly options: { readonly shutdownMs?: number; readonly attributeStrayErrors?: boolean };
  readonly registry: ProcessRegistry;
  readonly services: HostedServices;
  readonly ends: ProcessEnds;
  readonly router: Pick<ProcessRouter, 'passOn'>;
  readonly remote: Pick<RemoteMonitors, 'watch'>;
  readonly spawnChild: ProcessHost<ProcessCell>['spawnChild'];
}

/** The container, as its processes' cells know it: one for all of them. */
export class CellHost implements ProcessHost<ProcessCell> {
  readonly container: string;
  readonly sysname: string;
  readonly env: Env;
  readonly conversations: Conversations;
  readonly events: Events;
  readonly tracing: Tracing;
  readonly attributesStrayErrors: boolean;
  readonly spawnChild: ProcessHost<ProcessCell>['spawnChild'];
  readonly #parts: CellHostParts;
  readonly #shutdownMs: number;
  #lastMonitor = 0;
  #refused = 0;

  constructor(parts: CellHostParts) {
    const { identity, options } = parts;
    this.container = identity.container;
    this.sysname = identity.sysname;
    this.env = parts.env;
    this.conversations = parts.conversations;
    this.events = parts.events;
    this.tracing = parts.tracing ?? noTracing;
    this.attributesStrayErrors = options.attributeStrayErrors ?? processDefaults.attributeStrayErrors;
    this.spawnChild = parts.spawnChild;
    this.#parts = parts;
    this.#shutdownMs = options.shutdownMs ?? processDefaults.shutdownMs;
  }

  /** How often what was left of ended processes tried to act, and was refused. */
  get refused(): number {
    return this.#refused;
  }
  countRefused(): void {
    this.#refused += 1;
  }

  find(id: string): ProcessCell | undefined {
    return this.#parts.registry.byId(id);
  }
  nextMonitor(): MonitorId {
    this.#lastMonitor += 1;
    return this.#lastMonitor;
  }
  monitorRemote(id: string, watcher: ProcessId, tell: (reason: ExitReason) => void): () => void {
    return this.#parts.remote.watch(id, watcher, tell);
  }

  instances(service: string): number {
    return this.#parts.services.instances(service);
  }
  declareNames(cell: ProcessCell): void | Promise<void> {
    return this.#parts.services.declare(cell);
  }
  openNames(cell: ProcessCell): void | Promise<void> {
    return this.#parts.services.open(cell);
  }
  closeNames(cell: ProcessCell): void | Promise<void> {
    return this.#parts.services.close(cell);
  }
  passOn(arrival: Arrival): void {
    if (!arrival.giveBack() && !this.#parts.services.takesBack(arrival)) this.#parts.router.passOn(arrival);
  }

  get shutdownMs(): number {
    return Math.min(this.#shutdownMs, this.mostMs);
  }
  get mostMs(): number {
    return this.#parts.ends.mostMs;
  }
  get isTelling(): boolean {
    return this.#parts.ends.isTelling;
  }
  tellingBegins(): void {
    this.#parts.ends.tellingBegins();
  }
  tellingEnds(): void {
    this.#parts.ends.tellingEnds();
  }
  reportUnfinished(cell: ProcessCell, op: string, ageMs: number): void {
    this.#parts.ends.reportUnfinished(cell, op, ageMs);
  }
  ended(cell: ProcessCell, end: ProcessEnd): void {
    this.#parts.ends.ended(cell, end);
  }
}
