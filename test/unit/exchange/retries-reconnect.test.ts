import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import { UnavailableError } from '../../../src/errors/index.ts';
import { Retries } from '../../../src/exchange/retries.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { TransportStatus } from '../../../src/transport/index.ts';
import { arrival, frameDelivery, identity, message, ScriptedTransport } from './bed.ts';

const connecting: TransportStatus = { type: 'connecting', url: 'scripted:', attempt: 1 };

function connected(epoch: number): TransportStatus {
  return { type: 'connected', url: 'scripted:', epoch };
}

function disconnected(epoch: number): TransportStatus {
  return { type: 'disconnected', epoch, cause: new Error('cut'), retryInMs: 50 };
}

/** Work that came over the first connection fails while one is being made: that one, or the next. */
async function failWhileConnecting() {
  const env = fakeEnv();
  const transport = new ScriptedTransport();
  const unmarked = message({ performative: 'none', receiver: 'log', op: 'note' });
  const retries = new Retries({
    identity,
    env,
    codec: new Codec(),
    logger: recordingLogger(),
    transport,
    policy: { attempts: 3, delaysMs: [20] },
    reread: () => unmarked,
    onDead: () => undefined,
  });
  transport.status = connecting;
  transport.outcome = async () => {
    if (transport.status.type !== 'connected') throw new UnavailableError('there is no connection');
    return 'confirmed';
  };
  let done = 0;
  retries.failed(
    {
      arrival: arrival({ performative: 'none', receiver: 'log', op: 'note' }),
      delivery: frameDelivery([unmarked]),
      index: 0,
      source: { address: 'log' },
      error: new Error('no paper'),
      isFinal: false,
    },
    () => {
      done += 1;
    },
  );
  await turns(3);
  return { env, transport, done: () => done };
}

describe('Retries, while a connection is being made,', () => {
  test('keep what came over it already, as soon as it is there', async () => {
    const { env, transport, done } = await failWhileConnecting();
    await env.advance(1_000);
    expect(done()).toBe(0);
    transport.status = connected(1);
    await env.advance(50);
    expect(done()).toBe(1);
    expect(transport.confirmed.at(-1)).toMatchObject({ exchange: 'fleet~retry.20', routingKey: 'log' });
  });

  test('keep it although that connection is not made at the first try', async () => {
    const { env, transport, done } = await failWhileConnecting();
    transport.status = disconnected(0);
    await env.advance(10_000);
    transport.status = connected(1);
    await env.advance(30_000);
    expect(done()).toBe(1);
  });

  test.each([connected(2), disconnected(1)])(
    'leave to the broker what came over the one before, which is known when it is %j',
    async (status) => {
      const { env, transport, done } = await failWhileConnecting();
      transport.status = status;
      await env.advance(60_000);
      expect(done()).toBe(0);
      expect(env.pendingTimers()).toBe(0);
      expect(transport.confirmed).toHaveLength(1);
    },
  );
});
