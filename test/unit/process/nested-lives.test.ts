import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, Process, type ProcessId, ServiceProcess, Supervisor } from '../../../src/index.ts';
import { eventually } from '../../../src/testing/index.ts';

let container: Container;
beforeEach(async () => {
  container = new Container({ systemEvents: 'off' });
  await container.start();
});
afterEach(() => container.stop());

class Idle extends Process {}

/** Each spawns the next one. */
class Ring extends Process {
  override async onInit(): Promise<void> {
    const { left = 0 } = this.args;
    if (typeof left === 'number' && left > 0) await this.spawnChild(Ring, { args: { left: left - 1 } });
  }
}

describe('Starts within each other’s hooks', () => {
  test('nest as deep as anybody likes', async () => {
    await container.processes.spawn(Ring, { args: { left: 5_000 } });
    expect(container.processes.size).toBe(5_001);
  }, 30_000);
});

describe('Ends in the midst of others', () => {
  test('of a whole group whose listener ends all when one has ended', async () => {
    const group: ProcessId[] = [];
    for (let index = 0; index < 700; index += 1) group.push(await container.processes.spawn(Idle));
    const failures: unknown[] = [];
    const stop = container.processes.onLife(({ type }) => {
      if (type !== 'ended') return;
      for (const id of group)
        if (container.processes.get(id) !== undefined)
          container.processes.terminateProcess(id).catch((error: unknown) => failures.push(error));
    });
    await container.processes.terminateProcess(group[0] ?? '');
    await eventually(() => container.processes.size === 0);
    stop();
    expect(failures).toEqual([]);
  }, 30_000);

  test('a child that is started again comes after everybody was told of its end', async () => {
    const told: string[] = [];
    class Child extends Process {
      override onInit(): void {
        told.push(`init ${this.id}`);
      }
    }
    class Parent extends Supervisor {
      protected override init() {
        return { restartDelay: { jitter: 0 }, children: [{ id: 'child', start: Child }] };
      }
    }
    const id = await container.processes.spawn(Parent);
    const child = container.processes.list().find(({ parent }) => parent === id);
    if (child === undefined) throw new Error('no child');
    container.processes.onCrash((report) => void told.push(`crash ${report.id}`));
    container.processes.onLife((life) => void told.push(`${life.type} ${life.id}`));
    container.processes.kill(child.id);
    await eventually(() => told.some((line) => line.startsWith('started')));
    const successor = container.processes.list().find(({ parent }) => parent === id)?.id;
    expect(told).toEqual([
      `init ${child.id}`,
      `crash ${child.id}`,
      `ended ${child.id}`,
      `init ${successor}`,
      `started ${successor}`,
    ]);
  });
});

describe('A process that is killed while it starts', () => {
  test('gets no hook any more', async () => {
    const hooks: string[] = [];
    class Late extends ServiceProcess {
      static readonly serviceName = 'late';
      override onInit(): void {
        hooks.push('init');
      }
      override onTerminate(): void {
        hooks.push('terminate');
      }
    }
    let begun: ProcessId | undefined;
    const spawned = container.processes.spawn(Late, {}, (id) => {
      begun = id;
    });
    container.processes.kill(begun ?? '');
    await expect(spawned).rejects.toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(hooks).toEqual([]);
  });

  test('takes along the child whose constructor kills it', async () => {
    let parent: ProcessId | undefined;
    class Child extends Process {
      constructor(...args: ConstructorParameters<typeof Process>) {
        super(...args);
        container.processes.kill(parent ?? '');
      }
    }
    class Parent extends Process {
      op_spawn(): Promise<ProcessId> {
        return this.spawnChild(Child);
      }
    }
    parent = await container.processes.spawn(Parent);
    await expect(container.rpcSend(parent, 'spawn')).rejects.toThrow();
    expect(container.processes.list()).toEqual([]);
  });
});

test('ProcessManager of an id that is none: as if nobody had it', async () => {
  const none: string = JSON.parse('[null]')[0];
  await expect(container.processes.terminateProcess(none)).rejects.toMatchObject({ code: 'NoReceiver' });
  expect(container.processes.get(none)).toBeUndefined();
  expect(await container.processes.stopped(none)).toBe('noproc');
});
