import type { ExitReason } from '../process/index.ts';
import { makeChild } from './child.ts';
import type { ResolvedChildSpec } from './child-spec.ts';
import { Children } from './children.ts';
import type { ChildKey, SupervisorEvent } from './events.ts';
import { Queue } from './queue.ts';
import type { RestartHistory } from './restart-intensity.ts';
import type { ResolvedSupervisorFlags, SupervisorSpec } from './supervisor-flags.ts';

/** Everything a supervisor knows: values, replaced and never changed. */
export interface SupervisorState {
  readonly phase: 'new' | 'active' | 'ended';
  readonly flags: ResolvedSupervisorFlags;
  /** What children of `simple_one_for_one` are made after. */
  readonly template: ResolvedChildSpec | undefined;
  /** In the order of their specs, which is that of start. */
  readonly children: Children;
  readonly history: RestartHistory;
  /** What it is in the midst of; `undefined`: it takes the next event. */
  readonly work: Work | undefined;
  /** Events that came meanwhile. */
  readonly waiting: Queue<SupervisorEvent>;
  readonly nextKey: ChildKey;
  readonly nextTimer: number;
}

/** An operation of several steps. */
export type Work =
  | (Steps & { readonly type: 'terminating'; readonly next: AfterTerminating })
  | (Steps & { readonly type: 'starting'; readonly next: AfterStarting })
  /** All at once, in any order: the end of `simple_one_for_one`. */
  | { readonly type: 'dissolving'; readonly reason: ExitReason };

/** Children whose turns come one after the other; that of `keys[at]` is under way. */
export interface Steps {
  readonly keys: readonly ChildKey[];
  readonly at: number;
}

/** What follows when the last of them has ended. */
export type AfterTerminating =
  | { readonly type: 'restart'; readonly key: ChildKey }
  | { readonly type: 'delay'; readonly key: ChildKey; readonly delayMs: number }
  | { readonly type: 'answer'; readonly to: number }
  | { readonly type: 'exit'; readonly reason: ExitReason };

/** What the starts are for. */
export type AfterStarting =
  | { readonly type: 'begin' }
  | { readonly type: 'restart' }
  | { readonly type: 'answer'; readonly to: number; readonly isNew: boolean };

/** A supervisor before its first event. */
export function initialState({ flags, children }: SupervisorSpec): SupervisorState {
  const isDynamic = flags.strategy === 'simple_one_for_one';
  const first = isDynamic ? [] : children.map((spec, key) => makeChild(key, spec, []));
  return {
    phase: 'new',
    flags,
    template: isDynamic ? children[0] : undefined,
    children: Children.of(first, !isDynamic),
    history: Queue.of(),
    work: undefined,
    waiting: Queue.of(),
    nextKey: first.length,
    nextTimer: 0,
  };
}
