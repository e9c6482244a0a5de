import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  defineService,
  type Handlers,
  operation,
  ServiceProcess,
  Type,
  UnavailableError,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Echo, Stuck, Worker } from './processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineService({
  name: 'depth',
  version: '1.0.0',
  operations: {
    measure: operation({
      content: Type.Object({
        at: Type.String(),
        unit: Type.Optional(Type.Union([Type.Literal('m'), Type.Literal('ft')])),
      }),
      result: Type.Number(),
      idempotent: true,
    }),
    lie: operation({ result: Type.Number() }),
    reset: operation({}),
  },
});

class DepthService extends ServiceProcess.for(Depth) implements Handlers<typeof Depth> {
  resets = 0;
  async op_measure({ at, unit }: { at: string; unit?: 'm' | 'ft' }): Promise<number> {
    return unit === 'ft' ? at.length * 3 : at.length;
  }
  op_lie(): number {
    return JSON.parse('"not a number"');
  }
  op_reset(): void {
    this.resets += 1;
  }
}

/** Services: shared names, contracts, and what happens when nobody serves. */
export function describeServices(useSystem: UseSystem): void {
  describe('services', () => {
    const system = useSystem();

    test('ION 15: two workers in two containers share the jobs of a third', async () => {
      const [a, b, caller] = [
        await system.current.container(),
        await system.current.container(),
        await system.current.container(),
      ];
      const workers = [await spawned(a, Worker), await spawned(b, Worker)];
      await Promise.all([1, 2, 3, 4].map((job) => caller.rpcSend('work', 'work', job)));
      const counts = workers.map((worker) => worker.handled);
      expect(counts).toEqual([2, 2]);
    });

    test('ION 15: two workers in one container share jobs', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const workers = [await spawned(host, Worker), await spawned(host, Worker)];
      await Promise.all([1, 2, 3, 4].map((job) => caller.rpcSend('work', 'work', job)));
      expect(workers.map((worker) => worker.handled)).toEqual([2, 2]);
    });

    test('ION 15: one-way jobs are shared and none is lost', async () => {
      const [a, b, caller] = [
        await system.current.container(),
        await system.current.container(),
        await system.current.container(),
      ];
      const workers = [await spawned(a, Worker), await spawned(b, Worker)];
      await Promise.all(Array.from({ length: 40 }, (_, job) => caller.send('work', 'work', job)));
      await eventually(() => workers.reduce((sum, worker) => sum + worker.handled, 0) === 40);
      for (const worker of workers) expect(worker.handled).toBeGreaterThan(0);
    });

    test('ION 22: an unknown scope or unusable name is an error where it is defined', async () => {
      const container = await system.current.container();
      for (const serviceName of ['~events', 'a..b', '', 'a b', 'a*', '#', 'x'.repeat(101), 'a.7']) {
        await expect(container.processes.spawn(Echo, { serviceName })).rejects.toMatchObject({
          code: 'BadRequest',
        });
        await expect(container.processes.spawn(Echo, { localName: serviceName })).rejects.toMatchObject({
          code: 'BadRequest',
        });
      }
      for (const serviceName of [`${container.id}.log`, `${container.sysname}.log`]) {
        await expect(container.processes.spawn(Echo, { serviceName })).rejects.toMatchObject({
          code: 'BadRequest',
        });
      }
      expect(container.processes.list()).toEqual([]);
    });

    test('ION 23: containers of one sysname share services, those of another never meet them', async () => {
      const host = await system.current.container();
      const friend = await system.current.container();
      const stranger = await system.current.container({ sysname: `${host.sysname}-other` });
      await host.processes.spawn(DepthService);
      expect(await friend.rpcSend('depth', 'measure', { at: 'bow' })).toBe(3);
      await expect(stranger.rpcSend('depth', 'measure', { at: 'bow' })).rejects.toMatchObject({
        code: 'NoReceiver',
      });
      const pid = host.processes.list()[0]?.id ?? '';
      await expect(stranger.rpcSend(pid, 'measure', { at: 'bow' })).rejects.toMatchObject({
        code: 'NoReceiver',
      });
      await expect(stranger.send('depth', 'measure', { at: 'bow' })).rejects.toMatchObject({
        code: 'NoReceiver',
      });
    });

    test('a container that is named like a service runs each call once; dotted services keep apart from containers', async () => {
      const hello = await system.current.container({ id: 'work' });
      const other = await system.current.container({ id: 'nav' });
      const caller = await system.current.container();
      const worker = await spawned(hello, Worker);
      expect(await caller.rpcSend('work', 'work', 1)).toBe(1);
      await caller.send('work', 'work', 2);
      await eventually(() => worker.handled === 2);
      const id = await hello.processes.spawn(Echo, { serviceName: 'nav.plot' });
      expect(await caller.rpcSend('nav.plot', 'echo', 3)).toBe(3);
      await other.processes.spawn(Echo, { localName: 'log' });
      expect(await caller.rpcSend('nav.log', 'echo', 4)).toBe(4);
      await caller.send('nav.log', 'echo', 5);
      await expect(caller.rpcSend('nav.nobody', 'echo', 6)).rejects.toMatchObject({ code: 'NoReceiver' });
      expect((hello.processes.get(id) as Echo).received).toEqual([3]);
      expect(worker.handled).toBe(2);
    });

    test('an instance is activated although the last active one has ended, in a system of its own too', async () => {
      const container = await system.current.container({ sysname: 'alone', id: 'alone' });
      const first = await container.processes.spawn(Worker);
      const second = await container.processes.spawn(Worker, { activate: false });
      await container.processes.terminateProcess(first);
      await container.rpcSend(second, 'activate');
      expect(await container.rpcSend('work', 'work', 1)).toBe(1);
    });

    test('ION 26: the hello service greets, by its name and by its id', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      await host.apps.start('res/apps/hello.app');
      const pid = host.processes.list()[0]?.id ?? '';
      expect(await caller.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
      expect(await caller.rpcSend(pid, 'hello', 'again')).toBe('Hello there, again');
      expect(host.info()).toMatchObject({ apps: ['hello'], services: ['hello'] });
      await host.apps.stop('hello');
      expect(host.processes.list()).toEqual([]);
    });

    test.each(['here', 'elsewhere'])(
      'row 48: a typed client calls with checked content and result, from %s',
      async (where) => {
        const { caller, service } = await depth(where);
        const client = caller.client(Depth);
        expect(await client.measure({ at: 'stern', unit: 'ft' })).toBe(15);
        expect(await client.reset()).toBeNull();
        expect(service.resets).toBe(1);
        await expect(client.lie()).rejects.toMatchObject({ code: 'Internal' });
        await expect(client.measure(JSON.parse('{"at": 7}'))).rejects.toMatchObject({
          code: 'BadRequest',
          message: 'content.at: expected string, found number 7',
        });
      },
    );

    test.each(['here', 'elsewhere'])(
      'content outside the contract never reaches the handler, from %s',
      async (where) => {
        const { caller, service } = await depth(where);
        for (const content of [
          null,
          {},
          { at: 1 },
          { at: 'bow', extra: 1 },
          { at: 'bow', unit: 'fathom' },
          'bow',
          [1],
        ]) {
          await expect(caller.rpcSend('depth', 'measure', content)).rejects.toMatchObject({
            code: 'BadRequest',
            status: 400,
          });
        }
        await expect(caller.rpcSend('depth', 'reset', 1)).rejects.toMatchObject({ code: 'BadRequest' });
        expect(service.resets).toBe(0);
        expect(await caller.rpcSend('depth', 'measure', { at: 'bow' })).toBe(3);
      },
    );

    test('a class that lacks a handler of its contract is not spawned', async () => {
      const container = await system.current.container();
      class Partial extends ServiceProcess.for(Depth) {
        op_measure(): number {
          return 1;
        }
      }
      await expect(container.processes.spawn(Partial)).rejects.toMatchObject({
        code: 'ConfigurationError',
        message: expect.stringContaining('op_lie, op_reset'),
      });
    });

    test('a free instance next door is taken, a busy one leaves the work to the broker', async () => {
      const here = await system.current.container();
      const there = await system.current.container();
      const local = await spawned(here, Stuck);
      const remote = await spawned(there, Stuck);
      const calls = [here.rpcSend('stuck', 'wait')];
      await eventually(() => local.begun === 1);
      expect(remote.begun).toBe(0);
      calls.push(here.rpcSend('stuck', 'wait'), here.rpcSend('stuck', 'wait'));
      await eventually(() => remote.begun === 1);
      local.release();
      remote.release();
      expect(await Promise.all(calls)).toEqual(['released', 'released', 'released']);
    });

    test('a service whose last instance has ended is Unavailable, "no instance", long before the call’s time', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Worker);
      expect(await caller.rpcSend('work', 'work', 1)).toBe(1);
      expect(await caller.doesServiceExist('work')).toBe(true);
      await host.processes.terminateProcess(id);
      expect(await caller.doesServiceExist('work')).toBe(false);
      const startedAt = performance.now();
      const failed = await caller
        .rpcSend('work', 'work', 2, { timeoutMs: 15_000 })
        .catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(UnavailableError);
      expect(failed).toMatchObject({ details: { reason: 'no instance' } });
      expect(performance.now() - startedAt).toBeLessThan(8_000);
    });

    test('work that an ending instance did not begin is done by another', async () => {
      const host = await system.current.container();
      const helper = await system.current.container();
      const caller = await system.current.container();
      const first = await spawned(host, Stuck);
      const calls = [1, 2, 3, 4].map(() => caller.rpcSend('stuck', 'wait'));
      await eventually(() => host.processes.list()[0]?.load === 4);
      const second = await spawned(helper, Stuck);
      second.release();
      const ended = host.processes.terminateProcess(first.id);
      await eventually(() => second.begun === 3);
      first.release();
      await ended;
      expect(await Promise.all(calls)).toEqual(['released', 'released', 'released', 'released']);
      expect(first.begun).toBe(1);
    });

    async function depth(where: string): Promise<{ caller: Container; service: DepthService }> {
      const host = await system.current.container();
      const caller = where === 'here' ? host : await system.current.container();
      return { caller, service: await spawned(host, DepthService) };
    }
  });
}

async function spawned<P extends ServiceProcess>(
  container: Container,
  Class: new (...args: ConstructorParameters<typeof ServiceProcess>) => P,
): Promise<P> {
  const id = await container.processes.spawn(Class);
  const process = container.processes.get(id);
  if (!(process instanceof Class)) throw new Error(`${id} is not there`);
  return process;
}
