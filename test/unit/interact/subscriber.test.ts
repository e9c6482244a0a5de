import { describe, expect, test } from '@jest/globals';
import type { Ticket } from '../../../src/exchange/arrival.ts';
import { type Arrival, eventReceiver, eventTopic } from '../../../src/exchange/index.ts';
import { type EventPattern, resolveEventPattern } from '../../../src/interact/event-pattern.ts';
import { resolveSubscribeOptions, type SubscribeOptions } from '../../../src/interact/subscribe-options.ts';
import { Subscriber } from '../../../src/interact/subscriber.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival } from '../exchange/bed.ts';

/** What became of an event's share of its frame. */
class ScriptedTicket implements Ticket {
  readonly done: string[] = [];
  readonly tellsWork = false;
  settleOne(): void {
    this.done.push('settled');
  }
  giveBackOne(): void {
    this.done.push('given back');
  }
  failOne(_arrival: Arrival, _index: number, _error: unknown, isFinal: boolean): void {
    this.done.push(isFinal ? 'failed for good' : 'failed');
  }
  reread() {
    return arrival({ content: 'as it came' }).message;
  }
}

function makeSubscriber({
  options = {} as SubscribeOptions,
  pattern = { type: 'sensor.depth' } as EventPattern,
  concurrency = 1,
} = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const begun: Arrival[] = [];
  let lefts = 0;
  const subscriber = new Subscriber({
    host: { id: 'shore.1', concurrency, begin: (one) => void begun.push(one) },
    pattern: resolveEventPattern(pattern),
    options: resolveSubscribeOptions(options),
    clock: env.clock,
    logger,
    attempts: options.attempts ?? 3,
    delayAfter: (attempt) => attempt * 100,
    leave: async () => {
      lefts += 1;
    },
  });
  const tickets = new Map<Arrival, ScriptedTicket>();
  return {
    env,
    logger,
    subscriber,
    begun,
    lefts: () => lefts,
    /** Gives it an event of that origin; what it holds is its number. */
    take: (content: number | string, origin = 'ship7', attempt = 1) => {
      const ticket = new ScriptedTicket();
      const receiver = eventReceiver(eventTopic('sensor.depth', origin));
      const one = arrival(
        { performative: 'none', op: 'sensor.depth', receiver, content },
        {
          ticket,
          event: {
            publishedAt: 0,
            resent: false,
            position: undefined,
            sink: { take: () => undefined },
          },
        },
      );
      one.message.attempt = attempt;
      tickets.set(one, ticket);
      subscriber.take(one);
      return one;
    },
    /** What became of each, in the order in which they came. */
    fates: () => [...tickets.values()].map(({ done }) => done.join()),
    contents: () => begun.map(({ message }) => message.content),
  };
}

