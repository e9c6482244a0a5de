import { describe, expect, test } from '@jest/globals';
import type { Container, SubscribeOptions } from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { distinct, Gate, type Handle, numbers, type Seen, subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const exchange = { retryDelaysMs: [20, 50], attempts: 4 };
const ordered = (more: SubscribeOptions = {}) => ({ options: { durable: 'log', ordered: true, ...more } });

/** Ordered durable subscriptions: the order of each origin, whatever fails. */
export function describeOrderedEvents(useSystem: UseSystem): void {
  describe('ordered events', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container({ exchange });
      const publisher = await system.current.container({ exchange });
      return { host, publisher };
    }
    /** Each its number, by turns of origins `a`, `b` and `c`, many in a frame. */
    const publish = (container: Container, count: number) =>
      Promise.all(
        numbers(count).map((n) =>
          container.events.publish('sensor.depth', originOf(n), n, { qos: 'durable' }),
        ),
      );
    const originOf = (n: number) => 'abc'.charAt(n % 3);
    /** Ends in success, written down in order. */
    const recording = (done: { origin: string; n: number }[], mayFail: Handle): Handle => {
      return async (content, event) => {
        await mayFail(content, event);
        done.push({ origin: event.origin, n: Number(content) });
      };
    };
    /** What came twice is passed over. */
    const expectInOrder = (done: readonly { origin: string; n: number }[], count: number, but?: number) => {
      for (const origin of ['a', 'b', 'c']) {
        const ofOrigin = distinct(done.filter((one) => one.origin === origin).map(({ n }) => n));
        const wanted = numbers(count).filter((n) => originOf(n) === origin);
        expect(ofOrigin.filter((n) => n !== but)).toEqual(wanted.filter((n) => n !== but));
      }
    };

    test.each([1, 3])(
      'one that fails holds its origin back until it is handled, the others go on, %d at a time',
      async (concurrency) => {
        const { host, publisher } = await two();
        const done: { origin: string; n: number }[] = [];
        const { log, subscription } = await subscriber(host, 'sensor.depth', {
          ...ordered(),
          concurrency,
          handle: recording(done, (n, { attempt }) => {
            if (n === 3 && attempt < 4) throw new Error('no paper');
          }),
        });
        await publish(publisher, 15);
        await eventually(() => done.length === 15);
        expectInOrder(done, 15);
        expect(log.seen.filter(({ content }) => content === 3).map(({ attempt }) => attempt)).toEqual([
          1, 2, 3, 4,
        ]);
        // What followed of its origin came when it was over, what came of others before.
        const ends = done.map(({ n }) => n);
        for (const n of [1, 4, 7, 10, 13]) expect(ends.indexOf(n)).toBeLessThan(ends.indexOf(3));
        expect(subscription.stats).toMatchObject({ received: 15, handled: 15, failed: 3, waiting: 0 });
      },
    );

    test('one that always fails is a dead letter in the end, and its origin goes on', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      await subscriber(host, 'sensor.depth', {
        ...ordered({ attempts: 2 }),
        handle: recording(done, (n) => {
          if (n === 3) throw new Error('no paper');
        }),
      });
      await publish(publisher, 9);
      await eventually(() => done.length === 8);
      expect(done.filter(({ origin }) => origin === 'a').map(({ n }) => n)).toEqual([0, 6]);
      await eventually(async () => (await host.events.deadLetters.list()).length === 1);
      expect(await host.events.deadLetters.list()).toMatchObject([
        { content: 3, reason: 'attempts', attempts: 2, address: '~durable~log', origin: 'a' },
      ]);
    });

    test.each(['here', 'elsewhere'])(
      'two subscribers of the name keep the order between them, %s',
      async (where) => {
        const { host, publisher } = await two();
        const done: { origin: string; n: number }[] = [];
        const failed = new Set<unknown>();
        const handle = recording(done, async (n) => {
          await turns(Number(n) % 4);
          if (Number(n) % 5 !== 2 || failed.has(n)) return;
          failed.add(n);
          throw new Error('no paper');
        });
        await subscriber(host, 'sensor.depth', { ...ordered(), handle });
        await subscriber(where === 'here' ? host : publisher, 'sensor.depth', { ...ordered(), handle });
        await publish(publisher, 45);
        await eventually(() => done.length === 45);
        expectInOrder(done, 45);
      },
    );

    test('is kept when the container that takes them stops, and another takes over', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      const gate = new Gate();
      const first = await subscriber(host, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, async (n) => {
          if (n === 4) throw new Error('no paper');
          if (n === 5) await gate.opened;
        }),
      });
      const seen: Seen[] = first.log.seen;
      const second = await subscriber(publisher, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, () => undefined),
      });
      await publish(publisher, 12);
      await eventually(() => seen.some(({ content }) => content === 5));
      expect(second.log.seen).toEqual([]);
      const stopped = host.stop();
      await turns(20);
      expect(second.log.seen).toEqual([]);
      gate.open();
      expect(await stopped).toMatchObject({ complete: true });
      await eventually(() => distinct(done.map(({ n }) => n)).length === 12);
      expectInOrder(done, 12);
      // What failed and was held back has kept its place.
      expect(second.log.seen.find(({ content }) => content === 4)).toMatchObject({ redelivered: true });
    });

    test('is kept when one subscriber leaves another of its container in the midst of one', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      const gate = new Gate();
      const first = await subscriber(host, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, async (n) => {
          if (n === 3) await gate.opened;
        }),
      });
      const rest = { ...ordered(), handle: recording(done, () => undefined) };
      const second = await subscriber(host, 'sensor.depth', rest);
      await publish(publisher, 12);
      await eventually(() => first.log.contents.includes(3));
      const ended = host.processes.terminateProcess(first.id);
      await turns(20);
      expect(second.log.seen).toEqual([]);
      gate.open();
      await ended;
      await eventually(() => distinct(done.map(({ n }) => n)).length === 12);
      expectInOrder(done, 12);
      await publish(publisher, 3);
      await eventually(() => second.log.contents.slice(-3).join() === '0,1,2');
      await host.processes.terminateProcess(second.id);
      expect(await publisher.events.publish('sensor.depth', 'a', 'later', { qos: 'durable' })).toBe(
        'confirmed',
      );
    });

    test('is kept over a lost connection', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      const { log } = await subscriber(host, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, async () => {
          await turns(3);
        }),
      });
      await publish(publisher, 30);
      await eventually(() => log.seen.length > 3);
      system.current.cut(host);
      await eventually(() => distinct(done.map(({ n }) => n)).length === 30);
      expectInOrder(done, 30);
    });

    test('is kept when another container takes over from one that is cut off', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      const gate = new Gate();
      const first = await subscriber(host, 'sensor.depth', {
        ...ordered(),
        concurrency: 3,
        handle: recording(done, async (n) => {
          if (n === 4) throw new Error('no paper');
          if (n === 3) await gate.opened;
        }),
      });
      const second = await subscriber(publisher, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, () => undefined),
      });
      await publish(publisher, 30);
      await eventually(() => first.subscription.stats.received === 30 && first.log.seen.length > 5);
      const begun = first.log.seen.length;
      system.current.cut(host);
      await eventually(() => second.log.seen.length > 0);
      await eventually(() => distinct(done.map(({ n }) => n)).length === 30);
      gate.open();
      await eventually(() => first.subscription.stats.waiting === 0);
      // Whatever the first one has had comes again, and nothing is begun there that another has gone on with.
      expect(first.log.seen.slice(begun).filter(({ redelivered }) => !redelivered)).toEqual([]);
      // The one that it was busy with ended after that.
      expectInOrder(done, 30, 3);
    });

    test('is kept when a process crashes in the midst of one and another takes over', async () => {
      const { host, publisher } = await two();
      const done: { origin: string; n: number }[] = [];
      const stuck = new Gate();
      const first = await subscriber(host, 'sensor.depth', {
        ...ordered(),
        handle: recording(done, async (n) => {
          if (n === 3) await stuck.opened;
        }),
      });
      await publish(publisher, 12);
      await eventually(() => first.log.contents.includes(3));
      host.processes.kill(first.id);
      await subscriber(publisher, 'sensor.depth', { ...ordered(), handle: recording(done, () => undefined) });
      await eventually(() => distinct(done.map(({ n }) => n)).length === 12);
      expectInOrder(done, 12);
      stuck.open();
    });
  });
}
