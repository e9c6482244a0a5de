import type { Arrival } from '../exchange/index.ts';
import type { Answers, Tracing } from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import type { WheelEntry } from '../util/index.ts';
import type { OperationTable } from './operation-table.ts';
import type { Process } from './process.ts';
import type { ScopeOwner } from './scope.ts';

/** The process and the container around a work loop. */
export interface WorkHost extends ScopeOwner {
  readonly name: string;
  readonly process: Process;
  readonly serviceName: string | undefined;
  readonly logger: Logger;
  readonly responder: Answers;
  readonly tracing: Tracing;
  /** Messages are begun: the process is ACTIVE and not ending. */
  readonly isOpen: boolean;
  /** On the monotonic clock. */
  now(): number;
  arm(entry: WheelEntry, delayMs: number): void;
  disarm(entry: WheelEntry): void;
  /** Work for another instance, here or elsewhere. */
  passOn(arrival: Arrival): void;
  /** Instances of the process's service in this container. */
  instances(): number;
}

/** What a work loop knows of its process, as of all that were spawned alike. */
export interface WorkKind {
  readonly operations: OperationTable;
  /** Messages handled at a time. */
  readonly concurrency: number;
  readonly mailboxLimit: number;
  /** Whoever the process waits for may call it meanwhile. */
  readonly isReentrant: boolean;
  /** Whether handlers run in the midst of each other. */
  readonly interleaves: boolean;
}
