import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  type Container,
  type DeadLetter,
  defineEvent,
  ServiceProcess,
  Type,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { numbers, subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Object({ m: Type.Number() }),
});
const exchange = { retryDelaysMs: [10, 20], attempts: 3 };

/** All dead letters, when there are so many. */
async function letters(container: Container, count: number): Promise<readonly DeadLetter[]> {
  let all: readonly DeadLetter[] = [];
  await eventually(async () => {
    // Somebody else may be looking.
    all = await container.events.deadLetters.list().catch(() => []);
    return all.length === count;
  });
  return all;
}

/** What nobody could handle: kept, shown, replayed or dropped by whoever looks after the system. */
export function describeDeadLetters(useSystem: UseSystem): void {
  describe('dead letters', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container({ exchange });
      const publisher = await system.current.container({ exchange });
      return { host, publisher };
    }
    const publish = (container: Container, content: unknown, origin = 'ship 7') =>
      container.events.publish('sensor.depth', origin, content, { qos: 'durable' });
    /** A durable subscription that fails for what `fails` says. */
    async function failing(container: Container, name: string, fails: { all: boolean }) {
      return subscriber(container, 'sensor.depth', {
        options: { durable: name },
        handle: (content) => {
          if (fails.all) throw new ApplicationError('OutOfPaper', `no paper for ${content}`);
        },
      });
    }

    test('tell reason, attempts, last error and address of an event, to any container', async () => {
      const { host, publisher } = await two();
      const before = Date.now();
      await failing(host, 'log', { all: true });
      expect(await publish(publisher, 4.2)).toBe('confirmed');
      const [letter] = await letters(publisher, 1);
      expect(letter).toEqual({
        id: expect.any(String),
        reason: 'attempts',
        attempts: 3,
        error: { code: 'OutOfPaper', message: 'no paper for 4.2' },
        address: '~durable~log',
        container: host.id,
        diedAt: expect.any(Date),
        op: 'sensor.depth',
        origin: 'ship 7',
        sender: `${publisher.id}.0`,
        content: 4.2,
        headers: {},
      });
      expect(letter?.diedAt.getTime()).toBeGreaterThanOrEqual(before - 1);
      expect(await host.events.deadLetters.show(letter?.id ?? '')).toEqual(letter);
    });

    test('are made at once of what does not fit: no attempt is worth it', async () => {
      const { host, publisher } = await two();
      const got: number[] = [];
      const subscription = await host.events.subscribe(Depth, ({ m }) => void got.push(m), {
        durable: 'log',
      });
      for (const content of [{ m: 1 }, { m: 'deep' }, { m: 2 }]) await publish(publisher, content);
      const [letter] = await letters(host, 1);
      expect(letter).toMatchObject({
        reason: 'unacceptable',
        attempts: 1,
        content: { m: 'deep' },
        error: { code: 'BadRequest', message: expect.stringContaining('content of sensor.depth.m') },
      });
      expect(got).toEqual([1, 2]);
      expect(subscription.stats).toMatchObject({ received: 3, handled: 2, failed: 1 });
    });

    test('are made of what waits for another attempt when its subscription is forgotten', async () => {
      const slow = { exchange: { retryDelaysMs: [500], attempts: 2 } };
      const host = await system.current.container(slow);
      const fails = { all: true };
      const options = { durable: 'log' };
      const handle = (): void => {
        if (fails.all) throw new ApplicationError('OutOfPaper', 'no paper');
      };
      const subscription = await host.events.subscribe('sensor.depth', handle, options);
      // More than RabbitMQ would hold back for want of a queue.
      await Promise.all(numbers(40).map((n) => publish(host, n)));
      await eventually(() => subscription.stats.failed === 40);
      await subscription.cancel();
      await host.events.forget('log');
      const all = await letters(host, 40);
      expect(all.map(({ content }) => Number(content)).sort((one, two) => one - two)).toEqual(numbers(40));
      expect(all[0]).toMatchObject({
        reason: 'undeliverable',
        attempts: 1,
        op: 'sensor.depth',
        origin: 'ship 7',
        address: '~durable~log',
        error: { code: 'NoReceiver' },
      });
      // Others are tried again as ever, and so are these when there is somebody.
      fails.all = false;
      const { log } = await subscriber(host, 'sensor.depth', { options, handle });
      expect(await host.events.deadLetters.replay({ reason: 'undeliverable' })).toBe(40);
      await eventually(() => log.seen.length === 40);
      fails.all = true;
      await publish(host, 'again');
      expect((await letters(host, 1))[0]).toMatchObject({ reason: 'attempts', attempts: 2 });
    });

    test('an always failing handler keeps nobody from the others', async () => {
      const { host, publisher } = await two();
      const other = await subscriber(host, 'sensor.depth', { options: { durable: 'other' } });
      await failing(host, 'log', { all: true });
      await Promise.all(numbers(20).map((n) => publish(publisher, n)));
      await eventually(() => other.log.seen.length === 20);
      const all = await letters(host, 20);
      expect(all.map(({ content }) => Number(content)).sort((one, two) => one - two)).toEqual(numbers(20));
      expect(other.log.contents).toEqual(numbers(20));
      expect(all.every(({ address }) => address === '~durable~log')).toBe(true);
    });

    test('are replayed to whom they were for, as first attempts, marked; to nobody else', async () => {
      const { host, publisher } = await two();
      const fails = { all: true };
      const { log } = await failing(host, 'log', fails);
      const other = await subscriber(host, 'sensor.depth', { options: { durable: 'other' } });
      const live = await subscriber(host, 'sensor.depth');
      await publish(publisher, 1);
      await publish(publisher, 2);
      await letters(host, 2);
      fails.all = false;
      expect(await publisher.events.deadLetters.replay({ address: 'log', reason: 'attempts' })).toBe(2);
      await eventually(() => log.seen.length === 8);
      expect(log.seen.slice(6)).toMatchObject([
        { content: 1, attempt: 1, resent: true, origin: 'ship 7', publisher: `${publisher.id}.0` },
        { content: 2, attempt: 1, resent: true },
      ]);
      expect(log.seen[6]?.publishedAt).toEqual(log.seen[0]?.publishedAt);
      expect(log.seen.slice(0, 6).every(({ resent }) => !resent)).toBe(true);
      expect(other.log.contents).toEqual([1, 2]);
      expect(live.log.contents).toEqual([1, 2]);
      expect(await host.events.deadLetters.list()).toEqual([]);
    });

    test('that fail again are dead letters again', async () => {
      const { host, publisher } = await two();
      const { log } = await failing(host, 'log', { all: true });
      await publish(publisher, 1);
      const [first] = await letters(host, 1);
      expect(await host.events.deadLetters.replay(first?.id ?? '')).toBe(1);
      await eventually(() => log.seen.length === 6);
      const [second] = await letters(host, 1);
      expect(second).toMatchObject({ content: 1, attempts: 3 });
      expect(second?.id).not.toBe(first?.id);
      expect(log.seen.slice(3).every(({ resent }) => resent)).toBe(true);
    });

    test('are listed, replayed and dropped one by one, or by address, type and reason', async () => {
      const { host, publisher } = await two();
      const fails = { all: true };
      const { log } = await failing(host, 'log', fails);
      const other = await failing(host, 'other', fails);
      for (const n of numbers(3)) await publish(publisher, n);
      const all = await letters(host, 6);
      const { deadLetters } = publisher.events;
      expect(await deadLetters.list({ address: 'other' })).toHaveLength(3);
      expect(await deadLetters.list({ op: 'sensor.wind' })).toHaveLength(0);
      expect(await deadLetters.list({ reason: 'unacceptable' })).toHaveLength(0);
      expect(await deadLetters.list({}, 4)).toHaveLength(4);
      expect(await deadLetters.drop(all[0]?.id ?? '')).toBe(1);
      await expect(deadLetters.show(all[0]?.id ?? '')).rejects.toMatchObject({ code: 'NotFound' });
      await expect(deadLetters.replay(all[0]?.id ?? '')).rejects.toMatchObject({ code: 'NotFound' });
      expect(await deadLetters.list()).toEqual(all.slice(1));
      fails.all = false;
      const before = { log: log.seen.length, other: other.log.seen.length };
      const left = all.slice(1).filter(({ address }) => address === '~durable~other').length;
      expect(await deadLetters.replay({ address: 'other' })).toBe(left);
      await eventually(() => other.log.seen.length === before.other + left);
      expect(await deadLetters.drop({ op: 'sensor.depth' })).toBe(5 - left);
      expect(await deadLetters.list()).toEqual([]);
      expect(log.seen).toHaveLength(before.log);
    });

    test('one at a time looks at them; the others are told, and nothing is lost', async () => {
      const { host, publisher } = await two();
      await failing(host, 'log', { all: true });
      for (const n of numbers(10)) await publish(publisher, n);
      await letters(host, 10);
      const lookers = numbers(6).map((n) => (n % 2 === 0 ? host : publisher).events.deadLetters.list());
      const looks = await Promise.allSettled(lookers);
      const shown = looks.filter((look) => look.status === 'fulfilled');
      const refused = looks.filter((look) => look.status === 'rejected');
      expect(shown.length).toBeGreaterThan(0);
      for (const look of shown) expect(look.value).toHaveLength(10);
      for (const { reason } of refused) {
        expect(reason).toMatchObject({
          code: 'Conflict',
          message: 'somebody else is looking at the dead letters; try again in a moment',
        });
      }
      expect(await letters(host, 10)).toHaveLength(10);
    });

    test('are kept while all containers are gone', async () => {
      const { host, publisher } = await two();
      await failing(host, 'log', { all: true });
      await publish(publisher, 1);
      await letters(host, 1);
      await host.stop();
      await publisher.stop();
      const next = await system.current.container({ exchange });
      expect(await next.events.deadLetters.list()).toMatchObject([{ content: 1, address: '~durable~log' }]);
      // Nobody has subscribed since: the subscription keeps it.
      expect(await next.events.deadLetters.replay({})).toBe(1);
      const { log } = await subscriber(next, 'sensor.depth', { options: { durable: 'log' } });
      await eventually(() => log.seen.length === 1);
    });

    test('of a forgotten subscription cannot be replayed, and stay', async () => {
      const { host, publisher } = await two();
      const { id } = await failing(host, 'log', { all: true });
      await publish(publisher, 1);
      const [letter] = await letters(host, 1);
      await host.processes.terminateProcess(id);
      await host.events.forget('log');
      await expect(host.events.deadLetters.replay({})).rejects.toMatchObject({
        code: 'NoReceiver',
        message: `nobody takes what is for '~durable~log' any more; start it, or drop the dead letter ${letter?.id}`,
      });
      expect(await host.events.deadLetters.list()).toEqual([letter]);
    });

    test('behaviour 23: each system has its own', async () => {
      const { host, publisher } = await two();
      const other = await system.current.container({ sysname: `${system.current.sysname}other`, exchange });
      await failing(host, 'log', { all: true });
      await publish(publisher, 1);
      await letters(host, 1);
      expect(await other.events.deadLetters.list()).toEqual([]);
      expect(await other.events.deadLetters.drop({})).toBe(0);
      await letters(host, 1);
    });
  });

  describe('one-way work of a service', () => {
    const system = useSystem();

    /** Fails as often as it is told to. */
    class Printer extends ServiceProcess {
      static readonly serviceName = 'printer';
      readonly attempts: unknown[] = [];
      failures = Number.POSITIVE_INFINITY;
      op_print(content: unknown, { message }: { message: { readonly attempt: number } }): void {
        this.attempts.push([content, message.attempt]);
        if (this.attempts.length <= this.failures) throw new ApplicationError('OutOfPaper', 'no paper');
      }
    }

    async function printing(failures: number) {
      const host = await system.current.container({ exchange });
      const caller = await system.current.container({ exchange });
      const printer = host.processes.get(await host.processes.spawn(Printer)) as Printer;
      printer.failures = failures;
      return { host, caller, printer };
    }

    test('that fails is tried again', async () => {
      const { caller, printer, host } = await printing(2);
      await caller.send('printer', 'print', 'a page');
      await eventually(() => printer.attempts.length === 3);
      expect(printer.attempts).toEqual([
        ['a page', 1],
        ['a page', 2],
        ['a page', 3],
      ]);
      expect(await host.events.deadLetters.list()).toEqual([]);
    });

    test('that always fails is a dead letter of the service, and can be replayed to it', async () => {
      const { caller, printer, host } = await printing(3);
      await caller.send('printer', 'print', 'a page', { headers: { note: 'urgent' } });
      const [letter] = await letters(caller, 1);
      expect(letter).toMatchObject({
        reason: 'attempts',
        attempts: 3,
        error: { code: 'OutOfPaper', message: 'no paper' },
        address: 'printer',
        container: host.id,
        op: 'print',
        origin: undefined,
        sender: `${caller.id}.0`,
        content: 'a page',
        headers: { note: 'urgent' },
      });
      expect(await caller.events.deadLetters.replay({ address: 'printer' })).toBe(1);
      await eventually(() => printer.attempts.length === 4);
      expect(printer.attempts[3]).toEqual(['a page', 1]);
    });

    test('for an operation that there is not is a dead letter at once', async () => {
      const { caller } = await printing(0);
      await caller.send('printer', 'staple', 'a page');
      const [letter] = await letters(caller, 1);
      expect(letter).toMatchObject({
        reason: 'unacceptable',
        attempts: 1,
        op: 'staple',
        address: 'printer',
        error: { code: 'NotFound' },
      });
    });

    test('to one process alone is not tried again', async () => {
      const { caller, printer, host } = await printing(9);
      await caller.send(printer.id, 'print', 'a page');
      await eventually(() => printer.attempts.length === 1);
      await caller.send('printer', 'print', 'another');
      await eventually(() => printer.attempts.length === 4);
      await letters(host, 1);
      expect(printer.attempts[0]).toEqual(['a page', 1]);
      expect(printer.attempts.filter((one) => String(one).startsWith('a page')).length === 1).toBe(true);
    });
  });
}
