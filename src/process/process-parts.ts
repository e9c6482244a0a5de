import type { Arrival, ProcessId } from '../exchange/index.ts';
import type { Tracing } from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import type { HandledMessage } from './crash-report.ts';
import type { ExitReason } from './exit-reason.ts';
import type { OperationTable } from './operation-table.ts';
import type { MonitorId, ProcessClass, SpawnOptions } from './process.ts';
import type { Conversations, Events } from './seams.ts';

/** What a cell asks of the manager that holds it. */
export interface ProcessHost<Cell> {
  readonly container: string;
  readonly sysname: string;
  readonly env: Env;
  /** Milliseconds that a process gets to end when whoever ends it does not say. */
  readonly shutdownMs: number;
  /** Milliseconds that it gets at most, whoever says how many. */
  readonly mostMs: number;
  /** Stray errors are told apart by the process that they come from; it costs a little for each message. */
  readonly attributesStrayErrors: boolean;
  readonly conversations: Conversations;
  readonly events: Events;
  readonly tracing: Tracing;
  /** Instances of a service in this container; 0 for the last one when nothing is taken from the queue any more. */
  instances(service: string): number;
  find(id: string): Cell | undefined;
  nextMonitor(): MonitorId;
  /** Watches a process of another container; gives what ends the watch. */
  monitorRemote(id: string, watcher: ProcessId, tell: (reason: ExitReason) => void): () => void;
  spawnChild(
    parent: Cell,
    processClass: ProcessClass,
    options?: SpawnOptions,
  ): ProcessId | Promise<ProcessId>;
  /** Makes the cell's shared name known; declared before READY, consuming before ACTIVE. No promise where there is nothing to wait for. */
  declareNames(cell: Cell): void | Promise<void>;
  openNames(cell: Cell): void | Promise<void>;
  closeNames(cell: Cell): void | Promise<void>;
  /** Work that the cell did not begin: for another instance, here or elsewhere. */
  passOn(arrival: Arrival): void;
  /** A handler outlived its process. */
  reportUnfinished(cell: Cell, op: string, ageMs: number): void;
  /** What is left of a process that has ended wanted to act. */
  countRefused(): void;
  /** The cell is TERMINATED or in ERROR. Called once, in the midst of telling. */
  ended(cell: Cell, end: ProcessEnd): void;
  /** Whether it is being told that a process has ended: what its hearers end or start comes afterwards, not in the midst of it. */
  readonly isTelling: boolean;
  tellingBegins(): void;
  tellingEnds(): void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly reason: ExitReason;
  /** What it was handling when it was killed or crashed. */
  readonly handling: readonly HandledMessage[];
}

/** What processes have in common that are made alike: one for all instances of a class whose options say nothing else. */
export interface ProcessKind<Cell> {
  readonly processClass: ProcessClass;
  /** Of those whose options name none. */
  readonly name: string;
  /** The shared name they serve; undefined for plain processes. */
  readonly serviceName: string | undefined;
  readonly operations: OperationTable;
  readonly concurrency: number;
  readonly isReentrant: boolean;
  readonly interleaves: boolean;
  readonly mailboxLimit: number;
  /** Operations of its contract encode and decode by themselves, and must be able to. */
  readonly hasCodecs: boolean;
  /** Each process makes its own of it. */
  readonly logger: Logger;
  readonly host: ProcessHost<Cell>;
}

/** What one cell is made of, besides its kind. */
export interface ProcessCellParts {
  readonly id: ProcessId;
  /** Its number in the container. */
  readonly number: number;
  readonly name: string;
  readonly localName: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;
}
