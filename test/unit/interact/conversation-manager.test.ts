import { describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  NoReceiverError,
  TimeoutError,
  UnavailableError,
} from '../../../src/errors/index.ts';
import { arrival } from '../exchange/bed.ts';
import { isPending, makeBed, notConnected } from './bed.ts';

describe('ConversationManager#call()', () => {
  test('is registered before it is sent, so that the quickest reply finds it', async () => {
    const { bed, manager, call, answer, last } = makeBed();
    let pendingWhenSent = 0;
    bed.walk = () => {
      pendingWhenSent = manager.stats.pending;
    };
    const reply = call('ship.7');
    expect(pendingWhenSent).toBe(1);
    answer(last().message.conversationId, { content: 'ahoy' });
    expect((await reply).content).toBe('ahoy');
    expect(manager.stats).toEqual({ pending: 0, calls: 1, timeouts: 0, lateReplies: 0, forgedReplies: 0 });
  });

  test('tells the exchange what an answer says of the work of a service’s request', async () => {
    const { bed, call, answer, last } = makeBed();
    bed.walk = (outgoing) => {
      if (outgoing.message.receiver === 'hello') outgoing.service = 'hello';
    };
    for (const [receiver, workUs] of [
      ['hello', 70],
      ['hello', 0],
      ['ship.7', 70],
    ] as const) {
      const reply = call(receiver);
      answer(last().message.conversationId, { workUs });
      await reply;
    }
    const failed = call('hello');
    answer(last().message.conversationId, { performative: 'failure', workUs: 1 });
    await expect(failed).rejects.toBeInstanceOf(Error);
    const inParts = call('hello', { onProgress: () => undefined });
    for (const performative of ['agree', 'inform_progress', 'inform_result'] as const)
      answer(last().message.conversationId, {
        performative,
        workUs: performative === 'inform_result' ? 90 : 1,
      });
    await inParts;
    const { op } = last().message;
    expect(bed.took).toEqual([
      ['hello', op, 70],
      ['hello', op, 90],
    ]);
  });

  test('sends a request with all that the receiver needs', () => {
    const { manager, last } = makeBed();
    void manager
      .call('shore.1', 'ship.7', 'measure', [1], { timeoutMs: 70, headers: { quiet: true } })
      .catch(() => undefined);
    expect(last()).toMatchObject({
      replyRoute: undefined,
      message: {
        performative: 'request',
        sender: 'shore.1',
        receiver: 'ship.7',
        op: 'measure',
        content: [1],
        budgetMs: 70,
        attempt: 1,
        headers: { quiet: true },
      },
    });
    manager.close();
  });

  test('names each conversation differently, beginning with 64 random bits', () => {
    const { manager, call, sent } = makeBed();
    const calls = [call('ship.1'), call('ship.1'), call('hello')];
    for (const one of calls) one.catch(() => undefined);
    const ids = sent.map(({ message }) => message.conversationId);
    expect(new Set(ids).size).toBe(3);
    // 8 bytes are 11 characters of base64url.
    const [token = ''] = ids[0]?.split('#') ?? [];
    expect(token).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(ids.every((id) => id.startsWith(`${token}#`))).toBe(true);
    manager.close();
  });

  test('ION 11: takes 15 s unless the call or the container says otherwise', async () => {
    const { env, manager, call } = makeBed();
    const reply = call('ship.7');
    await env.advance(14_999);
    expect(await isPending(reply)).toBe(true);
    await env.advance(1);
    await expect(reply).rejects.toBeInstanceOf(TimeoutError);
    await expect(reply).rejects.toThrow('ship.7.hello did not answer within 15000 ms');
    expect(manager.stats).toMatchObject({ timeouts: 1, pending: 0 });

    const quick = makeBed({ timeoutMs: 400 });
    const second = quick.call('ship.7');
    const third = quick.call('ship.7', { timeoutMs: 600 });
    await quick.env.advance(400);
    await expect(second).rejects.toThrow('within 400 ms');
    expect(await isPending(third)).toBe(true);
    await quick.env.advance(200);
    await expect(third).rejects.toThrow('within 600 ms');
    expect(quick.env.pendingTimers()).toBe(0);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001, '500', true, [5], {}, 'soon'])(
    'refuses timeoutMs %p, saying what it must be',
    async (value) => {
      const { env, manager, call, sent } = makeBed();
      await expect(call('ship.7', { timeoutMs: value })).rejects.toThrow(
        /^timeoutMs must be a number of milliseconds between 1 and 86400000, not /,
      );
      await expect(call('ship.7', { timeoutMs: value })).rejects.toBeInstanceOf(BadRequestError);
      expect(sent).toEqual([]);
      expect(manager.stats.pending).toBe(0);
      expect(env.pendingTimers()).toBe(0);
    },
  );

  test.each([1, 0.5, 86_400_000])('takes timeoutMs %p', async (timeoutMs) => {
    const { env, call, answer, last } = makeBed();
    const reply = call('ship.7', { timeoutMs });
    expect(last().message.budgetMs).toBe(timeoutMs);
    answer(last().message.conversationId);
    await reply;
    expect(env.pendingTimers()).toBe(0);
  });

  test.each(['', 'a*', '~control', '.7', 'x'.repeat(256)])(
    'refuses receiver %j and sends nothing',
    async (to) => {
      const { manager, call, sent } = makeBed();
      await expect(call(to)).rejects.toThrow('cannot be a receiver');
      expect(sent).toEqual([]);
      expect(manager.stats.pending).toBe(0);
    },
  );

  test.each(['', 'x'.repeat(256)])('refuses operation %j and sends nothing', async (op) => {
    const { manager, sent } = makeBed();
    await expect(manager.call('shore.1', 'ship.7', op, null)).rejects.toThrow(
      "an operation's name is a text of 1 to 255 characters",
    );
    await expect(manager.send('shore.1', 'ship.7', op, null)).rejects.toBeInstanceOf(BadRequestError);
    expect(sent).toEqual([]);
  });

  test('refuses to act for somebody: the user belongs to the message that is being handled', async () => {
    const { manager, call, sent } = makeBed();
    await expect(call('ship.7', { headers: { 'user-id': 'admiral' } })).rejects.toBeInstanceOf(
      BadRequestError,
    );
    await expect(
      manager.send('shore.1', 'ship.7', 'hello', null, { headers: { 'user-id': 'admiral' } }),
    ).rejects.toBeInstanceOf(BadRequestError);
    expect(sent).toEqual([]);
    expect(manager.stats.pending).toBe(0);
  });

  test('rejects with what the walk throws, and nothing stays', async () => {
    const { bed, env, manager, call } = makeBed();
    bed.walk = notConnected;
    await expect(call('hello')).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
    expect(manager.stats).toMatchObject({ calls: 1, pending: 0 });
    expect(env.pendingTimers()).toBe(0);
  });

  test.each([['text'], [undefined], [null], [Object.create(null)]])(
    'rejects with an Error even when the walk throws %p',
    async (thrown) => {
      const { bed, env, call } = makeBed();
      bed.walk = () => {
        throw thrown;
      };
      await expect(call('hello')).rejects.toBeInstanceOf(Error);
      expect(env.pendingTimers()).toBe(0);
    },
  );

  test('leaves nothing behind when the broker does not take it while it is on its way out', async () => {
    const { bed, env, manager, call } = makeBed();
    bed.walk = (outgoing) => {
      outgoing.remote = true;
      outgoing.service = 'hello';
      manager.unsent([outgoing.message], false);
    };
    const reply = call('hello');
    await expect(reply).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
    expect(env.pendingTimers()).toBe(0);
    await env.advance(20_000);
    expect(manager.isAwaited('hello')).toBe(false);
    expect(manager.stats).toMatchObject({ pending: 0, timeouts: 0 });
  });
});

