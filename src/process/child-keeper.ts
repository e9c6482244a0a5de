import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { GivenUp } from './process-life.ts';

export const childEnded: unique symbol = Symbol('childEnded');
export const endChildren: unique symbol = Symbol('endChildren');
export const givenUp: unique symbol = Symbol('givenUp');

/** A process that keeps its children itself, as supervisors do. For others the container ends them, the last spawned first. */
export interface ChildKeeper {
  /**
   * A child has ended: called once for each, at once, in any state of the keeper, and before anybody else hears of it. Gives what a
   * crash report shall say of the child: its spec, how often it was restarted. Must not throw.
   */
  [childEnded](id: ProcessId, reason: ExitReason): Readonly<Record<string, unknown>> | undefined;
  /** The keeper ends for that reason: resolves when every child has ended. Called once, before its handlers are waited for. Must not reject. */
  [endChildren](reason: ExitReason): Promise<void>;
  /** Set when it ends since it cannot keep a child alive. */
  readonly [givenUp]: GivenUp | undefined;
}

/** Whether a process keeps its children itself. */
export function isChildKeeper(process: object): process is ChildKeeper {
  return childEnded in process && endChildren in process;
}
