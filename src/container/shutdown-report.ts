import type { ContainerError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { UnfinishedHandler } from '../process/index.ts';

/**
 * The phases of a container's stop, in order.
 *
 * * `leaving`: the other containers of the system are told.
 * * `draining`: nothing is taken from the queues of services any more, and what was taken and not begun goes back to them.
 * * `apps`: they are stopped in reverse order, with their processes; what is being handled finishes.
 * * `processes`: what is left of them, in reverse order of spawning.
 * * `exchange`: what is on its way reaches the broker, and the connection is closed.
 */
export type StopPhase = 'leaving' | 'draining' | 'apps' | 'processes' | 'exchange';

/** A container that is stopping, at one moment. */
export interface StopProgress {
  readonly phase: StopPhase;
  /** Milliseconds since it began to stop. */
  readonly sinceMs: number;
  /** Milliseconds until whatever is left then is cut off. */
  readonly leftMs: number;
  /** The apps that have not ended yet. */
  readonly apps: readonly string[];
  /** How many processes have not ended yet. */
  readonly processes: number;
  /** How many messages went back to the queues of services so far. */
  readonly handedBack: number;
}

/** How long a phase took. */
export interface PhaseReport {
  readonly phase: StopPhase;
  readonly tookMs: number;
  /** It had not ended in its time: what was left was killed, or is no longer waited for. */
  readonly late: boolean;
}

/** A process that was killed, since it had not ended in its time. */
export interface KilledProcess {
  readonly id: ProcessId;
  readonly name: string;
  /** The operations whose handlers did not end. Without any it is its `onTerminate`, its children or its lifecycle objects that did not. */
  readonly ops: readonly string[];
}

/** How a container stopped. */
export interface ShutdownReport {
  /** Everything ended in order and in its time. */
  readonly complete: boolean;
  readonly tookMs: number;
  /** In order; none if the container had not started. */
  readonly phases: readonly PhaseReport[];
  /** Messages that this container had taken from the queues of services and not begun, and that went back there. */
  readonly handedBack: number;
  /** Handlers that outlived their process's time; Node cannot end them, but their replies go nowhere. */
  readonly unfinishedHandlers: readonly UnfinishedHandler[];
  readonly killed: readonly KilledProcess[];
  /** Apps whose function `stop` did not end in its time, or that had not ended when the budget was used up. */
  readonly unfinishedApps: readonly string[];
  /** Processes that had not ended when the budget was used up. */
  readonly leftProcesses: readonly { readonly id: ProcessId; readonly name: string }[];
  /** Why it stopped, if nobody had asked: an error that nobody handled, a permanent app that ended. */
  readonly cause: ContainerError | undefined;
  /** What failed on the way, as text. */
  readonly error: string | undefined;
}