describe('Subscriber#take()', () => {
  test('begins one after the other, in order, as many at a time as its process handles', () => {
    const { subscriber, take, contents, fates } = makeSubscriber();
    const first = take(1);
    take(2);
    expect(contents()).toEqual([1]);
    expect(subscriber.stats).toEqual({ received: 2, handled: 0, failed: 0, dropped: 0, waiting: 1 });
    subscriber.handled(first);
    expect(contents()).toEqual([1, 2]);
    expect(fates()).toEqual(['settled', '']);
    expect(subscriber.stats).toEqual({ received: 2, handled: 1, failed: 0, dropped: 0, waiting: 0 });
  });

  test('with concurrency begins others of other origins, and none of the same', () => {
    const { subscriber, take, contents } = makeSubscriber({ concurrency: 3 });
    const first = take('a1', 'a');
    take('a2', 'a');
    take('b1', 'b');
    take('c1', 'c');
    take('d1', 'd');
    expect(contents()).toEqual(['a1', 'b1', 'c1']);
    subscriber.handled(first);
    expect(contents()).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  test.each([
    [2, 5, 2],
    [9, 3, 3],
    [undefined, 3, 3],
  ])('concurrency %s of a process with %d is %d', (concurrency, processConcurrency, expected) => {
    const options = concurrency === undefined ? {} : { concurrency };
    const { take, begun } = makeSubscriber({ options, concurrency: processConcurrency });
    for (let number = 0; number < 20; number += 1) take(number, `ship${number}`);
    expect(begun).toHaveLength(expected);
  });

  test('after its end gives back what comes', () => {
    const { subscriber, take, begun, fates } = makeSubscriber({ options: { durable: 'log' } });
    void subscriber.cancel();
    take(1);
    expect(begun).toEqual([]);
    expect(fates()).toEqual(['given back']);
  });
});

describe('Subscriber, live, that does not keep up,', () => {
  test('drops the oldest, counts them and says so once', () => {
    const { subscriber, take, contents, logger, begun } = makeSubscriber({ options: { limit: 2 } });
    for (const number of [1, 2, 3, 4, 5]) take(number);
    expect(subscriber.stats).toMatchObject({ received: 5, dropped: 2, waiting: 2 });
    const lines = logger.lines.filter(({ message }) => message.includes('does not keep up'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      fields: { process: 'shore.1', type: 'sensor.depth', limit: 2, overflow: 'drop-oldest' },
    });
    for (let at = 0; at < 3; at += 1) {
      const one = begun[at];
      if (one !== undefined) subscriber.handled(one);
    }
    expect(contents()).toEqual([1, 4, 5]);
  });

  test('drops the newest where that is wanted', () => {
    const options = { limit: 2, overflow: 'drop-newest' } as const;
    const { subscriber, take, contents, begun } = makeSubscriber({ options });
    for (const number of [1, 2, 3, 4, 5]) take(number);
    expect(subscriber.stats).toMatchObject({ received: 5, dropped: 2, waiting: 2 });
    for (let at = 0; at < 3; at += 1) {
      const one = begun[at];
      if (one !== undefined) subscriber.handled(one);
    }
    expect(contents()).toEqual([1, 2, 3]);
  });

  test('drops the newest when all that wait are held for their origin', () => {
    const { subscriber, take } = makeSubscriber({ options: { limit: 2 }, concurrency: 2 });
    take(1);
    take(2);
    take(3);
    take(4);
    expect(subscriber.stats).toMatchObject({ dropped: 1, waiting: 2 });
  });

  test('the others drop nothing', () => {
    const { subscriber, take } = makeSubscriber({ options: { durable: 'log' } });
    for (let number = 0; number < 5_000; number += 1) take(number);
    expect(subscriber.stats).toMatchObject({ dropped: 0, waiting: 4_999 });
  });
});

describe('Subscriber#failed()', () => {
  test('counts it, has it tried again and goes on with the next', () => {
    const { subscriber, take, contents, fates } = makeSubscriber({ options: { durable: 'log' } });
    const first = take(1);
    take(2);
    subscriber.failed(first, new Error('no paper'), false);
    expect(fates()).toEqual(['failed', '']);
    expect(contents()).toEqual([1, 2]);
    expect(subscriber.stats).toMatchObject({ handled: 0, failed: 1, waiting: 0 });
  });

  test('tells what failed and where, the same error of a type again at debug only', () => {
    const { subscriber, take, logger } = makeSubscriber({ options: { durable: 'log' } });
    const error = new Error('no paper');
    for (const number of [1, 2]) subscriber.failed(take(number, 'ship 7', 2), error, false);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug']);
    expect(logger.lines[0]).toMatchObject({
      message: 'an event could not be handled',
      fields: {
        process: 'shore.1',
        type: 'sensor.depth',
        topic: 'sensor.depth.ship_x20_7',
        attempt: 2,
        error,
      },
    });
  });

  test('ordered: holds its origin back for the delay, then begins it again as it came, before what followed', async () => {
    const options = { durable: 'log', ordered: true } as const;
    const { subscriber, take, contents, fates, env, begun } = makeSubscriber({ options });
    const first = take('a1', 'a');
    take('a2', 'a');
    take('b1', 'b');
    first.message.content = 'changed by its handler';
    subscriber.failed(first, new Error('no paper'), false);
    expect(contents().at(-1)).toBe('b1');
    expect(subscriber.stats).toMatchObject({ failed: 1, waiting: 2 });
    const second = begun[1];
    if (second !== undefined) subscriber.handled(second);
    await env.advance(99);
    expect(begun).toHaveLength(2);
    await env.advance(1);
    expect(begun).toHaveLength(3);
    expect(begun[2]).toBe(first);
    expect(first.message).toMatchObject({ attempt: 2, content: 'as it came' });
    subscriber.handled(first);
    expect(contents().at(-1)).toBe('a2');
    expect(fates()).toEqual(['settled', '', 'settled']);
  });

  test.each([1, 4])(
    'ordered, concurrency %d: fails after its last attempt, and its origin goes on',
    async (concurrency) => {
      const options = { durable: 'log', ordered: true, attempts: 3 } as const;
      const { subscriber, take, contents, fates, env } = makeSubscriber({ options, concurrency });
      const first = take('a1', 'a');
      take('a2', 'a');
      subscriber.failed(first, new Error('no paper'), false);
      await env.advance(100);
      subscriber.failed(first, new Error('no paper'), false);
      await env.advance(199);
      expect(contents()).toHaveLength(2);
      await env.advance(1);
      expect(contents()).toHaveLength(3);
      subscriber.failed(first, new Error('no paper'), false);
      expect(fates()).toEqual(['failed', '']);
      expect(contents().at(-1)).toBe('a2');
      expect(env.pendingTimers()).toBe(0);
    },
  );

  test('ordered: what would fail again is not held back', () => {
    const options = { durable: 'log', ordered: true } as const;
    const { subscriber, take, contents, fates, env } = makeSubscriber({ options });
    const first = take('a1', 'a');
    take('a2', 'a');
    subscriber.failed(first, new Error('not a number'), true);
    expect(fates()).toEqual(['failed for good', '']);
    expect(contents()).toEqual(['a1', 'a2']);
    expect(env.pendingTimers()).toBe(0);
  });

  test('ordered: after its end gives back what failed, so that it keeps its place', () => {
    const options = { durable: 'log', ordered: true } as const;
    const { subscriber, take, fates } = makeSubscriber({ options });
    const first = take(1);
    void subscriber.cancel();
    subscriber.failed(first, new Error('ended'), false);
    expect(fates()).toEqual(['given back']);
  });
});

describe('Subscriber#cancel()', () => {
  test('leaves once, and begins nothing more', async () => {
    const { subscriber, take, begun, lefts } = makeSubscriber();
    const first = take(1);
    take(2);
    await Promise.all([subscriber.cancel(), subscriber.cancel()]);
    expect(lefts()).toBe(1);
    subscriber.handled(first);
    expect(begun).toHaveLength(1);
  });

  test('what waits, and what was held back, can be given back, and no timer is left', async () => {
    const options = { durable: 'log', ordered: true } as const;
    const { subscriber, take, env, begun } = makeSubscriber({ options });
    const first = take('a1', 'a');
    take('a2', 'a');
    subscriber.failed(first, new Error('no paper'), false);
    void subscriber.cancel();
    const left = subscriber.giveBackWaiting();
    expect(left.map(({ message }) => message.content)).toEqual(['a1', 'a2']);
    expect(env.pendingTimers()).toBe(0);
    await env.advance(1_000);
    expect(begun).toHaveLength(1);
  });
});

describe('Subscriber#returned()', () => {
  test('gives back what was not begun', () => {
    const { subscriber, take, fates } = makeSubscriber({ options: { durable: 'log' } });
    const first = take(1);
    void subscriber.cancel();
    subscriber.returned(first);
    expect(fates()).toEqual(['given back']);
    expect(subscriber.stats).toMatchObject({ handled: 0, failed: 0, waiting: 0 });
  });
});

describe('Subscriber#origin', () => {
  test.each(['#', 'ship7', 'ship7.#', '*.my ship.#', 'ship 7', '_x20_'])(
    'is %j as it was given',
    (origin) => {
      const { subscriber } = makeSubscriber({ pattern: { type: 'sensor.*', origin } });
      expect(subscriber).toMatchObject({ kind: 'live', name: '', type: 'sensor.*', origin });
    },
  );
});
