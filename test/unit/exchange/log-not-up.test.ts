import { describe, expect, test } from '@jest/globals';
import { NoReceiverError } from '../../../src/errors/index.ts';
import { declareStream, ReplayFeed, whenUp } from '../../../src/exchange/replay-feed.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import type { ConsumerHandle } from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from './bed.ts';

const unavailable = {
  code: 'Unavailable',
  retryable: true,
  message:
    "the broker has the log of events of type 'sensor.depth', and it is not up: after a start of the broker that takes some seconds; try again",
};

/** RabbitMQ after a start of its own, while it is not done with its streams. */
class StartingTransport extends ScriptedTransport {
  isUp = false;
  consumers = 0;
  override async declareQueue(): Promise<void> {
    this.#assertUp();
  }
  override async consume(): Promise<ConsumerHandle> {
    this.#assertUp();
    this.consumers += 1;
    return { cancel: async () => undefined };
  }
  #assertUp(): void {
    if (!this.isUp) throw new NoReceiverError("home node of 's' is down", { details: { reason: 'down' } });
  }
}

function makeFeed(retention: { readonly maxBytes: number } | undefined) {
  const env = fakeEnv();
  const transport = new StartingTransport();
  const spec = { type: 'sensor.depth', from: 'first', prefetch: 1, retention } as const;
  const declareEvents = async () => undefined;
  const feed = new ReplayFeed({ identity, env, transport, spec, declareEvents, onDelivery: () => undefined });
  let outcome: unknown;
  feed.open().then(
    () => {
      outcome = 'open';
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  return { env, transport, outcome: () => outcome };
}

describe('A log that the broker is still starting', () => {
  test.each([undefined, { maxBytes: 5_000_000 }])(
    'is read as soon as it is up (retention %j)',
    async (retention) => {
      const { env, transport, outcome } = makeFeed(retention);
      await env.advance(9_000);
      expect(outcome()).toBeUndefined();
      transport.isUp = true;
      await env.advance(200);
      expect(outcome()).toBe('open');
      expect(transport.consumers).toBe(1);
    },
  );

  test('is Unavailable after a while, and not said to be none', async () => {
    const { env, outcome } = makeFeed(undefined);
    await env.advance(10_200);
    expect(outcome()).toMatchObject(unavailable);
    expect(env.pendingTimers()).toBe(0);
  });

  test('cannot be declared: Unavailable', async () => {
    const declared = declareStream(new StartingTransport(), identity, 'sensor.depth', {});
    await expect(declared).rejects.toMatchObject(unavailable);
  });
});

describe('whenUp()', () => {
  test('tells any other failure at once', async () => {
    const env = fakeEnv();
    const failure = new NoReceiverError('no queue');
    await expect(
      whenUp(env, async () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    await turns(1);
    expect(env.pendingTimers()).toBe(0);
  });
});
