import { describe, expect, test } from '@jest/globals';
import { NoReceiverError } from '../../../src/errors/index.ts';
import { declareStream, ReplayFeed } from '../../../src/exchange/replay-feed.ts';
import type { ConsumerHandle } from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from './bed.ts';

/** RabbitMQ after a start of its own, while it is not done with its streams. */
class StartingTransport extends ScriptedTransport {
  readonly refusal = new NoReceiverError("home node of 's' is down", { details: { reason: 'down' } });
  override async declareQueue(): Promise<void> {
    throw this.refusal;
  }
  override async consume(): Promise<ConsumerHandle> {
    throw this.refusal;
  }
}

describe('A log that the broker is still starting', () => {
  test('cannot be declared: Unavailable, which may be tried again', async () => {
    const transport = new StartingTransport();
    await expect(declareStream(transport, identity, 'sensor.depth', {})).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
      cause: transport.refusal,
    });
  });

  test('cannot be read: Unavailable, and not that there is none', async () => {
    const transport = new StartingTransport();
    const spec = { type: 'sensor.depth', from: 'first', prefetch: 1, retention: undefined } as const;
    const feed = new ReplayFeed({
      identity,
      transport,
      spec,
      declareEvents: async () => undefined,
      onDelivery: () => undefined,
    });
    await expect(feed.open()).rejects.toMatchObject({
      code: 'Unavailable',
      message:
        "the broker has the log of events of type 'sensor.depth', and it is not up: after a start of the broker that takes some seconds; try again",
    });
  });
});
