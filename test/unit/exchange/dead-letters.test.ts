import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Codec, frameContentType, type MessageFields } from '../../../src/codec/index.ts';
import { ApplicationError } from '../../../src/errors/index.ts';
import { type DeadLetterFacts, readFacts, withFacts } from '../../../src/exchange/dead-letter.ts';
import { type DeadLetterFilter, DeadLetters } from '../../../src/exchange/dead-letters.ts';
import { againExchange, deadQueue } from '../../../src/exchange/event-topology.ts';
import { Retries } from '../../../src/exchange/retries.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { EmbeddedBroker } from '../../../src/transport/embedded/index.ts';
import type { Delivery, OutboundMessage, Transport, TransportStatus } from '../../../src/transport/index.ts';
import { type Env, systemEnv } from '../../../src/util/index.ts';
import { arrival, frameDelivery, identity, message, ScriptedTransport } from './bed.ts';

const ownCodec = new Codec();
const codec = ownCodec;
const facts: DeadLetterFacts = {
  id: 'abc',
  reason: 'attempts',
  attempts: 3,
  error: { code: 'Internal', message: 'no paper' },
  address: 'log',
  container: 'shore',
  diedAt: new Date(1_760_000_000_000),
};

/** The dead letters of the system as a container on that transport sees them, and what puts some there. */
function makeDeadLetters(
  transport: Transport,
  env: Env,
  trusted: readonly string[] = [],
  codec: Codec = ownCodec,
) {
  const retries = new Retries({
    identity,
    env,
    codec,
    logger: recordingLogger(),
    transport,
    policy: { attempts: 3, delaysMs: [1] },
    reread: () => {
      throw new Error('as its handler left it');
    },
    onDead: () => undefined,
  });
  const trustedUsers = new Set(trusted);
  const letters = new DeadLetters({ identity, env, codec, transport, trustedUsers });
  return { letters, retries };
}

