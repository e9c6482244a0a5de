import type { ProcessId } from '../exchange/index.ts';
import type { LifecycleState } from '../lifecycle/index.ts';
import type { ProcessCell } from './process-cell.ts';

/** A process as `ps()` shows it. */
export interface ProcessInfo {
  readonly id: ProcessId;
  readonly name: string;
  readonly service: string | undefined;
  /** It also answers to `<container>.<localName>`. */
  readonly localName: string | undefined;
  readonly state: LifecycleState;
  /** The process that spawned it, if one of this container did. */
  readonly parent: ProcessId | undefined;
  /** Messages waiting and being handled. */
  readonly load: number;
  readonly handled: number;
  /** One-way messages that found the mailbox full. */
  readonly dropped: number;
  readonly operations: readonly string[];
  readonly ageMs: number;
}

/** What is to be seen of a process now. */
export function processInfo(cell: ProcessCell): ProcessInfo {
  const { id, name, serviceName: service, localName, state, parent } = cell;
  const { load, handled, dropped, operations, ageMs } = cell;
  return {
    id,
    name,
    service,
    localName,
    parent: parent?.id,
    state,
    load,
    handled,
    dropped,
    operations,
    ageMs,
  };
}
