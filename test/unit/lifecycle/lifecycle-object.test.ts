import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { IllegalStateError } from '../../../src/errors/index.ts';
import { LifecycleObject, type LifecycleState, type StateChanged } from '../../../src/lifecycle/index.ts';
import { lifecycleTable } from '../../../src/lifecycle/table.ts';
import { type Behaviour, type Hook, Recorder } from './recorder.ts';

const failure = new RangeError('no such port');
const fails: Behaviour = () => {
  throw failure;
};
const rejects: Behaviour = () => Promise.reject(failure);

/** A hook that waits until it is released. */
function gate() {
  const { promise, resolve, reject } = promiseWithResolvers();
  return { hook: () => promise, open: resolve, fail: reject };
}

function promiseWithResolvers() {
  let resolve: (value?: unknown) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}

async function inState(state: LifecycleState, behaviours: Partial<Record<Hook, Behaviour>> = {}) {
  const object = new Recorder();
  if (state !== 'INIT') await object.initialize();
  if (state === 'ACTIVE') await object.activate();
  if (state === 'TERMINATED') await object.terminate();
  if (state === 'ERROR') await object.fail(new Error('before'));
  object.calls.length = 0;
  Object.assign(object.behaviours, behaviours);
  return object;
}

describe('ION 3', () => {
  test('initialize → activate → terminate call each hook once, in order, with its arguments', async () => {
    const object = new Recorder();
    const states: LifecycleState[] = [object.state];
    await object.initialize('port', 1);
    states.push(object.state);
    await object.activate({ fast: true });
    states.push(object.state);
    await object.terminate('shutdown');
    states.push(object.state);
    expect(states).toEqual(['INIT', 'READY', 'ACTIVE', 'TERMINATED']);
    expect(object.calls).toEqual([
      ['onInitialize', 'port', 1],
      ['onActivate', { fast: true }],
      ['onTerminateActive', 'shutdown'],
      ['onTerminate', 'shutdown'],
    ]);
  });

  test.each([
    ['a value', () => 42],
    ['a promise', () => Promise.resolve(42)],
    ['a promise of another realm', () => runInNewContext('Promise.resolve(42)')],
  ])('the caller gets what the hook returned: %s', async (_kind, hook) => {
    const object = new Recorder({
      onInitialize: hook,
      onActivate: hook,
      onDeactivate: hook,
      onTerminate: hook,
    });
    const results = [await object.initialize(), await object.activate(), await object.deactivate()];
    results.push(await object.terminate());
    expect(results).toEqual([42, 42, 42, 42]);
  });

  test('the hook runs before the state changes', async () => {
    const seen: LifecycleState[] = [];
    const see = (): void => void seen.push(object.state);
    const object: Recorder = new Recorder({
      onInitialize: see,
      onActivate: see,
      onDeactivate: see,
      onTerminate: see,
    });
    await object.initialize();
    await object.activate();
    await object.deactivate();
    await object.terminate();
    expect(seen).toEqual(['INIT', 'READY', 'ACTIVE', 'READY']);
  });

  test('terminate in READY calls onTerminate only', async () => {
    const object = await inState('READY');
    await object.terminate();
    expect(object.hooks).toEqual(['onTerminate']);
  });

  test('a life without hooks of its own', async () => {
    class Plain extends LifecycleObject {}
    const object = new Plain();
    await object.initialize();
    await object.activate();
    await object.deactivate();
    await object.activate();
    await object.terminate();
    expect(object.state).toBe('TERMINATED');
    await object.fail(failure);
    expect([object.state, object.failure, object.errorCount]).toEqual(['ERROR', failure, 1]);
  });
});

