import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from './exit-reason.ts';

/** A process, for whoever is told of its life. */
export interface LivingProcess {
  readonly id: ProcessId;
  readonly name: string;
  /** The name of its class. */
  readonly processClass: string;
  readonly service: string | undefined;
  readonly localName: string | undefined;
  /** The process that spawned it, if one of this container did. */
  readonly parent: ProcessId | undefined;
}

/**
 * What happens to every process. `started`: it is ACTIVE, or READY where it was spawned so; not told of one that has ended by then. `ended`: told once, also
 * of one that could not be started.
 */
export type ProcessLife =
  | ({ readonly type: 'started' } & LivingProcess)
  | ({
      readonly type: 'ended';
      readonly reason: ExitReason;
      readonly ageMs: number;
      /** Messages that it had handled. */
      readonly handled: number;
    } & LivingProcess);

/** Why a supervisor has ended its children and itself. */
export interface GivenUp {
  /** The child that failed once too often, by its id. */
  readonly child: string;
  /** How often it was started again. */
  readonly restarts: number;
}

/** What happens to few processes. */
export type ProcessNotice =
  /** It was given other arguments while it runs, and has taken them. */
  | ({
      readonly type: 'configured';
      /** The names of those that changed, came or went. */
      readonly args: readonly string[];
    } & LivingProcess)
  /** It was a supervisor whose restarts are used up; it has ended. */
  | ({ readonly type: 'gaveUp' } & GivenUp & LivingProcess);
