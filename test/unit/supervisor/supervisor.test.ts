import { describe, expect, test } from '@jest/globals';
import type { ProcessId } from '../../../src/exchange/index.ts';
import {
  type ChildSpec,
  Supervisor,
  type SupervisorDeclaration,
  type SupervisorReport,
  supervisor,
} from '../../../src/supervisor/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { crash, supervisorOf, World } from './processes.ts';

/** What untyped callers may hand over. */
const untyped = (value: unknown) => JSON.parse(JSON.stringify(value));

async function abc(flags: Omit<SupervisorDeclaration, 'children'> = {}) {
  const world = await World.make();
  const children = ['a', 'b', 'c'].map((id) => ({ id, start: world.Child }));
  return { world, top: await world.supervise({ ...flags, children }) };
}

describe('Supervisor, when it is spawned', () => {
  test('starts its children in order, and is there when they run', async () => {
    const { world, top } = await abc();
    expect(world.story).toEqual(['start a', 'start b', 'start c']);
    expect(world.names()).toEqual(['top', 'a', 'b', 'c']);
    expect(top.describe()?.children.map(({ id, state, type }) => `${id} ${state} ${type}`)).toEqual([
      'a running worker',
      'b running worker',
      'c running worker',
    ]);
  });

  test('undoes everything when a child cannot be started, and names child and cause', async () => {
    const world = await World.make();
    world.behaviour = {
      start: (name) => {
        if (name === 'c') throw new Error('no water');
      },
    };
    const children = ['a', 'b', 'c', 'd'].map((id) => ({ id, start: world.Child }));
    await expect(world.supervise({ children })).rejects.toMatchObject({
      code: 'StartFailed',
      message: "supervisor 'top' (shore.1): child 'c' could not be started: no water",
      details: { supervisor: 'top', child: 'c' },
      cause: { message: 'no water' },
    });
    expect(world.story).toEqual(['start a', 'start b', 'start c', 'stop b', 'stop a']);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });

  test('chains the cause through supervisors of supervisors', async () => {
    const world = await World.make();
    world.behaviour = {
      start: () => {
        throw new Error('no water');
      },
    };
    const inner = supervisor({ children: [{ id: 'x', start: world.Child }] });
    await expect(world.supervise({ children: [{ id: 'inner', start: inner }] })).rejects.toMatchObject({
      message:
        "supervisor 'top' (shore.1): child 'inner' could not be started: supervisor 'inner' (shore.2): child 'x' could not be started: no water",
      cause: { code: 'StartFailed', cause: { message: 'no water' } },
    });
    expect(world.names()).toEqual([]);
  });

  test('gives up a child that hangs in its start', async () => {
    const world = await World.make();
    world.behaviour = { start: (name) => (name === 'b' ? new Promise(() => undefined) : undefined) };
    const options = { startTimeoutMs: 700 };
    const children = ['a', 'b'].map((id) => ({ id, start: world.Child, options }));
    const failed = expect(world.supervise({ children })).rejects.toThrow(
      /child 'b' could not be started: .* 700 ms/,
    );
    await world.env.advance(700);
    await failed;
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });

  test('waits for its declaration', async () => {
    const world = await World.make();
    const declared = supervisorOf(async () => {
      await turns(1);
      return { children: [{ id: 'a', start: world.Child }] };
    });
    await world.spawn(declared);
    expect(world.names()).toEqual(['top', 'a']);
  });

  test.each([
    [
      () => untyped(7),
      "supervisor 'top' (shore.1): its declaration must be an object { strategy, children, … }, not 7",
    ],
    [() => untyped({}), "supervisor 'top' (shore.1): children must be a list of child specs, not undefined"],
    [
      () => ({ children: [], ...untyped({ strategie: 'one_for_all' }) }),
      "supervisor 'top' (shore.1): a key must be 'strategy' (did you mean that?), not 'strategie'",
    ],
    [
      () => untyped({ kinder: [] }),
      "supervisor 'top' (shore.1): a key must be one of children, strategy, intensity, periodMs, autoShutdown, restartDelay, not 'kinder'",
    ],
    [
      () => ({ children: [Object.assign(untyped({ id: 'a' }), { start: class Strange {} })] }),
      "supervisor 'top' (shore.1), child spec 'a': start must be a class that extends Process, or a function, not class Strange",
    ],
  ])('refuses a declaration that cannot be used', async (declare, message) => {
    const world = await World.make();
    await expect(world.spawn(supervisorOf(declare))).rejects.toMatchObject({
      code: 'ConfigurationError',
      message,
    });
    expect(world.names()).toEqual([]);
  });

  test('rejects with what init() throws', async () => {
    const world = await World.make();
    const boom = new Error('no plan');
    const failing = supervisorOf(() => {
      throw boom;
    });
    await expect(world.spawn(failing)).rejects.toBe(boom);
    expect(world.names()).toEqual([]);
  });

  test('takes a supervisor among its children for one, which gets the time it needs', async () => {
    const world = await World.make();
    const inner = supervisor({ children: [{ id: 'x', start: world.Child, shutdown: 'infinity' }] });
    const top = await world.supervise({ children: [{ id: 'inner', start: inner }] });
    expect(await top.countChildren()).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 });
    let release = (): void => undefined;
    world.behaviour = { stop: () => new Promise<void>((resolve) => (release = resolve)) };
    const ended = world.processes.terminateProcess(top.id, 'shutdown', 'infinity');
    await world.env.advance(3_600_000);
    expect(world.names()).toEqual(['top', 'inner', 'x']);
    release();
    expect(await ended).toBe('shutdown');
    expect(world.names()).toEqual([]);
  });
});

