import { describe, expect, test } from '@jest/globals';
import { ConflictError } from '../../../src/errors/index.ts';
import { SharedFeed, type SharedFeedSpec } from '../../../src/exchange/shared-feed.ts';
import type {
  BindingSpec,
  ConsumerHandle,
  ConsumeSpec,
  ExchangeSpec,
  QueueSpec,
} from '../../../src/transport/index.ts';
import { identity, ScriptedDelivery, ScriptedTransport } from './bed.ts';

/** Writes down what it is asked for, in order. */
class WritingTransport extends ScriptedTransport {
  readonly steps: unknown[][] = [];
  consumer: ConsumeSpec | undefined;
  override async declareExchange(exchange?: ExchangeSpec): Promise<void> {
    this.steps.push(['exchange', exchange]);
  }
  override async declareQueue(queue?: QueueSpec): Promise<void> {
    this.steps.push(['queue', queue]);
  }
  override async bind(binding?: BindingSpec): Promise<void> {
    this.steps.push(['bind', binding?.exchange, binding?.routingKey, binding?.queue]);
  }
  override async consume(spec?: ConsumeSpec): Promise<ConsumerHandle> {
    this.consumer = spec;
    this.steps.push(['consume', spec?.queue, spec?.prefetch]);
    return { cancel: async () => void this.steps.push(['cancel']) };
  }
}

function makeFeed(spec: Partial<SharedFeedSpec>, who = identity) {
  const transport = new WritingTransport();
  const deliveries: unknown[] = [];
  const feed = new SharedFeed({
    identity: who,
    transport,
    spec: {
      kind: 'durable',
      name: 'log',
      pattern: 'sensor.*.ship7.#',
      isOrdered: false,
      prefetch: 7,
      ...spec,
    },
    declareEvents: async () => void transport.steps.push(['events']),
    declareDead: async () => void transport.steps.push(['dead letters']),
    onDelivery: (delivery) => void deliveries.push(delivery),
  });
  return {
    transport,
    feed,
    deliveries,
    queue: () => transport.steps.find(([what]) => what === 'queue')?.[1],
  };
}

describe('SharedFeed#open()', () => {
  test('of a durable subscription: a queue that stays, bound by the pattern and by its own name', async () => {
    const { feed, transport, deliveries } = makeFeed({});
    await feed.open();
    expect(transport.steps).toEqual([
      ['events'],
      ['dead letters'],
      [
        'queue',
        {
          name: 'fleet~durable.log',
          durable: true,
          exclusive: false,
          autoDelete: false,
          deadLetterExchange: 'fleet~dead',
          deadLetterRoutingKey: 'sensor.*.ship7.#',
        },
      ],
      ['bind', 'fleet~events', 'sensor.*.ship7.#', 'fleet~durable.log'],
      [
        'exchange',
        {
          name: 'fleet~again',
          type: 'topic',
          durable: true,
          autoDelete: false,
          alternateExchange: 'fleet~dead',
        },
      ],
      ['bind', 'fleet~again', '~durable~log', 'fleet~durable.log'],
      ['bind', 'fleet', '~durable~log', 'fleet~durable.log'],
      ['consume', 'fleet~durable.log', 7],
    ]);
    expect(transport.consumer?.noAck ?? false).toBe(false);
    const delivery = new ScriptedDelivery(new Uint8Array(), {});
    transport.consumer?.onDelivery(delivery);
    expect(deliveries).toEqual([delivery]);
  });

  test('ordered: one container at a time', async () => {
    const { feed, queue } = makeFeed({ isOrdered: true });
    await feed.open();
    expect(queue()).toMatchObject({ singleActiveConsumer: true });
  });

  test('behaviours 38 and 39: of a group, a queue of the system and that name, which goes with the last member', async () => {
    const { feed, transport, queue } = makeFeed({ kind: 'group', name: 'watch' });
    await feed.open();
    expect(queue()).toEqual({
      name: 'fleet~group.watch',
      durable: false,
      exclusive: false,
      autoDelete: true,
      deadLetterExchange: 'fleet~dead',
      deadLetterRoutingKey: 'sensor.*.ship7.#',
    });
    expect(transport.steps.filter(([what]) => what === 'bind')).toHaveLength(1);
    expect(transport.steps).not.toContainEqual(['dead letters']);
  });

  test('in a system that is one container’s own the queue is forgotten some time after it', async () => {
    const { feed, queue } = makeFeed({}, { container: 'solo', sysname: 'solo' });
    await feed.open();
    expect(queue()).toMatchObject({ name: 'solo~durable.log', expiresMs: 600_000 });
  });

  test('rejects with what the broker refuses, and consumes nothing', async () => {
    const { feed, transport } = makeFeed({});
    const refused = new ConflictError('another pattern');
    transport.declareQueue = async () => {
      throw refused;
    };
    await expect(feed.open()).rejects.toBe(refused);
    expect(transport.consumer).toBeUndefined();
    await feed.close();
  });
});

describe('SharedFeed#close()', () => {
  test('cancels the consumer once', async () => {
    const { feed, transport } = makeFeed({});
    await feed.open();
    await feed.close();
    await feed.close();
    expect(transport.steps.filter(([what]) => what === 'cancel')).toHaveLength(1);
  });
});
