import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  type Down,
  type ExitReason,
  type ExitSignal,
  LifecycleObject,
  Process,
  type ProcessId,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

const boom = new Error('boom');

/** Waits until the expectation holds. */
async function comesTrue(expectation: () => void): Promise<void> {
  await eventually(() => {
    expectation();
    return true;
  });
}

/** Keeps what its bonds tell it. */
class Watcher extends Process {
  readonly told: (Down | ExitSignal)[] = [];
  override onDown(down: Down): void {
    this.told.push(down);
  }
  override onExit(signal: ExitSignal): void {
    this.told.push(signal);
  }
  /** Links to one that may have ended, and takes that back while its signal waits for this handler to end. */
  op_waver(id: ProcessId): void {
    this.link(id);
    this.unlink(id);
  }
}

/** Ends for the reason that it is told, and says what it saw. */
class Mortal extends Process {
  op_exit(): void {
    this.exit('normal');
  }
  async op_forever(): Promise<void> {
    await new Promise(() => undefined);
  }
  async op_call(to: string): Promise<unknown> {
    return this.rpcSend(to, 'forever');
  }
}

async function spawn<P extends Process>(
  container: Container,
  processClass: new (...args: ConstructorParameters<typeof Process>) => P,
): Promise<P> {
  const process = container.processes.get(await container.processes.spawn(processClass));
  if (process instanceof processClass) return process;
  throw new Error('it has ended already');
}

const reasons: readonly [string, ExitReason][] = [
  ['normal', 'normal'],
  ['shutdown', 'shutdown'],
  ['{shutdown}', { shutdown: 'moved' }],
  ['{error}', { error: boom }],
];

