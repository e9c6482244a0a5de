import type { ContainerError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { UnfinishedHandler } from '../process/index.ts';

/** How a container stopped. */
export interface ShutdownReport {
  /** Everything ended inside the budget. */
  readonly complete: boolean;
  readonly tookMs: number;
  /** Handlers that outlived their process's time; Node cannot end them, but their replies go nowhere. */
  readonly unfinishedHandlers: readonly UnfinishedHandler[];
  /** Processes that had not ended when the budget was used up. */
  readonly leftProcesses: readonly { readonly id: ProcessId; readonly name: string }[];
  /** Why it stopped, if nobody had asked: an error that nobody handled, a permanent app that ended. */
  readonly cause: ContainerError | undefined;
  /** What failed on the way, as text. */
  readonly error: string | undefined;
}
