/** The events of the lifecycle: four that an owner asks for, and `error` for what went wrong. */
export const lifecycleEvents = ['initialize', 'activate', 'deactivate', 'terminate', 'error'] as const;

/** An event of the lifecycle. */
export type LifecycleEvent = (typeof lifecycleEvents)[number];

/** The states of the lifecycle; it begins in `INIT`, and `TERMINATED` and `ERROR` are its ends. */
export const lifecycleStates = ['INIT', 'READY', 'ACTIVE', 'TERMINATED', 'ERROR'] as const;

/** A state of the lifecycle. */
export type LifecycleState = (typeof lifecycleStates)[number];

/** What a state answers to: its own events, and where every other one (`*`) leads. */
export interface StateDefinition {
  readonly on: Readonly<{ '*': LifecycleState } & Partial<Record<LifecycleEvent, LifecycleState>>>;
}

/** A lifecycle as xstate's `createMachine` takes it, narrowed to what {@link compileTable} reads. */
export interface LifecycleDefinition {
  readonly id: string;
  readonly initial: LifecycleState;
  readonly states: Readonly<Record<LifecycleState, StateDefinition>>;
}

/**
 * The lifecycle of containers, managers, receivers and processes, defined here and nowhere else.
 *
 * It is an xstate machine's configuration in plain data: the running system compiles it to a table without loading xstate, and
 * `machine.ts` makes the machine of it. `error`, and any event that a state does not name, leads to `ERROR`.
 */
export const lifecycleDefinition = {
  id: 'lifecycle',
  initial: 'INIT',
  states: {
    INIT: { on: { initialize: 'READY', '*': 'ERROR' } },
    READY: { on: { activate: 'ACTIVE', terminate: 'TERMINATED', '*': 'ERROR' } },
    ACTIVE: { on: { deactivate: 'READY', terminate: 'TERMINATED', '*': 'ERROR' } },
    TERMINATED: { on: { '*': 'ERROR' } },
    ERROR: { on: { '*': 'ERROR' } },
  },
} as const satisfies LifecycleDefinition;
