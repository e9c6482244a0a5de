import { describe, expect, test } from '@jest/globals';
import { Codec, type Message, type MessageFields, UndecodableError } from '../../../src/codec/index.ts';
import {
  ApplicationError,
  ForbiddenError,
  OverloadedError,
  UnavailableError,
} from '../../../src/errors/index.ts';
import type { ArrivalFacts, WorkSource } from '../../../src/exchange/index.ts';
import { isResent, Retries, type RetriesParts, retryDefaults } from '../../../src/exchange/retries.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { ExchangeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { arrival, frameDelivery, identity, message, ScriptedTransport } from './bed.ts';

/** Remembers what is declared, by name. */
class DeclaringTransport extends ScriptedTransport {
  readonly declared: string[] = [];
  readonly queues: QueueSpec[] = [];
  override async declareExchange(exchange?: ExchangeSpec): Promise<void> {
    this.declared.push(`exchange ${exchange?.name}`);
  }
  override async declareQueue(queue?: QueueSpec): Promise<void> {
    this.declared.push(`queue ${queue?.name}`);
    if (queue !== undefined) this.queues.push(queue);
  }
}

function makeRetries(parts: Partial<RetriesParts> = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const transport = new DeclaringTransport();
  const codec = new Codec();
  const dead: unknown[] = [];
  let original = message({ performative: 'none', receiver: 'log', op: 'note', content: 'as it came' });
  const retries = new Retries({
    identity,
    env,
    codec,
    logger,
    transport,
    policy: { attempts: 3, delaysMs: [20, 50] },
    reread: () => original,
    onDead: (facts) => void dead.push(facts),
    ...parts,
  });
  let done = 0;
  return {
    env,
    logger,
    transport,
    retries,
    dead,
    done: () => done,
    /** What its message was before anybody had it. */
    was: (fields: Partial<MessageFields>) => {
      original = message({
        performative: 'none',
        receiver: 'log',
        op: 'note',
        content: 'as it came',
        ...fields,
      });
      return original;
    },
    /** An attempt of that number fails. */
    fail: async (
      attempt: number,
      {
        error = new Error('no paper') as unknown,
        isFinal = false,
        source = { address: 'log' } as WorkSource,
        facts = {} as Partial<ArrivalFacts>,
        fields = {} as Partial<MessageFields>,
      } = {},
    ) => {
      const one = arrival({ performative: 'none', receiver: 'log', op: 'note', ...fields }, facts);
      one.message.attempt = attempt;
      const failure = {
        arrival: one,
        delivery: frameDelivery([message()]),
        index: 0,
        source,
        error,
        isFinal,
      };
      retries.failed(failure, () => {
        done += 1;
      });
      await turns(3);
    },
    /** What was published, with the one message of each frame. */
    sent: () =>
      transport.confirmed.map(({ body, ...rest }) => {
        const { header, messages } = codec.decodeFrame(body, 'ship');
        expect(messages).toHaveLength(1);
        return { ...rest, header, message: messages[0] as Message };
      }),
  };
}

