import { describe, expect, test } from '@jest/globals';
import { IllegalStateError } from '../../../src/errors/index.ts';
import { LifecycleGroup, type LifecycleObject } from '../../../src/lifecycle/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { Recorder } from './recorder.ts';

const { clock } = fakeEnv();
const failure = new Error('leaks');
const fails = (): never => {
  throw failure;
};

/** A group that starts at INIT, and what it told its listener. */
function makeGroup(...objects: readonly LifecycleObject[]) {
  const failures: unknown[][] = [];
  const group = new LifecycleGroup('INIT', (object, error) => void failures.push([object, error]));
  for (const object of objects) void group.add(object);
  return { group, failures };
}

/** A hook that is done when `open` is called. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { hook: () => opened, open: () => open() };
}

const statesOf = (...objects: readonly LifecycleObject[]) => objects.map(({ state }) => state);

describe('LifecycleGroup#advance()', () => {
  test('brings all objects to the goal, through every state between', async () => {
    const [a, b] = [new Recorder(), new Recorder()];
    const { group, failures } = makeGroup(a);
    await group.settled();
    expect(a.state).toBe('INIT');
    await group.advance('READY');
    expect(a.state).toBe('READY');
    void group.add(b);
    await group.advance('ACTIVE');
    expect(statesOf(a, b)).toEqual(['ACTIVE', 'ACTIVE']);
    expect(b.hooks).toEqual(['onInitialize', 'onActivate']);
    expect(failures).toEqual([]);
  });

  test('moves them in parallel: a slow one holds up nobody else', async () => {
    const { hook, open } = gate();
    const [slow, fast] = [new Recorder({ onInitialize: hook }), new Recorder()];
    const { group } = makeGroup(slow, fast);
    let isSettled = false;
    const advanced = group.advance('ACTIVE').then(() => {
      isSettled = true;
    });
    await turns(2);
    expect([isSettled, ...statesOf(slow, fast)]).toEqual([false, 'INIT', 'ACTIVE']);
    open();
    await advanced;
    expect(slow.state).toBe('ACTIVE');
  });

  test('tells of one that fails, once, and goes on with the others', async () => {
    const [broken, sound] = [new Recorder({ onInitialize: fails }), new Recorder()];
    const { group, failures } = makeGroup(broken, sound);
    await group.advance('READY');
    await group.advance('ACTIVE');
    expect(statesOf(broken, sound)).toEqual(['ERROR', 'ACTIVE']);
    expect(failures).toEqual([[broken, failure]]);
  });

  test('leaves alone what is further already', async () => {
    const ahead = new Recorder();
    await ahead.initialize();
    await ahead.activate();
    const { group } = makeGroup(ahead);
    await group.advance('READY');
    expect(ahead.hooks).toEqual(['onInitialize', 'onActivate']);
  });

  test('does not fight for an object that its own hook or somebody else moves', async () => {
    const object = new Recorder({ onActivate: () => void object.deactivate() });
    const { group, failures } = makeGroup(object);
    await group.advance('ACTIVE');
    await turns(1);
    expect([object.state, failures]).toEqual(['READY', []]);
  });
});

describe('LifecycleGroup#add()', () => {
  test('brings the object to where the group is going', async () => {
    const { group } = makeGroup();
    await group.advance('ACTIVE');
    const object = new Recorder();
    await group.add(object);
    expect(object.state).toBe('ACTIVE');
  });

  test('of a member changes nothing but awaits it', async () => {
    const { hook, open } = gate();
    const object = new Recorder({ onInitialize: hook });
    const { group } = makeGroup(object);
    const ready = group.advance('READY');
    const again = group.add(object);
    open();
    await again;
    await ready;
    expect(object.hooks).toEqual(['onInitialize']);
  });

  test('rejects with what the object failed with; nobody has to await it', async () => {
    const { group, failures } = makeGroup();
    await group.advance('READY');
    const [awaited, not] = [new Recorder({ onInitialize: fails }), new Recorder({ onInitialize: fails })];
    void group.add(not);
    await expect(group.add(awaited)).rejects.toBe(failure);
    expect(failures).toEqual([
      [not, failure],
      [awaited, failure],
    ]);
  });

  test('refuses an object that has ended, and any after the end of the group', async () => {
    const { group, failures } = makeGroup();
    const ended = new Recorder();
    await ended.initialize();
    await ended.terminate();
    expect(() => group.assertTakes(ended)).toThrow(
      'Recorder cannot be registered: it is in state TERMINATED',
    );
    await expect(group.add(ended)).rejects.toBeInstanceOf(IllegalStateError);
    const broken = new Recorder();
    await broken.fail(failure);
    await expect(group.add(broken)).rejects.toMatchObject({ code: 'IllegalState', cause: failure });
    const late = new Recorder();
    group.assertTakes(late);
    await group.terminate(clock, 1);
    expect(() => group.assertTakes(late)).toThrow('Recorder cannot be registered: its owner has ended');
    await expect(group.add(late)).rejects.toBeInstanceOf(IllegalStateError);
    expect(failures.map(([object]) => object)).toEqual([ended, broken, late]);
    expect(late.hooks).toEqual([]);
  });
});

describe('LifecycleGroup#settled()', () => {
  test('waits for those that are added meanwhile', async () => {
    const [first, second] = [gate(), gate()];
    const a = new Recorder({ onInitialize: first.hook });
    const b = new Recorder({ onInitialize: second.hook });
    const { group } = makeGroup(a);
    let isSettled = false;
    const settled = group.advance('READY').then(() => {
      isSettled = true;
    });
    void group.add(b);
    first.open();
    await turns(2);
    expect([isSettled, a.state]).toEqual([false, 'READY']);
    second.open();
    await settled;
    expect(b.state).toBe('READY');
  });
});

describe('LifecycleGroup#terminate()', () => {
  test('ends all; one that fails at it is told and ends in ERROR, its siblings TERMINATED', async () => {
    const [a, bad, c] = [new Recorder(), new Recorder({ onTerminate: fails }), new Recorder()];
    const { group, failures } = makeGroup(a, bad, c);
    await group.advance('ACTIVE');
    await group.terminate(clock, 1);
    expect(statesOf(a, bad, c)).toEqual(['TERMINATED', 'ERROR', 'TERMINATED']);
    expect(failures).toEqual([[bad, failure]]);
    await group.terminate(clock, 1);
    expect(failures).toHaveLength(1);
  });

  test('ends one that is on its way once its step is done', async () => {
    const { hook, open } = gate();
    const object = new Recorder({ onInitialize: hook });
    const { group, failures } = makeGroup(object);
    void group.advance('ACTIVE');
    await turns(1);
    const terminated = group.terminate(clock, 1);
    open();
    await terminated;
    expect(object.hooks).toEqual(['onInitialize', 'onTerminate']);
    expect([object.state, failures]).toEqual(['TERMINATED', []]);
  });

  test('leaves what never began as it is', async () => {
    const object = new Recorder();
    const { group } = makeGroup(object);
    await group.terminate(clock, 1);
    expect([object.state, object.hooks]).toEqual(['INIT', []]);
  });

  test('waits no longer than it is told, and names the ones that have not ended', async () => {
    const env = fakeEnv();
    const [stuck, sound] = [new Recorder({ onTerminate: () => new Promise(() => {}) }), new Recorder()];
    const { group, failures } = makeGroup(stuck, sound);
    await group.advance('READY');
    let isOver = false;
    void group.terminate(env.clock, 100).then(() => {
      isOver = true;
    });
    await env.advance(99);
    expect([isOver, sound.state]).toEqual([false, 'TERMINATED']);
    await env.advance(1);
    expect([isOver, stuck.state, env.pendingTimers()]).toEqual([true, 'READY', 0]);
    expect(failures).toMatchObject([[stuck, { code: 'Timeout', message: 'Recorder has not ended in time' }]]);
  });

  test('leaves no timer behind when all end in time', async () => {
    const env = fakeEnv();
    const { group } = makeGroup(new Recorder());
    await group.advance('READY');
    await group.terminate(env.clock, 100);
    expect(env.pendingTimers()).toBe(0);
  });
});

test('LifecycleGroup#size counts the objects that have not ended: the group lets go of the others', async () => {
  const [object, broken] = [new Recorder(), new Recorder({ onActivate: fails })];
  const { group } = makeGroup(object, broken);
  await group.advance('READY');
  expect(group.size).toBe(2);
  await group.advance('ACTIVE');
  expect(group.size).toBe(1);
  await object.terminate();
  expect(group.size).toBe(0);
  await group.terminate(clock, 1);
  expect([object.hooks.at(-1), object.errorCount]).toEqual(['onTerminate', 0]);
});
