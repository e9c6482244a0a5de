import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../../../src/testing/eventually.ts';
import type { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import { TopicIndex } from '../../../src/util/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';

const slowMs = 120_000;
const [batches, patternsPerBatch, topicsPerBatch] = [20, 50, 100] as const;
/** Change it for one run to see other pairs, or to see those of a failure again. */
const seed = Number(process.env.IONCORE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

const plainWord = fc.constantFrom('a', 'b', 'ab', 'a', 'b', '', 'a*', '#a', 'é', 'A');
const words = (wildcards: number, maxLength: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 10, arbitrary: plainWord },
        { weight: wildcards, arbitrary: fc.constantFrom('*', '#') },
      ),
      {
        maxLength,
      },
    )
    .map((parts) => parts.join('.'));

/** Where mistakes would be, besides chance: in each batch with other partners. */
const oddPatterns = ['', '.', '#', '*', '#.#', '*.#.*', '#.*.#', '*.*', '#.a', 'a.#', '#.#.a', 'a.#.#.b'];
const oddTopics = ['', '.', '..', 'a', 'a.', '.a', '*', '#', '#.*'];

/** As long as keys can be. Few `#`: RabbitMQ tries every way to share out the words among them, and would be busy for hours. */
const longPatterns = [
  ...['#', 'a.#', '#.a', '*.#.*', 'a.#.a', '.#', '#.', '#.x', ''],
  ...[
    `${'*.'.repeat(127)}*`,
    `${'a.'.repeat(126)}a.#`,
    `#.${'a.'.repeat(126)}a`,
    'x'.repeat(255),
    '.'.repeat(255),
  ],
  ...[`${'*.'.repeat(126)}*.#`, `${'é'.repeat(127)}.`, `*${'.'.repeat(254)}`],
];
const longTopics = [
  ...[`${'a.'.repeat(127)}a`, `${'a.'.repeat(126)}a`, '.'.repeat(255), '.'.repeat(254), 'x'.repeat(255)],
  ...[`${'é'.repeat(127)}.`, `${'ab.'.repeat(85)}`, ''],
];

describe('TopicIndex and the topic exchange of RabbitMQ', () => {
  let vhost: TestVhost;
  let transport: AmqpTransport;

  beforeAll(async () => {
    vhost = await makeTestVhost('topics');
    transport = makeAmqpTransport(vhost.url);
    await transport.connect();
  }, slowMs);
  afterAll(async () => {
    await transport.close();
    await vhost.dispose();
  }, slowMs);

  test(
    `route ${batches * patternsPerBatch * topicsPerBatch} pairs of pattern and topic alike (IONCORE_TEST_SEED=${seed})`,
    async () => {
      const queues = Array.from({ length: patternsPerBatch }, (_, index) => vhost.name(`q${index}`));
      /** `<batch> <topic's index> <queue's index>` */
      const routed = new Set<string>();
      let ended = 0;
      for (const [index, name] of queues.entries()) {
        await transport.declareQueue({ name, durable: false, exclusive: true, autoDelete: false });
        await transport.consume({
          queue: name,
          prefetch: 0,
          noAck: true,
          onDelivery: ({ body }) => {
            const said = new TextDecoder().decode(body);
            if (said === 'end') ended++;
            else routed.add(`${said} ${index}`);
          },
        });
      }

      const expected = new Set<string>();
      for (let batch = 0; batch <= batches; batch++) {
        const draw = (
          arbitrary: fc.Arbitrary<string>,
          count: number,
          odd: readonly string[],
          salt: number,
        ) => [
          ...odd,
          ...fc.sample(arbitrary, { numRuns: count - odd.length, seed: seed + 2 * batch + salt }),
        ];
        const isLong = batch === batches;
        const patterns = isLong ? longPatterns : draw(words(8, 6), patternsPerBatch, oddPatterns, 0);
        const topics = isLong ? longTopics : draw(words(1, 7), topicsPerBatch, oddTopics, 1);
        const exchange = vhost.name(`x${batch}`);
        const index = new TopicIndex<number>();
        await transport.declareExchange({ name: exchange, type: 'topic', durable: false, autoDelete: true });
        for (const [at, routingKey] of patterns.entries()) {
          index.add(routingKey, at);
          await transport.bind({ exchange, queue: queues[at] ?? '', routingKey });
        }
        for (const [at, routingKey] of topics.entries()) {
          const body = new TextEncoder().encode(`${batch} ${at}`);
          expect(transport.publish({ exchange, routingKey, body, properties: {} })).toBe(true);
          for (const queue of index.match(routingKey)) expected.add(`${batch} ${at} ${queue}`);
        }
      }
      for (const routingKey of queues) {
        transport.publish({
          exchange: '',
          routingKey,
          body: new TextEncoder().encode('end'),
          properties: {},
        });
      }
      await eventually(() => ended === queues.length, { withinMs: 60_000 });

      expect([...routed].filter((pair) => !expected.has(pair))).toEqual([]);
      expect([...expected].filter((pair) => !routed.has(pair))).toEqual([]);
      // Neither everything nor nothing.
      const share = expected.size / (batches * patternsPerBatch * topicsPerBatch);
      expect(share).toBeGreaterThan(0.05);
      expect(share).toBeLessThan(0.5);
    },
    slowMs,
  );
});