describe('Retries#failed()', () => {
  test('has it wait at the broker for the delay of its attempt, addressed to whom it was for', async () => {
    const { fail, sent, transport, done } = makeRetries();
    await fail(1);
    expect(sent()).toMatchObject([
      {
        exchange: 'fleet~retry.20',
        routingKey: 'log',
        mandatory: true,
        properties: { persistent: true },
        message: { op: 'note', content: 'as it came', attempt: 2 },
      },
    ]);
    expect(transport.declared).toEqual([
      'exchange fleet~dead',
      'queue fleet~dead',
      'exchange fleet~retry.20',
      'exchange fleet~retry.50',
      'queue fleet~retry.20',
      'queue fleet~retry.50',
    ]);
    expect(transport.queues[1]).toEqual({
      name: 'fleet~retry.20',
      durable: true,
      exclusive: false,
      autoDelete: false,
      queueType: 'quorum',
      messageTtlMs: 20,
      deadLetterExchange: 'fleet~again',
      deadLetterStrategy: 'at-least-once',
    });
    expect(done()).toBe(1);
    await fail(2);
    expect(sent()[1]).toMatchObject({ exchange: 'fleet~retry.50', message: { attempt: 3 } });
    await fail(1);
    expect(transport.declared).toHaveLength(6);
  });

  test('is done with it when the broker has it, and not before', async () => {
    const { fail, transport, done } = makeRetries();
    let confirm = (): void => undefined;
    transport.outcome = () =>
      new Promise((resolve) => {
        confirm = () => resolve('confirmed');
      });
    await fail(1);
    expect(done()).toBe(0);
    confirm();
    await turns(1);
    expect(done()).toBe(1);
  });

  test('after the last attempt makes it a dead letter that tells everything', async () => {
    const { fail, sent, dead, done, logger, env } = makeRetries();
    const error = new ApplicationError('OutOfPaper', 'the tray is empty');
    await fail(3, { error, source: { address: '~durable~log' } });
    const [letter] = sent();
    expect(letter).toMatchObject({
      exchange: 'fleet~dead',
      routingKey: '~durable~log',
      mandatory: true,
      properties: { persistent: true },
      message: {
        content: 'as it came',
        headers: {
          dead: {
            reason: 'attempts',
            attempts: 3,
            error: { code: 'OutOfPaper', message: 'the tray is empty' },
            address: '~durable~log',
            container: 'shore',
            diedAt: new Date(env.clock.wall()),
          },
        },
      },
    });
    expect(done()).toBe(1);
    expect(dead).toEqual([letter?.message.headers?.dead]);
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        message: 'a message is among the dead letters',
        fields: { op: 'note', address: '~durable~log', reason: 'attempts', attempts: 3, error },
      },
    ]);
  });

  test('what nobody could handle is a dead letter at once', async () => {
    const { fail, sent } = makeRetries();
    await fail(1, { isFinal: true });
    expect(sent()).toMatchObject([
      { exchange: 'fleet~dead', message: { headers: { dead: { reason: 'unacceptable', attempts: 1 } } } },
    ]);
  });

  test('a source may have attempts of its own', async () => {
    const { fail, sent } = makeRetries();
    await fail(1, { source: { address: 'log', attempts: 1 } });
    await fail(5, { source: { address: 'log', attempts: 6 } });
    expect(sent().map(({ exchange }) => exchange)).toEqual(['fleet~dead', 'fleet~retry.50']);
  });

  test('an error text of any length and any characters is kept as far as it fits', async () => {
    const { fail, sent } = makeRetries();
    await fail(3, { error: new Error(`${'x'.repeat(1_999)}😀 and more`) });
    const facts = sent()[0]?.message.headers?.dead as { error: { message: string } };
    expect(facts.error.message).toHaveLength(2_000);
    expect(facts.error.message.isWellFormed()).toBe(true);
  });

  test('an event keeps who published it, when, and that it was resent', async () => {
    const { fail, sent } = makeRetries();
    const event = {
      publishedAt: 1_750_000_000_000,
      resent: true,
      position: undefined,
      sink: { take: () => undefined },
    };
    await fail(1, { facts: { origin: 'ship', event } });
    expect(sent()[0]?.header).toEqual({
      container: 'ship',
      sysname: 'fleet',
      sentAt: 1_750_000_000_000,
      resent: true,
    });
    await fail(1, { facts: { origin: '', event: { ...event, publishedAt: 1.5, resent: false } } });
    expect(sent()[1]?.header).toMatchObject({ container: 'shore', sentAt: 2 });
  });

  test('does not vouch for a user whose word was not taken when it came', async () => {
    const { fail, sent, was } = makeRetries();
    was({ headers: { 'user-id': 'admiral', note: 'urgent' } });
    await fail(1, { fields: { headers: { note: 'urgent' } } });
    expect(sent()[0]?.message.headers).toEqual({ note: 'urgent' });
    was({ headers: { 'user-id': 'admiral' } });
    await fail(1, { fields: { headers: { 'user-id': 'admiral' } } });
    expect(sent()[1]?.message.headers).toEqual({ 'user-id': 'admiral' });
  });

  test('what cannot be read again is taken as its handler left it', async () => {
    const { fail, sent } = makeRetries({
      reread: () => {
        throw new UndecodableError('truncated', 'gone');
      },
    });
    await fail(1, { fields: { content: 'as it is' } });
    expect(sent()[0]?.message.content).toBe('as it is');
  });
});

