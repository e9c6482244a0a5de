import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeMessage } from '../../../src/codec/index.ts';
import type { Arrival } from '../../../src/exchange/index.ts';
import { AnswerWindow, answerWindowDefaults, retryHeader } from '../../../src/interact/answer-window.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { arrival } from '../exchange/bed.ts';

interface Asked {
  readonly conversationId?: string;
  readonly origin?: string;
  readonly attempt?: number;
  readonly deadlineAt?: number;
  readonly headers?: Record<string, boolean>;
}

function request(asked: Asked = {}): Arrival {
  const { conversationId = 'k#1', origin = 'ship', attempt = 1, deadlineAt = 15_000 } = asked;
  const { headers = { [retryHeader]: true } } = asked;
  const sender = `${origin}.1`;
  return arrival({ conversationId, sender, attempt, headers }, { origin, deadlineAt, local: false });
}
const again = (asked: Asked = {}) => request({ attempt: 2, ...asked });

function answer(content: unknown) {
  return makeMessage({ performative: 'inform_result', sender: 'shore.1', receiver: 'ship.1', content });
}

function makeWindow() {
  const env = fakeEnv();
  return { env, window: new AnswerWindow(env.clock) };
}

describe('AnswerWindow', () => {
  test('gives a repeated request the answer that it had', () => {
    const { window } = makeWindow();
    window.keep(request(), answer({ depth: 3 }));
    expect(window.find(again())).toMatchObject({
      performative: 'inform_result',
      sender: 'shore.1',
      content: { depth: 3 },
    });
    expect(window.find(again({ attempt: 7 }))).toBeDefined();
  });

  test.each<[string, Arrival, Arrival]>([
    ['a first attempt', request(), request()],
    ['another conversation', request(), again({ conversationId: 'k#2' })],
    ['the same conversation of another sender', request(), again({ origin: 'boat' })],
    ['a request whose caller sends it only once', request({ headers: {} }), again()],
  ])('has none for %s', (_name, answered, repeated) => {
    const { window } = makeWindow();
    window.keep(answered, answer(1));
    expect(window.find(repeated)).toBeUndefined();
  });

  test('keeps what was sent, whatever the handler does to it later', () => {
    const { window } = makeWindow();
    const content = { list: [1] };
    window.keep(request(), answer(content));
    content.list.push(2);
    expect(window.find(again())?.content).toEqual({ list: [1] });
  });

  test('the later answer to one conversation counts', () => {
    const { window } = makeWindow();
    window.keep(request(), answer('first'));
    window.keep(request(), answer('second'));
    expect(window.find(again())?.content).toBe('second');
  });

  test('forgets an answer when its caller has stopped waiting', async () => {
    const { env, window } = makeWindow();
    window.keep(request({ deadlineAt: 100 }), answer(1));
    await env.advance(100);
    window.keep(request({ conversationId: 'k#2', deadlineAt: 200 }), answer(2));
    expect(window.find(again())).toBeUndefined();
    expect(window.find(again({ conversationId: 'k#2' }))).toBeDefined();
  });

  test('keeps the last 1024; the oldest goes first', () => {
    const { window } = makeWindow();
    const { maxAnswers } = answerWindowDefaults;
    for (let index = 0; index <= maxAnswers; index += 1)
      window.keep(request({ conversationId: `k#${index}` }), answer(index));
    expect(window.find(again({ conversationId: 'k#0' }))).toBeUndefined();
    expect(window.find(again({ conversationId: 'k#1' }))?.content).toBe(1);
    expect(window.find(again({ conversationId: `k#${maxAnswers}` }))?.content).toBe(maxAnswers);
  });

  test('keeps 4 MiB in all, and no answer that would take an eighth of it', () => {
    const { window } = makeWindow();
    const { maxBytes } = answerWindowDefaults;
    window.keep(request({ conversationId: 'large' }), answer(new Uint8Array(maxBytes / 8)));
    expect(window.find(again({ conversationId: 'large' }))).toBeUndefined();
    const each = maxBytes / 16;
    for (let index = 0; index < 20; index += 1)
      window.keep(request({ conversationId: `k#${index}` }), answer(new Uint8Array(each)));
    const kept = Array.from({ length: 20 }, (_, index) =>
      window.find(again({ conversationId: `k#${index}` })),
    );
    // 16 bytes of each are counted besides its own.
    expect(kept.filter((one) => one !== undefined)).toHaveLength(15);
    expect(kept[19]).toBeDefined();
  });

  test('stays within its bounds, whatever it is given, those without a limit of time among it', () => {
    const content = fc.oneof(
      { weight: 3, arbitrary: fc.anything({ withDate: true, maxDepth: 2 }).filter(isCloneable) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 700_000 }).map((length) => new Uint8Array(length)) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }).map((length) => 'x'.repeat(length)) },
    );
    const deadline = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 1000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(content, deadline), { maxLength: 60, size: 'max' }), (answers) => {
        const { window } = makeWindow();
        const ids = answers.map((_, index) => `k#${index}`);
        for (const [index, [one, deadlineAt]] of answers.entries())
          window.keep(request({ conversationId: `k#${index}`, deadlineAt }), answer(one));
        const kept = ids.map((conversationId) => window.find(again({ conversationId })));
        const bytes = kept.reduce((sum, one) => sum + (one?.bytes ?? 0), 0);
        expect(bytes).toBeLessThanOrEqual(answerWindowDefaults.maxBytes);
      }),
      { numRuns: 30 },
    );
  });
});

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
