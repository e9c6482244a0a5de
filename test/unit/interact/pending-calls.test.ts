import { describe, expect, test } from '@jest/globals';
import { ConversationError, NoReceiverError, RemoteError, TimeoutError } from '../../../src/errors/index.ts';
import { arrival } from '../exchange/bed.ts';
import { isPending, makeBed, notConnected } from './bed.ts';

describe('ConversationManager, calls to shared names', () => {
  test('are overdue after 250 ms, and the broker is asked about them then', async () => {
    const { env, manager, call, watched } = makeBed();
    const reply = call('hello');
    await env.advance(249);
    expect(manager.isAwaited('hello')).toBe(false);
    expect(watched).toEqual([]);
    await env.advance(1);
    expect(manager.isAwaited('hello')).toBe(true);
    expect(watched).toEqual(['hello']);
    const failed = expect(reply).rejects.toThrow('within 15000 ms');
    await env.advance(14_749);
    expect(manager.stats.pending).toBe(1);
    await env.advance(1);
    await failed;
    expect(manager.isAwaited('hello')).toBe(false);
    expect(env.pendingTimers()).toBe(0);
  });

  test.each([
    ['an id of this container', 'shore.9'],
    ['an id of another container', 'ship.9'],
  ])('only: a call to %s is never overdue', async (_name, receiver) => {
    const { env, manager, call, watched } = makeBed();
    const reply = call(receiver);
    const failed = expect(reply).rejects.toBeInstanceOf(TimeoutError);
    await env.advance(15_000);
    await failed;
    expect(watched).toEqual([]);
    expect(manager.isAwaited('')).toBe(false);
  });

  test('only: a free instance here is not asked about', async () => {
    const { bed, env, call, watched } = makeBed();
    bed.walk = (outgoing) => {
      outgoing.answerer = 'shore';
    };
    const failed = expect(call('hello')).rejects.toBeInstanceOf(TimeoutError);
    await env.advance(15_000);
    await failed;
    expect(watched).toEqual([]);
  });

  test('with less than 250 ms just time out', async () => {
    const { env, call, watched } = makeBed();
    const failed = expect(call('hello', { timeoutMs: 200 })).rejects.toThrow('within 200 ms');
    await env.advance(200);
    await failed;
    expect(watched).toEqual([]);
  });

  test('fail with "no instance" when there is none: those that have waited, of that service', async () => {
    const { env, manager, call } = makeBed();
    const waiting = [call('hello'), call('hello')];
    const other = call('other');
    await env.advance(300);
    const fresh = call('hello');
    const failed = waiting.map((one) =>
      expect(one).rejects.toMatchObject({
        code: 'Unavailable',
        message: "hello.hello: no instance of 'hello' is running",
        details: { reason: 'no instance', executed: 'unknown' },
      }),
    );
    manager.instancesAbsent('hello');
    manager.instancesAbsent('nobody asked');
    await Promise.all(failed);
    expect(manager.isAwaited('hello')).toBe(false);
    expect(manager.isAwaited('other')).toBe(true);
    expect(manager.stats.pending).toBe(2);
    for (const one of [other, fresh]) one.catch(() => undefined);
    manager.close();
  });

  test('are awaited while one of them still waits', async () => {
    const { env, manager, call, answer, sent } = makeBed();
    const calls = [call('hello'), call('hello')];
    await env.advance(250);
    for (const { message } of sent) {
      expect(manager.isAwaited('hello')).toBe(true);
      answer(message.conversationId);
    }
    await Promise.all(calls);
    expect(manager.isAwaited('hello')).toBe(false);
  });
});