describe('Supervisor, when a child ends', () => {
  test('starts it again, under its local name too', async () => {
    const world = await World.make();
    const top = await world.supervise({
      children: [{ id: 'a', start: world.Child, options: { localName: 'gauge' } }],
    });
    const before = world.child('a').id;
    await world.exit('a');
    expect(world.story).toEqual(['start a', 'stop a', 'start a']);
    expect(top.describe()?.children).toMatchObject([
      { state: 'running', restarts: 1, lastExit: { error: { message: 'crash' } } },
    ]);
    expect(world.child('a').id).not.toBe(before);
    expect(world.processes.list().at(-1)).toMatchObject({ name: 'a', localName: 'gauge' });
  });

  test('does as its strategy says', async () => {
    for (const [strategy, story] of [
      ['one_for_one', ['stop b', 'start b']],
      ['rest_for_one', ['stop b', 'stop c', 'start b', 'start c']],
      ['one_for_all', ['stop b', 'stop c', 'stop a', 'start a', 'start b', 'start c']],
    ] as const) {
      const { world } = await abc({ strategy });
      expect(await world.during(() => world.exit('b'))).toEqual(story);
      expect(world.names().toSorted()).toEqual(['a', 'b', 'c', 'top']);
    }
  });

  test('waits longer from time to time, visibly', async () => {
    const { world, top } = await abc({ restartDelay: { jitter: 0 } });
    await world.exit('b');
    await world.exit('b');
    expect(top.describe()?.children[1]).toMatchObject({ state: 'delayed', dueInMs: 100, pid: undefined });
    await world.env.advance(60);
    expect(top.describe()?.children[1]).toMatchObject({ state: 'delayed', dueInMs: 40 });
    await world.env.advance(40);
    expect(top.describe()?.children[1]).toMatchObject({ state: 'running', restarts: 2 });
    expect(world.env.pendingTimers()).toBe(0);
  });

  test('tries again when the restart fails', async () => {
    const { world, top } = await abc();
    world.behaviour = {
      start: (_, attempt) => {
        if (attempt < 5) throw new Error('not yet');
      },
    };
    await world.exit('b');
    await turns(20);
    expect(top.describe()?.children[1]).toMatchObject({ state: 'running', restarts: 1 });
    expect(world.story.filter((step) => step === 'start b')).toHaveLength(5);
  });

  test('ends its children, the last first, and itself, when restarts are used up', async () => {
    const { world, top } = await abc({ intensity: 1 });
    await world.exit('b');
    expect(await world.during(() => world.exit('b'))).toEqual(['stop b', 'stop c', 'stop a']);
    expect(await top.stopped).toBe('shutdown');
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });

  test('is itself started again by its own supervisor', async () => {
    const world = await World.make();
    const inner = supervisor({ intensity: 0, children: [{ id: 'x', start: world.Child }] });
    const top = await world.supervise({ children: [{ id: 'inner', start: inner }] });
    await world.exit('x');
    expect(world.names()).toEqual(['top', 'inner', 'x']);
    expect(top.describe()?.children).toMatchObject([{ restarts: 1, lastExit: 'shutdown' }]);
  });

  test('ends with its last significant child', async () => {
    const world = await World.make();
    const top = await world.supervise({
      autoShutdown: 'all_significant',
      children: ['a', 'b'].map((id) => ({ id, start: world.Child, restart: 'transient', significant: true })),
    });
    await world.exit('a', 'normal');
    expect(world.names()).toEqual(['top', 'b']);
    await world.exit('b', 'normal');
    expect(await top.stopped).toBe('shutdown');
  });

  test('outlives a child that is killed', async () => {
    const { world, top } = await abc();
    world.processes.kill(world.child('b').id);
    await turns(2);
    expect(top.describe()?.children[1]).toMatchObject({ state: 'running', lastExit: 'killed' });
  });
});

