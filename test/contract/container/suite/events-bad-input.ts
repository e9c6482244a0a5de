import { describe, expect, test } from '@jest/globals';
import { type Container, defineEvent, Process, type SubscribeOptions, Type } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  content: Type.Object({ m: Type.Number() }),
});

/** What programs get wrong about events: place, cause and remedy are told, and nothing is lost by it. */
export function describeBadEventInput(useSystem: UseSystem): void {
  describe('bad input about events', () => {
    const system = useSystem();

    /** As a program in plain JavaScript may call it. */
    const publishing = (container: Container, ...args: readonly unknown[]): Promise<unknown> =>
      Reflect.apply(container.events.publish, container.events, args);
    const subscribing = (container: Container, ...args: readonly unknown[]): Promise<unknown> =>
      Reflect.apply(container.events.subscribe, container.events, args);

    /** Whatever was refused before, events come and go. */
    async function expectWell(container: Container): Promise<void> {
      const { log } = await subscriber(container, 'well.#');
      await container.events.publish('well', 'ship7', 1);
      await eventually(() => log.seen.length === 1);
    }

    test.each<[string, readonly unknown[], string]>([
      [
        'content that does not match',
        [Depth, 'ship7', { m: 'deep' }],
        'content of sensor.depth.m: expected number',
      ],
      [
        'content that cannot travel',
        ['sensor.depth', 'ship7', new Map()],
        'content cannot be sent: found an instance of Map',
      ],
      [
        'content that is a function',
        ['sensor.depth', 'ship7', { measure: () => 1 }],
        'content/measure cannot be sent: found a function',
      ],
      ['no content of its type', [Depth, 'ship7'], 'content of sensor.depth'],
      ['a type with wildcards', ['sensor.*', 'ship7', 1], "an event type is a name such as 'sensor.depth'"],
      ['an empty type', ['', 'ship7', 1], 'not string ""'],
      ['a type with an empty word', ['sensor..depth', 'ship7', 1], 'not string "sensor..depth"'],
      [
        'a type that is too long',
        ['t'.repeat(101), 'ship7', 1],
        'has 101 characters; at most 100 are allowed',
      ],
      ['no type', [undefined, 'ship7', 1], 'an event type is a name'],
      [
        'an empty origin',
        ['sensor.depth', '', 1],
        "needs an origin: the name of what it comes from, such as 'ship7.gps'",
      ],
      ['no origin', ['sensor.depth', undefined, 1], 'needs an origin'],
      [
        'a topic over 255 bytes',
        ['sensor.depth', 's'.repeat(250), 1],
        "has 250 characters as part of a topic; beside the event type 'sensor.depth' there is room for 241",
      ],
      [
        'a topic over 255 bytes, escaped',
        ['sensor.depth', '漢'.repeat(50), 1],
        'has 350 characters as part of a topic',
      ],
      [
        'an unknown guarantee',
        ['sensor.depth', 'ship7', 1, { qos: 'sure' }],
        "qos is 'live', 'durable' or 'replay', not string \"sure\"",
      ],
      [
        'a guarantee that is not the type’s',
        [Depth, 'ship7', { m: 1 }, { qos: 'durable' }],
        "events of type 'sensor.depth' are live, as their definition says; leave qos out",
      ],
      [
        'a header of the container’s own',
        ['sensor.depth', 'ship7', 1, { headers: { dead: {} } }],
        "the header 'dead' is set by the container",
      ],
    ])('publish refuses %s, and nothing is', async (_, args, message) => {
      const container = await system.current.container();
      const { log } = await subscriber(container, '#');
      await expect(publishing(container, ...args)).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining(message),
      });
      await expectWell(container);
      await eventually(() => log.seen.length === 1);
      expect(log.seen[0]?.type).toBe('well');
    });

    const handler = () => undefined;
    test.each<[string, readonly unknown[], string]>([
      [
        'an invalid pattern',
        ['sensor.*depth', handler],
        "the type pattern 'sensor.*depth' has a wildcard within the word '*depth'",
      ],
      ['an empty word', ['sensor..depth', handler], 'has an empty word between its dots'],
      ['an empty pattern', ['', handler], 'a subscription needs the type of its events'],
      [
        'no pattern',
        [undefined, handler],
        "subscribe takes an event type, 'sensor.*', or {type, origin}, not nothing",
      ],
      [
        'an invalid pattern of origins',
        [{ type: 'sensor.depth', origin: 'ship*' }, handler],
        "the origin pattern 'ship*' has a wildcard within",
      ],
      [
        'a pattern over 255 bytes',
        [{ type: 'sensor.depth', origin: 's'.repeat(250) }, handler],
        'has 263 bytes; a topic has at most 255',
      ],
      [
        'no handler',
        ['sensor.depth'],
        "subscribe needs a function that handles the events of 'sensor.depth'",
      ],
      ['options for a handler', ['sensor.depth', { durable: 'log' }], '(content, event) => …, not an object'],
      [
        'an unknown option',
        ['sensor.depth', handler, { durabel: 'log' }],
        "a subscription has no option 'durabel'; did you mean 'durable'?",
      ],
      [
        'options that contradict each other',
        ['sensor.depth', handler, { durable: 'log', group: 'log' }],
        'given are group and durable',
      ],
      [
        'a name that is none',
        ['sensor.depth', handler, { durable: 'my log' }],
        "the name of a durable subscription 'my log' is not a name",
      ],
      [
        'an empty name',
        ['sensor.depth', handler, { group: '' }],
        "the name of a group subscription '' is not a name",
      ],
      [
        'a name that is too long',
        ['sensor.depth', handler, { durable: 'n'.repeat(101) }],
        'has 101 characters; at most 100 are allowed',
      ],
      [
        'a place that is none',
        ['sensor.depth', handler, { replay: { from: 'begin' } }],
        "replay.from of a subscription is 'first', 'last', 'next', a Date",
      ],
      [
        'an unknown member of its subject',
        [{ type: 'sensor.depth', orign: 'ship7' }, handler],
        "and no 'orign'; options come last",
      ],
    ])('subscribe refuses %s', async (_, args, message) => {
      const container = await system.current.container();
      const before = container.events.subscriptions.length;
      await expect(subscribing(container, ...args)).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining(message),
      });
      expect(container.events.subscriptions).toHaveLength(before);
      await expectWell(container);
    });

    test('a process is told the same, in its own call', async () => {
      const container = await system.current.container();
      const told: unknown[] = [];
      class Wrong extends Process {
        override async onInit(): Promise<void> {
          const options: SubscribeOptions = { group: 'a', durable: 'b' };
          await this.subscribe('sensor.*', () => undefined, options).catch((error) => told.push(error.code));
          await this.publish('sensor.*', 'ship7', 1).catch((error) => told.push(error.code));
          await this.publish(Depth, '', { m: 1 }).catch((error) => told.push(error.code));
          await this.publisher(Depth)
            .publish({ m: 1 })
            .catch((error) => told.push(error.code));
        }
      }
      await container.processes.spawn(Wrong);
      expect(told).toEqual(['BadRequest', 'BadRequest', 'BadRequest', 'BadRequest']);
    });

    test('the longest topic that there may be travels', async () => {
      const container = await system.current.container();
      const other = await system.current.container();
      const type = 't'.repeat(100);
      const origin = 'o'.repeat(153);
      const { log } = await subscriber(container, { type, origin });
      const kept = await subscriber(container, type, { options: { durable: 'n'.repeat(100) } });
      await other.events.publish(type, origin, 1);
      await eventually(() => log.seen.length === 1 && kept.log.seen.length === 1);
      expect(log.seen[0]).toMatchObject({ type, origin });
    });

    test('a process that has ended publishes and subscribes no more', async () => {
      const container = await system.current.container();
      class Ending extends Process {}
      const id = await container.processes.spawn(Ending);
      const process = container.processes.get(id) as Ending;
      await container.processes.terminateProcess(id);
      await expect(process.publish('sensor.depth', 'ship7', 1)).rejects.toMatchObject({
        code: 'Unavailable',
      });
      await expect(process.subscribe('sensor.depth', () => undefined)).rejects.toMatchObject({
        code: 'Unavailable',
      });
      expect(container.events.subscriptions).toHaveLength(0);
    });

    test('content that is too large is refused, and nothing else by it', async () => {
      const container = await system.current.container({
        exchange: { limits: { maxEnvelopeBytes: 10_000 } },
      });
      const { log } = await subscriber(container, 'sensor.depth', { options: { durable: 'log' } });
      for (const qos of ['live', 'durable'] as const) {
        await expect(
          container.events.publish('sensor.depth', 'ship7', 'x'.repeat(20_000), { qos }),
        ).rejects.toMatchObject({ code: 'TooLarge' });
      }
      await container.events.publish('sensor.depth', 'ship7', 'small', { qos: 'durable' });
      await eventually(() => log.seen.length === 1);
    });
  });
}
