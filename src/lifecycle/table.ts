import {
  type LifecycleDefinition,
  type LifecycleEvent,
  type LifecycleState,
  lifecycleDefinition,
  lifecycleEvents,
  lifecycleStates,
} from './definition.ts';

/** Where each event leads from each state; `ERROR` for what the state does not allow. */
export type LifecycleTable = Readonly<
  Record<LifecycleState, Readonly<Record<LifecycleEvent, LifecycleState>>>
>;

/** Compiles a definition to a frozen table in which every pair of state and event has its entry. */
export function compileTable({ states }: LifecycleDefinition): LifecycleTable {
  const row = (state: LifecycleState) => {
    const { on } = states[state];
    const to = (event: LifecycleEvent) => on[event] ?? on['*'];
    return Object.freeze({
      initialize: to('initialize'),
      activate: to('activate'),
      deactivate: to('deactivate'),
      terminate: to('terminate'),
      error: to('error'),
    });
  };
  return Object.freeze({
    INIT: row('INIT'),
    READY: row('READY'),
    ACTIVE: row('ACTIVE'),
    TERMINATED: row('TERMINATED'),
    ERROR: row('ERROR'),
  });
}

/** The table that every lifecycle object goes through. */
export const lifecycleTable: LifecycleTable = compileTable(lifecycleDefinition);

const ends: ReadonlySet<LifecycleState> = new Set(
  lifecycleStates.filter((state) => allowedEvents(state).length === 0),
);

/** The events that `state` allows, in the order of a life; none at its ends. */
export function allowedEvents(state: LifecycleState): readonly LifecycleEvent[] {
  return lifecycleEvents.filter((event) => lifecycleTable[state][event] !== 'ERROR');
}

/** Whether a life ends in `state`: every event leads to `ERROR` from there. */
export function isEnd(state: LifecycleState): boolean {
  return ends.has(state);
}

/** Whether an object in `from` is in `to` or may still come to it. From an end nothing else counts as reachable. */
export function canReach(from: LifecycleState, to: LifecycleState): boolean {
  const seen = new Set([from]);
  for (const state of seen) {
    if (isEnd(state)) continue;
    for (const next of Object.values(lifecycleTable[state])) seen.add(next);
  }
  return seen.has(to);
}
