import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../src/testing/eventually.ts';
import type { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import type { Delivery, OutboundMessage, QueueSpec } from '../../../src/transport/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { RabbitNode } from '../../support/rabbit-node.ts';
import { findRabbit } from '../../support/rabbitmqctl.ts';

// These tests stop and kill their broker, or start it with features switched off.
const withOwnNode = findRabbit() === undefined ? describe.skip : describe;

const slowMs = 120_000;
const patience = { withinMs: 60_000 };
const events: QueueSpec = {
  name: 'events',
  queueType: 'stream',
  durable: true,
  exclusive: false,
  autoDelete: false,
};

const transports: AmqpTransport[] = [];
let node: RabbitNode | undefined;

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  await node?.dispose();
  node = undefined;
}, slowMs);

function make(url: string): AmqpTransport {
  // RabbitMQ 3.10 may never answer for a message that met a stream which was just starting.
  const transport = makeAmqpTransport(url, { confirmTimeoutMs: 2_000 });
  transports.push(transport);
  return transport;
}

function event(number: number): OutboundMessage {
  const body = new TextEncoder().encode(String(number));
  return { exchange: 'x', routingKey: 'a.b', body, properties: {}, mandatory: true };
}

/** Publishes until the broker has it: a stream that is starting takes nothing, and neither does a broker that is away. */
async function publishSurely(transport: AmqpTransport, number: number): Promise<void> {
  await eventually(async () => (await transport.publishConfirmed(event(number))) === 'confirmed', patience);
}

withOwnNode('streams of a RabbitMQ of their own', () => {
  test(
    'a reader goes on after the broker was stopped and killed, and nobody else waits for the stream',
    async () => {
      node = await RabbitNode.start();
      const [reader, publisher] = [make(node.url), make(node.url)];
      await Promise.all([reader.connect(), publisher.connect()]);
      await reader.declareExchange({ name: 'x', type: 'topic', durable: true, autoDelete: false });
      await reader.declareQueue(events);
      await reader.bind({ exchange: 'x', queue: 'events', routingKey: 'a.#' });
      const seen: Delivery[] = [];
      const settled = new Set<number>();
      await reader.consume({
        queue: 'events',
        from: 'first',
        prefetch: 50,
        onDelivery: (delivery) => {
          seen.push(delivery);
          const number = numberOf(delivery);
          // A negative one may have been published again for want of an answer.
          if (number >= 0) expect(settled.has(number)).toBe(false);
          // Every tenth is settled only when it comes again.
          if (number % 10 === 0 && !delivery.redelivered) return;
          delivery.ack();
          settled.add(number);
        },
      });

      // The first restart is a gentle one: RabbitMQ 3.10 that is killed seconds after its first stream was declared loses it.
      const ends = ['stop', 'kill'] as const;
      for (const [round, end] of ends.entries()) {
        for (let number = 0; number < 200; number++) await publishSurely(publisher, 200 * round + number);
        await eventually(() => settled.size === 201 * round + 180, patience);
        await node[end]();
        await node.restart();
        await eventually(
          () => reader.status.type === 'connected' && reader.status.epoch === round + 2,
          patience,
        );
        await publishSurely(publisher, -1 - round);
        await eventually(() => settled.size === 201 * (round + 1), patience);
      }
      const again = seen.filter((one) => one.redelivered && numberOf(one) >= 0).map(numberOf);
      expect(again).toEqual(Array.from({ length: 40 }, (_, index) => 10 * index));
    },
    slowMs,
  );

  test(
    'a broker whose streams are switched off refuses them, and nothing else',
    async () => {
      process.env.RABBITMQ_FEATURE_FLAGS = '';
      try {
        node = await RabbitNode.start();
      } finally {
        delete process.env.RABBITMQ_FEATURE_FLAGS;
      }
      const refusal = {
        code: 'BadRequest',
        message: expect.stringMatching(/the queue "events".*feature flag.*enable_feature_flag/),
      };
      const transport = make(node.url);
      await transport.connect();
      await expect(transport.declareQueue(events)).rejects.toMatchObject(refusal);
      await eventually(() => transport.status.type === 'connected' && transport.status.epoch === 2, patience);
      await transport.declareQueue({ ...events, name: 'plain', queueType: 'classic' });
      expect(await transport.inspectQueue('plain')).toEqual({ messages: 0, consumers: 0 });

      const early = make(node.url);
      await early.declareQueue(events);
      await expect(early.connect()).rejects.toMatchObject(refusal);
    },
    slowMs,
  );
});

function numberOf({ body }: Delivery): number {
  return Number(new TextDecoder().decode(body));
}
