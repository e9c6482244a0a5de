import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import { ConfirmedEvents } from '../../../src/exchange/confirmed-events.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { identity, message, ScriptedTransport } from './bed.ts';

function makeEvents() {
  const env = fakeEnv();
  const codec = new Codec();
  const transport = new ScriptedTransport();
  const answers: ((outcome: 'confirmed' | 'unroutable') => void)[] = [];
  transport.outcome = () => new Promise((resolve) => answers.push(resolve));
  const events = new ConfirmedEvents({ identity, codec, transport, env, timeoutMs: 1_000 });
  const outcomes: Record<string, string> = {};
  let noLogs = 0;
  return {
    env,
    outcomes,
    /** How often it was told that there is no log. */
    noLogs: () => noLogs,
    events,
    publish: (topic: string, content: string, isLogged: boolean) => {
      const bytes = codec.encodeEnvelope(message({ content, performative: 'none' }), identity.container);
      const onNoLog = (): void => {
        noLogs += 1;
      };
      void Promise.resolve(events.publish(topic, bytes, isLogged ? onNoLog : undefined)).then((outcome) => {
        outcomes[content] = outcome;
      });
    },
    /** Contents of what was handed over, frame by frame; '!' for the mark. */
    frames: () =>
      transport.confirmed.map(({ body }) => {
        const { header, messages } = codec.decodeFrame(body, 'ship');
        return messages.map(({ content }) => content).join() + (header.resent === true ? '!' : '');
      }),
    answer: async (number: number, outcome: 'confirmed' | 'unroutable') => {
      answers[number]?.(outcome);
      await turns(2);
    },
  };
}

describe('ConfirmedEvents#publish() of events that have a log', () => {
  test('sends what comes back again after a moment, marked and in order, and then what follows', async () => {
    const { env, publish, frames, answer, outcomes, noLogs } = makeEvents();
    publish('a', 'a1', true);
    publish('b', 'b1', true);
    publish('c', 'c1', false);
    await turns(2);
    await answer(1, 'unroutable');
    await answer(0, 'unroutable');
    expect(noLogs()).toBe(2);
    publish('a', 'a2', true);
    await turns(2);
    // Not before the last of them is back.
    await env.advance(100);
    expect(frames()).toEqual(['a1', 'b1', 'c1']);
    await answer(2, 'unroutable');
    expect(outcomes).toEqual({ c1: 'unroutable' });
    expect(frames()).toEqual(['a1', 'b1', 'c1', 'a1!', 'b1!', 'a2']);
    for (const number of [3, 4, 5]) await answer(number, 'confirmed');
    expect(outcomes).toEqual({ c1: 'unroutable', a1: 'confirmed', b1: 'confirmed', a2: 'confirmed' });
  });

  test('rejects it if the log does not come up in its time', async () => {
    const { env, publish, frames, answer, outcomes } = makeEvents();
    publish('a', 'a1', true);
    await turns(2);
    for (let number = 0; number < 9; number += 1) {
      await answer(number, 'unroutable');
      await env.advance(100);
    }
    expect(frames()).toHaveLength(10);
    expect(outcomes).toEqual({});
    await answer(9, 'unroutable');
    await env.advance(100);
    await turns(2);
    expect(outcomes).toEqual({ a1: 'rejected' });
  });

  test('does nothing more for what comes back after the end', async () => {
    const { env, publish, frames, answer, outcomes, events } = makeEvents();
    publish('a', 'a1', true);
    await turns(2);
    events.close();
    await answer(0, 'unroutable');
    expect(env.pendingTimers()).toBe(0);
    await env.advance(1_000);
    await turns(2);
    expect(frames()).toEqual(['a1']);
    expect(outcomes).toEqual({ a1: 'unknown' });
  });
});
