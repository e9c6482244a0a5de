import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  defineEvent,
  type EventPosition,
  type ReplayFrom,
  Type,
} from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { Gate, Log, numbers, type Subject, subscriber, subscriberClass } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const retention = { maxBytes: 20_000_000 };
const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'replay',
  retention,
  content: Type.Number(),
});

/** Replayed events: the log of a type, read by whoever wants from wherever he wants. */
export function describeReplayedEvents(useSystem: UseSystem): void {
  describe('replayed events', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container();
      const publisher = await system.current.container();
      return { host, publisher };
    }
    /** Numbers from `from` on, by turns of two ships; those of one batch share a frame. */
    async function publish(container: Container, count: number, from = 0): Promise<void> {
      const outcomes = numbers(count).map((n) =>
        container.events.publish(Depth, `ship${(from + n) % 2}`, from + n),
      );
      for (const outcome of await Promise.all(outcomes)) expect(outcome).toBe('confirmed');
    }
    const replay = (from: ReplayFrom) => ({ options: { replay: { from } } });
    const whole = (position: EventPosition | undefined) =>
      (position?.offset ?? 0) * 100 + (position?.index ?? 0);
    const ofShip = (ship: number, count: number) => numbers(count).filter((n) => n % 2 === ship);

    test('from the first: all that were published, each ship’s in order, then what comes', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 10);
      const { log, subscription } = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => log.seen.length === 10);
      await publish(publisher, 5, 10);
      await eventually(() => log.seen.length === 15);
      for (const ship of [0, 1]) expect(log.of(`ship${ship}`)).toEqual(ofShip(ship, 15));
      const places = log.seen.map(({ position }) => whole(position));
      expect(places).toEqual([...places].sort((one, other) => one - other));
      expect(new Set(places).size).toBe(15);
      expect(log.seen[0]).toMatchObject({
        position: { offset: 0, index: 0 },
        publisher: `${publisher.id}.0`,
        attempt: 1,
        resent: false,
        redelivered: false,
      });
      await eventually(() => subscription.stats.handled === 15);
      expect(subscription.position).toEqual(log.seen.at(-1)?.position);
      expect(subscription).toMatchObject({ kind: 'replay', name: '', type: 'sensor.depth' });
    });

    test('any number of readers read the same', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 10);
      const readers = [
        await subscriber(host, 'sensor.depth', replay('first')),
        await subscriber(host, 'sensor.depth', replay('first')),
        await subscriber(publisher, { type: 'sensor.depth', origin: 'ship1' }, replay('first')),
      ];
      await eventually(() => readers.map(({ log }) => log.seen.length).join() === '10,10,5');
      expect(readers[2]?.log.contents).toEqual(ofShip(1, 10));
      expect(readers[0]?.log.seen).toEqual(readers[1]?.log.seen);
    });

    test('from the last, from what comes next', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 10);
      const last = await subscriber(host, 'sensor.depth', replay('last'));
      const next = await subscriber(host, 'sensor.depth', replay('next'));
      await eventually(() => last.log.contents.includes(9));
      await publish(publisher, 1, 10);
      await eventually(() => next.log.seen.length === 1 && last.log.contents.at(-1) === 10);
      expect(next.log.contents).toEqual([10]);
    });

    test('from an offset, and from a place within its frame', async () => {
      const { host, publisher } = await two();
      for (const batch of numbers(4)) await publish(publisher, 6, batch * 6);
      const all = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => all.log.seen.length === 24);
      const { seen } = all.log;
      for (const at of [0, 1, 2, 7, 14, 23]) {
        const { position = { offset: 0, index: 0 } } = seen[at] ?? {};
        const rest = seen.slice(at);
        const exact = await subscriber(host, 'sensor.depth', replay(position));
        await eventually(() => exact.log.seen.length === rest.length);
        expect(exact.log.seen).toEqual(rest);
        const frame = await subscriber(host, 'sensor.depth', replay(position.offset));
        const ofFrame = seen.filter((one) => (one.position?.offset ?? 0) >= position.offset);
        await eventually(() => frame.log.seen.length === ofFrame.length);
        expect(frame.log.seen).toEqual(ofFrame);
      }
    });

    test('from a moment: all since, or somewhat before', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 5);
      const between = await later();
      await publish(publisher, 5, 5);
      const { log } = await subscriber(host, 'sensor.depth', replay(between));
      await eventually(() => log.contents.includes(9) && log.contents.includes(8));
      for (const ship of [0, 1]) {
        const since = log
          .of(`ship${ship}`)
          .map(Number)
          .filter((n) => n >= 5);
        expect(since).toEqual(ofShip(ship, 10).filter((n) => n >= 5));
      }
      const ages = await subscriber(host, 'sensor.depth', replay(new Date(0)));
      await eventually(() => ages.log.seen.length === 10);
    });

    /** A moment between what was and what comes. */
    async function later(): Promise<Date> {
      const at = Date.now();
      await eventually(() => Date.now() > at + 2);
      return new Date(Date.now() - 1);
    }

    test('live and durable subscribers get them too, and those of a longer type are others', async () => {
      const { host, publisher } = await two();
      const live = await subscriber(host, 'sensor.#');
      const durable = await subscriber(host, 'sensor.*', { options: { durable: 'log' } });
      await publish(publisher, 2);
      await publisher.events.publish('sensor.depth.fine', 'ship0', 'fine', { qos: 'durable' });
      const { log } = await subscriber(host, 'sensor.depth', replay('first'));
      await publish(publisher, 1, 2);
      await eventually(() => log.contents.includes(2) && durable.log.contents.includes(2));
      expect(log.seen).toHaveLength(3);
      expect(durable.log.seen).toHaveLength(3);
      await eventually(() => live.log.seen.length === 4);
      expect(durable.log.seen[0]?.position).toBeUndefined();
    });

    test('one whose handler fails is counted and not tried again', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 4);
      const { log, subscription } = await subscriber(host, 'sensor.depth', {
        ...replay('first'),
        handle: (n) => {
          if (n === 1) throw new Error('no paper');
        },
      });
      await eventually(() => subscription.stats.handled === 3);
      expect(log.seen).toHaveLength(4);
      expect(subscription.stats).toMatchObject({ received: 4, failed: 1 });
      expect(await host.events.deadLetters.list()).toEqual([]);
    });

    test('wait for a slow reader, and none is dropped', async () => {
      const { host, publisher } = await two();
      for (const n of numbers(20)) await publish(publisher, 10, n * 10);
      const gate = new Gate();
      const slow = await subscriber(host, 'sensor.depth', {
        options: { replay: { from: 'first' }, prefetch: 2 },
        handle: () => gate.opened,
      });
      await eventually(() => slow.log.seen.length === 1);
      await turns(20);
      expect(slow.subscription.stats.received).toBeLessThan(60);
      gate.open();
      await eventually(() => slow.log.seen.length === 200);
      for (const ship of [0, 1]) expect(slow.log.of(`ship${ship}`)).toEqual(ofShip(ship, 200));
      expect(slow.subscription.stats).toMatchObject({ dropped: 0, received: 200 });
    });

    test('go on after a lost connection: nothing is missing, and what comes twice is marked', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 20);
      const { log } = await subscriber(host, 'sensor.depth', { ...replay('first'), handle: () => turns(2) });
      await eventually(() => log.seen.length > 3);
      system.current.cut(host);
      await publish(publisher, 20, 20);
      await eventually(() => new Set(log.contents).size === 40);
      const seen = new Set<unknown>();
      for (const { content, redelivered } of log.seen) {
        if (seen.has(content)) expect(redelivered).toBe(true);
        seen.add(content);
      }
    });

    test('end with their process', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 1);
      const { log, id } = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => log.seen.length === 1);
      await host.processes.terminateProcess(id);
      expect(host.events.subscriptions).toHaveLength(0);
      await publish(publisher, 1, 1);
      const other = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => other.log.seen.length === 2);
      expect(log.seen).toHaveLength(1);
    });

    test.each<[string, Subject, object]>([
      [
        'a pattern of types',
        'sensor.*',
        {
          code: 'BadRequest',
          message:
            "a replay reads the log of one event type; 'sensor.*' is a pattern of several: subscribe to each",
        },
      ],
      [
        'a type that nobody has published so',
        { type: 'sensor.wind' },
        {
          code: 'NotFound',
          message:
            "there is no log of events of type 'sensor.wind' to replay: nobody has published one whose qos is 'replay'",
        },
      ],
    ])('of %s there is none', async (_, subject, error) => {
      const { host } = await two();
      const refused = subscriber(host, subject, replay('first'));
      await expect(refused).rejects.toMatchObject(error);
      expect(host.events.subscriptions).toHaveLength(0);
      // Nor is anything broken by it.
      await publish(host, 1);
      const { log } = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => log.seen.length === 1);
    });

    test('of a type that nobody has published yet the log is made by whoever knows it', async () => {
      const { host, publisher } = await two();
      const got: unknown[] = [];
      await host.events.subscribe(Depth, (n) => void got.push(n), { replay: { from: 'first' } });
      await publish(publisher, 1);
      await eventually(() => got.length === 1);
    });

    test('containers that do not agree on the retention are told so; the log goes on', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 1);
      const Other = defineEvent({ ...definition, retention: { maxBytes: 30_000_000 } });
      const conflict = { code: 'TopologyConflict', message: expect.stringContaining('x-max-length-bytes') };
      await expect(host.events.publish(Other, 'ship0', 1)).rejects.toMatchObject(conflict);
      await expect(
        host.events.subscribe(Other, () => undefined, { replay: { from: 'first' } }),
      ).rejects.toMatchObject(conflict);
      await publish(publisher, 1, 1);
      const { log } = await subscriber(host, 'sensor.depth', replay('first'));
      await eventually(() => log.seen.length === 2);
    });

    test('a process that is restarted reads again from where it says', async () => {
      const { host, publisher } = await two();
      await publish(publisher, 3);
      const log = new Log();
      const start = subscriberClass(log, 'sensor.depth', { replay: { from: 'first' } });
      const first = await host.processes.spawn(start);
      await eventually(() => log.seen.length === 3);
      host.processes.kill(first);
      await host.processes.spawn(start);
      await eventually(() => log.seen.length === 6);
      expect(log.contents.slice(3)).toEqual(log.contents.slice(0, 3));
    });
  });
}

const definition = { name: 'sensor.depth', version: '1.0.0', qos: 'replay', content: Type.Number() } as const;
