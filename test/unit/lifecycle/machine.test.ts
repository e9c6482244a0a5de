import { describe, expect, test } from '@jest/globals';
import { initialTransition, transition } from 'xstate';
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { IllegalStateError } from '../../../src/errors/index.ts';
import { lifecycleDefinition, lifecycleEvents, lifecycleStates } from '../../../src/lifecycle/definition.ts';
import type { LifecycleEvent, LifecycleState } from '../../../src/lifecycle/index.ts';
import { lifecycleMachine } from '../../../src/lifecycle/machine.ts';
import {
  allowedEvents,
  canReach,
  compileTable,
  isEnd,
  lifecycleTable,
} from '../../../src/lifecycle/table.ts';
import { type Hook, Recorder } from './recorder.ts';

interface Step {
  readonly event: LifecycleEvent;
  readonly state: unknown;
}

const events = lifecycleEvents.map((type) => ({ type }));
const isEvent = (type: string): type is LifecycleEvent => lifecycleEvents.some((event) => event === type);

/** Every path over the machine that xstate finds, to any state. */
const paths = [
  ...getSimplePaths(lifecycleMachine, { events }),
  ...getShortestPaths(lifecycleMachine, { events }),
].map(({ steps }): readonly Step[] =>
  steps.flatMap(({ event, state }) =>
    isEvent(event.type) ? [{ event: event.type, state: state.value }] : [],
  ),
);

const raise = (object: Recorder, event: LifecycleEvent): Promise<unknown> =>
  event === 'error' ? object.fail(new Error('cause')) : object[event]();

const isAllowed = (from: LifecycleState, event: LifecycleEvent) => lifecycleTable[from][event] !== 'ERROR';

/** The hooks that ION's table names for an event. */
function hooksOf(from: LifecycleState, event: LifecycleEvent): readonly Hook[] {
  if (!isAllowed(from, event)) return ['onError'];
  if (event === 'initialize') return ['onInitialize'];
  if (event === 'activate') return ['onActivate'];
  if (event === 'deactivate') return ['onDeactivate'];
  return from === 'ACTIVE' ? ['onTerminateActive', 'onTerminate'] : ['onTerminate'];
}

describe('the lifecycle machine', () => {
  test('is ION’s table', () => {
    expect(lifecycleStates.map((state) => [state, allowedEvents(state)])).toEqual([
      ['INIT', ['initialize']],
      ['READY', ['activate', 'terminate']],
      ['ACTIVE', ['deactivate', 'terminate']],
      ['TERMINATED', []],
      ['ERROR', []],
    ]);
    expect(lifecycleTable).toMatchObject({
      INIT: { initialize: 'READY' },
      READY: { activate: 'ACTIVE', terminate: 'TERMINATED' },
      ACTIVE: { deactivate: 'READY', terminate: 'TERMINATED' },
    });
  });

  test('compileTable() agrees with xstate in every state and event', () => {
    const [initial] = initialTransition(lifecycleMachine);
    expect(initial.value).toBe('INIT');
    const table = compileTable(lifecycleDefinition);
    for (const state of lifecycleStates) {
      for (const event of events) {
        const [next] = transition(lifecycleMachine, lifecycleMachine.resolveState({ value: state }), event);
        expect({ state, event, next: next.value }).toEqual({ state, event, next: table[state][event.type] });
      }
    }
  });

  test('compileTable() yields a table that nobody can change', () => {
    expect([lifecycleTable, ...Object.values(lifecycleTable)].every(Object.isFrozen)).toBe(true);
  });

  test('canReach() follows the table and ends at the ends', () => {
    const reachable = lifecycleStates.map((from) => lifecycleStates.filter((to) => canReach(from, to)));
    expect(reachable).toEqual([
      ['INIT', 'READY', 'ACTIVE', 'TERMINATED', 'ERROR'],
      ['READY', 'ACTIVE', 'TERMINATED', 'ERROR'],
      ['READY', 'ACTIVE', 'TERMINATED', 'ERROR'],
      ['TERMINATED'],
      ['ERROR'],
    ]);
    expect(lifecycleStates.filter(isEnd)).toEqual(['TERMINATED', 'ERROR']);
  });
});

describe('LifecycleObject walks every path that xstate finds', () => {
  test('there are paths to every state', () => {
    expect(new Set(paths.map((path) => path.at(-1)?.state ?? 'INIT'))).toEqual(new Set(lifecycleStates));
    expect(paths.length).toBeGreaterThan(10);
  });

  test.each(['sync', 'async'])('with %s hooks', async (kind) => {
    const hook = kind === 'async' ? () => Promise.resolve() : () => {};
    for (const path of paths) {
      const object = new Recorder({
        onInitialize: hook,
        onActivate: hook,
        onDeactivate: hook,
        onTerminate: hook,
        onError: hook,
      });
      const expected: Hook[] = [];
      for (const { event, state } of path) {
        const from = object.state;
        expected.push(...hooksOf(from, event));
        const raised = raise(object, event);
        if (isAllowed(from, event) || event === 'error') await raised;
        else await expect(raised).rejects.toBeInstanceOf(IllegalStateError);
        expect(object.state).toBe(state);
      }
      expect(object.hooks).toEqual(expected);
    }
  });
});
