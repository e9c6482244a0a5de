import { describe, expect, test } from '@jest/globals';
import { NoReceiverError, UnavailableError } from '../../../src/errors/index.ts';
import { declareStream, ReplayFeed, type ReplayFeedSpec } from '../../../src/exchange/replay-feed.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import type { BindingSpec, ConsumerHandle, ConsumeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from './bed.ts';

/** Writes down what it is asked for, in order. */
class WritingTransport extends ScriptedTransport {
  readonly steps: unknown[][] = [];
  refusal: Error | undefined;
  override async declareQueue(queue?: QueueSpec): Promise<void> {
    this.steps.push(['queue', queue]);
  }
  override async bind(binding?: BindingSpec): Promise<void> {
    this.steps.push(['bind', binding]);
  }
  override async consume(spec?: ConsumeSpec): Promise<ConsumerHandle> {
    if (this.refusal !== undefined) throw this.refusal;
    this.steps.push(['consume', spec?.queue, spec?.from, spec?.prefetch]);
    return { cancel: async () => void this.steps.push(['cancel']) };
  }
}

function makeFeed(spec: Partial<ReplayFeedSpec> = {}) {
  const transport = new WritingTransport();
  const feed = new ReplayFeed({
    identity,
    env: fakeEnv(),
    transport,
    spec: { type: 'sensor.depth', from: 'first', prefetch: 7, retention: undefined, ...spec },
    declareEvents: async () => void transport.steps.push(['events']),
    onDelivery: () => undefined,
  });
  return { transport, feed };
}

describe('declareStream()', () => {
  test.each([
    [{}, {}],
    [{ maxBytes: 1_000_000_000 }, { maxLengthBytes: 1_000_000_000, segmentBytes: 250_000_000 }],
    [{ maxBytes: 2_000_000 }, { maxLengthBytes: 2_000_000, segmentBytes: 1_000_000 }],
    [{ maxBytes: 1e12 }, { maxLengthBytes: 1e12, segmentBytes: 500_000_000 }],
    [{ maxAgeMs: 60_000 }, { maxAgeMs: 60_000, segmentBytes: 20_000_000 }],
  ])('of retention %j makes a stream for all events of the type', async (retention, expected) => {
    const transport = new WritingTransport();
    await declareStream(transport, identity, 'sensor.depth', retention);
    const queue = 'fleet~stream.sensor.depth';
    expect(transport.steps).toEqual([
      [
        'queue',
        {
          name: queue,
          durable: true,
          exclusive: false,
          autoDelete: false,
          queueType: 'stream',
          ...expected,
        },
      ],
      ['bind', { exchange: 'fleet~events', queue, routingKey: 'sensor.depth.#' }],
    ]);
  });
});

describe('ReplayFeed#open()', () => {
  test('reads the log from its place; one whose type is known is made first', async () => {
    const { feed, transport } = makeFeed({ from: { offset: 17 }, retention: { maxBytes: 5_000_000 } });
    await feed.open();
    expect(transport.steps.map(([what]) => what)).toEqual(['events', 'queue', 'bind', 'consume']);
    expect(transport.steps.at(-1)).toEqual(['consume', 'fleet~stream.sensor.depth', { offset: 17 }, 7]);
  });

  test('makes none of a type that is only named, and says who would have made it', async () => {
    const { feed, transport } = makeFeed();
    transport.refusal = new NoReceiverError('no queue');
    await expect(feed.open()).rejects.toMatchObject({
      code: 'NotFound',
      message:
        "there is no log of events of type 'sensor.depth' to replay: nobody has published one whose qos is 'replay'",
      cause: transport.refusal,
    });
    expect(transport.steps).toEqual([]);
  });

  test('any other refusal is told as it is', async () => {
    const { feed, transport } = makeFeed();
    transport.refusal = new UnavailableError('lost');
    await expect(feed.open()).rejects.toBe(transport.refusal);
  });
});

describe('ReplayFeed#close()', () => {
  test('cancels its reader once', async () => {
    const { feed, transport } = makeFeed();
    await feed.close();
    await feed.open();
    await feed.close();
    await feed.close();
    expect(transport.steps.filter(([what]) => what === 'cancel')).toHaveLength(1);
  });
});