describe('Supervisor, when it ends', () => {
  test('ends its children in the reverse order of start', async () => {
    const { world, top } = await abc();
    expect(await world.during(() => world.processes.terminateProcess(top.id, 'shutdown'))).toEqual([
      'stop c',
      'stop b',
      'stop a',
    ]);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });

  test('gives each child the time of its spec, and kills those that need more', async () => {
    const world = await World.make();
    world.behaviour = { stop: () => new Promise(() => undefined) };
    const top = await world.supervise({
      children: [
        { id: 'slow', start: world.Child, shutdown: 300 },
        { id: 'brutal', start: world.Child, shutdown: 'brutal_kill' },
      ],
    });
    const ended = world.processes.terminateProcess(top.id, 'shutdown', 'infinity');
    await world.env.advance(299);
    expect(world.names()).toEqual(['top', 'slow']);
    await world.env.advance(1);
    expect(await ended).toBe('shutdown');
    // What is killed is told nothing.
    expect(world.story.slice(2)).toEqual(['stop slow']);
  });

  test('ends what its own crash leaves', async () => {
    const { world, top } = await abc();
    top.exit({ error: new Error('leak') });
    await turns(5);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
    expect(world.story.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });

  test('killed, takes its children with it and starts nothing any more', async () => {
    const { world, top } = await abc({ restartDelay: {} });
    await world.exit('a');
    await world.exit('a');
    expect(top.describe()?.children[0]?.state).toBe('delayed');
    const refused = expect(top.terminateChild('c')).rejects.toMatchObject({ details: { because: 'noproc' } });
    const from = world.story.length;
    world.processes.kill(top.id);
    await refused;
    await world.env.advance(60_000);
    expect(world.story.slice(from).filter((step) => step.startsWith('start'))).toEqual([]);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
    await expect(top.countChildren()).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('killed while a child starts, leaves nothing', async () => {
    const { world, top } = await abc();
    world.behaviour = { start: () => new Promise(() => undefined) };
    await world.exit('b');
    expect(top.describe()?.children[1]?.state).toBe('starting');
    world.processes.kill(top.id);
    await turns(5);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });

  test('killed while a start function waits, leaves nothing', async () => {
    const world = await World.make();
    let isWaiting = false;
    const top = await world.supervise({
      children: [
        {
          id: 'a',
          start: async (spawner) => {
            const id = await spawner.spawnChild(world.Child, { name: 'a' });
            if (isWaiting) await new Promise(() => undefined);
            return id;
          },
        },
      ],
    });
    isWaiting = true;
    await world.exit('a');
    expect(world.names()).toEqual(['top', 'a']);
    world.processes.kill(top.id);
    await turns(5);
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });
});

describe('a start function of a Supervisor', () => {
  test('runs in the name of the supervisor; what else it spawns ends with the child', async () => {
    const world = await World.make();
    await world.supervise({
      children: [
        {
          id: 'a',
          start: async (spawner) => {
            await spawner.spawnChild(world.Child, { name: 'helper' });
            return spawner.spawnChild(world.Child, { name: 'a' });
          },
        },
      ],
    });
    expect(await world.during(() => world.exit('a'))).toEqual([
      'stop a',
      'stop helper',
      'start helper',
      'start a',
    ]);
    expect(world.names()).toEqual(['top', 'helper', 'a']);
    expect(await world.during(() => world.exit('helper'))).toEqual(['stop helper']);
    expect(world.names()).toEqual(['top', 'a']);
  });

  test('that fails is a failed start', async () => {
    const world = await World.make();
    const children: readonly ChildSpec[] = [
      { id: 'a', start: world.Child },
      { id: 'b', start: () => Promise.reject(new Error('no water')) },
    ];
    await expect(world.supervise({ children })).rejects.toThrow("child 'b' could not be started: no water");
    expect(world.names()).toEqual([]);
  });

  test('that has nothing to start leaves a child without a process', async () => {
    const world = await World.make();
    const top = await world.supervise({ children: [{ id: 'a', start: async () => undefined }] });
    expect(await top.whichChildren()).toMatchObject([{ id: 'a', state: 'stopped', pid: undefined }]);
  });
});

describe('Supervisor#startChild()', () => {
  test('adds a child of a spec', async () => {
    const { world, top } = await abc();
    const id = await top.startChild({ id: 'd', start: world.Child });
    expect(id).toBe(world.child('d').id);
    expect((await top.whichChildren()).map((child) => child.id)).toEqual(['d', 'c', 'b', 'a']);
  });

  test('refuses an id that is taken, and says by whom', async () => {
    const { world, top } = await abc();
    await expect(top.startChild({ id: 'b', start: world.Child })).rejects.toMatchObject({
      code: 'Conflict',
      message: `supervisor 'top' (shore.1) has a child 'b' already, which runs as shore.3: terminate and delete it first, or choose another id`,
      details: { because: 'already_started', child: 'b', pid: 'shore.3' },
    });
    await top.terminateChild('b');
    await expect(top.startChild({ id: 'b', start: world.Child })).rejects.toMatchObject({
      code: 'Conflict',
      message:
        "supervisor 'top' (shore.1) has a child 'b' already, which does not run: start it with restartChild, or delete it first",
      details: { because: 'already_present' },
    });
  });

  test('rejects with the cause when the start fails, and forgets the spec', async () => {
    const { world, top } = await abc();
    world.behaviour = {
      start: () => {
        throw new Error('no water');
      },
    };
    await expect(top.startChild({ id: 'd', start: world.Child })).rejects.toMatchObject({
      code: 'StartFailed',
      message: "supervisor 'top' (shore.1) could not start child 'd': no water",
      details: { because: 'start_failed' },
      cause: { message: 'no water' },
    });
    expect(await top.countChildren()).toMatchObject({ specs: 3 });
  });

  test('refuses what is no child spec', async () => {
    const { top } = await abc();
    for (const given of [[], [7], [{}, {}]]) {
      await expect(top.startChild(...given)).rejects.toThrow(
        "startChild: supervisor 'top' (shore.1) takes one child spec: { id, start, … }",
      );
    }
    await expect(top.startChild({ id: '' })).rejects.toMatchObject({ code: 'ConfigurationError' });
  });

  test('is refused before there is a declaration', async () => {
    const world = await World.make();
    let early: Promise<unknown> = Promise.resolve();
    class Early extends Supervisor {
      protected override init(): SupervisorDeclaration {
        early = this.countChildren();
        early.catch(() => undefined);
        expect(this.describe()).toBeUndefined();
        return { children: [] };
      }
    }
    await world.spawn(Early);
    await expect(early).rejects.toMatchObject({ code: 'IllegalState' });
  });
});

describe('Supervisor of simple_one_for_one', () => {
  async function dynamic() {
    const world = await World.make();
    const top = await world.supervise({
      strategy: 'simple_one_for_one',
      children: [{ id: 'boat', start: world.Child, options: { args: { colour: 'red' } } }],
    });
    return { world, top };
  }

  test('has any number of children, each with its arguments, also when it is started again', async () => {
    const { world, top } = await dynamic();
    expect(await top.startChild()).toBe('shore.2');
    expect(await top.startChild({ sail: 7 })).toBe('shore.3');
    expect(world.child('boat').args).toEqual({ colour: 'red', sail: 7 });
    await world.exit('boat');
    expect(world.child('boat').args).toEqual({ colour: 'red', sail: 7 });
    expect(await top.countChildren()).toEqual({ specs: 1, active: 2, supervisors: 0, workers: 2 });
    expect(await top.whichChildren()).toMatchObject([
      { id: undefined, restarts: 1 },
      { id: undefined, restarts: 0 },
    ]);
  });

  test('refuses arguments that no class can take', async () => {
    const { top } = await dynamic();
    await expect(top.startChild(7)).rejects.toMatchObject({ code: 'BadRequest' });
    expect(await top.countChildren()).toMatchObject({ active: 0 });
  });

  test('names its children by process id', async () => {
    const { world, top } = await dynamic();
    const id = await top.startChild();
    await expect(top.terminateChild('boat')).rejects.toThrow(
      "supervisor 'top' (shore.1) is simple_one_for_one: name its children by process id, such as 'shore.1', not 'boat'",
    );
    await top.terminateChild(String(id));
    expect(world.names()).toEqual(['top']);
    await expect(top.restartChild(String(id))).rejects.toMatchObject({
      code: 'BadRequest',
      details: { because: 'simple_one_for_one' },
    });
  });

  test('ends all of them at once', async () => {
    const { world, top } = await dynamic();
    for (let n = 0; n < 20; n += 1) await top.startChild();
    world.behaviour = { stop: () => new Promise(() => undefined) };
    const ended = world.processes.terminateProcess(top.id, 'shutdown', 'infinity');
    await world.env.advance(5_000);
    expect(await ended).toBe('shutdown');
    expect([world.names(), world.env.pendingTimers()]).toEqual([[], 0]);
  });
});

describe('what a Supervisor is asked about a child', () => {
  test('terminateChild() and restartChild() end and start it by hand', async () => {
    const { world, top } = await abc();
    expect(await world.during(() => top.terminateChild('b'))).toEqual(['stop b']);
    expect(await top.whichChildren()).toMatchObject([{}, { id: 'b', state: 'stopped' }, {}]);
    await top.terminateChild('b');
    expect(await top.restartChild('b')).toBe(world.child('b').id);
  });

  test('deleteChild() forgets one that does not run', async () => {
    const { top } = await abc();
    await expect(top.deleteChild('b')).rejects.toMatchObject({
      code: 'IllegalState',
      message: "deleteChild: child 'b' of supervisor 'top' (shore.1) runs; terminate it first",
      details: { because: 'running', child: 'b' },
    });
    await top.terminateChild('b');
    await top.deleteChild('b');
    await expect(top.restartChild('b')).rejects.toMatchObject({
      code: 'NotFound',
      message: "supervisor 'top' (shore.1) has no child 'b'; whichChildren() tells which it has",
      details: { because: 'not_found' },
    });
  });

  test('pauseChild(), resumeChild() and restartChildNow() hold back, let go on and hasten a delayed restart', async () => {
    const { world, top } = await abc({ restartDelay: { jitter: 0, initialMs: 1_000 } });
    await expect(top.pauseChild('b')).rejects.toMatchObject({
      code: 'IllegalState',
      details: { because: 'not_delayed' },
    });
    const state = () => top.describe()?.children[1]?.state;
    await world.exit('b');
    await world.exit('b');
    await world.env.advance(400);
    await top.pauseChild('b');
    await world.env.advance(60_000);
    expect(state()).toBe('paused');
    await expect(top.restartChild('b')).rejects.toMatchObject({ details: { because: 'restarting' } });
    await top.resumeChild('b');
    expect(top.describe()?.children[1]).toMatchObject({ state: 'delayed', dueInMs: 600 });
    await world.env.advance(600);
    expect(state()).toBe('running');
    await world.exit('b');
    expect(state()).toBe('delayed');
    await top.restartChildNow('b');
    await turns(2);
    expect([state(), world.env.pendingTimers()]).toEqual(['running', 0]);
  });
});

describe('Supervisor by message', () => {
  async function asked() {
    const { world, top } = await abc();
    const ask = async (
      op: string,
      content: unknown = null,
      facts: { local: boolean; origin: string } = here,
    ) => {
      world.bed.receive(
        {
          receiver: top.id,
          op,
          content,
          performative: 'request',
          conversationId: `${op}#1`,
          sender: 'shore.99',
        },
        facts,
      );
      await turns(5);
      return world.bed.answers.at(-1);
    };
    return { world, top, ask };
  }
  const here = { local: true, origin: 'shore' };
  const elsewhere = { local: false, origin: 'ship' };

  test('tells anybody which children it has, errors as they travel', async () => {
    const { world, ask } = await asked();
    await world.exit('c');
    expect(await ask('which_children', null, elsewhere)).toMatchObject({
      type: 'result',
      content: [
        {
          id: 'c',
          state: 'running',
          restarts: 1,
          lastExit: { error: { code: 'Internal', message: 'crash' } },
        },
        { id: 'b' },
        { id: 'a' },
      ],
    });
    expect(await ask('count_children', null, elsewhere)).toMatchObject({
      content: { specs: 3, active: 3, supervisors: 0, workers: 3 },
    });
  });

  test('obeys its own container', async () => {
    const { world, ask } = await asked();
    expect(await ask('terminate_child', { id: 'b' })).toMatchObject({ type: 'result', content: null });
    expect(world.names()).toEqual(['top', 'a', 'c']);
    expect(await ask('restart_child', { id: 'b' })).toMatchObject({ content: world.child('b').id });
    await ask('terminate_child', { id: 'b' });
    expect(await ask('delete_child', { id: 'b' })).toMatchObject({ type: 'result' });
    expect(await ask('count_children')).toMatchObject({ content: { specs: 2 } });
    for (const op of ['pause_child', 'resume_child', 'restart_child_now']) {
      expect(await ask(op, { id: 'a' })).toMatchObject({ content: { details: { because: 'not_delayed' } } });
    }
  });

  test.each([
    'start_child',
    'terminate_child',
    'delete_child',
    'restart_child',
    'pause_child',
    'resume_child',
    'restart_child_now',
  ])('takes %s only from there', async (op) => {
    const { ask } = await asked();
    expect(await ask(op, { id: 'b' }, elsewhere)).toMatchObject({
      type: 'error',
      content: { code: 'Unauthorized', message: `'${op}' is taken only from the same container` },
    });
  });

  test.each([
    [null, 'null'],
    ['b', 'string "b"'],
    [{ name: 'b' }, '{ name }'],
    [{ id: 7 }, '{ id }'],
    [{ id: 'b', pid: 'shore.2' }, '{ id, pid }'],
    [{ pid: 'boat' }, '{ pid }'],
  ])('says what it wants instead of %j', async (content, found) => {
    const { ask } = await asked();
    expect(await ask('terminate_child', content)).toMatchObject({
      content: {
        code: 'BadRequest',
        message: `terminate_child takes { id: 'the child' }, or of a simple_one_for_one supervisor { pid: 'container.7' }, not ${found}`,
      },
    });
  });

  test('starts children by message only of a template', async () => {
    const { world, ask } = await asked();
    expect(await ask('start_child', { args: [] })).toMatchObject({
      content: { code: 'BadRequest', details: { because: 'invalid_child_spec' } },
    });
    const boats = await world.supervise({
      strategy: 'simple_one_for_one',
      children: [{ id: 'boat', start: world.Child }],
    });
    const start = async (content: unknown) => {
      const fields = {
        receiver: boats.id,
        op: 'start_child',
        content,
        performative: 'request' as const,
        conversationId: 'x#2',
        sender: 'shore.99',
      };
      world.bed.receive(fields, here);
      await turns(5);
      return world.bed.answers.at(-1)?.content;
    };
    expect(await start(null)).toBe(world.child('boat').id);
    expect(await start({ args: [{ sail: 7 }] })).toBe(world.child('boat').id);
    expect(world.child('boat').args).toEqual({ sail: 7 });
    expect(await start({ args: 7 })).toMatchObject({
      message: 'start_child takes { args: [what startChild is given] }, not { args }',
    });
  });
});

describe('what a Supervisor reports', () => {
  class Watching extends Supervisor {
    static children: readonly ChildSpec[] = [];
    readonly reports: SupervisorReport[] = [];
    protected override init(): SupervisorDeclaration {
      return { intensity: 2, restartDelay: { jitter: 0 }, children: Watching.children };
    }
    protected override onReport(report: SupervisorReport): void {
      this.reports.push(report);
      throw new Error('a careless listener');
    }
  }

  async function watched(restart: 'permanent' | 'transient' = 'permanent') {
    const world = await World.make();
    Watching.children = [{ id: 'a', start: world.Child, restart, shutdown: 200 }];
    const top = await world.spawn(Watching);
    if (!(top instanceof Watching)) throw new Error('not watching');
    const lines = () =>
      world.bed.logger.lines.filter(
        ({ fields }) => fields.process === top.id && fields.context !== undefined,
      );
    return { world, top, lines };
  }

  test('is a line of the log with the fields of OTP, and a call of onReport()', async () => {
    const { world, top, lines } = await watched();
    const { id } = world.child('a');
    await world.exit('a');
    await world.exit('a');
    expect(lines()).toMatchObject([
      {
        level: 'debug',
        message: 'a child has ended',
        fields: {
          process: top.id,
          name: 'top',
          context: 'child_terminated',
          child: 'a',
          pid: id,
          error: crash.error,
          restart: 'permanent',
          restarts: 0,
        },
      },
      { fields: { context: 'child_terminated', restarts: 1, nextDelayMs: 100 } },
    ]);
    expect(lines()[0]?.fields).not.toHaveProperty('nextDelayMs');
    expect(top.reports).toMatchObject([
      { context: 'child_terminated', child: { id: 'a', pid: id, spec: { shutdown: 200 } } },
      { nextDelayMs: 100 },
    ]);
    expect(world.bed.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'onReport failed' }),
    );
    expect(world.bed.logger.lines).toContainEqual(
      expect.objectContaining({
        message: 'process failed',
        fields: expect.objectContaining({
          child: { id: 'a', restart: 'permanent', restarts: 1, nextDelayMs: 100 },
        }),
      }),
    );
  });

  test('tells the orderly end of a permanent child as information, and that of others not at all', async () => {
    const permanent = await watched();
    await permanent.world.exit('a', 'normal');
    expect(permanent.lines()).toMatchObject([{ level: 'info', fields: { reason: 'normal' } }]);
    const transient = await watched('transient');
    await transient.world.exit('a', 'normal');
    expect(transient.lines()).toEqual([]);
  });

  test('tells of starts that fail, of restarts that are used up, and of children that end otherwise than told', async () => {
    const { world, top, lines } = await watched();
    const noWater = new Error('no water');
    world.behaviour = {
      start: () => {
        throw noWater;
      },
    };
    await world.exit('a');
    await world.env.advance(1_000);
    expect(lines().map(({ level, fields }) => [level, fields.context])).toEqual([
      ['debug', 'child_terminated'],
      ['error', 'start_error'],
      ['error', 'start_error'],
      ['error', 'shutdown'],
    ]);
    expect(lines()[1]?.fields.error).toBe(noWater);
    expect(lines()[3]?.fields).toMatchObject({ reason: 'reached_max_restart_intensity' });
    expect(await top.stopped).toBe('shutdown');

    const stubborn = await watched();
    stubborn.world.behaviour = { stop: () => new Promise(() => undefined) };
    const ended = stubborn.world.processes.terminateProcess(stubborn.top.id, 'shutdown', 'infinity');
    await stubborn.world.env.advance(200);
    await ended;
    expect(stubborn.lines()).toMatchObject([
      { level: 'debug', fields: { context: 'shutdown_error', reason: 'killed' } },
    ]);
  });
});

describe('supervisor()', () => {
  test('refuses a declaration where it is written', () => {
    expect(() => supervisor({ intensity: -1, children: [] })).toThrow(
      'supervisor: intensity must be a whole number from 0 on, not -1',
    );
  });

  test('makes a class that can be spawned any number of times', async () => {
    const world = await World.make();
    const Pair = supervisor({ children: [{ id: 'a', start: world.Child }] });
    await world.spawn(Pair, 'one');
    await world.spawn(Pair, 'two');
    expect(world.names()).toEqual(['one', 'a', 'two', 'a']);
  });
});

describe('a Supervisor that is a process as well', () => {
  test('has operations of its own, and spawns what is none of its children; that ends with it, too', async () => {
    const world = await World.make();
    class Both extends Supervisor {
      protected override init(): SupervisorDeclaration {
        return { children: [{ id: 'a', start: world.Child }] };
      }
      op_more(): Promise<ProcessId> {
        return this.spawnChild(world.Child, { name: 'extra' });
      }
    }
    const top = await world.spawn(Both);
    world.bed.receive({
      receiver: top.id,
      op: 'more',
      content: null,
      performative: 'request',
      conversationId: 'm#1',
    });
    await turns(3);
    expect(world.names()).toEqual(['top', 'a', 'extra']);
    await world.exit('extra');
    expect(world.names()).toEqual(['top', 'a']);
    await world.processes.terminateProcess(top.id, 'shutdown');
    expect(world.names()).toEqual([]);
  });
});