/** Exit reasons, links, monitors and kills. */
export function describeBonds(useSystem: UseSystem): void {
  describe('ends of processes', () => {
    const system = useSystem();

    test.each(reasons)('Process#stopped resolves with %s, early and late', async (_name, reason) => {
      const container = await system.current.container();
      const process = await spawn(container, Mortal);
      const early = process.stopped;
      const byManager = container.processes.stopped(process.id);
      process.exit(reason);
      expect([await early, await byManager, await process.stopped]).toEqual([reason, reason, reason]);
      expect(await container.processes.stopped(process.id)).toBe('noproc');
    });

    test('Process#exit() lets the handler that calls it finish', async () => {
      const container = await system.current.container();
      const process = await spawn(container, Mortal);
      await container.rpcSend(process.id, 'exit');
      expect(await process.stopped).toBe('normal');
    });

    test('a failing hook is the reason of the end', async () => {
      const container = await system.current.container();
      let reason: Promise<ExitReason> | undefined;
      class Broken extends Process {
        override onInit(): void {
          reason = this.stopped;
          throw boom;
        }
      }
      await expect(container.processes.spawn(Broken)).rejects.toBe(boom);
      expect(await reason).toEqual({ error: boom });
    });

    test.each(['onInit', 'onActivate'] as const)(
      'a process whose %s hangs is killed after startTimeoutMs, and spawn() says so',
      async (hook) => {
        const container = await system.current.container();
        class Hanging extends Process {
          static readonly startTimeoutMs = 20;
        }
        Hanging.prototype[hook] = () => new Promise(() => undefined);
        await expect(container.processes.spawn(Hanging)).rejects.toMatchObject({
          code: 'StartFailed',
          message: expect.stringMatching(`its ${hook} had not come to an end after 20 ms`),
        });
        expect(container.processes.list()).toEqual([]);
      },
    );

    describe('Process#link()', () => {
      test.each(reasons.slice(1))('%s ends the other one for the same reason', async (_name, reason) => {
        const container = await system.current.container();
        const [one, other] = [await spawn(container, Mortal), await spawn(container, Mortal)];
        one.link(other.id);
        other.exit(reason);
        expect(await one.stopped).toEqual(reason);
      });

      test('works both ways, and along a chain', async () => {
        const container = await system.current.container();
        const [one, two, three] = [
          await spawn(container, Mortal),
          await spawn(container, Mortal),
          await spawn(container, Mortal),
        ];
        one.link(two.id);
        two.link(three.id);
        one.exit('shutdown');
        expect(await Promise.all([two.stopped, three.stopped])).toEqual(['shutdown', 'shutdown']);
      });

      test('normal ends nobody else', async () => {
        const container = await system.current.container();
        const [one, other] = [await spawn(container, Watcher), await spawn(container, Mortal)];
        one.link(other.id);
        other.exit('normal');
        await other.stopped;
        expect(await container.rpcSend(one.id, 'ping')).toEqual({ pong: 'pong' });
      });

      test.each(reasons)('with trapExit() %s is told instead', async (_name, reason) => {
        const container = await system.current.container();
        const [one, other] = [await spawn(container, Watcher), await spawn(container, Mortal)];
        one.trapExit();
        one.link(other.id);
        one.link(other.id);
        other.exit(reason);
        await comesTrue(() => expect(one.told).toEqual([{ from: other.id, reason }]));
        expect(one.state).toBe('ACTIVE');
      });

      test('unlink() takes it away, also what is on its way', async () => {
        const container = await system.current.container();
        const [one, other] = [await spawn(container, Watcher), await spawn(container, Mortal)];
        one.trapExit();
        one.link(other.id);
        other.exit('shutdown');
        await other.stopped;
        await container.rpcSend(one.id, 'waver', other.id);
        await container.rpcSend(one.id, 'ping');
        expect(one.told).toEqual([{ from: other.id, reason: 'shutdown' }]);
        const third = await spawn(container, Mortal);
        one.link(third.id);
        one.unlink(third.id);
        third.exit({ error: boom });
        await third.stopped;
        expect(one.state).toBe('ACTIVE');
      });

      test('to a process that does not live is told noproc', async () => {
        const container = await system.current.container();
        const gone: ProcessId = `${container.id}.4711`;
        const trapping = await spawn(container, Watcher);
        trapping.trapExit();
        trapping.link(gone);
        await comesTrue(() => expect(trapping.told).toEqual([{ from: gone, reason: 'noproc' }]));
        const other = await spawn(container, Mortal);
        other.link(gone);
        expect(await other.stopped).toBe('noproc');
      });

      test('is refused for a process of another container', async () => {
        const [ship, shore] = [await system.current.container(), await system.current.container()];
        const [one, other] = [await spawn(ship, Mortal), await spawn(shore, Mortal)];
        expect(() => one.link(other.id)).toThrow(/is of another container.*monitor\(\)/);
      });
    });

    describe('Process#monitor()', () => {
      const places = ['its own container', 'another container'] as const;
      const both = async (place: (typeof places)[number]): Promise<[Container, Container]> => {
        const ship = await system.current.container();
        return [ship, place === 'another container' ? await system.current.container() : ship];
      };

      test.each(places.flatMap((place) => reasons.map(([name, reason]) => [place, name, reason] as const)))(
        'of a process in %s tells %s once for each watch',
        async (place, _name, reason) => {
          const [ship, shore] = await both(place);
          const [one, other] = [await spawn(ship, Watcher), await spawn(shore, Mortal)];
          const monitors = [one.monitor(other.id), one.monitor(other.id)];
          if (ship !== shore) await comesTrue(() => expect(ship.info().conversations.pending).toBe(2));
          // It goes the same way, so it comes after the request to be told.
          await ship.rpcSend(other.id, 'ping');
          other.exit(reason);
          await comesTrue(() => expect(one.told).toHaveLength(2));
          const expected =
            typeof reason === 'object' && 'error' in reason
              ? { error: expect.objectContaining({ message: 'boom' }) }
              : reason;
          expect(one.told).toEqual(monitors.map((monitor) => ({ monitor, id: other.id, reason: expected })));
        },
      );

      test.each(places)('of a process that does not live in %s tells noproc', async (place) => {
        const [ship, shore] = await both(place);
        const one = await spawn(ship, Watcher);
        const id = `${shore.id}.4711`;
        const monitor = one.monitor(id);
        await comesTrue(() => expect(one.told).toEqual([{ monitor, id, reason: 'noproc' }]));
      });

      test('of a process in a container that is not there tells noconnection', async () => {
        const one = await spawn(await system.current.container(), Watcher);
        const monitor = one.monitor('nowhere.1');
        await comesTrue(() =>
          expect(one.told).toEqual([{ monitor, id: 'nowhere.1', reason: 'noconnection' }]),
        );
      });

      test('tells noconnection when the connection to the broker breaks', async () => {
        const [ship, shore] = await both('another container');
        const [one, other] = [await spawn(ship, Watcher), await spawn(shore, Mortal)];
        const monitor = one.monitor(other.id);
        await comesTrue(() => expect(ship.info().conversations.pending).toBe(1));
        await ship.rpcSend(other.id, 'ping');
        system.current.cut(ship);
        await comesTrue(() => expect(one.told).toEqual([{ monitor, id: other.id, reason: 'noconnection' }]));
      });

      test.each(places)('demonitor() ends the watch of a process in %s', async (place) => {
        const [ship, shore] = await both(place);
        const [one, other] = [await spawn(ship, Watcher), await spawn(shore, Mortal)];
        one.demonitor(one.monitor(other.id));
        one.demonitor(4711);
        other.exit('shutdown');
        await other.stopped;
        await ship.rpcSend(one.id, 'ping');
        expect(one.told).toEqual([]);
      });

      test('takes only the id of a process', async () => {
        const one = await spawn(await system.current.container(), Watcher);
        expect(() => one.monitor('hello')).toThrow(
          "monitor takes the id of a process such as 'container.7', not hello",
        );
      });
    });

    describe('ProcessManager#kill()', () => {
      test('cuts a process off at once: no hook, its callers are answered, its calls rejected, its names free', async () => {
        const container = await system.current.container();
        const journal: string[] = [];
        class Held extends LifecycleObject {
          protected override onTerminate(): void {
            journal.push('object ended');
          }
        }
        class Server extends Mortal {
          readonly held = this.addLifecycleObject(new Held());
          override onTerminate(): void {
            journal.push('onTerminate');
          }
        }
        const callee = await spawn(container, Mortal);
        const id = await container.processes.spawn(Server, { localName: 'server' });
        const process = container.processes.get(id);
        const ended = process?.stopped;
        const call = container.rpcSend(id, 'forever').catch((error: unknown) => error);
        const nested = container.rpcSend(id, 'call', callee.id).catch((error: unknown) => error);
        const background = process?.rpcSend(callee.id, 'forever').catch((error: unknown) => error);
        await comesTrue(() => expect(container.processes.list()[1]?.load).toBe(2));
        container.processes.kill(id);
        expect(container.processes.get(id)).toBeUndefined();
        expect(await ended).toBe('killed');
        expect(await call).toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
        // It had not begun, and there is nobody else who could.
        expect(await nested).toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
        expect(await background).toMatchObject({ code: 'Cancelled' });
        await comesTrue(() => expect(journal).toEqual(['object ended']));
        await container.processes.spawn(Mortal, { localName: 'server' });
        // The container would wait for its handler.
        container.processes.kill(callee.id);
      });

      test('what is left of its code can send and call nothing, and is counted', async () => {
        const container = await system.current.container();
        const process = await spawn(container, Mortal);
        container.processes.kill(process.id);
        const refused = { code: 'Unavailable', message: expect.stringMatching(/has ended/) };
        await expect(process.rpcSend(process.id, 'ping')).rejects.toMatchObject(refused);
        await expect(process.send(process.id, 'note')).rejects.toMatchObject(refused);
        await expect(process.spawnChild(Mortal)).rejects.toMatchObject(refused);
        expect(() => process.monitor(process.id)).toThrow(/has ended/);
        expect(container.processes.refusedAfterEnd).toBe(4);
      });

      test('takes the children along, and those who are linked', async () => {
        const container = await system.current.container();
        const parent = await spawn(container, Mortal);
        const child = await parent.spawnChild(Mortal);
        const grandchild = await container.processes.get(child)?.spawnChild(Mortal);
        const linked = await spawn(container, Mortal);
        linked.link(parent.id);
        const ends = [child, grandchild ?? child, linked.id].map((id) => container.processes.stopped(id));
        container.processes.kill(parent.id);
        expect(await Promise.all(ends)).toEqual(['killed', 'killed', 'killed']);
        expect(container.processes.list()).toEqual([]);
      });

      test('a process that does not end in time is killed, and its handler reported with operation and age', async () => {
        const container = await system.current.container();
        const process = await spawn(container, Mortal);
        const call = container.rpcSend(process.id, 'forever').catch((error: unknown) => error);
        await comesTrue(() => expect(container.processes.list()[0]?.load).toBe(1));
        expect(await container.processes.terminateProcess(process.id, 'shutdown', 30)).toBe('killed');
        expect(await call).toMatchObject({ code: 'Unavailable' });
        expect(container.processes.unfinished).toMatchObject([{ id: process.id, op: 'forever' }]);
        expect(container.processes.unfinished[0]?.ageMs).toBeGreaterThanOrEqual(29);
      });

      test('a hook that never ends does not keep a process alive', async () => {
        const container = await system.current.container();
        class Clinging extends Process {
          override onTerminate(): Promise<void> {
            return new Promise(() => undefined);
          }
        }
        const process = await spawn(container, Clinging);
        const late = container.processes.terminateProcess(process.id, 'shutdown', 'infinity');
        expect(await container.processes.terminateProcess(process.id, 'shutdown', 10)).toBe('killed');
        expect(await late).toBe('killed');
      });
    });

    describe('Process#endChild()', () => {
      test('ends a child and gives the reason; one that has ended gives noproc, and a stranger is refused', async () => {
        const container = await system.current.container();
        const parent = await spawn(container, Mortal);
        const child = await parent.spawnChild(Mortal);
        expect(await parent.endChild(child)).toBe('shutdown');
        expect(await parent.endChild(child)).toBe('noproc');
        expect(await parent.endChild(await parent.spawnChild(Mortal), 'normal', 'brutal_kill')).toBe(
          'killed',
        );
        const stranger = await spawn(container, Mortal);
        await expect(parent.endChild(stranger.id)).rejects.toThrow(/is no child of process/);
      });
    });

    describe('ProcessManager#configure()', () => {
      test('tells the process how its arguments have changed, in its turn; a hook that throws keeps the old ones', async () => {
        const container = await system.current.container();
        const seen: unknown[] = [];
        class Tuned extends Process {
          override onConfigChange(change: unknown): void {
            seen.push([change, this.args]);
            if (this.args['bad'] === true) throw boom;
          }
        }
        const id = await container.processes.spawn(Tuned, { args: { a: 1, b: { c: 2 }, d: 4 } });
        await container.processes.configure(id, { a: 5, b: { c: 2 }, e: 6 });
        expect(seen).toEqual([
          [
            { changed: { a: 5 }, added: { e: 6 }, removed: ['d'] },
            { a: 5, b: { c: 2 }, e: 6 },
          ],
        ]);
        await expect(container.processes.configure(id, { bad: true })).rejects.toBe(boom);
        expect(container.processes.get(id)?.args).toEqual({ a: 5, b: { c: 2 }, e: 6 });
        const plain = await container.processes.spawn(Mortal);
        await expect(container.processes.configure(plain, {})).rejects.toMatchObject({ code: 'Conflict' });
      });
    });

    test('onCrash() tells of every end that is not orderly, with what was being handled', async () => {
      const container = await system.current.container();
      const reports: unknown[] = [];
      const stop = container.processes.onCrash((report) => void reports.push(report));
      container.processes.onCrash(() => {
        throw boom;
      });
      const process = await spawn(container, Mortal);
      const call = container.rpcSend(process.id, 'forever').catch(() => undefined);
      await comesTrue(() => expect(container.processes.list()[0]?.load).toBe(1));
      container.processes.kill(process.id);
      await call;
      const orderly = await spawn(container, Mortal);
      orderly.exit({ shutdown: 'done' });
      await orderly.stopped;
      stop();
      const unheard = await spawn(container, Mortal);
      unheard.exit({ error: boom });
      await unheard.stopped;
      expect(reports).toMatchObject([
        {
          id: process.id,
          name: 'Mortal',
          processClass: 'Mortal',
          reason: 'killed',
          handling: [{ op: 'forever', sender: `${container.id}.0` }],
        },
      ]);
    });
  });
}
