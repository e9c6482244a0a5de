import { describe, expect, jest, test } from '@jest/globals';
import { Codec, frameContentType, UndecodableError } from '../../../src/codec/index.ts';
import { Inbox } from '../../../src/exchange/inbox.ts';
import type { Arrival } from '../../../src/exchange/index.ts';
import { JsonGate } from '../../../src/exchange/json-gate.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import {
  arrival,
  frameDelivery,
  frameOf,
  identity,
  jsonDelivery,
  message,
  primed,
  ScriptedDelivery,
  ScriptedTransport,
} from './bed.ts';

/** Nothing fails here. */
const keeper = {
  reread: (): never => {
    throw new Error('nothing is read again');
  },
  failed: (): void => undefined,
};

function makeInbox(onArrival: (arrival: Arrival) => void = () => undefined) {
  const env = fakeEnv();
  const codec = new Codec();
  const transport = new ScriptedTransport();
  const logger = recordingLogger();
  const arrivals: Arrival[] = [];
  const json = new JsonGate(identity, codec, transport, env, ['replies']);
  const told: unknown[] = [];
  const works: unknown[] = [];
  const inbox = new Inbox({
    keeper,
    identity,
    codec,
    json,
    calls: {
      readAnswer: ({ properties: { correlationId = '' } }) => {
        if (correlationId === '') throw new UndecodableError('no-correlation', 'to what?');
        return arrival({ performative: 'inform_result', conversationId: correlationId }, { origin: '' });
      },
    },
    tellContainer: (asking, { reason }) => void told.push({ ...asking, reason }),
    tellWork: (...work) => void works.push(work),
    env,
    logger,
    trustedUsers: new Set(['captain']),
    onArrival: (arrival) => {
      arrivals.push(arrival);
      onArrival(arrival);
    },
  });
  const answers = () => transport.published.map(({ body }) => JSON.parse(Buffer.from(body).toString()));
  return { env, inbox, json, told, works, logger, transport, arrivals, answers, sentAt: env.clock.wall() };
}

const broken = (userId = '', routingKey = 'hello') =>
  new ScriptedDelivery(Uint8Array.of(0x93), { contentType: frameContentType, userId }, routingKey);

