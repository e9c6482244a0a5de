import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  type CrashReport,
  type ExitReason,
  Process,
  type ReceivedMessage,
  Supervisor,
} from '../../../../src/index.ts';
import { scopes } from '../../../../src/process/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import type { UseSystem } from './runner.ts';

const boom = new Error('boom');

class Idle extends Process {
  op_crash(): void {
    this.exit({ error: boom });
  }
  async op_forever(): Promise<void> {
    await new Promise(() => undefined);
  }
}

class Hanging extends Process {
  override onInit(): Promise<void> {
    return new Promise(() => undefined);
  }
}

function crashesOf(container: Container): CrashReport[] {
  const crashes: CrashReport[] = [];
  container.processes.onCrash((report) => void crashes.push(report));
  return crashes;
}

async function spawn<P extends Process>(
  container: Container,
  processClass: new (...args: ConstructorParameters<typeof Process>) => P,
): Promise<P> {
  const process = container.processes.get(await container.processes.spawn(processClass));
  if (process instanceof processClass) return process;
  throw new Error('it has ended already');
}

/** Ends at odd moments: while a process is made, started or ended. */
export function describeOddEnds(useSystem: UseSystem): void {
  describe('ends at odd moments', () => {
    const system = useSystem();

    test('Process#exit() in a constructor ends the process for that reason, and the spawn is refused', async () => {
      const container = await system.current.container();
      let reason: Promise<ExitReason> | undefined;
      class Unwilling extends Process {
        constructor(...args: ConstructorParameters<typeof Process>) {
          super(...args);
          reason = this.stopped;
          this.exit({ shutdown: 'not here' });
        }
      }
      await expect(container.processes.spawn(Unwilling)).rejects.toThrow(
        /was ended while it was being spawned/,
      );
      expect(await reason).toEqual({ shutdown: 'not here' });
      expect(container.processes.list()).toEqual([]);
    });

    test('Process#link() in a constructor to who does not live ends the process with noproc', async () => {
      const container = await system.current.container();
      const crashes = crashesOf(container);
      class Attached extends Process {
        constructor(...args: ConstructorParameters<typeof Process>) {
          super(...args);
          this.link(`${args[0].container}.4711`);
        }
      }
      await expect(container.processes.spawn(Attached)).rejects.toMatchObject({ code: 'IllegalState' });
      expect(crashes).toMatchObject([{ name: 'Attached', reason: 'noproc' }]);
    });

    test('a constructor that throws leaves no children', async () => {
      const container = await system.current.container();
      class Broken extends Process {
        constructor(...args: ConstructorParameters<typeof Process>) {
          super(...args);
          this.spawnChild(Idle).catch(() => undefined);
          throw boom;
        }
      }
      await expect(container.processes.spawn(Broken)).rejects.toBe(boom);
      expect(container.processes.list()).toEqual([]);
    });

    test('a local name that is taken is refused before any code of the class runs', async () => {
      const container = await system.current.container();
      let made = 0;
      class Named extends Process {
        constructor(...args: ConstructorParameters<typeof Process>) {
          super(...args);
          made += 1;
        }
      }
      await container.processes.spawn(Named, { localName: 'name' });
      await expect(container.processes.spawn(Named, { localName: 'name' })).rejects.toMatchObject({
        code: 'Conflict',
      });
      expect(made).toBe(1);
    });

    test('a process whose hook has failed is killed when its onTerminate hangs; the reason stays', async () => {
      const container = await system.current.container({ processes: { shutdownMs: 20 } });
      const crashes = crashesOf(container);
      class Clinging extends Process {
        override onActivate(): void {
          throw boom;
        }
        override onTerminate(): Promise<void> {
          return new Promise(() => undefined);
        }
      }
      await expect(container.processes.spawn(Clinging)).rejects.toBe(boom);
      expect(crashes).toMatchObject([{ reason: { error: boom }, overdue: true }]);
    });

    test('an activate order is answered when the process is killed meanwhile', async () => {
      const container = await system.current.container();
      class Slow extends Process {
        override onActivate(): Promise<void> {
          return new Promise(() => undefined);
        }
      }
      const id = await container.processes.spawn(Slow, { activate: false });
      const order = container.rpcSend(id, 'activate');
      order.catch(() => undefined);
      await container.rpcSend(`${container.id}.4711`, 'ping').catch(() => undefined);
      container.processes.kill(id);
      await expect(order).rejects.toMatchObject({ code: 'Unavailable' });
    });

    test('activate orders that come together, or while a process is being spawned, are one', async () => {
      const container = await system.current.container();
      class Counted extends Process {
        override async onInit(): Promise<void> {
          await new Promise<void>((resolve) => this.env.scheduler.soon(resolve));
        }
        override onActivate(): Promise<void> {
          return new Promise<void>((resolve) => this.env.scheduler.soon(resolve));
        }
      }
      const id = await container.processes.spawn(Counted, { activate: false });
      const orders = [container.rpcSend(id, 'activate'), container.rpcSend(id, 'activate')];
      expect(await Promise.all(orders)).toEqual([null, null]);
      const spawning = container.processes.spawn(Counted);
      await container.rpcSend(String(container.processes.list()[1]?.id), 'activate');
      expect(container.processes.list().map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE']);
      await spawning;
    });

    test('a process that is killed by a listener of the signal that its kill aborts is killed once', async () => {
      const container = await system.current.container();
      class Eager extends Process {
        async op_wait(_content: unknown, { signal }: ReceivedMessage): Promise<void> {
          signal.addEventListener('abort', () => container.processes.kill(this.id));
          await new Promise(() => undefined);
        }
      }
      const process = await spawn(container, Eager);
      const call = container.rpcSend(process.id, 'wait').catch(() => undefined);
      await eventually(() => container.processes.list()[0]?.load === 1);
      container.processes.kill(process.id);
      await call;
      expect(container.processes.unfinished).toHaveLength(1);
    });

    test('a child that is spawned while its parent ends is killed with it', async () => {
      const container = await system.current.container();
      class Late extends Process {
        override onTerminate(): void {
          this.spawnChild(Hanging).catch(() => undefined);
        }
      }
      const parent = await spawn(container, Late);
      expect(await container.processes.terminateProcess(parent.id)).toBe('normal');
      expect(container.processes.list()).toEqual([]);
    });

    test('a supervisor that crashes gives its children the time of their specs', async () => {
      const container = await system.current.container({ processes: { shutdownMs: 5 } });
      class Slow extends Process {
        override onTerminate(): Promise<void> {
          return new Promise((resolve) => this.env.clock.timer(40, resolve));
        }
      }
      class Tides extends Supervisor {
        protected override init() {
          return { children: [{ id: 'slow', start: Slow, shutdown: 10_000 }] };
        }
        readonly crash = this.bind(() => {
          throw boom;
        });
      }
      const supervisor = await spawn(container, Tides);
      const child = container.processes.list().find(({ name }) => name === 'slow')?.id;
      const ended = container.processes.stopped(String(child));
      supervisor.crash();
      expect([await ended, await supervisor.stopped]).toEqual(['shutdown', { error: boom }]);
    });

    test('what a keeper does when a child ends, and what listeners of crashes do, is not the child’s', async () => {
      const container = await system.current.container();
      const owners: unknown[] = [];
      class Strict extends Supervisor {
        protected override init() {
          return { intensity: 0, children: [{ id: 'idle', start: Idle }] };
        }
        protected override onReport(): void {
          owners.push(scopes.getStore()?.owner.id);
        }
      }
      const supervisor = await spawn(container, Strict);
      container.processes.onCrash(() => void owners.push(scopes.getStore()?.owner.id));
      const child = container.processes.list().find(({ name }) => name === 'idle')?.id;
      await container.rpcSend(String(child), 'crash');
      await supervisor.stopped;
      expect(new Set(owners)).toEqual(new Set([supervisor.id, undefined]));
    });

    test('signals that wait for a process are gone with it, and nobody is told that they were refused', async () => {
      const logger = recordingLogger();
      const container = await system.current.container({ logger });
      const [one, other] = [await spawn(container, Idle), await spawn(container, Idle)];
      const call = container.rpcSend(one.id, 'forever').catch(() => undefined);
      await eventually(() => container.processes.list()[0]?.load === 1);
      one.monitor(other.id);
      container.processes.kill(other.id);
      container.processes.kill(one.id);
      await call;
      expect(logger.lines.filter(({ message }) => /one-way/.test(message))).toEqual([]);
    });

    test('a stream that was made before the end of its process is refused when it is read after', async () => {
      const container = await system.current.container();
      const [one, other] = [await spawn(container, Idle), await spawn(container, Idle)];
      const stream = one.stream(other.id, 'parts');
      container.processes.kill(one.id);
      await expect(stream.next()).rejects.toMatchObject({
        code: 'Unavailable',
        message: expect.stringMatching(/has ended/),
      });
      expect(container.processes.refusedAfterEnd).toBe(1);
    });

    test.each<[unknown, RegExp]>([
      [null, /not null/],
      ['crash', /an exit reason is 'normal'.*not string "crash"/],
      [boom, /\{ error: … \}, not an/],
      [{}, /not an object/],
    ])('Process#exit() and terminateProcess() refuse %p', async (reason, text) => {
      const container = await system.current.container();
      const process = await spawn(container, Idle);
      expect(() => Reflect.apply(process.exit, process, [reason])).toThrow(text);
      await expect(
        Reflect.apply(container.processes.terminateProcess, container.processes, [process.id, reason]),
      ).rejects.toThrow(text);
      expect(process.state).toBe('ACTIVE');
    });

    test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5'])(
      'terminateProcess() refuses a shutdown of %p instead of killing at once',
      async (shutdown) => {
        const container = await system.current.container();
        const process = await spawn(container, Idle);
        await expect(
          Reflect.apply(container.processes.terminateProcess, container.processes, [
            process.id,
            'normal',
            shutdown,
          ]),
        ).rejects.toThrow(/shutdown is milliseconds from 0 to 2147483647/);
        expect(process.state).toBe('ACTIVE');
      },
    );

    test.each([0, Number.NaN, 2 ** 31])('spawn() refuses a startTimeoutMs of %p', async (startTimeoutMs) => {
      const container = await system.current.container();
      await expect(container.processes.spawn(Idle, { startTimeoutMs })).rejects.toThrow(
        /startTimeoutMs must be/,
      );
    });
  });
}
