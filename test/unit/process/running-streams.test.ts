import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../../src/codec/index.ts';
import { UnavailableError } from '../../../src/errors/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { makeLoop, request } from './work-loop-bed.ts';

describe('WorkLoop, of a stream', () => {
  const stream = (credit: unknown, over: object = {}) => ({
    conversationId: 'stream',
    headers: { protocol: 'stream', credit },
    ...over,
  });
  const kinds = (sent: readonly Message[]) => sent.map(({ performative }) => performative);

  test('agrees, sends parts as granted, and its end', async () => {
    const { loop, sent } = makeLoop();
    loop.take(request('parts', 3, {}, stream(2)));
    await turns();
    expect(kinds(sent)).toEqual(['agree', 'inform_progress', 'inform_progress']);
    expect(loop.grant('stream', 'mallory', 5)).toBe(false);
    expect(loop.grant('stream', 'ship', 5)).toBe(true);
    await turns();
    expect(kinds(sent).slice(3)).toEqual(['inform_progress', 'inform_result']);
    expect(sent.map(({ headers }) => headers?.['conv-seq'])).toEqual([undefined, 3, 4, 5, 6]);
    expect(loop.load).toBe(0);
  });

  test.each(['before it has begun', 'while it waits'])(
    'given up %s it ends, and nothing more is sent',
    async (when) => {
      const { loop, process, sent } = makeLoop();
      loop.take(request('parts', 100, {}, stream(2)));
      if (when === 'while it waits') await turns();
      const before = sent.length;
      expect(loop.cancel('stream', 'ship', new Error('its reader stopped'))).toBe(true);
      await turns();
      expect(loop.load).toBe(0);
      expect(sent).toHaveLength(before);
      expect(process.finished).toBe(when === 'while it waits' ? 1 : 0);
    },
  );

  test('given up while its handler comes to its own end, that end is not sent', async () => {
    const { loop, process, sent, open } = makeLoop();
    loop.take(request('late', null, {}, stream(2)));
    await turns();
    const before = sent.length;
    loop.cancel('stream', 'ship', new Error('its reader stopped'));
    await open('late');
    expect(process.finished).toBe(1);
    expect(loop.load).toBe(0);
    expect(sent).toHaveLength(before);
  });

  test('ends at its deadline when its reader is silent', async () => {
    const { env, loop, process } = makeLoop();
    loop.take(request('parts', 100, { deadlineAt: 1000 }, stream(2, { budgetMs: 1000 })));
    await env.advance(1900);
    expect(loop.load).toBe(1);
    // Twice its time after the last part.
    await env.advance(200);
    expect(loop.load).toBe(0);
    expect(process.finished).toBe(1);
  });

  test('ends half a minute after its last part when its reader set no limit and is silent', async () => {
    const { env, loop, process } = makeLoop();
    loop.take(request('parts', 100, { deadlineAt: Number.POSITIVE_INFINITY }, stream(2)));
    await env.advance(29_000);
    expect(loop.load).toBe(1);
    loop.grant('stream', 'ship', 0);
    await env.advance(29_000);
    expect(loop.load).toBe(1);
    await env.advance(2000);
    expect(loop.load).toBe(0);
    expect(process.finished).toBe(1);
  });

  test.each([1e9, -1, Number.MAX_VALUE, 'much', null, [], {}])(
    'asked for with credit %p sends one part',
    async (credit) => {
      const { loop, sent } = makeLoop();
      loop.take(request('parts', 5000, {}, stream(credit)));
      await turns();
      expect(kinds(sent)).toEqual(['agree', 'inform_progress']);
      loop.giveUp(new UnavailableError('enough'));
      await turns();
      expect(loop.load).toBe(0);
    },
  );
});
