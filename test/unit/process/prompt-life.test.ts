import { describe, expect, test } from '@jest/globals';
import { type ExitReason, LifecycleObject, Process } from '../../../src/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { makeProcesses } from './bed.ts';
import { spawnGate } from './gate.ts';

/** A process that notes its hooks. */
class Noting extends Process {
  readonly notes: string[] = [];
  override onInit(): void {
    this.notes.push(`init ${this.state}`);
  }
  override onActivate(): void {
    this.notes.push(`activate ${this.state}`);
  }
  override onTerminate(reason: ExitReason): void {
    this.notes.push(`terminate ${this.state} ${String(reason)}`);
  }
}

/** The same, awaiting in each. */
class Slow extends Noting {
  override async onInit(): Promise<void> {
    await Promise.resolve();
    super.onInit();
  }
  override async onActivate(): Promise<void> {
    await Promise.resolve();
    super.onActivate();
  }
  override async onTerminate(reason: ExitReason): Promise<void> {
    await Promise.resolve();
    super.onTerminate(reason);
  }
}

type Processes = Awaited<ReturnType<typeof makeProcesses>>['processes'];

async function spawned<P extends Process>(
  processes: Processes,
  processClass: Parameters<Processes['spawn']>[0] & { readonly prototype: P },
): Promise<Process> {
  const process = processes.get(await processes.spawn(processClass));
  if (process === undefined) throw new Error('it has ended already');
  return process;
}

const lived = ['init INIT', 'activate READY', 'terminate ACTIVE shutdown'];

describe('ProcessManager#spawn()', () => {
  test('has brought a process whose hooks await nothing to ACTIVE when it returns', async () => {
    const { processes } = await makeProcesses();
    const spawning = processes.spawn(Noting);
    expect(processes.list()).toMatchObject([{ state: 'ACTIVE' }]);
    await spawning;
  });

  test('calls the same hooks in the same states, whether they await or not', async () => {
    const { processes } = await makeProcesses();
    for (const processClass of [Noting, Slow]) {
      const process = await spawned(processes, processClass);
      await processes.terminateProcess(process.id, 'shutdown');
      expect(Reflect.get(process, 'notes')).toEqual(lived);
    }
  });

  test('rejects for a process that is killed in a hook, and nothing of it is left', async () => {
    const { processes } = await makeProcesses();
    for (const hook of ['onInit', 'onActivate']) {
      class Killed extends Process {
        override onInit(): void {
          if (hook === 'onInit') processes.kill(this.id);
        }
        override onActivate(): void {
          if (hook === 'onActivate') processes.kill(this.id);
        }
      }
      await expect(processes.spawn(Killed)).rejects.toMatchObject({
        code: 'IllegalState',
        message: expect.stringContaining('was ended while it was being spawned'),
      });
      expect(processes.size).toBe(0);
    }
  });

  test('rejects for a process that asks for its end in onInit; it has ended in order', async () => {
    const { processes } = await makeProcesses();
    const notes: string[] = [];
    class Leaving extends Noting {
      override readonly notes = notes;
      override onInit(): void {
        super.onInit();
        this.exit('shutdown');
      }
    }
    await expect(processes.spawn(Leaving)).rejects.toMatchObject({ code: 'IllegalState' });
    expect(notes).toEqual(['init INIT', 'terminate READY shutdown']);
  });

  test('an order to activate that comes from onActivate itself is obeyed when it is done', async () => {
    const { processes, receive, answers } = await makeProcesses();
    class Eager extends Process {
      override onActivate(): void {
        receive({ receiver: this.id, op: 'activate' }, { local: true });
      }
    }
    await processes.spawn(Eager);
    await turns();
    expect(processes.list()).toMatchObject([{ state: 'ACTIVE' }]);
    expect(answers).toMatchObject([{ type: 'result', op: 'activate' }]);
  });

  test('what the class of one says holds for its instances only, whatever the options of others were', async () => {
    const { processes, receive } = await makeProcesses();
    const wide = await spawnGate(processes, { concurrency: 2 });
    const narrow = await spawnGate(processes);
    for (const gate of [wide, narrow, wide, narrow]) receive({ receiver: gate.id, op: 'wait' });
    expect([wide.begun.length, narrow.begun.length]).toEqual([2, 1]);
  });
});

describe('ProcessManager#terminateProcess()', () => {
  test('has ended a process that has nothing to wait for when it returns', async () => {
    const { processes } = await makeProcesses();
    const { id } = await spawned(processes, Noting);
    const ending = processes.terminateProcess(id);
    expect(processes.size).toBe(0);
    await expect(ending).resolves.toBe('normal');
  });

  test('waits for a running handler, and gives what waits to others', async () => {
    const { processes, receive, answers } = await makeProcesses();
    const gate = await spawnGate(processes);
    for (const content of [1, 2]) receive({ receiver: gate.id, op: 'wait', content });
    const ending = processes.terminateProcess(gate.id);
    await turns();
    expect(processes.size).toBe(1);
    expect(answers).toMatchObject([{ type: 'error', op: 'wait' }]);
    gate.open();
    await expect(ending).resolves.toBe('normal');
  });

  test('a first child that is spawned in onTerminate is ended in order at once', async () => {
    const { processes } = await makeProcesses();
    const notes: string[] = [];
    const alive: boolean[] = [];
    class Child extends Noting {
      override readonly notes = notes;
    }
    class Late extends Process {
      override async onTerminate(): Promise<void> {
        alive.push(this.isAlive(await this.spawnChild(Child)));
      }
    }
    const { id } = await spawned(processes, Late);
    await processes.terminateProcess(id);
    expect(alive).toEqual([false]);
    expect(notes).toEqual(lived);
  });
});

describe('Process#exit()', () => {
  test('ends the process after what called it, not in its midst', async () => {
    const { processes } = await makeProcesses();
    const process = await spawned(processes, Noting);
    process.exit('shutdown');
    expect(Reflect.get(process, 'notes')).not.toContain(lived[2]);
    await process.stopped;
    expect(Reflect.get(process, 'notes')).toEqual(lived);
  });

  test('a chain of ten thousand links ends from one end to the other', async () => {
    const { processes } = await makeProcesses();
    let last: Process | undefined;
    for (let count = 0; count < 10_000; count += 1) {
      const next = await spawned(processes, Noting);
      if (last !== undefined) next.link(last.id);
      last = next;
    }
    await processes.terminateProcess(last?.id ?? '', 'shutdown');
    await processes.stopped('shore.1');
    expect(processes.size).toBe(0);
  });
});

test('Process#registerLifecycleObject() of a process that is ACTIVE already brings its first object there', async () => {
  const { processes } = await makeProcesses();
  class Pump extends LifecycleObject {}
  const process = await spawned(processes, Noting);
  const pump = new Pump();
  await process.registerLifecycleObject(pump);
  expect(pump.state).toBe('ACTIVE');
  await processes.terminateProcess(process.id);
  expect(pump.state).toBe('TERMINATED');
});

test('ProcessManager#get() knows a process by its very id only', async () => {
  const { processes } = await makeProcesses();
  const { id } = await spawned(processes, Noting);
  expect(id).toBe('shore.1');
  const others = ['shore.01', 'shor.1', 'shore.1.1', '1', 'shore', 'shore.', 'shore.2', ''];
  expect(others.filter((other) => processes.get(other) !== undefined)).toEqual([]);
  expect(processes.get(id)).toBeDefined();
});
