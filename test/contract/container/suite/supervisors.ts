import { describe, expect, test } from '@jest/globals';
import { type Container, Process, type ProcessId, ServiceProcess } from '../../../../src/index.ts';
import { Supervisor, type SupervisorDeclaration, supervisor } from '../../../../src/supervisor/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

/** A service that ends when it is told to, for whatever reason it is told. */
class Gauge extends ServiceProcess {
  static readonly serviceName = 'gauge';

  op_read(): string {
    return this.id;
  }
  op_crash(): void {
    this.exit({ error: new Error('the gauge is broken') });
  }
}

class Worker extends Process {
  op_args(): unknown {
    return this.args;
  }
  op_crash(): void {
    this.exit({ error: new Error('crash') });
  }
}

const plain = { intensity: 20, restartDelay: false } as const;

/** Supervisors and their children. */
export function describeSupervisors(useSystem: UseSystem): void {
  describe('supervisors', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container();
      const caller = await system.current.container();
      return { host, caller };
    }

    test('tell any container which children they have, and take orders only from their own', async () => {
      const { host, caller } = await two();
      const children = ['a', 'b'].map((id) => ({ id, start: Worker }));
      const top = await host.processes.spawn(supervisor({ ...plain, children }));
      const [, a, b] = host.processes.list().map(({ id }) => id);
      expect(await caller.rpcSend(top, 'which_children')).toEqual([
        { id: 'b', state: 'running', pid: b, type: 'worker', restart: 'permanent', restarts: 0 },
        { id: 'a', state: 'running', pid: a, type: 'worker', restart: 'permanent', restarts: 0 },
      ]);
      const counts = { specs: 2, active: 2, supervisors: 0, workers: 2 };
      expect(await caller.rpcSend(top, 'count_children')).toEqual(counts);
      for (const op of ['terminate_child', 'restart_child', 'delete_child', 'pause_child', 'start_child']) {
        await expect(caller.rpcSend(top, op, { id: 'a' })).rejects.toMatchObject({ code: 'Unauthorized' });
      }
      await host.rpcSend(top, 'terminate_child', { id: 'a' });
      await expect(host.rpcSend(top, 'delete_child', { id: 'b' })).rejects.toMatchObject({
        code: 'IllegalState',
        details: { because: 'running', child: 'b' },
      });
      expect(await caller.rpcSend(top, 'which_children')).toMatchObject([
        { id: 'b', state: 'running' },
        { id: 'a', state: 'stopped', lastExit: 'shutdown' },
      ]);
    });

    test('tell why a child ended, to other containers too', async () => {
      const { host, caller } = await two();
      const top = await host.processes.spawn(
        supervisor({ ...plain, children: [{ id: 'a', start: Worker }] }),
      );
      await host.rpcSend(idOf(host, 'a'), 'crash');
      await eventually(async () => {
        expect(await caller.rpcSend(top, 'which_children')).toMatchObject([
          { restarts: 1, lastExit: { error: { code: 'Internal', message: 'crash' } } },
        ]);
        return true;
      });
    });

    test('start a service again for its callers, whose requests wait for it', async () => {
      const { host, caller } = await two();
      await host.processes.spawn(supervisor({ ...plain, children: [{ id: 'gauge', start: Gauge }] }));
      for (let round = 0; round < 5; round += 1) {
        const before = await caller.rpcSend('gauge', 'read');
        await caller.send('gauge', 'crash');
        await eventually(async () => (await caller.rpcSend('gauge', 'read')) !== before);
      }
      expect(host.processes.list().map(({ name }) => name)).toEqual(['DeclaredSupervisor', 'gauge']);
    });

    test('start a service again while the broker is gone; it is there when the broker is', async () => {
      const { host, caller } = await two();
      await host.processes.spawn(supervisor({ ...plain, children: [{ id: 'gauge', start: Gauge }] }));
      const before = await caller.rpcSend('gauge', 'read');
      await system.current.harness.outage();
      await host.rpcSend(idOf(host, 'gauge'), 'crash');
      await eventually(() => host.processes.list().some(({ id, name }) => name === 'gauge' && id !== before));
      await system.current.harness.restore();
      await eventually(async () => (await caller.rpcSend('gauge', 'read')) !== before, { withinMs: 15_000 });
    });

    test('of simple_one_for_one start children by message', async () => {
      const container = await system.current.container();
      const template = { id: 'worker', start: Worker, options: { args: { depth: 1 } } };
      const top = await container.processes.spawn(
        supervisor({ ...plain, strategy: 'simple_one_for_one', children: [template] }),
      );
      const pid = String(await container.rpcSend(top, 'start_child', { args: [{ at: 'stern' }] }));
      expect(await container.rpcSend(pid, 'args')).toEqual({ depth: 1, at: 'stern' });
      await container.rpcSend(pid, 'crash');
      await eventually(async () => {
        const children = await container.rpcSend(top, 'which_children');
        expect(children).toMatchObject([{ state: 'running', restarts: 1 }]);
        return true;
      });
      expect(await container.rpcSend(idOf(container, 'worker'), 'args')).toEqual({ depth: 1, at: 'stern' });
      await container.rpcSend(top, 'terminate_child', { pid: idOf(container, 'worker') });
      expect(await container.rpcSend(top, 'count_children')).toMatchObject({ active: 0 });
    });

    test('end with their container, the last started child first', async () => {
      const container = await system.current.container();
      const story: string[] = [];
      class Noting extends Process {
        override onTerminate(): void {
          story.push(this.name);
        }
      }
      const inner = supervisor({ ...plain, children: ['b', 'c'].map((id) => ({ id, start: Noting })) });
      class Top extends Supervisor {
        protected override async init(): Promise<SupervisorDeclaration> {
          return {
            ...plain,
            children: [
              { id: 'a', start: Noting },
              { id: 'inner', start: inner },
              { id: 'd', start: Noting },
            ],
          };
        }
      }
      await container.processes.spawn(Top);
      await container.stop();
      expect(story).toEqual(['d', 'c', 'b', 'a']);
    });

    test('leave nothing of a start that fails', async () => {
      const container = await system.current.container();
      class Broken extends ServiceProcess {
        static readonly serviceName = 'broken';
        override onActivate(): void {
          throw new Error('no water');
        }
      }
      const children = [
        { id: 'gauge', start: Gauge },
        { id: 'broken', start: Broken },
      ];
      await expect(
        container.processes.spawn(supervisor({ children }), { name: 'tides' }),
      ).rejects.toMatchObject({
        code: 'StartFailed',
        details: { supervisor: 'tides', child: 'broken' },
      });
      expect([container.processes.list(), container.processes.services()]).toEqual([[], []]);
    });
  });
}

function idOf(container: Container, name: string): ProcessId {
  const found = container.processes.list().find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.id;
}
