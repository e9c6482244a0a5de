import { describe, expect, test } from '@jest/globals';
import { type Container, defineService, operation, ServiceProcess, Type } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Echo, Stuck, Worker } from './processes.ts';
import type { UseSystem } from './runner.ts';

const Slow = defineService({
  name: 'slow',
  version: '1.0.0',
  operations: {
    wait: operation({ result: Type.Number(), idempotent: true }),
    once: operation({ result: Type.Number() }),
  },
});

/** Counts its executions; each waits until it is released. */
class SlowService extends ServiceProcess.for(Slow) {
  static readonly concurrency = 10;
  executions = 0;
  #release: (() => void)[] = [];

  op_wait(): Promise<number> {
    return this.#run();
  }
  op_once(): Promise<number> {
    return this.#run();
  }
  release(): void {
    for (const release of this.#release.splice(0)) release();
  }
  async #run(): Promise<number> {
    this.executions += 1;
    const execution = this.executions;
    await new Promise<void>((resolve) => this.#release.push(resolve));
    return execution;
  }
}

/** Calls, services and processes when the connection to the broker is lost, and afterwards. */
export function describeOutage(useSystem: UseSystem): void {
  describe('a lost connection', () => {
    const system = useSystem();

    test('row 13: fails pending calls at once with Unavailable, executed unknown', async () => {
      const { host, caller } = await two();
      const id = await host.processes.spawn(Stuck);
      const stuck = host.processes.get(id) as Stuck;
      const calls = [caller.rpcSend('stuck', 'wait'), caller.rpcSend(id, 'wait')];
      await eventually(() => stuck.begun === 1 && host.processes.list()[0]?.load === 2);
      const failed = calls.map((call) =>
        expect(call).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } }),
      );
      system.current.cut(caller);
      await Promise.all(failed);
      stuck.release();
    });

    test('leaves local calls alone and refuses new remote ones, executed no, until it is back', async () => {
      const { host, caller } = await two();
      const remote = await host.processes.spawn(Echo);
      const local = await caller.processes.spawn(Stuck);
      const stuck = caller.processes.get(local) as Stuck;
      const pending = caller.rpcSend(local, 'wait');
      await eventually(() => stuck.begun === 1);
      await system.current.harness.outage();
      await eventually(() => caller.info().broker.type !== 'connected');
      await expect(caller.rpcSend(remote, 'a')).rejects.toMatchObject({
        code: 'Unavailable',
        details: { executed: 'no' },
      });
      await expect(caller.rpcSend('nobody', 'a')).rejects.toMatchObject({
        code: 'Unavailable',
        details: { executed: 'no' },
      });
      stuck.release();
      expect(await pending).toBe('released');
      await system.current.harness.restore();
      await eventually(() =>
        [host, caller].every((container) => container.info().broker.type === 'connected'),
      );
      expect(await caller.rpcSend(remote, 'a')).toBe('a');
    });

    test('mends itself: services and ids answer again afterwards, in both directions', async () => {
      const { host, caller } = await two();
      const id = await host.processes.spawn(Worker);
      const echo = await caller.processes.spawn(Echo);
      expect(await caller.rpcSend('work', 'work', 1)).toBe(1);
      for (let round = 2; round < 4; round += 1) {
        await system.current.harness.outage();
        await eventually(() =>
          [host, caller].every((container) => container.info().broker.type !== 'connected'),
        );
        await system.current.harness.restore();
        await eventually(() => [host, caller].every((container) => epoch(container) === round));
        expect(await caller.rpcSend('work', 'work', round)).toBe(round);
        expect(await caller.rpcSend(id, 'work', round)).toBe(round);
        expect(await host.rpcSend(echo, 'echo', round)).toBe(round);
      }
    });

    test('row 14: sends an idempotent call again inside its time; an instance that still runs it does not run it twice', async () => {
      const { host, caller } = await two();
      const service = await slow(host);
      const call = caller.client(Slow).wait();
      await eventually(() => service.executions === 1);
      const { messages } = host.info().inbox;
      system.current.cut(caller);
      await eventually(() => host.info().inbox.messages === messages + 1);
      service.release();
      expect(await call).toBe(1);
      expect(service.executions).toBe(1);
    });

    test('of the instance: what it still runs is not run again when it comes again, and its answer comes', async () => {
      const { host, caller } = await two();
      const service = await slow(host);
      const client = caller.client(Slow);
      const calls = [client.once(), client.wait()];
      await eventually(() => service.executions === 2);
      const { messages } = host.info().inbox;
      system.current.cut(host);
      await eventually(() => host.info().inbox.messages === messages + 2);
      service.release();
      expect((await Promise.all(calls)).sort()).toEqual([1, 2]);
      expect(service.executions).toBe(2);
    });

    test('row 27: of one of two instances: the other does not run what may have run, unless it is idempotent', async () => {
      const { host, caller } = await two();
      const service = await slow(host);
      const client = caller.client(Slow);
      const once = client.once();
      const idempotent = client.wait();
      const failed = expect(once).rejects.toMatchObject({
        code: 'Unavailable',
        details: { executed: 'unknown' },
      });
      await eventually(() => service.executions === 2);
      const other = await slow(await system.current.container());
      system.current.cut(host);
      await failed;
      await eventually(() => other.executions === 1);
      other.release();
      expect(await idempotent).toBe(1);
      expect([service.executions, other.executions]).toEqual([2, 1]);
      service.release();
    });

    async function two(): Promise<{ host: Container; caller: Container }> {
      return { host: await system.current.container(), caller: await system.current.container() };
    }

    async function slow(host: Container): Promise<SlowService> {
      const process = host.processes.get(await host.processes.spawn(SlowService));
      if (!(process instanceof SlowService)) throw new Error('the service is not there');
      return process;
    }
  });
}

function epoch(container: Container): number {
  const { broker } = container.info();
  return broker.type === 'connected' ? broker.epoch : 0;
}
