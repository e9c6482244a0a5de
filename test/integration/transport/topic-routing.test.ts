import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../../../src/testing/eventually.ts';
import type { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import { TopicIndex } from '../../../src/util/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';

const slowMs = 120_000;
/** Of each batch; the odd ones below come on top. */
const [batches, patternsPerBatch, topicsPerBatch] = [25, 50, 100] as const;
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

/** `count` different ones. */
function draw(arbitrary: fc.Arbitrary<string>, count: number, seed: number): string[] {
  const all = new Set(fc.sample(arbitrary, { numRuns: 10 * count, seed }));
  expect(all.size).toBeGreaterThanOrEqual(count);
  return [...all].slice(0, count);
}

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
    `route more than 100 000 random pairs of pattern and topic alike (IONCORE_TEST_SEED=${seed})`,
    async () => {
      const count = patternsPerBatch + oddPatterns.length;
      const queues = Array.from({ length: count }, (_, index) => vhost.name(`q${index}`));
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
      const pairs = new Set<string>();
      let total = 0;
      for (let batch = 0; batch <= batches; batch++) {
        const isLong = batch === batches;
        const drawn = {
          patterns: isLong ? [] : draw(words(8, 6), patternsPerBatch, seed + 2 * batch),
          topics: isLong ? [] : draw(words(1, 7), topicsPerBatch, seed + 2 * batch + 1),
        };
        for (const pattern of drawn.patterns)
          for (const topic of drawn.topics) pairs.add(`${pattern} ${topic}`);
        const patterns = isLong ? longPatterns : [...oddPatterns, ...drawn.patterns];
        const topics = isLong ? longTopics : [...oddTopics, ...drawn.topics];
        total += patterns.length * topics.length;
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
      // Each pair once, however many batches have it.
      expect(pairs.size).toBeGreaterThanOrEqual(100_000);
      // Neither everything nor nothing.
      const share = expected.size / total;
      expect(share).toBeGreaterThan(0.05);
      expect(share).toBeLessThan(0.5);
    },
    slowMs,
  );
});