describe.each([
  ['ION 4: a failing hook', fails],
  ['ION 6: an async failing hook', rejects],
])('%s', (_name, behaviour) => {
  test.each([
    ['onInitialize', 'INIT', 'initialize'],
    ['onActivate', 'READY', 'activate'],
    ['onDeactivate', 'ACTIVE', 'deactivate'],
    ['onTerminate', 'READY', 'terminate'],
    ['onTerminate', 'ACTIVE', 'terminate'],
    ['onTerminateActive', 'ACTIVE', 'terminate'],
  ] as const)(
    '%s in %s: state ERROR, onError gets the cause, the caller the original',
    async (hook, state, event) => {
      const object = await inState(state, { [hook]: behaviour });
      const changes: StateChanged[] = [];
      object.onStateChanged((change) => changes.push(change));
      await expect(object[event]()).rejects.toBe(failure);
      expect(object.state).toBe('ERROR');
      expect(object.calls.at(-1)).toEqual(['onError', failure]);
      expect(object.calls.filter(([name]) => name === 'onError')).toHaveLength(1);
      expect(changes).toEqual([{ from: state, to: 'ERROR', event, error: failure }]);
      expect([object.errorCount, object.failure]).toEqual([1, failure]);
    },
  );

  test('a synchronous or late failure of onError changes nothing for the caller', async () => {
    for (const onError of [fails, rejects].map(
      (each) => () => each() ?? Promise.reject(new Error('worse')),
    )) {
      const object = await inState('READY', { onActivate: behaviour, onError });
      await expect(object.activate()).rejects.toBe(failure);
      expect(object.state).toBe('ERROR');
      expect(object.hooks).toEqual(['onActivate', 'onError', 'onHookError']);
    }
  });

  test('onError runs to its end before the state is ERROR', async () => {
    const { hook, open } = gate();
    const object = await inState('READY', { onActivate: behaviour, onError: hook });
    const activated = object.activate();
    activated.catch(() => {});
    await Promise.resolve().then(() => {});
    expect(object.state).toBe('READY');
    open();
    await expect(activated).rejects.toBe(failure);
    expect(object.state).toBe('ERROR');
  });
});

describe('ION 5: an illegal event', () => {
  test.each([
    ['INIT', 'activate'],
    ['INIT', 'deactivate'],
    ['INIT', 'terminate'],
    ['READY', 'initialize'],
    ['READY', 'deactivate'],
    ['ACTIVE', 'initialize'],
    ['ACTIVE', 'activate'],
    ['TERMINATED', 'initialize'],
    ['TERMINATED', 'terminate'],
  ] as const)('in %s: %s calls onError without a cause, leads to ERROR and rejects', async (state, event) => {
    const object = await inState(state);
    await expect(object[event]()).rejects.toMatchObject({
      name: 'IllegalStateError',
      message: expect.stringContaining(`Recorder: ${event} is not allowed in state ${state}, which allows `),
      details: { object: 'Recorder', state, event },
    });
    expect(object.calls).toEqual([['onError']]);
    expect(object.state).toBe('ERROR');
    expect(object.errorCount).toBe(1);
  });

  test('the message names what is allowed, and the object as it calls itself', async () => {
    class Named extends LifecycleObject {
      protected override get lifecycleName(): string {
        return "process 'hello'";
      }
    }
    const object = new Named();
    await object.initialize();
    await expect(object.deactivate()).rejects.toThrow(
      "process 'hello': deactivate is not allowed in state READY, which allows activate or terminate",
    );
    await expect(object.activate()).rejects.toThrow('not allowed in state ERROR, which allows nothing');
  });

  test('in ERROR every further event counts as another error, terminate included', async () => {
    const object = await inState('ERROR');
    for (const event of ['initialize', 'activate', 'deactivate', 'terminate'] as const) {
      await expect(object[event]()).rejects.toBeInstanceOf(IllegalStateError);
    }
    await object.fail(failure);
    expect(object.calls).toEqual([['onError'], ['onError'], ['onError'], ['onError'], ['onError', failure]]);
    expect([object.state, object.errorCount]).toEqual(['ERROR', 6]);
    expect(object.failure).toEqual(new Error('before'));
  });

  test('the caller gets the IllegalStateError also when onError fails', async () => {
    const object = await inState('INIT', { onError: fails });
    await expect(object.activate()).rejects.toBeInstanceOf(IllegalStateError);
    expect(object.calls).toEqual([['onError'], ['onHookError', failure]]);
    expect(object.state).toBe('ERROR');
  });

  test('an onHookError that throws does not keep the object from ERROR', async () => {
    const object = await inState('INIT', { onError: fails, onHookError: fails });
    await expect(object.activate()).rejects.toBeInstanceOf(IllegalStateError);
    expect(object.state).toBe('ERROR');
  });
});

describe('LifecycleObject#fail()', () => {
  test.each(['INIT', 'READY', 'ACTIVE', 'TERMINATED'] as const)(
    'leads from %s to ERROR and resolves',
    async (state) => {
      const object = await inState(state);
      await expect(object.fail(failure)).resolves.toBeUndefined();
      expect(object.calls).toEqual([['onError', failure]]);
      expect([object.state, object.failure]).toEqual(['ERROR', failure]);
    },
  );

  test('resolves when onError fails', async () => {
    const object = await inState('ACTIVE', { onError: rejects });
    await object.fail(new Error('x'));
    expect(object.state).toBe('ERROR');
  });

  test('waits for the event in progress', async () => {
    const { hook, open } = gate();
    const object = await inState('READY', { onActivate: hook });
    const activated = object.activate();
    const failed = object.fail(failure);
    expect(object.hooks).toEqual(['onActivate']);
    open('done');
    await expect(activated).resolves.toBe('done');
    await failed;
    expect(object.hooks).toEqual(['onActivate', 'onError']);
  });
});