describe('DeadLetters', () => {
  let broker: EmbeddedBroker;
  let transport: Transport;
  let letters: DeadLetters;
  let retries: Retries;

  beforeEach(async () => {
    broker = new EmbeddedBroker({ env: systemEnv() });
    transport = broker.transport();
    await transport.connect();
    ({ letters, retries } = makeDeadLetters(transport, systemEnv()));
    await transport.declareExchange({ name: 'fleet', type: 'topic', durable: true, autoDelete: false });
  });
  afterEach(async () => {
    await transport.close();
    broker.stop();
  });

  /** Makes a dead letter of one with that content. */
  function bury(
    content: unknown,
    { address = 'log', attempt = 3, isFinal = false, fields = {} as Partial<MessageFields> } = {},
  ): Promise<void> {
    const one = arrival({ performative: 'none', receiver: address, op: 'note', content, ...fields });
    one.message.attempt = attempt;
    const delivery = frameDelivery([one.message]);
    const error = new ApplicationError('OutOfPaper', `no paper for ${content}`);
    return new Promise((done) =>
      retries.failed({ arrival: one, delivery, index: 0, source: { address }, error, isFinal }, done),
    );
  }

  /** What is sent to that address from here on. */
  async function inbox(address: string): Promise<Delivery[]> {
    const queue = `fleet.${address}`;
    const got: Delivery[] = [];
    await transport.declareQueue({ name: queue, durable: true, exclusive: false, autoDelete: false });
    await transport.bind({ exchange: 'fleet', queue, routingKey: address });
    await transport.consume({
      queue,
      prefetch: 0,
      onDelivery: (delivery) => {
        delivery.ack();
        got.push(delivery);
      },
    });
    return got;
  }

  function publishDead(body: Uint8Array, properties: OutboundMessage['properties'] = {}): void {
    transport.publish({ exchange: 'fleet~dead', routingKey: 'log', body, properties });
  }

  const contents = async (): Promise<unknown[]> => (await letters.list()).map(({ content }) => content);
  const waiting = async (): Promise<number | undefined> =>
    (await transport.inspectQueue(deadQueue(identity).name))?.messages;

  test('in a system that has none they are empty, and make no queue', async () => {
    expect(await letters.list()).toEqual([]);
    expect(await letters.drop({})).toBe(0);
    await expect(letters.show('abc')).rejects.toMatchObject({ code: 'NotFound' });
    expect(await waiting()).toBeUndefined();
  });

  test.each([
    [{ adress: 'log' }, "a filter of dead letters knows no 'adress'; there are id, address, op, reason"],
    [{ op: undefined }, 'op of a filter of dead letters must be a text, got undefined'],
    [{ id: 7 }, 'id of a filter of dead letters must be a text, got 7'],
  ])('a filter %j is refused, and drops nothing', async (filter, message) => {
    await bury(1);
    const wrong: DeadLetterFilter = JSON.parse('{}');
    Object.assign(wrong, filter);
    const refusal = { code: 'BadRequest', message };
    await expect(letters.list(wrong)).rejects.toMatchObject(refusal);
    await expect(letters.replay(wrong)).rejects.toMatchObject(refusal);
    await expect(letters.drop(wrong)).rejects.toMatchObject(refusal);
    expect(await contents()).toEqual([1]);
  });

  test.each([0, -1, 1.5, Number.POSITIVE_INFINITY])('#list() of at most %d is refused', async (limit) => {
    await expect(letters.list({}, limit)).rejects.toMatchObject({ code: 'BadRequest' });
  });

  test('#list() holds no more than its limit; what passes a filter over holds all', async () => {
    for (const content of [1, 2, 3, 4]) await bury(content);
    const consume = transport.consume.bind(transport);
    const taken: unknown[] = [];
    transport.consume = (spec) => {
      taken.push(spec.prefetch);
      return consume(spec);
    };
    expect(await letters.list({}, 2)).toHaveLength(2);
    expect(await letters.list()).toHaveLength(4);
    expect(await letters.list({ op: 'note' }, 2)).toHaveLength(2);
    expect(await letters.list({}, 100_000)).toHaveLength(4);
    expect(taken).toEqual([2, 1_000, 0, 0]);
    expect(await contents()).toEqual([1, 2, 3, 4]);
  });

  test('a message as long as may be keeps its content', async () => {
    const limits = { maxFrameBytes: 4_096, maxEnvelopeBytes: 1_000, maxDepth: 3, maxValues: 100 };
    const small = makeDeadLetters(transport, systemEnv(), [], new Codec(limits));
    const one = arrival({ performative: 'none', receiver: 'log', op: 'note', content: 'x'.repeat(950) });
    one.message.attempt = 3;
    const error = new Error('y'.repeat(5_000));
    const failure = { arrival: one, delivery: frameDelivery([one.message]), index: 0, isFinal: false, error };
    await new Promise<void>((done) => small.retries.failed({ ...failure, source: { address: 'log' } }, done));
    expect(await small.letters.list()).toMatchObject([
      { reason: 'attempts', content: 'x'.repeat(950), error: { message: 'y'.repeat(2_000) } },
    ]);
  });

  test('of what cannot be written again there is a note, which is not replayed', async () => {
    const note = message({
      performative: 'none',
      op: 'note',
      headers: { dead: { ...facts, reason: 'undecodable' } },
    });
    await retries.declareDead();
    const body = codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 0 }, [
      codec.encodeEnvelope(note, 'ship'),
    ]);
    publishDead(body);
    expect(await letters.list()).toMatchObject([
      { id: 'abc', reason: 'undecodable', address: 'log', op: 'note' },
    ]);
    await expect(letters.replay('abc')).rejects.toMatchObject({ code: 'IllegalState' });
    expect(await letters.replay({})).toBe(0);
    expect(await letters.drop('abc')).toBe(1);
  });

  test('#list() shows them, the oldest first, and takes nothing away', async () => {
    await bury(1);
    await bury(2, { isFinal: true, attempt: 1, fields: { headers: { note: 'urgent' } } });
    expect(await letters.list()).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{11}$/),
        reason: 'attempts',
        attempts: 3,
        error: { code: 'OutOfPaper', message: 'no paper for 1' },
        address: 'log',
        container: 'shore',
        diedAt: expect.any(Date),
        op: 'note',
        origin: undefined,
        sender: 'ship.1',
        content: 1,
        headers: {},
      },
      expect.objectContaining({
        reason: 'unacceptable',
        attempts: 1,
        content: 2,
        headers: { note: 'urgent' },
      }),
    ]);
    expect(await contents()).toEqual([1, 2]);
    expect(await waiting()).toBe(2);
  });

  test('#list() tells the origin of an event as its publisher gave it', async () => {
    await bury(1, {
      address: '~durable~log',
      fields: { op: 'sensor.depth', receiver: '~sensor.depth.my_x20_ship' },
    });
    expect(await letters.list()).toMatchObject([
      { address: '~durable~log', op: 'sensor.depth', origin: 'my ship' },
    ]);
  });

  test('#list() keeps to filter and limit', async () => {
    await bury(1);
    await bury(2, { address: '~durable~keeper', fields: { op: 'sensor.depth' } });
    await bury(3, { isFinal: true });
    await bury(4);
    const found = async (...args: Parameters<DeadLetters['list']>) =>
      (await letters.list(...args)).map(({ content }) => content);
    expect(await found({ address: 'log' })).toEqual([1, 3, 4]);
    expect(await found({ address: 'keeper' })).toEqual([2]);
    expect(await found({ address: '~durable~keeper' })).toEqual([2]);
    expect(await found({ op: 'sensor.depth' })).toEqual([2]);
    expect(await found({ reason: 'unacceptable' })).toEqual([3]);
    expect(await found({ address: 'log', reason: 'attempts' })).toEqual([1, 4]);
    expect(await found({ id: 'none' })).toEqual([]);
    expect(await found({}, 2)).toEqual([1, 2]);
    expect(await found({ address: 'log' }, 2)).toEqual([1, 3]);
    expect(await contents()).toEqual([1, 2, 3, 4]);
  });

  test('#show() gives the one of that id, or says that there is none', async () => {
    await bury(1);
    await bury(2);
    const [, second] = await letters.list();
    expect(await letters.show(second?.id ?? '')).toEqual(second);
    await expect(letters.show('nothing')).rejects.toMatchObject({
      code: 'NotFound',
      message: "there is no dead letter 'nothing'; list them to see which there are",
    });
  });

  test('#replay() sends those that are meant to their addresses, as first attempts, marked', async () => {
    const log = await inbox('log');
    await bury(1, { fields: { headers: { note: 'urgent' } } });
    await bury(2, { address: 'other' });
    await bury(3);
    expect(await letters.replay({ address: 'log' })).toBe(2);
    await eventually(() => log.length === 2);
    const frames = log.map(({ body }) => codec.decodeFrame(body, 'shore'));
    expect(frames.map(({ messages }) => messages[0])).toMatchObject([
      { op: 'note', content: 1, attempt: 1, headers: { note: 'urgent', resent: true } },
      { op: 'note', content: 3, attempt: 1, headers: { resent: true } },
    ]);
    expect(frames[0]?.messages[0]?.headers).not.toHaveProperty('dead');
    expect(log[0]?.properties).toMatchObject({ contentType: frameContentType, persistent: true });
    expect(await contents()).toEqual([2]);
  });

  test('#replay() of an id sends that one alone', async () => {
    const log = await inbox('log');
    for (const content of [1, 2, 3]) await bury(content);
    const [, second] = await letters.list();
    expect(await letters.replay(second?.id ?? '')).toBe(1);
    await eventually(() => log.length === 1);
    expect(await contents()).toEqual([1, 3]);
    await expect(letters.replay('nothing')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(letters.replay({ id: 'nothing' })).rejects.toMatchObject({ code: 'NotFound' });
    expect(await letters.replay({ address: 'nobody' })).toBe(0);
    expect(await contents()).toEqual([1, 3]);
  });

  test('#replay() to an address that has no queue keeps the letter and those behind it', async () => {
    const log = await inbox('log');
    await bury(1);
    await bury(2, { address: 'gone' });
    await bury(3);
    const [, second] = await letters.list();
    await expect(letters.replay({})).rejects.toMatchObject({
      code: 'NoReceiver',
      message: `nobody takes what is for 'gone' any more; start it, or drop the dead letter ${second?.id}`,
    });
    await eventually(() => log.length === 1);
    expect(await contents()).toEqual([2, 3]);
  });

  test('#drop() forgets those that are meant and no others', async () => {
    for (const content of [1, 2, 3]) await bury(content, { address: content === 2 ? 'other' : 'log' });
    expect(await letters.drop({ address: 'log' })).toBe(2);
    expect(await contents()).toEqual([2]);
    await expect(letters.drop('nothing')).rejects.toMatchObject({ code: 'NotFound' });
    const [last] = await letters.list();
    expect(await letters.drop(last?.id ?? '')).toBe(1);
    expect(await letters.drop({})).toBe(0);
    expect(await waiting()).toBe(0);
  });

  test('what nobody can read is shown with its bytes; it can be dropped, and is passed over by a replay', async () => {
    const log = await inbox('log');
    await bury(1);
    publishDead(new TextEncoder().encode('not a frame'));
    publishDead(
      codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 0 }, [
        codec.encodeEnvelope(message(), 'ship'),
      ]),
    );
    await bury(2);
    const [, unread, undead] = await letters.list();
    expect(unread).toMatchObject({
      id: expect.stringMatching(/^unreadable-[0-9a-f]{16}$/),
      reason: 'undecodable',
      address: '',
      content: new TextEncoder().encode('not a frame'),
    });
    expect(undead?.reason).toBe('undecodable');
    for (const which of [unread?.id ?? '', { id: unread?.id ?? '' }]) {
      await expect(letters.replay(which)).rejects.toMatchObject({
        code: 'IllegalState',
        message: `the dead letter ${unread?.id} cannot be read, so it cannot be replayed; drop it`,
      });
    }
    expect(await letters.replay({})).toBe(2);
    await eventually(() => log.length === 2);
    expect(await letters.drop({ reason: 'undecodable' })).toBe(2);
    expect(await waiting()).toBe(0);
  });

  test('what was to be tried again and whose queue is gone tells so; it is replayed when there is one again', async () => {
    await retries.declareDead();
    await transport.declareExchange(againExchange(identity));
    // What its sender has written there itself tells nothing.
    const headers = { dead: { ...facts, address: 'elsewhere' } };
    const again = message({ performative: 'none', receiver: 'log', op: 'note', content: 'late', headers });
    again.attempt = 3;
    const body = codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 1_760_000_000_000 }, [
      codec.encodeEnvelope(again, 'ship'),
    ]);
    const properties = { contentType: frameContentType, persistent: true };
    const sent = { exchange: 'fleet~again', routingKey: 'log', body, properties };
    expect(await transport.publishConfirmed(sent)).toBe('confirmed');
    const [letter] = await letters.list({ reason: 'undeliverable', address: 'log', op: 'note' });
    expect(letter).toEqual({
      id: expect.stringMatching(/^undeliverable-[0-9a-f]{16}$/),
      reason: 'undeliverable',
      attempts: 2,
      error: { code: 'NoReceiver', message: expect.stringContaining("'log' had no queue any more") },
      address: 'log',
      container: 'ship',
      diedAt: new Date(1_760_000_000_000),
      op: 'note',
      origin: undefined,
      sender: again.sender,
      content: 'late',
      headers: {},
    });
    await expect(letters.replay(letter?.id ?? '')).rejects.toMatchObject({ code: 'NoReceiver' });
    const log = await inbox('log');
    expect(await letters.replay(letter?.id ?? '')).toBe(1);
    await eventually(() => log.length === 1);
    expect(codec.decodeFrame(log[0]?.body ?? new Uint8Array(), 'ship').messages).toMatchObject([
      { content: 'late', attempt: 1, headers: { resent: true } },
    ]);
    expect(await waiting()).toBe(0);
  });

  test.each([
    ['captain', { 'user-id': 'admiral', resent: true }],
    ['stowaway', { resent: true }],
    [undefined, { resent: true }],
  ])(
    '#replay() takes the word of the login %s on who acts as far as it is trusted',
    async (userId, headers) => {
      const { letters, retries } = makeDeadLetters(transport, systemEnv(), ['captain']);
      const log = await inbox('log');
      await retries.declareDead();
      const one = message({ performative: 'none', headers: { 'user-id': 'admiral', dead: { ...facts } } });
      const envelope = codec.encodeEnvelope(one, 'ship');
      const body = codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 7 }, [envelope]);
      const sender = broker.transport({ user: userId ?? 'guest' });
      await sender.connect();
      const properties = { contentType: frameContentType, ...(userId !== undefined && { userId }) };
      await sender.publishConfirmed({ exchange: 'fleet~dead', routingKey: 'log', body, properties });
      await sender.close();
      expect(await letters.replay('abc')).toBe(1);
      await eventually(() => log.length === 1);
      const { header, messages } = codec.decodeFrame(log[0]?.body ?? new Uint8Array(), 'shore');
      expect(messages[0]?.headers).toEqual(headers);
      // Who published it, and when, stays as it was.
      expect(header).toMatchObject({ container: 'ship', sentAt: 7 });
    },
  );

  test('one at a time looks; the others are told so, and then see the same', async () => {
    for (const content of [1, 2, 3]) await bury(content);
    const other = makeDeadLetters(transport, systemEnv()).letters;
    const looks = await Promise.allSettled([letters.list(), other.list(), other.drop({ address: 'nobody' })]);
    const refused = looks.filter((look) => look.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const look of refused) {
      expect(look).toMatchObject({
        reason: {
          code: 'Conflict',
          message: 'somebody else is looking at the dead letters; try again in a moment',
        },
      });
    }
    expect(await contents()).toEqual([1, 2, 3]);
  });

  test('what dies meanwhile is not lost', async () => {
    await Promise.all([bury(1), bury(2)]);
    const [shown] = await Promise.all([letters.list(), bury(3), bury(4)]);
    expect(shown.length).toBeGreaterThanOrEqual(2);
    expect((await contents()).sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('DeadLetters, when the broker gives less than it says,', () => {
  test('show what there is, after five seconds', async () => {
    const env = fakeEnv();
    const transport = new ScriptedTransport();
    transport.inspectQueue = async () => ({ messages: 3, consumers: 0 });
    const { letters } = makeDeadLetters(transport, env);
    let shown: unknown;
    const looking = letters.list().then((all) => {
      shown = all;
    });
    await env.advance(4_999);
    expect(shown).toBeUndefined();
    await env.advance(1);
    await looking;
    expect(shown).toEqual([]);
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('DeadLetters, when the connection is lost meanwhile,', () => {
  test('show no part of them', async () => {
    const env = fakeEnv();
    const transport = new ScriptedTransport();
    transport.inspectQueue = async () => ({ messages: 3, consumers: 0 });
    let tell = (_status: TransportStatus): void => undefined;
    let stopped = 0;
    transport.onStatus = (listener) => {
      tell = listener;
      return () => {
        stopped += 1;
        return undefined;
      };
    };
    const { letters } = makeDeadLetters(transport, env);
    const looking = expect(letters.list()).rejects.toMatchObject({
      code: 'Unavailable',
      message: 'the connection to the broker was lost while the dead letters were looked at; look again',
    });
    await turns(3);
    tell({ type: 'blocked', url: 'scripted:', epoch: 1, reason: 'memory' });
    await turns(1);
    expect(stopped).toBe(0);
    tell({ type: 'disconnected', epoch: 1, cause: new Error('cut'), retryInMs: 50 });
    await looking;
    expect(stopped).toBe(1);
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('readFacts()', () => {
  const letter = (dead: object) => message({ headers: { dead: { ...facts, ...dead } } });

  test('reads what withFacts() has written', () => {
    const one = message({ headers: { note: 'urgent' } });
    one.headers = withFacts(one, facts);
    expect(readFacts(one)).toEqual(facts);
    expect(withFacts(one, undefined)).toEqual({ note: 'urgent' });
    expect(withFacts(message(), undefined)).toEqual({});
  });

  test.each([
    [{ id: 7 }],
    [{ reason: 'bored' }],
    [{ attempts: '3' }],
    [{ error: 'no paper' }],
    [{ error: { code: 'Internal' } }],
    [{ address: null }],
    [{ container: 1 }],
    [{ diedAt: 'today' }],
  ])('takes nothing that has %j', (wrong) => {
    expect(readFacts(letter({}))).toEqual(facts);
    expect(readFacts(letter(wrong))).toBeUndefined();
    expect(readFacts(message())).toBeUndefined();
  });
});
