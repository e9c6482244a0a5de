import { describe, expect, test } from '@jest/globals';
import { type Arrival, eventReceiver, eventTopic } from '../../../src/exchange/index.ts';
import { resolveEventPattern } from '../../../src/interact/event-pattern.ts';
import { resolveSubscribeOptions, type SubscribeOptions } from '../../../src/interact/subscribe-options.ts';
import { Subscriber } from '../../../src/interact/subscriber.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival } from '../exchange/bed.ts';

function makeSubscriber(options: SubscribeOptions, concurrency: number) {
  const env = fakeEnv();
  const begun: Arrival[] = [];
  const subscriber = new Subscriber({
    host: { id: 'shore.1', concurrency, begin: (one) => void begun.push(one) },
    pattern: resolveEventPattern({ type: 'sensor.depth' }),
    options: resolveSubscribeOptions(options),
    clock: env.clock,
    logger: recordingLogger(),
    attempts: 3,
    delayAfter: () => 100,
    leave: async () => undefined,
  });
  return {
    env,
    subscriber,
    begun,
    contents: () => begun.map(({ message }) => message.content),
    take: (origin: string, content: string) => {
      const receiver = eventReceiver(eventTopic('sensor.depth', origin));
      const one = arrival({ performative: 'none', op: 'sensor.depth', receiver, content });
      subscriber.take(one);
      return one;
    },
  };
}

describe('Subscriber#connectionLost()', () => {
  test('a durable one begins nothing more of what came before; what comes again waits for what runs of its origin', () => {
    const { subscriber, take, contents } = makeSubscriber({ durable: 'log' }, 2);
    const running = take('a', 'a1');
    take('a', 'a2');
    const other = take('b', 'b1');
    take('b', 'b2');
    take('c', 'c1');
    expect(contents()).toEqual(['a1', 'b1']);
    subscriber.connectionLost();
    expect(subscriber.stats).toMatchObject({ waiting: 0 });
    for (const content of ['a1 again', 'a2 again']) take('a', content);
    subscriber.handled(other);
    expect(contents()).toEqual(['a1', 'b1']);
    subscriber.handled(running);
    expect(contents()).toEqual(['a1', 'b1', 'a1 again']);
  });

  test('nor does an ordered one try again what it held back', async () => {
    const { env, subscriber, take, contents } = makeSubscriber({ durable: 'log', ordered: true }, 1);
    subscriber.failed(take('a', 'a1'), new Error('unlucky'), false);
    take('a', 'a2');
    expect(subscriber.stats).toMatchObject({ waiting: 2 });
    subscriber.connectionLost();
    expect(env.pendingTimers()).toBe(0);
    take('a', 'a1 again');
    await env.advance(1_000);
    expect(contents()).toEqual(['a1', 'a1 again']);
  });

  test.each<SubscribeOptions>([{}, { group: 'watch' }, { replay: { from: 'first' } }])(
    '%j goes on with what it has',
    (options) => {
      const { subscriber, take, contents } = makeSubscriber(options, 1);
      const running = take('a', 'a1');
      take('a', 'a2');
      subscriber.connectionLost();
      subscriber.handled(running);
      expect(contents()).toEqual(['a1', 'a2']);
    },
  );
});
