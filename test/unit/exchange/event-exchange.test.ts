import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import { EventExchange } from '../../../src/exchange/event-exchange.ts';
import {
  type EventGuarantee,
  type Identity,
  outgoing,
  type Publication,
} from '../../../src/exchange/index.ts';
import { Retries } from '../../../src/exchange/retries.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { BindingSpec, ExchangeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { arrival, frameDelivery, identity, message, ScriptedTransport } from './bed.ts';

/** Writes down what is declared, in order. */
class WritingTransport extends ScriptedTransport {
  readonly steps: string[] = [];
  override async declareExchange(exchange?: ExchangeSpec): Promise<void> {
    this.steps.push(`exchange ${exchange?.name}`);
  }
  override async declareQueue(queue?: QueueSpec): Promise<void> {
    this.steps.push(`queue ${queue?.name}`);
  }
  override async bind(binding?: BindingSpec): Promise<void> {
    this.steps.push(`bind ${binding?.queue} '${binding?.routingKey}'`);
  }
}

const disconnected = { type: 'disconnected', epoch: 1, cause: new Error('cut'), retryInMs: 50 } as const;

function makeExchange(who: Identity = identity) {
  const env = fakeEnv();
  const transport = new WritingTransport();
  const logger = recordingLogger();
  const codec = new Codec();
  const parts = { identity: who, env, codec, logger, transport };
  const retries = new Retries({
    ...parts,
    policy: { attempts: 3, delaysMs: [20] },
    reread: () => message(),
    onDead: () => undefined,
  });
  const exchange = new EventExchange({
    ...parts,
    inbox: { takeEvent: () => undefined },
    retries,
    publishTimeoutMs: 1_000,
    trustedUsers: new Set(),
  });
  return {
    env,
    transport,
    exchange,
    retries,
    publish: (guarantee: EventGuarantee) => {
      const publication: Publication = {
        topic: 'depth.ship7',
        guarantee,
        isMandatory: false,
        outcome: 'rejected',
      };
      exchange.publish(outgoing(message({ performative: 'none', op: 'depth' })), publication);
      return publication.outcome;
    },
  };
}

const solo: Identity = { container: 'solo', sysname: 'solo' };
const anchor = "bind solo~inbox.solo ''";

describe('EventExchange, in a system that is one container’s own,', () => {
  test('holds its exchange once the inbox is there, whatever was first', async () => {
    const { exchange, transport } = makeExchange(solo);
    await exchange.ready();
    expect(transport.steps).toEqual(['exchange solo~events']);
    await exchange.inboxOpened();
    await exchange.ready();
    expect(transport.steps.slice(1)).toEqual(['exchange solo~events', anchor]);
    const other = makeExchange(solo);
    await other.exchange.inboxOpened();
    expect(other.transport.steps).toEqual([]);
    other.transport.status = disconnected;
    await other.exchange.ready();
    expect(other.transport.steps).toEqual(['exchange solo~events', anchor]);
  });

  test('holds it before the first subscription binds to it', async () => {
    const sink = { take: () => undefined };
    const shared = { name: 'log', pattern: 'depth.#', isOrdered: false, prefetch: 1 };
    const replay = { type: 'depth', from: 'first', prefetch: 1, retention: {} } as const;
    for (const open of [
      (exchange: EventExchange) => exchange.liveFeed(sink).add('depth'),
      (exchange: EventExchange) => exchange.sharedFeed({ ...shared, kind: 'group' }, sink).open(),
      (exchange: EventExchange) => exchange.sharedFeed({ ...shared, kind: 'durable' }, sink).open(),
      (exchange: EventExchange) => exchange.replayFeed(replay, sink).open(),
    ]) {
      const { exchange, transport } = makeExchange(solo);
      await exchange.inboxOpened();
      await open(exchange);
      expect(transport.steps.slice(0, 2)).toEqual(['exchange solo~events', anchor]);
    }
  });
});

test('EventExchange#sharedFeed() of a durable subscription knows where dead letters go before it takes anything', async () => {
  const { exchange, transport } = makeExchange();
  const spec = { kind: 'durable', name: 'log', pattern: 'depth.#', isOrdered: false, prefetch: 1 } as const;
  await exchange.sharedFeed(spec, { take: () => undefined }).open();
  expect(transport.steps.slice(0, 5)).toEqual([
    'exchange fleet~events',
    'exchange fleet~dead',
    'queue fleet~dead',
    "bind fleet~dead '#'",
    'queue fleet~durable.log',
  ]);
});

describe('EventExchange#publish()', () => {
  test('of replayed events that come back makes their log again, and sends them there', async () => {
    const { exchange, transport, publish, env } = makeExchange();
    await exchange.declareStream('depth', { maxBytes: 5_000_000 });
    transport.steps.length = 0;
    transport.outcome = async () => (transport.steps.length === 0 ? 'unroutable' : 'confirmed');
    const outcome = publish('replay');
    await turns(3);
    expect(transport.steps).toEqual(['queue fleet~stream.depth', "bind fleet~stream.depth 'depth.#'"]);
    await env.advance(100);
    expect(await outcome).toBe('confirmed');
    expect(transport.confirmed).toHaveLength(2);
  });

  test('of durable events that come back makes nothing', async () => {
    const { transport, publish } = makeExchange();
    transport.outcome = async () => 'unroutable';
    expect(await publish('durable')).toBe('unroutable');
    expect(transport.steps).toEqual([]);
  });
});

test('EventExchange#stats count the live events that were not taken, and not their frames', async () => {
  const { exchange, transport, publish } = makeExchange();
  transport.takes = false;
  for (let count = 0; count < 3; count += 1) publish('live');
  await turns(1);
  expect(exchange.stats).toEqual({ published: 3, dropped: 3 });
  transport.status = disconnected;
  publish('live');
  expect(exchange.stats).toEqual({ published: 4, dropped: 4 });
});

test('EventExchange#settled() waits for work that failed, until the broker has it', async () => {
  const { exchange, retries, transport } = makeExchange();
  let confirm = (): void => undefined;
  transport.outcome = () =>
    new Promise((resolve) => {
      confirm = () => resolve('confirmed');
    });
  const one = arrival({ performative: 'none' });
  const source = { address: 'log' };
  const delivery = frameDelivery([message()]);
  const failure = { arrival: one, delivery, index: 0, source, error: new Error('x'), isFinal: false };
  retries.failed(failure, () => undefined);
  let isSettled = false;
  void exchange.settled().then(() => {
    isSettled = true;
  });
  await turns(3);
  expect(isSettled).toBe(false);
  confirm();
  await turns(3);
  expect(isSettled).toBe(true);
});