const refusing = (error: Error) => async (): Promise<never> => {
  throw error;
};

describe('Retries, when the broker does not take it,', () => {
  const lost = async (): Promise<never> => {
    throw new UnavailableError('lost');
  };

  test('leave it to the broker when the connection is gone: it comes again', async () => {
    const { fail, transport, done, env } = makeRetries();
    transport.outcome = async () => {
      transport.status = { type: 'disconnected', epoch: 1, cause: new Error('cut'), retryInMs: 50 };
      return lost();
    };
    await fail(1);
    await env.advance(10_000);
    expect(transport.confirmed).toHaveLength(1);
    expect(done()).toBe(0);
    expect(env.pendingTimers()).toBe(0);
  });

  test.each([
    ['the channel is lost', lost, 0],
    ['the queue is gone', async () => 'unroutable' as const, 0],
    ['it is refused (nack)', refusing(new OverloadedError('nack')), 0],
    ['a right is missing', refusing(new ForbiddenError('403')), 1],
  ])('try again while there is a connection, ever more seldom, when %s', async (_, outcome, logged) => {
    const { fail, transport, done, env, logger } = makeRetries();
    transport.outcome = outcome;
    await fail(1);
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      const before = transport.confirmed.length;
      await env.advance(seconds * 1_000 - 1);
      expect(transport.confirmed).toHaveLength(before);
      await env.advance(1);
      expect(transport.confirmed).toHaveLength(before + 1);
    }
    expect(done()).toBe(0);
    expect(logger.lines).toHaveLength(logged);
    transport.outcome = async () => 'confirmed';
    await env.advance(30_000);
    // What may be gone is declared each time.
    expect(transport.declared).toHaveLength(6 * transport.confirmed.length);
    expect(transport.confirmed.every(({ exchange }) => exchange === 'fleet~retry.20')).toBe(true);
    expect(done()).toBe(1);
  });

  test('use other queues, at once and from then on, when the broker has lost these', async () => {
    const { fail, transport, done, logger, sent } = makeRetries();
    const overdue = refusing(
      new UnavailableError('overdue', { details: { published: 'unknown', reason: 'overdue' } }),
    );
    transport.outcome = () =>
      transport.confirmed.at(-1)?.exchange.includes('spare') === true
        ? Promise.resolve('confirmed')
        : overdue();
    await fail(1);
    await fail(2);
    await turns(10);
    expect(done()).toBe(2);
    expect(sent().map(({ exchange }) => exchange)).toEqual([
      'fleet~retry.20',
      'fleet~retry.20.spare1',
      'fleet~retry.50.spare1',
    ]);
    expect(transport.queues.at(-1)).toMatchObject({ name: 'fleet~retry.50.spare1', messageTtlMs: 50 });
    expect(logger.lines).toMatchObject([
      {
        level: 'error',
        message: expect.stringContaining('another queue is used from now on'),
        fields: { queue: 'fleet~retry.20' },
      },
    ]);
  });

  test('use no more than three of those, and then wait', async () => {
    const { fail, transport, done, env } = makeRetries();
    transport.outcome = refusing(
      new UnavailableError('overdue', { details: { published: 'unknown', reason: 'overdue' } }),
    );
    await fail(1);
    await turns(30);
    expect(transport.confirmed).toHaveLength(4);
    await env.advance(1_000);
    expect(transport.confirmed.map(({ exchange }) => exchange).slice(3)).toEqual([
      'fleet~retry.20.spare3',
      'fleet~retry.20.spare3',
    ]);
    expect(done()).toBe(0);
  });

  test('wait as well when it cannot be declared', async () => {
    const { fail, transport, done, env, logger } = makeRetries();
    const declareQueue = transport.declareQueue.bind(transport);
    transport.declareQueue = refusing(new ForbiddenError('ACCESS_REFUSED'));
    await fail(1);
    await fail(2);
    await env.advance(1_000);
    expect(logger.lines).toMatchObject([
      { level: 'error', message: expect.stringContaining('cannot be kept now'), fields: { address: 'log' } },
    ]);
    expect(transport.confirmed).toEqual([]);
    transport.declareQueue = declareQueue;
    await env.advance(2_000);
    expect(done()).toBe(2);
  });

  test('leave it to the broker when there has been another connection meanwhile', async () => {
    const { fail, transport, done, env } = makeRetries();
    transport.outcome = lost;
    await fail(1);
    transport.status = { type: 'connected', url: 'scripted:', epoch: 2 };
    await env.advance(60_000);
    expect(transport.confirmed).toHaveLength(1);
    expect(done()).toBe(0);
  });

  test('stop with the container', async () => {
    const { fail, transport, retries, done, env } = makeRetries();
    transport.outcome = lost;
    await fail(1);
    retries.close();
    await retries.settled();
    expect(env.pendingTimers()).toBe(0);
    await env.advance(5_000);
    expect(transport.confirmed).toHaveLength(1);
    expect(done()).toBe(0);
  });
});