describe('Inbox, frames', () => {
  test('tells whoever asks how long its one-way messages took, when all of the frame is settled', () => {
    const { inbox, arrivals, works } = makeInbox();
    const oneWay = (op: string) => message({ performative: 'none', op });
    const messages = [oneWay('count'), oneWay('sum'), oneWay('count'), oneWay('count')];
    inbox.takeShared(frameDelivery(messages, { tellWork: true }), 'hello');
    expect(arrivals.map(({ tellsWork }) => tellsWork)).toEqual([true, true, true, true]);
    for (const [index, arrival] of arrivals.entries()) {
      // The last one was handed on, or failed: nobody knows how long it takes.
      if (index < 3) arrival.workUs = 10 + index;
      expect(works).toEqual([]);
      arrival.settle();
    }
    expect(works).toEqual([
      [
        'ship',
        'hello',
        [
          ['count', 10, 12],
          ['sum', 11],
        ],
      ],
    ]);
  });

  test('tells at once of what is too much work to have travelled together', () => {
    const { inbox, arrivals, works } = makeInbox();
    const messages = Array.from({ length: 3 }, () => message({ performative: 'none', op: 'print' }));
    inbox.takeShared(frameDelivery(messages, { tellWork: true }), 'hello');
    const told: number[] = [];
    for (const [index, arrival] of arrivals.entries()) {
      arrival.workUs = 1_500 + index;
      arrival.settle();
      told.push(works.length);
    }
    expect(told).toEqual([0, 1, 2]);
    expect(works).toEqual([
      ['ship', 'hello', [['print', 1_500, 1_501]]],
      ['ship', 'hello', [['print', 1_502]]],
    ]);
  });

  test('tells nothing of one-way messages whose sender does not ask, nor of frames of which nothing is known', () => {
    const { inbox, arrivals, works } = makeInbox();
    inbox.takeShared(frameDelivery([message({ performative: 'none' })]), 'hello');
    inbox.takeShared(frameDelivery([message({ performative: 'none' })], { tellWork: true }), 'hello');
    inbox.takeOwn(frameDelivery([message({ performative: 'none' })], { tellWork: true }));
    expect(arrivals.map(({ tellsWork }) => tellsWork)).toEqual([false, true, false]);
    for (const arrival of arrivals) arrival.settle();
    expect(works).toEqual([]);
  });

  test('hands on each message of a frame in order, with the facts of its arrival', async () => {
    const { env, inbox, arrivals, sentAt } = makeInbox();
    await env.advance(500);
    const frame = frameOf([message({ content: 1, budgetMs: 700 }), message({ content: 2 })], {
      sentAt: sentAt + 500,
    });
    inbox.takeShared(new ScriptedDelivery(frame, { contentType: frameContentType }, 'hello', true), 'hello');
    expect(arrivals.map((arrival) => arrival.message.content)).toEqual([1, 2]);
    expect(arrivals).toMatchObject([
      {
        origin: 'ship',
        local: false,
        redelivered: true,
        deadlineAt: 1200,
        replyRoute: undefined,
      },
      { deadlineAt: Number.POSITIVE_INFINITY },
    ]);
    expect(inbox.stats).toEqual({ frames: 1, messages: 2, undecodable: 0, expired: 0 });
  });

  test('takes the wait off a message’s time, although the sender’s clock is hours ahead', async () => {
    const { env, inbox, arrivals, sentAt } = makeInbox();
    const ahead = sentAt + 7_200_000;
    inbox.takeOwn(frameDelivery([message({ budgetMs: 1000 })], { sentAt: ahead }));
    await env.advance(900);
    inbox.takeOwn(frameDelivery([message({ budgetMs: 1000 })], { sentAt: ahead + 500 }));
    expect(arrivals.map(({ deadlineAt }) => deadlineAt)).toEqual([1000, 900 + 1000 - 400]);
  });

  test('drops messages whose time is over on arrival, counts them, and settles them', async () => {
    const { env, inbox, arrivals, sentAt } = makeInbox();
    inbox.takeOwn(frameDelivery([message()], { sentAt }));
    await env.advance(400);
    const delivery = frameDelivery(
      [399, 400, 401, 0].map((budgetMs) => message({ budgetMs, content: budgetMs })),
      { sentAt },
    );
    inbox.takeShared(delivery, 'hello');
    expect(arrivals.slice(1).map((arrival) => arrival.message.content)).toEqual([401, 0]);
    expect(inbox.stats).toMatchObject({ frames: 2, messages: 3, expired: 2 });
    for (const arrival of arrivals) arrival.settle();
    expect(delivery).toMatchObject({ acks: 1, nacks: 0 });
  });

  test('acknowledges at once a frame of which everything is over', async () => {
    const { env, inbox, arrivals, sentAt } = makeInbox();
    inbox.takeOwn(frameDelivery([message()], { sentAt }));
    await env.advance(10_000);
    const delivery = frameDelivery([message({ budgetMs: 5 }), message({ budgetMs: 6 })], { sentAt });
    inbox.takeShared(delivery, 'hello');
    expect(arrivals).toHaveLength(1);
    expect(delivery.acks).toBe(1);
  });

  test('acknowledges a shared frame when the last of its messages is settled, in whatever order', () => {
    const { inbox, arrivals } = makeInbox();
    const delivery = frameDelivery([message(), message(), message()]);
    inbox.takeShared(delivery, 'hello');
    const [first, second, third] = arrivals;
    expect(arrivals.map((arrival) => arrival.fromSharedQueue)).toEqual([true, true, true]);
    third?.settle();
    first?.settle();
    first?.settle();
    expect(delivery.acks).toBe(0);
    second?.settle();
    expect(delivery.acks).toBe(1);
  });

  test('acknowledges nothing of the container’s own queue', () => {
    const { inbox, arrivals } = makeInbox();
    const delivery = frameDelivery([message()]);
    inbox.takeOwn(delivery);
    expect(arrivals.map((arrival) => arrival.fromSharedQueue)).toEqual([false]);
    arrivals[0]?.settle();
    expect(delivery.acks).toBe(0);
  });

  test('drops a frame of another system, counted', () => {
    const { inbox, arrivals, logger } = makeInbox();
    const delivery = frameDelivery([message()], { sysname: 'armada' });
    inbox.takeShared(delivery, 'hello');
    expect(arrivals).toEqual([]);
    expect(delivery.acks).toBe(1);
    expect(inbox.stats).toMatchObject({ frames: 0, undecodable: 1 });
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: { reason: 'foreign-system' } } }]);
  });
});