describe('ConversationManager#send()', () => {
  test('resolves at once without a confirmation, else with it', async () => {
    const { bed, manager, last } = makeBed();
    await manager.send('shore.1', 'ship.7', 'note', 1, { headers: { quiet: true } });
    expect(last().message).toMatchObject({
      performative: 'none',
      conversationId: '',
      op: 'note',
      content: 1,
      budgetMs: 0,
      headers: { quiet: true },
    });
    let confirm = (): void => undefined;
    bed.walk = (outgoing) => {
      outgoing.confirmed = new Promise((resolve) => {
        confirm = resolve;
      });
    };
    const sent = manager.send('shore.1', 'hello', 'note', 1);
    expect(await isPending(sent)).toBe(true);
    confirm();
    await sent;
  });

  test('logs a failure, and rejects with it for whoever awaits', async () => {
    const { bed, manager, logger } = makeBed();
    bed.walk = notConnected;
    await expect(manager.send('shore.1', 'hello', 'note', 1)).rejects.toBeInstanceOf(UnavailableError);
    bed.walk = (outgoing) => {
      outgoing.confirmed = Promise.reject(new NoReceiverError('nobody'));
    };
    await expect(manager.send('shore.1', 'hello', 'note', 1)).rejects.toBeInstanceOf(NoReceiverError);
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'a one-way message was not sent', fields: { receiver: 'hello', op: 'note' } },
      { level: 'warn', fields: { error: { code: 'NoReceiver' } } },
    ]);
  });
});

