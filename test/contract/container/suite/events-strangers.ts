import { describe, expect, test } from '@jest/globals';
import { type Container, defineEvent, Type } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { MessageProperties, Transport } from '../../../../src/transport/index.ts';
import { numbers, subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const exchange = { retryDelaysMs: [10, 20], attempts: 3 };
const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'replay',
  content: Type.Object({ m: Type.Number() }),
});

/** Events of programs that know nothing of containers: JSON, and whatever else they may publish. */
export function describeStrangersEvents(useSystem: UseSystem): void {
  describe('strangers’ events', () => {
    const system = useSystem();

    async function two() {
      const host = await system.current.container({ exchange });
      const stranger = await system.current.stranger();
      return { host, stranger };
    }
    /** As any AMQP library does it. */
    const publish = (
      stranger: Transport,
      routingKey: string,
      body: string | Uint8Array,
      properties: MessageProperties = {},
    ) =>
      stranger.publishConfirmed({
        exchange: `${system.current.sysname}~events`,
        routingKey,
        body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
        mandatory: true,
        properties,
      });
    const undecodable = (host: Container) => host.info().inbox.undecodable;

    test.each<[string, MessageProperties]>([
      ['with their content type', { contentType: 'application/json' }],
      ['without', {}],
    ])('as JSON come to every kind of subscription, %s', async (_, properties) => {
      const { host, stranger } = await two();
      expect(await host.events.publish(Depth, 'ship7', { m: 0 })).toBe('confirmed');
      const before = Date.now();
      const all = [
        await subscriber(host, 'sensor.depth'),
        await subscriber(host, { type: 'sensor.*', origin: 'ship 7.#' }),
        await subscriber(host, 'sensor.#', { options: { group: 'watch' } }),
        await subscriber(host, 'sensor.#', { options: { durable: 'log' } }),
        await subscriber(host, 'sensor.depth', { options: { replay: { from: 'next' } } }),
      ];
      const key = 'sensor.depth.ship_x20_7.gps';
      expect(await publish(stranger, key, '{"m":4.2}', { type: 'sensor.depth', ...properties })).toBe(
        'confirmed',
      );
      await eventually(() => all.every(({ log }) => log.seen.length === 1));
      for (const { log } of all) {
        expect(log.seen[0]).toMatchObject({
          content: { m: 4.2 },
          type: 'sensor.depth',
          origin: 'ship 7.gps',
          publisher: '',
          attempt: 1,
          resent: false,
        });
        expect(log.seen[0]?.publishedAt.getTime()).toBeGreaterThanOrEqual(before - 1);
      }
      expect(all[4]?.log.seen[0]?.position).toMatchObject({ index: 0 });
      expect(undecodable(host)).toBe(0);
    });

    test('as JSON are tried again and end among the dead letters, as any other', async () => {
      const { host, stranger } = await two();
      const { log } = await subscriber(host, 'sensor.depth', {
        options: { durable: 'log' },
        handle: (content) => {
          if (Object(content).m === 13) throw new Error('unlucky');
        },
      });
      for (const m of [1, 13])
        await publish(stranger, 'sensor.depth.ship7', JSON.stringify({ m }), { type: 'sensor.depth' });
      await eventually(() => log.seen.length === 4);
      expect(log.seen.slice(1).map(({ attempt, origin }) => [attempt, origin])).toEqual([
        [1, 'ship7'],
        [2, 'ship7'],
        [3, 'ship7'],
      ]);
      await eventually(async () => (await host.events.deadLetters.list()).length === 1);
      expect(await host.events.deadLetters.list()).toMatchObject([
        { content: { m: 13 }, op: 'sensor.depth', origin: 'ship7', sender: '', reason: 'attempts' },
      ]);
      expect(await host.events.deadLetters.replay({})).toBe(1);
      await eventually(() => log.seen.length > 4);
      expect(log.seen[4]).toMatchObject({ content: { m: 13 }, attempt: 1, resent: true, origin: 'ship7' });
    });

    test.each<[string, string, string | Uint8Array, MessageProperties]>([
      ['that is no JSON', 'sensor.depth.ship7', '{"m":', { type: 'sensor.depth' }],
      ['that says no type', 'sensor.depth.ship7', '{"m":1}', {}],
      ['whose type is not that of its topic', 'sensor.depth.ship7', '{"m":1}', { type: 'sensor.wind' }],
      [
        'of unknown content type',
        'sensor.depth.ship7',
        '<m>1</m>',
        { contentType: 'text/xml', type: 'sensor.depth' },
      ],
      [
        'that is a broken frame',
        'sensor.depth.ship7',
        Uint8Array.of(1, 0x93, 0xff),
        { contentType: 'application/vnd.ioncore.v1+msgpack' },
      ],
    ])(
      'one %s is counted; of a durable subscription it is a dead letter',
      async (_, key, body, properties) => {
        const { host, stranger } = await two();
        const live = await subscriber(host, 'sensor.depth');
        const group = await subscriber(host, 'sensor.depth', { options: { group: 'watch' } });
        const kept = await subscriber(host, 'sensor.depth', { options: { durable: 'log' } });
        await publish(stranger, key, body, properties);
        await eventually(() => undecodable(host) === 3);
        // Nothing stands in the way of the next.
        for (const n of numbers(3)) await host.events.publish('sensor.depth', 'ship7', n);
        await eventually(() => [live, group, kept].every(({ log }) => log.seen.length === 3));
        const [letter] = await host.events.deadLetters.list();
        expect(letter).toMatchObject({
          id: expect.stringMatching(/^unreadable-/),
          reason: 'undecodable',
          content: typeof body === 'string' ? new TextEncoder().encode(body) : body,
        });
        await expect(host.events.deadLetters.replay(letter?.id ?? '')).rejects.toMatchObject({
          code: 'IllegalState',
          message: expect.stringContaining('cannot be read, so it cannot be replayed; drop it'),
        });
        expect(await host.events.deadLetters.replay({})).toBe(0);
        expect(await host.events.deadLetters.drop({ reason: 'undecodable' })).toBe(1);
        expect(await host.events.deadLetters.list()).toEqual([]);
      },
    );

    test('a frame of another system is refused, whoever has brought it here', async () => {
      const { host, stranger } = await two();
      const other = await system.current.container({ sysname: `${system.current.sysname}other` });
      const bodies: Uint8Array[] = [];
      await stranger.declareQueue({ name: 'tap', durable: false, exclusive: true, autoDelete: true });
      await stranger.bind({ exchange: `${other.sysname}~events`, queue: 'tap', routingKey: 'sensor.#' });
      await stranger.consume({ queue: 'tap', prefetch: 0, onDelivery: (one) => void bodies.push(one.body) });
      await other.events.publish('sensor.depth', 'ship7', 'theirs');
      await eventually(() => bodies.length === 1);
      const { log } = await subscriber(host, 'sensor.depth');
      await publish(stranger, 'sensor.depth.ship7', bodies[0] ?? '', {
        contentType: 'application/vnd.ioncore.v1+msgpack',
      });
      await eventually(() => undecodable(host) === 1);
      expect(log.seen).toEqual([]);
    });

    test('an event is read as the frame that it is, by whoever reads frames', async () => {
      const { host, stranger } = await two();
      const got: { readonly type: string | undefined; readonly key: string }[] = [];
      await host.events.subscribe('sensor.#', () => undefined);
      await stranger.declareQueue({ name: 'tap', durable: false, exclusive: true, autoDelete: true });
      await stranger.bind({
        exchange: `${system.current.sysname}~events`,
        queue: 'tap',
        routingKey: 'sensor.#',
      });
      await stranger.consume({
        queue: 'tap',
        prefetch: 0,
        onDelivery: ({ properties, routingKey }) =>
          void got.push({ type: properties.contentType, key: routingKey }),
      });
      await host.events.publish('sensor.depth', 'ship 7', 1);
      await eventually(() => got.length === 1);
      expect(got).toEqual([{ type: 'application/vnd.ioncore.v1+msgpack', key: 'sensor.depth.ship_x20_7' }]);
    });
  });
}