describe('ConversationManager#accept()', () => {
  test('rejects with the error that a failure or refuse carries', async () => {
    const { call, answer, last } = makeBed();
    const first = call('ship.7');
    answer(last().message.conversationId, {
      performative: 'failure',
      content: { code: 'OutOfStock', message: 'no more pumps', status: 409, details: { left: 0 } },
    });
    await expect(first).rejects.toBeInstanceOf(RemoteError);
    await expect(first).rejects.toMatchObject({ code: 'OutOfStock', status: 409, details: { left: 0 } });
    const second = call('ship.7');
    answer(last().message.conversationId, {
      performative: 'refuse',
      content: { code: 'NoReceiver', message: 'gone' },
    });
    await expect(second).rejects.toBeInstanceOf(NoReceiverError);
  });

  test.each([
    null,
    'text',
    {},
    { code: 7, message: 'x' },
    { code: '__proto__', message: '' },
    [1],
    new Date(0),
  ])('rejects with an Error for a failure with content %p', async (content) => {
    const { env, call, answer, last } = makeBed();
    const reply = call('ship.7');
    answer(last().message.conversationId, { performative: 'failure', content });
    await expect(reply).rejects.toBeInstanceOf(Error);
    expect(env.pendingTimers()).toBe(0);
  });

  test('ignores a reply from a container that was not asked, counts and logs it', async () => {
    const { manager, call, answer, last, logger } = makeBed();
    const reply = call('ship.7');
    const { conversationId } = last().message;
    answer(conversationId, { origin: 'mallory', content: 'forged' });
    answer(conversationId, {
      origin: 'mallory',
      performative: 'failure',
      content: { code: 'X', message: '' },
    });
    answer(conversationId, { origin: '', content: 'forged' });
    expect(await isPending(reply)).toBe(true);
    expect(manager.stats).toMatchObject({ forgedReplies: 3, lateReplies: 0, pending: 1 });
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
    answer(conversationId, { content: 'true' });
    expect((await reply).content).toBe('true');
  });

  test('takes a shared name’s reply from whoever serves it', async () => {
    const { call, answer, last } = makeBed();
    const reply = call('hello');
    answer(last().message.conversationId, { origin: 'boat', content: 'ahoy' });
    expect((await reply).content).toBe('ahoy');
  });

  test('counts replies that come after the call was settled, or to no call at all', async () => {
    const { env, manager, call, answer, last } = makeBed();
    const reply = call('ship.7', { timeoutMs: 100 });
    const failed = expect(reply).rejects.toBeInstanceOf(TimeoutError);
    await env.advance(100);
    await failed;
    answer(last().message.conversationId);
    answer('guess#1');
    answer('');
    expect(manager.stats).toMatchObject({ lateReplies: 1, forgedReplies: 2, pending: 0 });
  });

  test.each(['agree', 'inform_progress'] as const)(
    'ends an rpc at both ends when the participant says %s, which its protocol does not have',
    async (performative) => {
      const { manager, call, answer, last } = makeBed();
      const reply = call('ship.7');
      const { conversationId } = last().message;
      answer(conversationId, { performative });
      await expect(reply).rejects.toBeInstanceOf(ConversationError);
      await expect(reply).rejects.toThrow(
        `ship.7.hello answered '${performative}', which 'rpc' does not allow`,
      );
      expect(last().message).toMatchObject({
        performative: 'cancel',
        conversationId,
        receiver: 'ship.7',
        content: { code: 'ConversationError' },
      });
      answer(conversationId, { content: 2 });
      expect(manager.stats).toMatchObject({ pending: 0, lateReplies: 1 });
    },
  );
});