describe('Inbox, the acting user', () => {
  const acting = () => message({ headers: { 'user-id': 'admiral', quiet: true } });

  test.each([undefined, '', 'guest', 'captain '])('is not believed from login %j', (userId) => {
    const { inbox, arrivals } = makeInbox();
    const properties = { contentType: frameContentType, ...(userId !== undefined && { userId }) };
    inbox.takeOwn(new ScriptedDelivery(frameOf([acting(), message()]), properties));
    expect(arrivals.map((arrival) => arrival.message.headers)).toEqual([{ quiet: true }, undefined]);
  });

  test('is believed from a login of trustedUsers, which the broker has checked', () => {
    const { inbox, arrivals } = makeInbox();
    inbox.takeOwn(
      new ScriptedDelivery(frameOf([acting()]), { contentType: frameContentType, userId: 'captain' }),
    );
    expect(arrivals.map((arrival) => arrival.message.headers)).toEqual([
      { 'user-id': 'admiral', quiet: true },
    ]);
  });

  test('of a JSON message is nobody, whatever its headers say', () => {
    const { inbox, arrivals } = makeInbox();
    inbox.takeOwn(jsonDelivery('1', { userId: 'captain', headers: { 'user-id': 'admiral' } }));
    expect(arrivals.map((arrival) => arrival.message.headers)).toEqual([undefined]);
  });
});

describe('Inbox, what cannot be read', () => {
  test('is settled, counted each time, and logged once per source and reason', () => {
    const { inbox, logger } = makeInbox();
    const deliveries = [broken(), broken(), broken('mallory'), broken('mallory'), broken('mallory', 'other')];
    for (const delivery of deliveries) inbox.takeShared(delivery, 'hello');
    inbox.takeShared(new ScriptedDelivery(Uint8Array.of(), { contentType: frameContentType }), 'hello');
    expect(inbox.stats).toEqual({ frames: 0, messages: 0, undecodable: 6, expired: 0 });
    expect(deliveries.map(({ acks }) => acks)).toEqual([1, 1, 1, 1, 1]);
    expect(logger.lines.map(({ level, fields }) => [level, fields.source])).toEqual([
      ['warn', '//hello'],
      ['warn', 'mallory//hello'],
      ['warn', 'mallory//other'],
      ['warn', '//hello'],
    ]);
  });

  test('is logged for at most 1000 sources, however many there are', () => {
    const { inbox, logger } = makeInbox();
    for (let index = 0; index < 5000; index += 1) inbox.takeShared(broken(`user${index}`), 'hello');
    expect(inbox.stats.undecodable).toBe(5000);
    expect(logger.lines).toHaveLength(1000);
  });

  test.each(['text/plain', 'application/vnd.ioncore.v2+msgpack'])(
    'of content type %s is not answered',
    (contentType) => {
      const { inbox, transport, logger } = makeInbox();
      const delivery = jsonDelivery('1', { contentType, replyTo: 'replies' });
      inbox.takeShared(delivery, 'hello');
      expect(delivery.acks).toBe(1);
      expect(transport.published).toEqual([]);
      expect(logger.lines).toMatchObject([{ fields: { error: { reason: 'content-type' } } }]);
    },
  );

  test('is answered where a JSON peer asked for it', async () => {
    const { inbox, json, transport, answers } = makeInbox();
    await primed(json);
    const delivery = jsonDelivery('{"broken', { replyTo: 'replies', correlationId: 'c1' });
    inbox.takeShared(delivery, 'hello');
    expect(delivery.acks).toBe(1);
    expect(transport.published).toMatchObject([
      { exchange: '', routingKey: 'replies', properties: { correlationId: 'c1' } },
    ]);
    expect(answers()).toMatchObject([{ code: 'BadRequest' }]);
  });

  test('is answered and settled when the reason quotes half a character of it', async () => {
    const { inbox, json, answers } = makeInbox();
    await primed(json);
    // V8 cuts the quotation after so many UTF-16 units.
    const delivery = jsonDelivery(`[1,2,3,4,${'😀'.repeat(12)} x`, { replyTo: 'replies' });
    expect(() => inbox.takeShared(delivery, 'hello')).not.toThrow();
    expect(delivery.acks).toBe(1);
    expect(answers()).toMatchObject([{ code: 'BadRequest' }]);
  });

  test('with a reply_to that is not the sender’s is neither run nor answered', () => {
    const { inbox, transport, arrivals } = makeInbox();
    for (const text of ['1', '{"broken']) {
      const delivery = jsonDelivery(text, { replyTo: 'fleet.hello' });
      inbox.takeShared(delivery, 'hello');
      expect(delivery.acks).toBe(1);
    }
    expect(arrivals).toEqual([]);
    expect(transport.published).toEqual([]);
  });

  test('a receiver that throws, which it must not, is logged as our error, and the frame is settled', () => {
    const { inbox, logger } = makeInbox(() => {
      throw new TypeError('boom');
    });
    const delivery = frameDelivery([message(), message()]);
    expect(() => inbox.takeShared(delivery, 'hello')).not.toThrow();
    expect(delivery.acks).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'a delivery could not be taken' }]);
  });
});