describe('ConversationManager#reply() and #replyError()', () => {
  const request = () => arrival({ conversationId: 'k#1', sender: 'ship.1' });

  test('answer the sender in the same conversation', () => {
    const { manager, sent } = makeBed();
    manager.responder.reply(request(), 'shore.1', { depth: 3 });
    manager.responder.replyError(
      request(),
      'shore.1',
      new BadRequestError('no', { details: { path: '/at' } }),
    );
    expect(sent.map(({ message }) => message)).toMatchObject([
      {
        performative: 'inform_result',
        conversationId: 'k#1',
        sender: 'shore.1',
        receiver: 'ship.1',
        op: 'result',
      },
      {
        performative: 'failure',
        conversationId: 'k#1',
        content: { code: 'BadRequest', message: 'no', details: { path: '/at' } },
      },
    ]);
  });

  test('keep the route of a JSON peer', () => {
    const { manager, last } = makeBed();
    const replyRoute = { replyTo: 'amq.gen-1', correlationId: 'c' };
    manager.responder.reply(arrival({ sender: '' }, { replyRoute }), 'shore.1', 1);
    expect(last().replyRoute).toBe(replyRoute);
  });

  test('turn a result that cannot be sent into the error that says so', () => {
    const { bed, manager, sent, logger } = makeBed();
    bed.walk = ({ message }) => {
      if (message.performative === 'inform_result') throw new BadRequestError('content/f cannot be sent');
    };
    manager.responder.reply(request(), 'shore.1', {});
    expect(sent.at(-1)?.message).toMatchObject({
      performative: 'failure',
      content: { code: 'Internal', message: expect.stringContaining('content/f cannot be sent') },
    });
    expect(logger.lines).toMatchObject([{ level: 'error' }]);
  });

  test('leave out details that cannot be sent, and give up with a line in the log when nothing can', () => {
    const { bed, manager, sent, logger } = makeBed();
    bed.walk = ({ message }) => {
      if (JSON.stringify(message.content).includes('details'))
        throw new BadRequestError('details cannot be sent');
    };
    manager.responder.replyError(
      request(),
      'shore.1',
      new BadRequestError('bad \ud800', { details: { f: 1 } }),
    );
    expect(sent.at(-1)?.message.content).toEqual({ code: 'BadRequest', message: 'bad \ufffd' });
    bed.walk = notConnected;
    expect(() => manager.responder.replyError(request(), 'shore.1', 'text')).not.toThrow();
    expect(() => manager.responder.reply(request(), 'shore.1', 1)).not.toThrow();
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'an error reply could not be sent',
    });
  });
});

describe('ConversationManager#close()', () => {
  test('fails every open call, and refuses later ones', async () => {
    const { env, manager, call, sent } = makeBed();
    const calls = [call('shore.7'), call('ship.7', { idempotent: true }), call('hello')];
    const failed = calls.map((one) => expect(one).rejects.toBeInstanceOf(UnavailableError));
    await env.advance(300);
    manager.close();
    await Promise.all(failed);
    expect(manager.stats.pending).toBe(0);
    expect(manager.isAwaited('hello')).toBe(false);
    expect(env.pendingTimers()).toBe(0);
    await expect(call('ship.7')).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
    await expect(manager.send('shore.1', 'ship.7', 'hello', null)).rejects.toBeInstanceOf(UnavailableError);
    expect(sent).toHaveLength(3);
    manager.connectionRestored();
    manager.close();
    expect(sent).toHaveLength(3);
  });
});
