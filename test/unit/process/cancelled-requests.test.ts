import { describe, expect, test } from '@jest/globals';
import { CancelledRequests } from '../../../src/process/cancelled-requests.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { arrival } from '../exchange/bed.ts';

function makeCancelled() {
  const env = fakeEnv();
  return { env, cancelled: new CancelledRequests(env.clock) };
}
const cancel = (conversationId: string, deadlineAt = 15_000, origin = 'ship') =>
  arrival({ performative: 'cancel', conversationId }, { origin, deadlineAt, local: false });
/** Sent by a process of `container`; it may come from another one that has handed it back. */
const request = (conversationId: string, container = 'ship', origin = container) =>
  arrival({ conversationId, sender: `${container}.1` }, { origin, local: false });

describe('CancelledRequests', () => {
  test('knows a request that was given up before it came, once', () => {
    const { cancelled } = makeCancelled();
    cancelled.remember(cancel('k#1'));
    expect(cancelled.take(request('k#2'))).toBe(false);
    expect(cancelled.take(request('k#1', 'mallory'))).toBe(false);
    expect(cancelled.take(request('k#1'))).toBe(true);
    expect(cancelled.take(request('k#1'))).toBe(false);
    expect(cancelled.size).toBe(0);
  });

  test('knows one that another container has handed back', () => {
    const { cancelled } = makeCancelled();
    cancelled.remember(cancel('k#1'));
    expect(cancelled.take(request('k#1', 'boat', 'ship'))).toBe(false);
    expect(cancelled.take(request('k#1', 'ship', 'boat'))).toBe(true);
  });

  test('forgets those whose time is over', async () => {
    const { env, cancelled } = makeCancelled();
    for (let index = 0; index < 100; index += 1) cancelled.remember(cancel(`k#${index}`, 100 + index));
    expect(cancelled.size).toBe(100);
    await env.advance(150);
    cancelled.remember(cancel('last'));
    expect(cancelled.size).toBe(50);
    expect(cancelled.take(request('k#50'))).toBe(false);
    expect(cancelled.take(request('k#51'))).toBe(true);
  });

  test('remembers 10 000 at most, of those that never end too; the oldest go first', () => {
    const { cancelled } = makeCancelled();
    for (let index = 0; index < 10_100; index += 1)
      cancelled.remember(cancel(`k#${index}`, index % 2 === 0 ? Number.POSITIVE_INFINITY : 15_000));
    expect(cancelled.size).toBe(10_000);
    expect(cancelled.take(request('k#99'))).toBe(false);
    expect(cancelled.take(request('k#100'))).toBe(true);
    expect(cancelled.take(request('k#10099'))).toBe(true);
  });
});
