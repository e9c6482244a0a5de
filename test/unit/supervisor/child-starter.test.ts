import { describe, expect, test } from '@jest/globals';
import type { ProcessId } from '../../../src/exchange/index.ts';
import { Process, type ProcessClass, type SpawnOptions } from '../../../src/process/index.ts';
import { ChildStarter, checkStartArgs } from '../../../src/supervisor/child-starter.ts';
import { type ChildSpawner, type ChildSpec, resolveChildSpec } from '../../../src/supervisor/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';

class Worker extends Process {}
class Helper extends Process {}
class Hanging extends Process {}

function bed() {
  const env = fakeEnv();
  const spawned: [ProcessId, string, SpawnOptions][] = [];
  const ended: ProcessId[] = [];
  const live = new Set<ProcessId>();
  const hanging: ((id?: ProcessId) => void)[] = [];
  let count = 0;
  const starter = new ChildStarter({
    clock: env.clock,
    spawnChild: async (processClass: ProcessClass, options: SpawnOptions) => {
      count += 1;
      const id: ProcessId = `ship.${count}`;
      if (processClass === Hanging) await new Promise<void>((resolve) => hanging.push(() => resolve()));
      spawned.push([id, processClass.name, options]);
      live.add(id);
      return id;
    },
    endChild: async (id) => {
      if (live.delete(id)) ended.push(id);
    },
    isAlive: (id) => live.has(id),
    within: (fn) => fn(),
  });
  const start = (spec: Partial<ChildSpec> & Pick<ChildSpec, 'start'>, ...args: readonly unknown[]) =>
    starter.start(resolveChildSpec({ id: 'tide', ...spec }), args);
  return { env, starter, start, spawned, ended, live, hanging };
}

describe('ChildStarter#start() of a class', () => {
  test('spawns it under the id of the child', async () => {
    const { start, spawned } = bed();
    expect(await start({ start: Worker })).toBe('ship.1');
    expect(spawned).toEqual([['ship.1', 'Worker', { name: 'tide' }]]);
  });

  test('takes the options of the spec, and a map of arguments over its args', async () => {
    const { start, spawned } = bed();
    await start({ start: Worker, options: { name: 'high', args: { a: 1, b: 1 } } }, { b: 2 });
    expect(spawned).toEqual([['ship.1', 'Worker', { name: 'high', args: { a: 1, b: 2 } }]]);
  });

  test('reads the options at each start', async () => {
    const { start, spawned } = bed();
    let depth = 1;
    const options = {
      get args() {
        return { depth };
      },
    };
    await start({ start: Worker, options });
    depth = 2;
    await start({ start: Worker, options }, { at: 'stern' });
    expect(spawned.map(([, , { args }]) => args)).toEqual([{ depth: 1 }, { depth: 2, at: 'stern' }]);
  });
});

describe('checkStartArgs()', () => {
  const spec = resolveChildSpec({ id: 'tide', start: Worker });

  test.each([[[]], [[{}]], [[Object.create(null)]], [[{ height: 3 }]]])('takes %j for a class', (args) => {
    expect(() => checkStartArgs(spec, args)).not.toThrow();
  });

  test.each([
    [[3], 'number 3'],
    [[[]], 'an array of 0'],
    [[null], 'null'],
    [[new Date(0)], 'date 1970-01-01T00:00:00.000Z'],
    [[{}, {}], '2 arguments'],
  ])('refuses %j for a class', (args, found) => {
    expect(() => checkStartArgs(spec, args)).toThrow(
      expect.objectContaining({
        code: 'BadRequest',
        message:
          `startChild: children 'tide' are made of class Worker, which takes one map of arguments, not ${found}; ` +
          'give a map, or start them with a function',
      }),
    );
  });

  test('takes anything for a function', () => {
    const free = resolveChildSpec({ id: 'tide', start: async () => undefined });
    expect(() => checkStartArgs(free, [1, 2, 3])).not.toThrow();
  });
});

