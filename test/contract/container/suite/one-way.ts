import { describe, expect, test } from '@jest/globals';
import { ApplicationError, type Container, Process, ServiceProcess } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

const exchange = { retryDelaysMs: [10, 20], attempts: 3 };

/** Keeps what it is given; fails once for what a test says. */
class Log extends ServiceProcess {
  static readonly serviceName = 'nav.log';
  readonly kept: unknown[] = [];
  readonly failed: unknown[] = [];
  failsOnceFor: unknown;

  op_keep(content: unknown): void {
    if (content === this.failsOnceFor) {
      this.failsOnceFor = undefined;
      this.failed.push(content);
      throw new ApplicationError('NoPaper', 'no paper');
    }
    this.kept.push(content);
  }
  async op_copy(content: unknown): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.kept.push(content);
  }
}

/** One-way messages to a service that are given in one breath. */
export function describeOneWay(useSystem: UseSystem): void {
  describe('one-way messages to a service', () => {
    const system = useSystem();

    async function logging() {
      const host = await system.current.container({ exchange });
      const caller = await system.current.container({ exchange });
      const log = host.processes.get(await host.processes.spawn(Log)) as Log;
      /** How many frames one breath of so many was; all of them are handled then. */
      const breath = async (count: number, op = 'keep'): Promise<number> => {
        log.kept.length = 0;
        const { frames } = host.info().inbox;
        const numbers = Array.from({ length: count }, (_, number) => number);
        await Promise.all(numbers.map((number) => caller.send('nav.log', op, number)));
        await eventually(() => log.kept.length >= count);
        expect(log.kept).toEqual(numbers);
        return host.info().inbox.frames - frames;
      };
      return { host, caller, log, breath };
    }
    /** Its work is known, as far as the machine lets it be little. */
    const known = (breath: (count: number) => Promise<number>): Promise<unknown> =>
      eventually(async () => (await breath(64)) <= 8);

    test('travel together once those who handle them have told that they are little work, in order', async () => {
      const { breath } = await logging();
      expect(await breath(20)).toBe(20);
      await known(breath);
    });

    test('of slow work travel alone, so that each goes to whoever is free', async () => {
      const { breath } = await logging();
      await breath(1, 'copy');
      expect(await breath(40, 'copy')).toBe(40);
    });

    test('of which one fails: that one is tried again alone, the others are handled once', async () => {
      const { log, breath, caller, host } = await logging();
      await known(breath);
      log.kept.length = 0;
      log.failsOnceFor = 7;
      const { frames } = host.info().inbox;
      const numbers = Array.from({ length: 30 }, (_, number) => number);
      await Promise.all(numbers.map((number) => caller.send('nav.log', 'keep', number)));
      await eventually(() => log.kept.length === 30);
      expect(host.info().inbox.frames - frames).toBeLessThan(30);
      expect(log.failed).toEqual([7]);
      expect(log.kept).toEqual([...numbers.filter((number) => number !== 7), 7]);
      expect(await host.events.deadLetters.list()).toEqual([]);
    });

    test('are all refused when nobody has the name any more; another container’s local name gets them all', async () => {
      const { host, log, breath, caller } = await logging();
      await known(breath);
      await host.processes.terminateProcess(log.id);
      const stranger = await system.current.stranger();
      await stranger.deleteQueue(`${caller.sysname}.nav.log`);
      const numbers = Array.from({ length: 30 }, (_, number) => number);
      const sends = (): Promise<unknown[]> =>
        Promise.all(
          numbers.map((number) => caller.send('nav.log', 'keep', number).catch(({ code }) => code)),
        );
      expect(await sends()).toEqual(numbers.map(() => 'NoReceiver'));
      const local = await localLog(await system.current.container({ id: 'nav' }));
      expect(await sends()).toEqual(numbers.map(() => undefined));
      await eventually(() => local.kept.length === 30);
      expect(local.kept).toEqual(numbers);
    });
  });
}

class LocalLog extends Process {
  readonly kept: unknown[] = [];
  op_keep(content: unknown): void {
    this.kept.push(content);
  }
}

async function localLog(container: Container): Promise<LocalLog> {
  const id = await container.processes.spawn(LocalLog, { localName: 'log' });
  return container.processes.get(id) as LocalLog;
}
