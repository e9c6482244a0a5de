import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  defineEvent,
  type ProcessId,
  type SubscribeOptions,
  supervisor,
  Type,
} from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { distinct, Gate, Log, numbers, sorted, subscriber, subscriberClass } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Object({ m: Type.Number() }),
});
const exchange = { retryDelaysMs: [20, 50], attempts: 4 };
const durable = (more: SubscribeOptions = {}) => ({ options: { durable: 'log', ...more } });

/** Durable events and subscriptions: at least once. */
export function describeDurableEvents(useSystem: UseSystem): void {
  describe('durable events', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container({ exchange, processes: { shutdownMs: 200 } });
      const publisher = await system.current.container({ exchange });
      return { host, publisher };
    }
    const publish = (container: Container, content: unknown, origin = 'ship7') =>
      container.events.publish('sensor.depth', origin, content, { qos: 'durable' });

    test('are confirmed when the broker has them for a subscription, unroutable while there is none', async () => {
      const { host, publisher } = await two();
      expect(await publisher.events.publish(Depth, 'ship7', { m: 1 })).toBe('unroutable');
      const { log, subscription } = await subscriber(host, 'sensor.*', durable());
      expect(await publisher.events.publish(Depth, 'ship7', { m: 2 })).toBe('confirmed');
      expect(await publisher.events.publish('chart.tide', 'ship7', 3, { qos: 'durable' })).toBe('unroutable');
      await eventually(() => log.seen.length === 1);
      expect(log.contents).toEqual([{ m: 2 }]);
      expect(subscription).toMatchObject({ kind: 'durable', name: 'log', type: 'sensor.*', origin: '#' });
    });

    test('are kept while nobody takes them, and come in order when somebody does', async () => {
      const { host, publisher } = await two();
      const first = await subscriber(host, 'sensor.depth', durable());
      await host.processes.terminateProcess(first.id);
      for (const n of numbers(20)) expect(await publish(publisher, n)).toBe('confirmed');
      await host.stop();
      const next = await system.current.container({ exchange });
      const { log } = await subscriber(next, 'sensor.depth', durable());
      await eventually(() => log.seen.length === 20);
      expect(log.contents).toEqual(numbers(20));
      expect(log.seen.every(({ attempt, resent }) => attempt === 1 && !resent)).toBe(true);
      expect(first.log.seen).toEqual([]);
    });

    test('behaviour 38: subscribers of one name share, those of two names each get all', async () => {
      const { host, publisher } = await two();
      const busy = { ...durable(), handle: () => turns(1) };
      const members = [
        await subscriber(host, 'sensor.depth', busy),
        await subscriber(host, 'sensor.depth', busy),
        await subscriber(publisher, 'sensor.depth', busy),
      ];
      const other = await subscriber(host, 'sensor.#', { options: { durable: 'other.log' } });
      await Promise.all(numbers(60).map((n) => publish(publisher, n, `ship${n % 9}`)));
      await eventually(() => other.log.seen.length === 60);
      await eventually(() => members.flatMap(({ log }) => log.seen).length === 60);
      expect(sorted(members.flatMap(({ log }) => log.contents))).toEqual(numbers(60));
      for (const { log } of members) expect(log.seen.length).toBeGreaterThan(0);
    });

    test('a live event is kept for a durable subscription too, as the queue takes all of its topics', async () => {
      const { host, publisher } = await two();
      const { log } = await subscriber(host, 'sensor.depth', durable());
      expect(await publisher.events.publish('sensor.depth', 'ship7', 1)).toBe('sent');
      await eventually(() => log.seen.length === 1);
    });

    test('that fail are tried again, as they came, with their attempt; the others go on', async () => {
      const { host, publisher } = await two();
      const { log, subscription } = await subscriber(host, 'sensor.depth', {
        ...durable(),
        handle: (content, { attempt }) => {
          const given = Object(content);
          if (given.n === 1 && attempt < 3) {
            given.n = 'changed';
            throw new Error('no paper');
          }
        },
      });
      const publishedFrom = Date.now();
      // They travel together.
      await Promise.all(numbers(3).map((n) => publish(publisher, { n })));
      const publishedUntil = Date.now();
      await eventually(() => subscription.stats.handled === 3);
      const first = [
        { content: { n: 0 }, attempt: 1 },
        { content: { n: 'changed' }, attempt: 1 },
        { content: { n: 2 }, attempt: 1 },
      ];
      expect(log.seen.slice(0, 3)).toMatchObject(first);
      expect(log.seen.slice(3)).toMatchObject([
        { content: { n: 'changed' }, attempt: 2 },
        { content: { n: 1 }, attempt: 3 },
      ]);
      expect(subscription.stats).toEqual({ received: 5, handled: 3, failed: 2, dropped: 0, waiting: 0 });
      // Who published it, when and where stays true.
      for (const seen of log.seen) {
        expect(seen).toMatchObject({ publisher: `${publisher.id}.0`, origin: 'ship7', type: 'sensor.depth' });
        expect(seen.publishedAt.getTime()).toBeGreaterThanOrEqual(publishedFrom - 1);
        expect(seen.publishedAt.getTime()).toBeLessThanOrEqual(publishedUntil + 1);
      }
      expect(await host.events.deadLetters.list()).toEqual([]);
    });

    test('are tried as often as the subscription says', async () => {
      const { host, publisher } = await two();
      const { log } = await subscriber(host, 'sensor.depth', {
        ...durable({ attempts: 2 }),
        handle: () => {
          throw new Error('no paper');
        },
      });
      await publish(publisher, 1);
      await eventually(async () => (await host.events.deadLetters.list()).length === 1);
      expect(log.attempts).toEqual([
        [1, 1],
        [1, 2],
      ]);
    });

    test('of a retry come to whoever takes from the subscription then', async () => {
      const { host, publisher } = await two();
      const failing = await subscriber(host, 'sensor.depth', {
        ...durable(),
        handle: () => {
          throw new Error('no paper');
        },
      });
      await publish(publisher, 1);
      await eventually(() => failing.log.seen.length > 0);
      await host.processes.terminateProcess(failing.id);
      const { log } = await subscriber(publisher, 'sensor.depth', durable());
      await eventually(() => log.seen.length === 1);
      expect(log.seen[0]?.attempt).toBeGreaterThan(1);
    });

    test('are acknowledged when they are handled: what a lost container had comes to another, marked', async () => {
      const { host, publisher } = await two();
      const gate = new Gate();
      const lost = await subscriber(host, 'sensor.depth', { ...durable(), handle: () => gate.opened });
      for (const n of numbers(5)) await publish(publisher, n);
      await eventually(() => lost.subscription.stats.received === 5);
      const { log } = await subscriber(publisher, 'sensor.depth', durable());
      await system.current.harness.outage();
      await eventually(() => host.info().broker.type !== 'connected');
      expect(lost.subscription.stats.waiting).toBe(0);
      await lost.subscription.cancel();
      await system.current.harness.restore();
      await eventually(() => log.seen.length === 5);
      gate.open();
      await eventually(() => lost.subscription.stats.handled === 1);
      expect(log.contents).toEqual(numbers(5));
      expect(log.seen.every(({ redelivered }) => redelivered)).toBe(true);
      // What it had not begun it leaves to the other one.
      expect(lost.log.contents).toEqual([0]);
    });

    test.each([
      ['terminates', (host: Container, id: ProcessId) => void host.processes.terminateProcess(id)],
      ['is killed', (host: Container, id: ProcessId) => host.processes.kill(id)],
      ['crashes', (host: Container, id: ProcessId) => void host.rpcSend(id, 'crash').catch(() => undefined)],
    ])('nothing is lost when a process %s in the midst of one', async (how, end) => {
      const { host, publisher } = await two();
      const stuck = new Gate();
      const first = await subscriber(host, 'sensor.depth', {
        ...durable(),
        concurrency: 2,
        handle: () => stuck.opened,
      });
      for (const n of numbers(10)) await publish(publisher, n);
      await eventually(() => first.subscription.stats.received === 10);
      end(host, first.id);
      if (how === 'terminates') stuck.open();
      const second = await subscriber(publisher, 'sensor.depth', durable());
      const handled = () => (how === 'terminates' ? [0] : []).concat(second.log.contents.map(Number));
      await eventually(() => distinct(handled()).length === 10);
      // Whoever had it before shows.
      for (const { content, attempt, redelivered } of second.log.seen)
        if (content === 0) expect(attempt > 1 || redelivered).toBe(true);
      stuck.open();
    });

    test('nothing is lost when a process crashes again and again, and its supervisor restarts it', async () => {
      const { host, publisher } = await two();
      const exited = new Set<unknown>();
      const log = new Log((content) => {
        if (Number(content) % 10 !== 3 || exited.has(content)) return;
        exited.add(content);
        const current = host.processes.list().at(-1);
        host.processes.kill(current?.id ?? '');
      });
      const start = subscriberClass(log, 'sensor.depth', { durable: 'log' });
      await host.processes.spawn(
        supervisor({ intensity: 20, restartDelay: false, children: [{ id: 'child', start }] }),
      );
      for (const n of numbers(50)) {
        void publish(publisher, n);
        if (n % 4 === 0) await turns(1);
      }
      await eventually(() => distinct(log.contents).length === 50);
      expect(sorted([...exited])).toEqual([3, 13, 23, 33, 43]);
      for (const n of exited) {
        await eventually(() => log.contents.filter((content) => content === n).length > 1);
        const times = log.seen.filter(({ content }) => content === n);
        expect(times.slice(1).every(({ attempt, redelivered }) => attempt > 1 || redelivered)).toBe(true);
      }
      expect(host.events.subscriptions).toHaveLength(1);
    });

    test('a container that stops gives back what it has not begun, and finishes what it has', async () => {
      const { host, publisher } = await two();
      const gate = new Gate();
      const stopping = await subscriber(host, 'sensor.depth', { ...durable(), handle: () => gate.opened });
      // Each its own frame, but for the last ten.
      for (const n of numbers(10)) await publish(publisher, n);
      await Promise.all(numbers(10).map((n) => publish(publisher, 10 + n)));
      await eventually(() => stopping.subscription.stats.received === 20);
      const next = await subscriber(publisher, 'sensor.depth', durable());
      const stopped = host.stop();
      await eventually(() => next.log.seen.length === 19);
      gate.open();
      expect(await stopped).toMatchObject({ complete: true });
      expect(stopping.log.contents).toEqual([0]);
      expect(next.log.contents).toEqual(numbers(20).slice(1));
      expect(next.log.seen.every(({ redelivered, attempt }) => redelivered && attempt === 1)).toBe(true);
    });

    test('a subscription that is cancelled keeps what comes from then on', async () => {
      const { host, publisher } = await two();
      const first = await subscriber(host, 'sensor.depth', durable());
      await publish(publisher, 1);
      await eventually(() => first.subscription.stats.handled === 1);
      await first.subscription.cancel();
      expect(await publish(publisher, 2)).toBe('confirmed');
      const second = await subscriber(host, 'sensor.depth', durable());
      await eventually(() => second.log.seen.length === 1);
      expect([first.log.contents, second.log.contents]).toEqual([[1], [2]]);
    });

    test('one that is forgotten keeps nothing, and its name is free for others', async () => {
      const { host, publisher } = await two();
      const first = await subscriber(host, 'sensor.depth', durable());
      await host.processes.terminateProcess(first.id);
      await publish(publisher, 1);
      await publisher.events.forget('log');
      expect(await publish(publisher, 2)).toBe('unroutable');
      const { log } = await subscriber(host, 'sensor.wind', durable());
      await publisher.events.publish('sensor.wind', 'ship7', 3, { qos: 'durable' });
      await eventually(() => log.seen.length === 1);
      expect(log.contents).toEqual([3]);
    });

    test.each([
      ['another pattern, here', 'here', { type: 'sensor.wind' }, false],
      ['another pattern, elsewhere', 'elsewhere', { type: 'sensor.wind' }, false],
      ['another origin, elsewhere', 'elsewhere', { type: 'sensor.depth', origin: 'ship8' }, false],
      ['ordered, here', 'here', { type: 'sensor.depth' }, true],
      ['ordered, elsewhere', 'elsewhere', { type: 'sensor.depth' }, true],
    ])(
      'one name is for one thing: %s is refused, and nothing is lost',
      async (_, where, subject, ordered) => {
        const { host, publisher } = await two();
        const other = where === 'here' ? host : publisher;
        const gate = new Gate();
        const { log, subscription } = await subscriber(host, 'sensor.depth', {
          ...durable(),
          handle: () => gate.opened,
        });
        for (const n of numbers(5)) await publish(publisher, n);
        await expect(subscriber(other, subject, durable({ ordered }))).rejects.toMatchObject({
          code: 'Conflict',
          message: expect.stringMatching(
            /^the durable subscription 'log' exists for other events: .*; take another name, or forget the old one \(events\.forget\)/,
          ),
        });
        gate.open();
        for (const n of numbers(5)) expect(await publish(publisher, 5 + n)).toBe('confirmed');
        await eventually(() => subscription.stats.handled === 10);
        expect(log.contents).toEqual(numbers(10));
        expect(other.events.subscriptions).toHaveLength(other === host ? 1 : 0);
        const joined = await subscriber(other, 'sensor.depth', durable());
        for (const n of numbers(10)) await publish(publisher, 10 + n, `ship${n}`);
        await eventually(() => log.seen.length + joined.log.seen.length === 20);
      },
    );

    test('behaviour 23: those of another system with the same name are another one', async () => {
      const { host } = await two();
      const other = await system.current.container({ sysname: `${system.current.sysname}other`, exchange });
      const ours = await subscriber(host, 'sensor.depth', durable());
      const theirs = await subscriber(other, 'sensor.wind', durable());
      await publish(host, 'ours');
      await other.events.publish('sensor.wind', 'ship7', 'theirs', { qos: 'durable' });
      await eventually(() => ours.log.seen.length === 1 && theirs.log.seen.length === 1);
      expect([ours.log.contents, theirs.log.contents]).toEqual([['ours'], ['theirs']]);
    });

    test('are handled as many at a time as the process says, each origin in its order', async () => {
      const { host, publisher } = await two();
      let running = 0;
      let most = 0;
      const { log } = await subscriber(host, 'sensor.depth', {
        ...durable(),
        concurrency: 4,
        handle: async () => {
          running += 1;
          most = Math.max(most, running);
          await turns(1);
          running -= 1;
        },
      });
      await Promise.all(numbers(200).map((n) => publish(publisher, n, `ship${n % 6}`)));
      await eventually(() => log.seen.length === 200);
      expect(most).toBe(4);
      for (const ship of numbers(6)) {
        expect(log.of(`ship${ship}`)).toEqual(numbers(200).filter((n) => n % 6 === ship));
      }
    });
  });
}