describe('events of one object', () => {
  test('with synchronous hooks are done when the call returns', () => {
    const object = new Recorder();
    void object.initialize();
    void object.activate();
    expect(object.state).toBe('ACTIVE');
  });

  test('wait for one in progress, in the order of their calls', async () => {
    const { hook, open } = gate();
    const object = new Recorder({ onInitialize: hook });
    const done: string[] = [];
    const all = [
      object.initialize().then(() => done.push('initialize')),
      object.activate().then(() => done.push('activate')),
      object.terminate('late').then(() => done.push('terminate')),
    ];
    expect([object.hooks, object.state]).toEqual([['onInitialize'], 'INIT']);
    open();
    await Promise.all(all);
    expect(done).toEqual(['initialize', 'activate', 'terminate']);
    expect(object.calls.at(-1)).toEqual(['onTerminate', 'late']);
  });

  test('that wait meet the state that the one before left', async () => {
    const { hook, fail } = gate();
    const object = new Recorder({ onInitialize: hook });
    const initialized = object.initialize();
    const activated = object.activate();
    fail(failure);
    await expect(initialized).rejects.toBe(failure);
    await expect(activated).rejects.toThrow('activate is not allowed in state ERROR');
    expect(object.hooks).toEqual(['onInitialize', 'onError', 'onError']);
  });

  test('raised by a hook run after its own', async () => {
    let activated: Promise<unknown> | undefined;
    const object: Recorder = new Recorder({
      onInitialize: () => {
        activated = object.activate();
        expect(object.hooks).toEqual(['onInitialize']);
      },
    });
    await object.initialize();
    await activated;
    expect([object.hooks, object.state]).toEqual([['onInitialize', 'onActivate'], 'ACTIVE']);
  });

  test('may wait by the thousand', async () => {
    const object = await inState('READY');
    const { hook, open } = gate();
    object.behaviours.onActivate = hook;
    const all: Promise<unknown>[] = [];
    for (let round = 0; round < 20_000; round += 1) all.push(object.activate(), object.deactivate());
    open();
    await Promise.all(all);
    expect([object.state, object.errorCount]).toEqual(['READY', 0]);
  });

  test('are serialised whatever their hooks do, and end as one after the other would', async () => {
    const event = fc.constantFrom('initialize', 'activate', 'deactivate', 'terminate', 'fail' as const);
    const manner = fc.constantFrom('returns', 'resolves', 'throws', 'rejects' as const);
    const step = fc.record({ event, manner, turnsBefore: fc.nat(3), turnsInHook: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let running = 0;
        const started: number[] = [];
        const object = new Recorder();
        const act = (index: number): unknown => {
          const { manner: how, turnsInHook } = steps[index] ?? { manner: 'returns', turnsInHook: 0 };
          started.push(index);
          expect(running).toBe(0);
          if (how === 'returns') return index;
          if (how === 'throws') throw failure;
          running += 1;
          return turns(turnsInHook).then(() => {
            running -= 1;
            if (how === 'rejects') throw failure;
            return index;
          });
        };
        const hook: Behaviour = (index) => (typeof index === 'number' ? act(index) : undefined);
        Object.assign(object.behaviours, {
          onInitialize: hook,
          onActivate: hook,
          onDeactivate: hook,
          onTerminate: hook,
        });
        const changes: StateChanged[] = [];
        object.onStateChanged((change) => changes.push(change));
        const outcomes: Promise<unknown>[] = [];
        for (const [index, { event: name, turnsBefore }] of steps.entries()) {
          await turns(turnsBefore);
          const raised = name === 'fail' ? object.fail(failure) : object[name](index);
          outcomes.push(raised.then(() => 'done').catch((error: unknown) => error));
        }
        const settled = await Promise.all(outcomes);

        let state: LifecycleState = 'INIT';
        const expectedStarts: number[] = [];
        for (const [index, { event: name, manner: how }] of steps.entries()) {
          const next: LifecycleState = name === 'fail' ? 'ERROR' : lifecycleTable[state][name];
          const isRun: boolean = name !== 'fail' && next !== 'ERROR';
          if (isRun) expectedStarts.push(index);
          const isFailing: boolean = isRun && (how === 'throws' || how === 'rejects');
          state = isFailing ? 'ERROR' : next;
          if (name === 'fail' || (isRun && !isFailing)) expect(settled[index]).toBe('done');
          else if (isFailing) expect(settled[index]).toBe(failure);
          else expect(settled[index]).toBeInstanceOf(IllegalStateError);
        }
        expect(started).toEqual(expectedStarts);
        expect(object.state).toBe(state);
        for (const [index, change] of changes.entries()) {
          expect(change.from).toBe(index === 0 ? 'INIT' : changes[index - 1]?.to);
        }
      }),
      { numRuns: 300 },
    );
  });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe('LifecycleObject#onStateChanged()', () => {
  test('tells of each change after it happened, in order, until the end', async () => {
    const object = new Recorder();
    const changes: StateChanged[] = [];
    object.onStateChanged((change) => {
      expect(object.state).toBe(change.to);
      changes.push(change);
    });
    await object.initialize();
    await object.activate();
    await object.deactivate();
    await object.terminate();
    await object.fail(failure);
    expect(changes).toEqual([
      { from: 'INIT', to: 'READY', event: 'initialize' },
      { from: 'READY', to: 'ACTIVE', event: 'activate' },
      { from: 'ACTIVE', to: 'READY', event: 'deactivate' },
      { from: 'READY', to: 'TERMINATED', event: 'terminate' },
    ]);
  });

  test('tells listeners in the order of their adding; what one throws does not keep it from the others', async () => {
    const object = new Recorder();
    const told: string[] = [];
    object.onStateChanged(() => told.push('first'));
    object.onStateChanged(fails);
    object.onStateChanged(() => told.push('third'));
    await object.initialize();
    expect(told).toEqual(['first', 'third']);
    expect(object.calls).toEqual([['onInitialize'], ['onHookError', failure]]);
    expect(object.state).toBe('READY');
  });

  test('stops telling a listener, also from within another', async () => {
    const object = new Recorder();
    const listener = jest.fn();
    object.onStateChanged(() => stop());
    const stop = object.onStateChanged(listener);
    await object.initialize();
    stop();
    expect(listener).not.toHaveBeenCalled();
  });

  test('one listener added twice is two', async () => {
    const object = new Recorder();
    const listener = jest.fn();
    const stop = object.onStateChanged(listener);
    object.onStateChanged(listener);
    stop();
    await object.initialize();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('an event raised by a listener comes after all were told', async () => {
    const object = new Recorder();
    const told: string[] = [];
    object.onStateChanged(({ to }) => {
      told.push(`a ${to}`);
      if (to === 'READY') void object.activate();
    });
    object.onStateChanged(({ to }) => told.push(`b ${to}`));
    await object.initialize();
    await object.stateReached('ACTIVE');
    expect(told).toEqual(['a READY', 'b READY', 'a ACTIVE', 'b ACTIVE']);
  });

  test('at an end takes no listener any more', async () => {
    const object = await inState('TERMINATED');
    const listener = jest.fn();
    object.onStateChanged(listener)();
    object.onStateChanged(listener);
    await object.fail(failure);
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('LifecycleObject#stateReached()', () => {
  test('resolves at once in the state, and later when it comes', async () => {
    const object = new Recorder();
    const active = object.stateReached('ACTIVE');
    await object.stateReached('INIT');
    await object.initialize();
    await object.activate();
    await active;
    await object.stateReached('ACTIVE');
  });

  test('rejects when the state cannot be reached any more', async () => {
    const object = new Recorder();
    const active = object.stateReached('ACTIVE');
    await object.initialize();
    await object.terminate();
    await expect(active).rejects.toThrow(
      'Recorder cannot come to ACTIVE any more: it is in state TERMINATED',
    );
    await expect(object.stateReached('INIT')).rejects.toBeInstanceOf(IllegalStateError);
    await object.stateReached('TERMINATED');
  });

  test('rejects with what brought the object to ERROR as cause, early and late', async () => {
    const object = new Recorder({ onInitialize: fails });
    const active = object.stateReached('ACTIVE');
    await expect(object.initialize()).rejects.toBe(failure);
    await expect(active).rejects.toMatchObject({ name: 'IllegalStateError', cause: failure });
    await expect(object.stateReached('TERMINATED')).rejects.toMatchObject({ cause: failure });
    await object.stateReached('ERROR');
  });

  test('leaves nothing behind when it is done', async () => {
    const object = new Recorder();
    const told: LifecycleState[] = [];
    const reached = object.stateReached('READY').then(() => told.push(object.state));
    await object.initialize();
    await reached;
    await object.activate();
    expect(told).toEqual(['READY']);
  });
});