describe('ChildStarter#start() of a function', () => {
  test('gives it a spawner and the arguments, and answers what it answers', async () => {
    const { start, spawned } = bed();
    const id = await start(
      { start: async (spawner, args) => spawner.spawnChild(Worker, { args: { args } }) },
      1,
      'two',
    );
    expect(id).toBe('ship.1');
    expect(spawned).toEqual([['ship.1', 'Worker', { args: { args: [1, 'two'] } }]]);
  });

  test('answers undefined when there is nothing to start, and ends what was spawned for nothing', async () => {
    const { start, ended, live } = bed();
    const nothing: ChildSpec['start'] = async (spawner) => {
      await spawner.spawnChild(Helper);
      return undefined;
    };
    expect(await start({ start: nothing })).toBeUndefined();
    expect([ended, [...live]]).toEqual([['ship.1'], []]);
  });

  test('rejects with what it throws, the last spawned ended first', async () => {
    const { start, ended, live } = bed();
    const boom = new Error('no water');
    const failing: ChildSpec['start'] = async (spawner) => {
      await spawner.spawnChild(Helper);
      await spawner.spawnChild(Worker);
      throw boom;
    };
    await expect(start({ start: failing })).rejects.toBe(boom);
    expect([ended, [...live]]).toEqual([['ship.2', 'ship.1'], []]);
  });

  test('rejects with what it throws at once', async () => {
    const boom = new Error('no water');
    const failing = () => {
      throw boom;
    };
    await expect(bed().start({ start: failing })).rejects.toBe(boom);
  });

  test('tells of a failure when nothing is under way any more', async () => {
    const { start, hanging, ended, live } = bed();
    const failing: ChildSpec['start'] = async (spawner) => {
      void spawner.spawnChild(Hanging).catch(() => undefined);
      throw new Error('no water');
    };
    let hasFailed = false;
    const failed = start({ start: failing }).catch(() => {
      hasFailed = true;
    });
    await turns(2);
    expect(hasFailed).toBe(false);
    hanging[0]?.();
    await failed;
    expect([ended, [...live]]).toEqual([['ship.1'], []]);
  });

  test('gives it up after its time, ends what it has spawned, and what it spawns later', async () => {
    const { env, start, hanging, ended, live } = bed();
    let late: Promise<unknown> = Promise.resolve();
    const slow: ChildSpec['start'] = async (spawner) => {
      await spawner.spawnChild(Helper);
      late = spawner.spawnChild(Hanging);
      return late.then(() => 'ship.2' as const);
    };
    const failed = expect(start({ start: slow, startTimeoutMs: 500 })).rejects.toMatchObject({
      code: 'StartFailed',
      message:
        "start of child 'tide' had not come to an end after 500 ms; find what it waits for, or give it more time with startTimeoutMs",
    });
    await env.advance(499);
    expect(ended).toEqual([]);
    await env.advance(1);
    await failed;
    expect(ended).toEqual(['ship.1']);
    hanging[0]?.();
    await expect(late).rejects.toThrow(
      "the start of child 'tide' is over, and its spawner spawns nothing any more",
    );
    expect([ended, [...live]]).toEqual([['ship.1', 'ship.2'], []]);
    expect(env.pendingTimers()).toBe(0);
  });

  test('gives a worker 60 s, and a supervisor all the time it needs', async () => {
    const forever = () => new Promise<undefined>(() => undefined);
    const worker = bed();
    const failed = expect(worker.start({ start: forever })).rejects.toThrow('after 60000 ms');
    await worker.env.advance(60_000);
    await failed;
    const supervisor = bed();
    void supervisor.start({ start: forever, type: 'supervisor' });
    expect(supervisor.env.pendingTimers()).toBe(0);
  });

  test('leaves no timer behind', async () => {
    const { env, start } = bed();
    await start({ start: (spawner) => spawner.spawnChild(Worker) });
    expect(env.pendingTimers()).toBe(0);
  });

  test('its spawner is of no use when it is over', async () => {
    const { start, spawned } = bed();
    let kept: ChildSpawner | undefined;
    await start({
      start: (spawner) => {
        kept = spawner;
        return spawner.spawnChild(Worker);
      },
    });
    await expect(kept?.spawnChild(Worker)).rejects.toMatchObject({ code: 'IllegalState' });
    expect(spawned).toHaveLength(1);
  });

  test.each([
    ['ship.77', `string "ship.77", which is no process that it has spawned`],
    [42, 'number 42, which is no process that it has spawned'],
    [null, 'null, which is no process that it has spawned'],
  ])('fails when it answers %j, and ends what it has spawned', async (answer, found) => {
    const { start, ended } = bed();
    const wrong = async (spawner: ChildSpawner) => {
      await spawner.spawnChild(Worker);
      return JSON.parse(JSON.stringify(answer));
    };
    await expect(start({ start: wrong })).rejects.toMatchObject({
      code: 'StartFailed',
      message:
        `start of child 'tide' answered with ${found}; ` +
        'it answers with the id of a process that it spawned with its spawner and that lives, or with undefined',
    });
    expect(ended).toEqual(['ship.1']);
  });

  test('fails when it answers a process that has ended already', async () => {
    const { start, live } = bed();
    const wrong: ChildSpec['start'] = async (spawner) => {
      const id = await spawner.spawnChild(Worker);
      live.clear();
      return id;
    };
    await expect(start({ start: wrong })).rejects.toThrow(
      "start of child 'tide' answered with process ship.1, which has ended already;",
    );
  });

  test('what it spawns besides the child ends with the child, the last spawned first', async () => {
    const { start, starter, ended, live } = bed();
    const id = await start({
      start: async (spawner) => {
        await spawner.spawnChild(Helper);
        const worker = await spawner.spawnChild(Worker);
        await spawner.spawnChild(Helper);
        return worker;
      },
    });
    expect([id, live.size]).toEqual(['ship.2', 3]);
    await starter.endCompanions('ship.2', 5_000);
    expect(ended).toEqual(['ship.3', 'ship.1']);
    expect(starter.endCompanions('ship.2', 5_000)).toBeUndefined();
  });

  test('is given up at once when the supervisor is', async () => {
    const { env, start, starter, ended } = bed();
    const failed = expect(
      start({
        start: async (spawner) => {
          await spawner.spawnChild(Helper);
          return new Promise(() => undefined);
        },
      }),
    ).rejects.toMatchObject({ code: 'IllegalState' });
    await turns(1);
    starter.abandon();
    await failed;
    expect([ended, env.pendingTimers()]).toEqual([['ship.1'], 0]);
  });
});