describe('ConversationManager and the connection', () => {
  test('its loss fails what went through it, executed unknown, but for idempotent and local calls', async () => {
    const { env, manager, call, answer, sent } = makeBed();
    const lost = [call('ship.7'), call('hello')];
    const kept = [call('shore.7'), call('ship.7', { idempotent: true }), call('hello', { idempotent: true })];
    const failed = lost.map((one) =>
      expect(one).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } }),
    );
    manager.connectionLost();
    await Promise.all(failed);
    expect(manager.stats.pending).toBe(3);
    for (const { message } of sent.slice(2)) {
      answer(message.conversationId, { origin: message.receiver === 'shore.7' ? 'shore' : 'ship' });
    }
    await Promise.all(kept);
    expect(env.pendingTimers()).toBe(0);
  });

  test('its return sends idempotent calls again: attempt + 1, what is left of their time, same conversation', async () => {
    const { env, manager, call, answer, sent } = makeBed();
    const local = call('shore.7', { idempotent: true });
    const reply = call('hello', { idempotent: true, timeoutMs: 1000 });
    const first = sent[1]?.message.conversationId;
    await env.advance(400);
    manager.connectionLost();
    await env.advance(100);
    manager.connectionRestored();
    expect(sent).toHaveLength(3);
    expect(sent[2]?.message).toMatchObject({
      conversationId: first,
      attempt: 2,
      budgetMs: 500,
      content: 'you',
    });
    await env.advance(490);
    manager.connectionLost();
    manager.connectionRestored();
    expect(sent[3]?.message).toMatchObject({ attempt: 3, budgetMs: 10 });
    const failed = expect(reply).rejects.toThrow('within 1000 ms');
    await env.advance(10);
    await failed;
    answer(sent[0]?.message.conversationId ?? '', { origin: 'shore' });
    await local;
    expect(env.pendingTimers()).toBe(0);
  });

  test('its return fails a call that cannot be sent again, with what the walk throws', async () => {
    const { bed, env, manager, call } = makeBed();
    const reply = call('hello', { idempotent: true });
    manager.connectionLost();
    bed.walk = notConnected;
    // The attempt before the loss may have run, whatever became of the second one.
    const failed = expect(reply).rejects.toMatchObject({
      code: 'Unavailable',
      details: { executed: 'unknown' },
    });
    manager.connectionRestored();
    await failed;
    expect(env.pendingTimers()).toBe(0);
  });

  test('a call that is sent again carries what it carried at first, whatever the caller changed since', async () => {
    const { manager, sent } = makeBed();
    const content = { depth: [1] };
    const reply = manager.call('shore.1', 'hello', 'measure', content, { idempotent: true });
    content.depth.push(2);
    manager.connectionRestored();
    expect(sent.map(({ message }) => message.content)).toEqual([{ depth: [1] }, { depth: [1] }]);
    const refused = manager.call('shore.1', 'hello', 'measure', new Map(), { idempotent: true });
    await expect(refused).rejects.toMatchObject({ code: 'BadRequest' });
    expect(manager.stats.pending).toBe(1);
    manager.close();
    await expect(reply).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('a call that was sent again is overdue 250 ms later, and stays so if it was before', async () => {
    const { env, manager, call, watched } = makeBed();
    const reply = call('hello', { idempotent: true });
    reply.catch(() => undefined);
    await env.advance(200);
    manager.connectionRestored();
    await env.advance(249);
    expect(watched).toEqual([]);
    await env.advance(1);
    expect(watched).toEqual(['hello']);
    manager.connectionRestored();
    expect(manager.isAwaited('hello')).toBe(true);
    await env.advance(1000);
    expect(watched).toEqual(['hello']);
    manager.close();
    expect(env.pendingTimers()).toBe(0);
  });

  test('messages that the broker did not take fail at once, executed no; idempotent ones wait if the connection is gone', async () => {
    const { manager, call, sent } = makeBed();
    const plain = call('ship.7');
    const idempotent = call('ship.7', { idempotent: true });
    const messages = sent.map(({ message }) => message);
    const failed = expect(plain).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
    manager.unsent(messages, true);
    await failed;
    expect(manager.stats.pending).toBe(1);
    manager.unsent(messages, false);
    await expect(idempotent).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'no' } });
  });
});

describe('ConversationManager#returned()', () => {
  test.each([
    ['hello', "nobody in system 'fleet' has the name 'hello'"],
    ['ship.7', "there is no container of process 'ship.7'"],
  ])('fails the calls of a returned frame: %s', async (receiver, text) => {
    const { env, manager, call, sent } = makeBed();
    const calls = [call(receiver), call(receiver)];
    const failed = calls.map((one) =>
      expect(one).rejects.toMatchObject({
        code: 'NoReceiver',
        message: text,
        details: { receiver, executed: 'no' },
      }),
    );
    manager.returned([
      ...sent.map(({ message }) => message),
      arrival({ conversationId: 'unknown#1' }).message,
    ]);
    await Promise.all(failed);
    expect(manager.stats.pending).toBe(0);
    expect(env.pendingTimers()).toBe(0);
  });
});
