import { describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  type Container,
  defineEvent,
  Process,
  type PublishOutcome,
  supervisor,
  Type,
} from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { Gate, Log, numbers, sorted, subscriber, subscriberClass } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  content: Type.Object({ m: Type.Number(), at: Type.Optional(Type.Array(Type.Number())) }),
});

const places = ['here', 'elsewhere'];

/** Live events: at most once, to all who listen. */
export function describeLiveEvents(useSystem: UseSystem): void {
  describe('live events', () => {
    const system = useSystem();

    /** A container that publishes and one that listens; the same one where it says so. */
    async function pair(where: string): Promise<{ publisher: Container; host: Container }> {
      const host = await system.current.container();
      return { host, publisher: where === 'here' ? host : await system.current.container() };
    }

    /** Waits until what was published before has come: a later event of the same way has. */
    async function flushed(publisher: Container, host: Container): Promise<void> {
      const end = new Log();
      const subscription = await host.events.subscribe('end', end.take);
      await publisher.events.publish('end', 'end', null);
      await eventually(() => end.seen.length === 1);
      await subscription.cancel();
    }

    test('behaviour 16: each subscriber gets all: two broadcasts to three make six', async () => {
      const { publisher, host } = await pair('elsewhere');
      const logs = [
        await subscriber(host, 'sensor.depth'),
        await subscriber(host, 'sensor.depth'),
        await subscriber(publisher, 'sensor.depth'),
      ];
      for (const n of [1, 2]) expect(await publisher.events.publish('sensor.depth', 'ship7', n)).toBe('sent');
      await eventually(() => logs.every(({ log }) => log.seen.length === 2));
      for (const { log } of logs) expect(log.contents).toEqual([1, 2]);
    });

    test('behaviour 36: are matched by type and origin; a wildcard subscriber gets all', async () => {
      const { publisher, host } = await pair('elsewhere');
      const events = [
        ['sensor', 'ship7'],
        ['sensor.depth', 'ship7'],
        ['sensor.depth', 'ship7.gps'],
        ['sensor.depth', 'ship8.gps'],
        ['sensor.depth.fine', 'ship7'],
        ['alarm', 'sensor.depth.ship7'],
      ] as const;
      const expected: [string, string | undefined, number[]][] = [
        ['#', undefined, [0, 1, 2, 3, 4, 5]],
        ['sensor', undefined, [0]],
        ['sensor.depth', undefined, [1, 2, 3]],
        ['sensor.*', undefined, [1, 2, 3]],
        ['sensor.#', undefined, [0, 1, 2, 3, 4]],
        ['*', undefined, [0, 5]],
        ['*.*', undefined, [1, 2, 3]],
        ['#.fine', undefined, [4]],
        ['sensor.depth', 'ship7', [1]],
        ['sensor.depth', 'ship7.#', [1, 2]],
        ['sensor.depth', '*.gps', [2, 3]],
        ['sensor.#', 'ship7', [0, 1, 4]],
        ['#', '#.ship7', [0, 1, 4, 5]],
        ['sensor', 'depth.ship7', []],
        ['sensor.depth.ship7', undefined, []],
      ];
      const all = await Promise.all(
        expected.map(([type, origin]) =>
          subscriber(host, origin === undefined ? { type } : { type, origin }),
        ),
      );
      for (const [n, [type, origin]] of events.entries()) await publisher.events.publish(type, origin, n);
      await flushed(publisher, host);
      const seen = all.map(({ log }, at) => [...(expected[at] ?? []).slice(0, 2), log.contents]);
      expect(seen).toEqual([
        // It listens to everything.
        ['#', undefined, [0, 1, 2, 3, 4, 5, null]],
        ...expected
          .slice(1)
          .map(([type, origin, contents]) => [type, origin, type === '*' ? [...contents, null] : contents]),
      ]);
    });

    test('behaviour 39: subscribers without a name share one queue, their container’s own', async () => {
      const { publisher, host } = await pair('elsewhere');
      const stranger = await system.current.stranger();
      const all = await Promise.all(
        ['sensor.depth', 'sensor.#', '*.depth'].map((type) => subscriber(host, type)),
      );
      await flushed(publisher, host);
      const before = host.info().transport.delivered;
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => all.every(({ log }) => log.seen.length === 1));
      expect(host.info().transport.delivered).toBe(before + 1);
      const live = `${system.current.sysname}~live`;
      await expect(stranger.inspectQueue(`${live}.${host.id}~1`)).rejects.toMatchObject({ code: 'Conflict' });
      expect(await stranger.inspectQueue(`${live}.${publisher.id}~1`)).toBeUndefined();
    });

    test('come from origins of any text, which are given back and match no other', async () => {
      const { publisher, host } = await pair('elsewhere');
      const origins = [
        'ship 7',
        '*',
        '#',
        '*.#',
        'a..b',
        '.',
        'é😀',
        '~',
        '_x2a_',
        'a/b:c',
        '\u0000',
        '漢字.船',
      ];
      const all = await subscriber(host, 'sensor.depth');
      const exact = await subscriber(host, { type: 'sensor.depth', origin: 'ship7.#' });
      const spaced = await subscriber(host, { type: 'sensor.depth', origin: 'ship 7' });
      const oneWord = await subscriber(host, { type: 'sensor.depth', origin: '*' });
      for (const origin of origins) await publisher.events.publish('sensor.depth', origin, origin);
      await flushed(publisher, host);
      expect(all.log.seen.map(({ origin }) => origin)).toEqual(origins);
      expect(all.log.seen.every(({ type }) => type === 'sensor.depth')).toBe(true);
      expect(exact.log.seen).toEqual([]);
      expect(spaced.log.contents).toEqual(['ship 7']);
      expect(oneWord.log.contents).toEqual(origins.filter((origin) => !origin.includes('.')));
    });

    test.each(places)('each subscriber has a copy of its own, %s', async (where) => {
      const { publisher, host } = await pair(where);
      const content = { m: 1, at: [1, 2] };
      const spoiler = await subscriber(host, 'sensor.depth', {
        handle: (given) => {
          Object.assign(Object(given), { m: 99 });
          Object(given).at.push(99);
        },
      });
      const others = [await subscriber(host, 'sensor.depth'), await subscriber(host, '#')];
      await publisher.events.publish('sensor.depth', 'ship7', content);
      content.at.push(3);
      await eventually(() => others.every(({ log }) => log.seen.length === 1));
      await eventually(() => spoiler.log.seen.length === 1);
      for (const { log } of others) expect(log.contents).toEqual([{ m: 1, at: [1, 2] }]);
      expect(content).toEqual({ m: 1, at: [1, 2, 3] });
    });

    test.each(places)('behaviour 37: say who published them and when, %s', async (where) => {
      const { publisher, host } = await pair(where);
      class Instrument extends Process {
        op_measure(): Promise<PublishOutcome> {
          return this.publish(Depth, 'ship7.gps', { m: 4.2 });
        }
      }
      const { log } = await subscriber(host, 'sensor.depth');
      const id = await publisher.processes.spawn(Instrument);
      const before = Date.now();
      expect(await host.rpcSend(id, 'measure')).toBe('sent');
      await eventually(() => log.seen.length === 1);
      expect(log.seen[0]).toMatchObject({
        content: { m: 4.2 },
        type: 'sensor.depth',
        origin: 'ship7.gps',
        publisher: id,
        publishedAt: expect.any(Date),
        attempt: 1,
        redelivered: false,
        resent: false,
        position: undefined,
      });
      expect(log.seen[0]?.publishedAt.getTime()).toBeGreaterThanOrEqual(before - 1);
      expect(log.seen[0]?.publishedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1);
    });

    test('behaviour 37: what their type does not know is refused, and nothing is published', async () => {
      const { publisher, host } = await pair('elsewhere');
      const { log } = await subscriber(host, 'sensor.depth');
      for (const wrong of [{ m: 'deep' }, {}, { m: 1, unit: 'm' }, null]) {
        const publishing = Reflect.apply(publisher.events.publish, publisher.events, [Depth, 'ship7', wrong]);
        await expect(publishing).rejects.toBeInstanceOf(BadRequestError);
      }
      await publisher.events.publish(Depth, 'ship7', { m: 1 });
      await eventually(() => log.seen.length > 0);
      expect(log.contents).toEqual([{ m: 1 }]);
    });

    test('content that does not fit the subscriber’s type never reaches its handler, and is counted', async () => {
      const { publisher, host } = await pair('elsewhere');
      const got: number[] = [];
      const subscription = await host.events.subscribe(Depth, ({ m }) => void got.push(m));
      for (const content of [{ m: 1 }, { m: 'deep' }, 'deep', { m: 2 }])
        await publisher.events.publish('sensor.depth', 'ship7', content);
      await eventually(() => got.length === 2);
      expect(got).toEqual([1, 2]);
      expect(subscription.stats).toMatchObject({ received: 4, handled: 2, failed: 2 });
    });

    test('of one publisher come in order', async () => {
      const { publisher, host } = await pair('elsewhere');
      const { log } = await subscriber(host, 'sensor.*');
      for (const n of numbers(300)) {
        void publisher.events.publish(`sensor.kind${n % 3}`, `ship${n % 7}`, n);
        if (n % 50 === 49) await turns(1);
      }
      await eventually(() => log.seen.length === 300);
      for (const ship of numbers(7)) {
        const ofShip = log.of(`ship${ship}`).map(Number);
        for (const kind of numbers(3)) {
          const ofTopic = ofShip.filter((n) => n % 3 === kind);
          expect(ofTopic).toEqual(sorted(ofTopic));
        }
      }
      expect(sorted(log.contents)).toEqual(numbers(300));
    });

    test('are handled as many at a time as the process says, and never two of one origin', async () => {
      const { publisher, host } = await pair('elsewhere');
      const running = new Map<string, number>();
      let most = 0;
      let mostOfOrigin = 0;
      const { log } = await subscriber(host, 'sensor.depth', {
        concurrency: 3,
        handle: async (_, { origin }) => {
          running.set(origin, (running.get(origin) ?? 0) + 1);
          most = Math.max(
            most,
            [...running.values()].reduce((sum, count) => sum + count, 0),
          );
          mostOfOrigin = Math.max(mostOfOrigin, running.get(origin) ?? 0);
          await turns(2);
          running.set(origin, (running.get(origin) ?? 0) - 1);
        },
      });
      for (const n of numbers(60)) void publisher.events.publish('sensor.depth', `ship${n % 5}`, n);
      await eventually(() => log.seen.length === 60);
      expect([most, mostOfOrigin]).toEqual([3, 1]);
      for (const ship of numbers(5)) {
        expect(log.of(`ship${ship}`)).toEqual(numbers(60).filter((n) => n % 5 === ship));
      }
    });

    test.each([
      ['drop-oldest', undefined, [0, 17, 18, 19]],
      ['drop-newest', 'drop-newest' as const, [0, 1, 2, 3]],
    ])('a slow subscriber drops (%s) and counts; the others get all', async (_, overflow, expected) => {
      const { publisher, host } = await pair('elsewhere');
      const gate = new Gate();
      const options = { limit: 3, ...(overflow && { overflow }) };
      const slow = await subscriber(host, 'sensor.depth', { options, handle: () => gate.opened });
      const quick = await subscriber(host, 'sensor.depth');
      for (const n of numbers(20)) await publisher.events.publish('sensor.depth', 'ship7', n);
      await eventually(() => slow.subscription.stats.received === 20 && quick.log.seen.length === 20);
      expect(slow.subscription.stats).toEqual({
        received: 20,
        handled: 0,
        failed: 0,
        dropped: 16,
        waiting: 3,
      });
      gate.open();
      await eventually(() => slow.subscription.stats.handled === 4);
      expect(slow.log.contents).toEqual(expected);
      expect(quick.subscription.stats).toMatchObject({ received: 20, handled: 20, dropped: 0 });
    });

    test('a handler that throws fails alone: it is counted, and the next come', async () => {
      const { publisher, host } = await pair('elsewhere');
      const evil = await subscriber(host, 'sensor.depth', {
        handle: (n) => {
          if (Number(n) % 2 === 0) throw new Error('odd ones only');
        },
      });
      const good = await subscriber(host, 'sensor.depth');
      for (const n of numbers(10)) await publisher.events.publish('sensor.depth', 'ship7', n);
      await eventually(() => evil.log.seen.length === 10 && good.log.seen.length === 10);
      await eventually(() => evil.subscription.stats.failed === 5);
      expect(evil.subscription.stats).toMatchObject({ received: 10, handled: 5, failed: 5 });
      expect(host.processes.get(evil.id)).toBeDefined();
    });

    test('end with their process, or when they are cancelled', async () => {
      const { publisher, host } = await pair('elsewhere');
      const ending = await subscriber(host, 'sensor.depth');
      const killed = await subscriber(host, 'sensor.depth');
      const cancelled = await subscriber(host, 'sensor.depth');
      const left = await subscriber(host, 'sensor.depth');
      expect(host.events.subscriptions).toHaveLength(4);
      await host.processes.terminateProcess(ending.id);
      host.processes.kill(killed.id);
      await cancelled.subscription.cancel();
      await eventually(() => host.events.subscriptions.length === 1);
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => left.log.seen.length === 1);
      for (const { log } of [ending, killed, cancelled]) expect(log.seen).toEqual([]);
    });

    test.each([
      ['sensor', 'sensor.#'],
      ['sensor.#', 'sensor.depth'],
      ['#', 'sensor.depth'],
    ])('one that ends (%s) leaves the others (%s)', async (ending, staying) => {
      const { publisher, host } = await pair('elsewhere');
      const first = await subscriber(host, ending);
      const second = await subscriber(host, staying);
      await first.subscription.cancel();
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => second.log.seen.length === 1);
      expect(first.log.seen).toEqual([]);
    });

    test('are subscribed to again when the process is restarted by its supervisor', async () => {
      const { publisher, host } = await pair('elsewhere');
      const log = new Log();
      const start = subscriberClass(log, 'sensor.depth');
      const declared = { children: [{ id: 'child', start }], restartDelay: false } as const;
      await host.processes.spawn(supervisor(declared));
      const [, first] = host.processes.list();
      await host.rpcSend(first?.id ?? '', 'crash').catch(() => undefined);
      await eventually(() => start.subscriptions.length === 2);
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => log.seen.length === 1);
      expect(host.events.subscriptions).toHaveLength(1);
    });

    test('can be published before a process is active, and are handled when it is', async () => {
      const { host } = await pair('here');
      const states: string[] = [];
      class Early extends Process {
        override async onInit(): Promise<void> {
          await this.subscribe('early', () => void states.push(this.state));
          expect(await this.publish('early', 'me', 1)).toBe('sent');
          // It has come, and waits.
          await eventually(() => host.events.subscriptions[0]?.stats.received === 1);
        }
      }
      await host.processes.spawn(Early);
      await eventually(() => states.length === 1);
      expect(states).toEqual(['ACTIVE']);
    });

    test('a handler publishes in its turn', async () => {
      const { publisher, host } = await pair('elsewhere');
      class Relay extends Process {
        override async onInit(): Promise<void> {
          await this.subscribe('in', async (content, { origin }) => {
            await this.publish('out', `${origin}.relayed`, content);
          });
        }
      }
      const id = await host.processes.spawn(Relay);
      const { log } = await subscriber(publisher, 'out');
      await publisher.events.publish('in', 'ship7', 1);
      await eventually(() => log.seen.length === 1);
      expect(log.seen[0]).toMatchObject({ content: 1, origin: 'ship7.relayed', publisher: id });
    });

    test('behaviour 23: those of other systems never meet', async () => {
      const { publisher, host } = await pair('elsewhere');
      const other = await system.current.container({ sysname: `${system.current.sysname}other` });
      const ours = await subscriber(host, '#');
      const theirs = await subscriber(other, '#');
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await other.events.publish('sensor.depth', 'ship7', 2);
      await eventually(() => ours.log.seen.length === 1 && theirs.log.seen.length === 1);
      expect([ours.log.contents, theirs.log.contents]).toEqual([[1], [2]]);
    });

    test('come again after a lost connection; what is published without one is rejected', async () => {
      const { publisher, host } = await pair('elsewhere');
      const { log } = await subscriber(host, 'sensor.depth');
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => log.seen.length === 1);
      await system.current.harness.outage();
      await eventually(() => publisher.info().broker.type !== 'connected');
      expect(await publisher.events.publish('sensor.depth', 'ship7', 2)).toBe('rejected');
      await system.current.harness.restore();
      await eventually(() => [publisher, host].every((one) => one.info().broker.type === 'connected'));
      expect(await publisher.events.publish('sensor.depth', 'ship7', 3)).toBe('sent');
      await eventually(() => log.seen.length === 2);
      expect(log.contents).toEqual([1, 3]);
    });
  });
}