describe('Retries#failed() of what cannot be written as it is', () => {
  test('takes numbers that nobody sends for the largest that are', async () => {
    const { fail, sent, was } = makeRetries();
    was({ attempt: 1e300, budgetMs: 1e300 });
    await fail(1e300);
    expect(sent()).toMatchObject([
      {
        exchange: 'fleet~dead',
        message: {
          content: 'as it came',
          budgetMs: Number.MAX_SAFE_INTEGER,
          headers: { dead: { reason: 'attempts', attempts: 1e300 } },
        },
      },
    ]);
  });

  test('buries a note of that one message, and tells of it', async () => {
    const { fail, sent, was, dead, done } = makeRetries();
    was({ content: () => 'no value', sender: '.7' });
    await fail(1);
    expect(sent()).toMatchObject([
      {
        exchange: 'fleet~dead',
        routingKey: 'log',
        message: { op: 'note', headers: { dead: { reason: 'undecodable', address: 'log', attempts: 1 } } },
      },
    ]);
    expect(dead).toMatchObject([{ id: expect.any(String), reason: 'undecodable' }]);
    expect(done()).toBe(1);
  });

  test('and of which there can be no note buries the frame as it came', async () => {
    const { fail, transport, was, done, logger } = makeRetries();
    was({ receiver: '.7' });
    await fail(1);
    expect(transport.confirmed).toMatchObject([
      { exchange: 'fleet~dead', routingKey: 'log', mandatory: true, properties: { persistent: true } },
    ]);
    expect(logger.lines).toMatchObject([{ message: expect.stringContaining('as it came') }]);
    expect(done()).toBe(1);
  });
});

describe('Retries#settled()', () => {
  test('resolves when the broker has all that failed', async () => {
    const { fail, transport, retries } = makeRetries();
    await retries.settled();
    const confirm: (() => void)[] = [];
    transport.outcome = () => new Promise((resolve) => confirm.push(() => resolve('confirmed')));
    await fail(1);
    await fail(3);
    let isSettled = false;
    void retries.settled().then(() => {
      isSettled = true;
    });
    confirm[0]?.();
    await turns(2);
    expect(isSettled).toBe(false);
    confirm[1]?.();
    await turns(2);
    expect(isSettled).toBe(true);
  });
});

describe('Retries#delayAfter()', () => {
  test('is that of the attempt, and the last one for all that follow', () => {
    const { retries } = makeRetries({ policy: retryDefaults });
    expect([1, 2, 3, 4, 5, 99].map((attempt) => retries.delayAfter(attempt))).toEqual([
      1_000, 5_000, 30_000, 120_000, 120_000, 120_000,
    ]);
    expect(retries.policy.attempts).toBe(5);
  });
});

describe('isResent()', () => {
  test('tells what a replay of dead letters has marked', () => {
    expect(isResent(message({ headers: { resent: true } }))).toBe(true);
    expect(isResent(message({ headers: { resent: 'yes' } }))).toBe(false);
    expect(isResent(message())).toBe(false);
  });
});