describe('Inbox, JSON', () => {
  test('of a service’s queue is for the service; it is acknowledged when it is settled', async () => {
    const { inbox, json, arrivals } = makeInbox();
    await primed(json);
    const delivery = jsonDelivery('"ahoy"', { replyTo: 'replies', correlationId: 'c1' });
    inbox.takeShared(delivery, 'depth');
    expect(arrivals).toMatchObject([
      { origin: '', local: false, fromSharedQueue: true, message: { receiver: 'depth', content: 'ahoy' } },
    ]);
    expect(delivery.acks).toBe(0);
    arrivals[0]?.settle();
    expect(delivery.acks).toBe(1);
    expect(inbox.stats).toEqual({ frames: 1, messages: 1, undecodable: 0, expired: 0 });
  });

  test('of the container’s own queue is for whom its routing key names', () => {
    const { inbox, arrivals } = makeInbox();
    inbox.takeOwn(new ScriptedDelivery(new TextEncoder().encode('1'), { type: 'hello' }, '~shore.7'));
    expect(arrivals).toMatchObject([{ fromSharedQueue: false, message: { receiver: 'shore.7' } }]);
  });

  test('of the container’s own queue by the default exchange is an answer, or nothing', () => {
    const { inbox, arrivals, transport } = makeInbox();
    const deliveries = ['c1', ''].map((correlationId) =>
      jsonDelivery('1', { correlationId, replyTo: 'replies' }),
    );
    for (const delivery of deliveries) {
      delivery.exchange = '';
      inbox.takeOwn(delivery);
    }
    expect(arrivals).toMatchObject([{ message: { performative: 'inform_result', conversationId: 'c1' } }]);
    expect(inbox.stats).toEqual({ frames: 1, messages: 1, undecodable: 1, expired: 0 });
    expect(transport.published).toEqual([]);
  });

  test('of a shared queue by the default exchange is a request as any other', () => {
    const { inbox, arrivals } = makeInbox();
    const delivery = jsonDelivery('1');
    delivery.exchange = '';
    inbox.takeShared(delivery, 'depth');
    expect(arrivals).toMatchObject([{ message: { performative: 'none', receiver: 'depth' } }]);
  });

  test('of a container that takes us for a JSON peer is not run, and the container is told', () => {
    const { inbox, arrivals, told, transport } = makeInbox();
    const replyTo = 'fleet~inbox.ship~3';
    inbox.takeShared(jsonDelivery('1', { replyTo, correlationId: 'c1' }), 'depth');
    inbox.takeShared(jsonDelivery('1', { replyTo }), 'depth');
    inbox.takeShared(jsonDelivery('1', { replyTo: 'other~inbox.ship~3', correlationId: 'c1' }), 'depth');
    inbox.takeShared(jsonDelivery('1', { replyTo: 'fleet~inbox.ship~x', correlationId: 'c1' }), 'depth');
    expect(told).toEqual([{ container: 'ship', conversationId: 'c1', reason: 'reply-to' }]);
    expect(arrivals).toEqual([]);
    expect(transport.published).toEqual([]);
  });
});

describe('Inbox#reread()', () => {
  test('reads a frame of failing work once, and gives each message as it came, however it was changed', () => {
    const { inbox } = makeInbox();
    const delivery = frameDelivery([message({ content: { n: 1 } }), message({ content: { n: 2 } })]);
    const { body } = delivery;
    const read = jest.fn(() => body);
    Object.defineProperty(delivery, 'body', { get: read });
    for (const _again of [1, 2]) {
      const messages = [0, 1].map((index) => inbox.reread(delivery, index));
      expect(messages.map(({ content }) => content)).toEqual([{ n: 1 }, { n: 2 }]);
      for (const one of messages) Object.assign(Object(one.content), { n: 'changed' });
    }
    expect(read).toHaveBeenCalledTimes(1);
    expect(() => inbox.reread(delivery, 2)).toThrow(UndecodableError);
  });
});
