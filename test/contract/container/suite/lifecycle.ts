import { describe, expect, test } from '@jest/globals';
import { type ExitReason, Process, UnavailableError } from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { Echo, Stuck } from './processes.ts';
import type { UseSystem } from './runner.ts';

/** Processes from spawn to end. */
export function describeLifecycle(useSystem: UseSystem): void {
  describe('lifecycle of processes', () => {
    const system = useSystem();

    test('ION 1: spawn() resolves with the id of a process that is ACTIVE; without activation it is READY', async () => {
      const container = await system.current.container();
      const states: string[] = [];
      class Watched extends Process {
        override onInit(): void {
          states.push(this.state);
        }
        override onActivate(): void {
          states.push(this.state);
        }
      }
      const id = await container.processes.spawn(Watched, { name: 'watched', args: { depth: 3 } });
      expect(states).toEqual(['INIT', 'READY']);
      expect(container.processes.get(id)?.state).toBe('ACTIVE');
      expect(container.processes.get(id)?.args).toEqual({ depth: 3 });
      const idle = await container.processes.spawn(Echo, { activate: false });
      expect(container.processes.list()).toMatchObject([
        { id, name: 'watched', state: 'ACTIVE' },
        { id: idle, name: 'Echo', state: 'READY' },
      ]);
    });

    test('ION 3: the hooks run once each, in order', async () => {
      const container = await system.current.container();
      const hooks: unknown[] = [];
      class Hooked extends Process {
        override async onInit(): Promise<void> {
          await turns(2);
          hooks.push('init');
        }
        override onActivate(): void {
          hooks.push('activate');
        }
        override onTerminate(reason: ExitReason): void {
          hooks.push(['terminate', reason]);
        }
      }
      const id = await container.processes.spawn(Hooked);
      await container.processes.terminateProcess(id);
      expect(hooks).toEqual(['init', 'activate', ['terminate', 'normal']]);
      expect(container.processes.get(id)).toBeUndefined();
    });

    test.each(['onInit', 'onActivate'] as const)(
      'ION 4, 6: an error in %s reaches the spawner and nothing of the process is left',
      async (hook) => {
        const container = await system.current.container();
        const boom = new Error('no such line');
        class Broken extends Process {}
        Object.defineProperty(Broken.prototype, hook, { value: () => Promise.reject(boom) });
        await expect(
          container.processes.spawn(Broken, { localName: 'broken', serviceName: 'broken' }),
        ).rejects.toBe(boom);
        expect(container.processes.list()).toEqual([]);
        expect(container.processes.services()).toEqual([]);
        await container.processes.spawn(Echo, { localName: 'broken', serviceName: 'broken' });
      },
    );

    test('ION 5: an order that is carried out already is answered OK and harms nothing', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Echo);
      expect(await container.rpcSend(id, 'activate')).toBeNull();
      expect(await container.rpcSend(id, 'a')).toBe('a');
    });

    test('ION 13: what is sent to a READY process waits until it is activated', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Echo, { activate: false });
      const echo = container.processes.get(id) as Echo;
      await container.send(id, 'echo', 'early');
      await turns();
      expect(echo.received).toEqual([]);
      await expect(container.rpcSend(id, 'echo', 'request')).rejects.toMatchObject({
        code: 'Unavailable',
        details: { executed: 'no' },
      });
      await container.rpcSend(id, 'activate');
      await eventually(() => echo.received.length === 1);
      expect(echo.received).toEqual(['early']);
    });

    test('ION 13: a process calls out while it initialises', async () => {
      const container = await system.current.container();
      const other = await system.current.container();
      const target = await other.processes.spawn(Echo);
      class Asking extends Process {
        answer: unknown;
        override async onInit(): Promise<void> {
          this.answer = await this.rpcSend(target, 'echo', 'from onInit');
        }
      }
      const id = await container.processes.spawn(Asking);
      expect((container.processes.get(id) as Asking).answer).toBe('from onInit');
    });

    test('ION 14: requests to a process that has ended fail; terminate is answered OK, twice', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Echo);
      expect(await container.rpcSend(id, 'terminate')).toBeNull();
      expect(await container.rpcSend(id, 'terminate')).toBeNull();
      await expect(container.rpcSend(id, 'echo')).rejects.toMatchObject({ code: 'NoReceiver' });
      const other = await system.current.container();
      await expect(other.rpcSend(id, 'echo')).rejects.toMatchObject({ code: 'NoReceiver' });
    });

    test('ION 17: further names of a process lead to the same operations', async () => {
      const container = await system.current.container();
      const other = await system.current.container();
      const id = await container.processes.spawn(Echo, { localName: 'log', serviceName: 'logbook' });
      for (const name of [id, `${container.id}.log`, 'logbook', `${container.sysname}.logbook`]) {
        for (const caller of [container, other]) {
          expect([name, await caller.rpcSend(name, 'a'), await caller.rpcSend(name, 'b')]).toEqual([
            name,
            'a',
            'b',
          ]);
        }
      }
    });

    test('ION 19: children end with their parent, the last spawned first', async () => {
      const container = await system.current.container();
      const ended: string[] = [];
      class Child extends Process {
        override onTerminate(): void {
          ended.push(this.name);
        }
      }
      class Parent extends Child {
        override async onActivate(): Promise<void> {
          for (const name of ['first', 'second', 'third']) await this.spawnChild(Child, { name });
        }
      }
      const id = await container.processes.spawn(Parent, { name: 'parent' });
      expect(container.processes.list()).toHaveLength(4);
      await container.processes.terminateProcess(id);
      expect(ended).toEqual(['third', 'second', 'first', 'parent']);
      expect(container.processes.list()).toEqual([]);
    });

    test('a process finishes what it handles before it ends', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Stuck);
      const stuck = container.processes.get(id) as Stuck;
      const call = container.rpcSend(id, 'wait');
      await eventually(() => stuck.begun === 1);
      const ended = container.processes.terminateProcess(id);
      await turns();
      expect(container.processes.get(id)).toBeDefined();
      stuck.release();
      expect(await call).toBe('released');
      await ended;
    });

    test('a process that is ending begins nothing more: later requests are refused, its onTerminate comes after its handlers', async () => {
      const container = await system.current.container();
      const order: string[] = [];
      let goOn: () => void = () => undefined;
      class Slow extends Process {
        async op_work(): Promise<void> {
          order.push('begun');
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
          order.push('done');
        }
        override async onTerminate(): Promise<void> {
          order.push('terminating');
          await turns(5);
          order.push('terminated');
        }
      }
      const id = await container.processes.spawn(Slow);
      const first = container.rpcSend(id, 'work');
      await eventually(() => order.length === 1);
      const waiting = expect(container.rpcSend(id, 'work')).rejects.toMatchObject({
        details: { executed: 'no' },
      });
      await turns(1);
      const ended = container.processes.terminateProcess(id);
      const late = expect(container.rpcSend(id, 'work')).rejects.toMatchObject({
        details: { executed: 'no' },
      });
      await Promise.all([waiting, late]);
      goOn();
      await Promise.all([first, ended]);
      expect(order).toEqual(['begun', 'done', 'terminating', 'terminated']);
    });

    test('stop() reports a handler that never ends, and fails the calls that wait', async () => {
      const container = await system.current.container({ processes: { shutdownMs: 20 } });
      const id = await container.processes.spawn(Stuck, { name: 'stuck' });
      const call = container.rpcSend(id, 'wait');
      const failed = expect(call).rejects.toBeInstanceOf(UnavailableError);
      await eventually(() => (container.processes.get(id) as Stuck).begun === 1);
      const report = await container.stop();
      await failed;
      expect(report).toMatchObject({
        complete: false,
        unfinishedHandlers: [{ id, name: 'stuck', op: 'wait' }],
      });
      expect(container.state).toBe('TERMINATED');
      await expect(container.rpcSend(id, 'wait')).rejects.toMatchObject({ code: 'Unavailable' });
    });

    test('ION 56: start, stop, start again: a new container of that id finds nothing left of the one before', async () => {
      const lives: unknown[] = [];
      for (const life of ['first', 'second']) {
        const container = await system.current.container({ id: 'again' });
        const { state, processes, services, apps, conversations, inbox } = container.info();
        const before = { state, processes, services, apps, conversations, inbox };
        const id = await container.processes.spawn(Echo, { localName: 'echo', serviceName: 'echo' });
        expect(await container.rpcSend('echo', 'echo', life)).toBe(life);
        const echo = container.processes.get(id) as Echo;
        lives.push({ before, id, received: [...echo.received] });
        expect(await container.stop()).toMatchObject({
          complete: true,
          leftProcesses: [],
          unfinishedHandlers: [],
        });
        expect([container.state, container.processes.list(), container.processes.services()]).toEqual([
          'TERMINATED',
          [],
          [],
        ]);
      }
      expect(lives).toMatchObject([{ received: ['first'] }, { received: ['second'] }]);
      const [first, second] = lives.map((life) => ({ ...Object(life), received: undefined }));
      expect(second).toEqual(first);
    });

    test('ION 56: the id of the container is in the ids of all its processes', async () => {
      const containers = [
        await system.current.container({ id: 'named' }),
        await system.current.container(),
        await system.current.container(),
      ];
      const ids: string[] = [];
      for (const container of containers) {
        for (const count of [1, 2]) {
          const id = await container.processes.spawn(Echo);
          expect(id).toBe(`${container.id}.${count}`);
          ids.push(id);
        }
      }
      expect(ids.slice(0, 2)).toEqual(['named.1', 'named.2']);
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('a mailbox is bounded: requests over it are Overloaded, one-way messages are dropped and counted', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Stuck, { mailboxLimit: 2 });
      const stuck = host.processes.get(id) as Stuck;
      const first = caller.rpcSend(id, 'wait');
      await eventually(() => stuck.begun === 1);
      const waiting = [caller.rpcSend(id, 'wait'), caller.rpcSend(id, 'wait')];
      await expect(caller.rpcSend(id, 'wait')).rejects.toMatchObject({
        code: 'Overloaded',
        details: { executed: 'no' },
      });
      await caller.send(id, 'wait');
      await eventually(() => host.processes.list()[0]?.dropped === 1);
      stuck.release();
      expect(await Promise.all([first, ...waiting])).toEqual(['released', 'released', 'released']);
    });

    test('system messages overtake user messages', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Stuck);
      const stuck = container.processes.get(id) as Stuck;
      const order: string[] = [];
      const calls = [
        container.rpcSend(id, 'wait').then(() => order.push('first')),
        container.rpcSend(id, 'wait').then(() => order.push('second')),
        container.rpcSend(id, 'ping').then(() => order.push('ping')),
      ];
      await eventually(() => stuck.begun === 1 && container.processes.list()[0]?.load === 3);
      stuck.release();
      await Promise.all(calls);
      expect(order).toEqual(['first', 'ping', 'second']);
    });
  });
}
