import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { type Arrival, eventReceiver } from '../../../src/exchange/index.ts';
import { resolveEventPattern } from '../../../src/interact/event-pattern.ts';
import { Subscriber } from '../../../src/interact/index.ts';
import { resolveSubscribeOptions } from '../../../src/interact/subscribe-options.ts';
import { EventDelivery } from '../../../src/process/event-delivery.ts';
import { assertEventHandler, EventOperation } from '../../../src/process/event-operation.ts';
import { defineEvent } from '../../../src/process/event-type.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival } from '../exchange/bed.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  content: Type.Object({ m: Type.Number() }),
});

/** An event that its subscriber has begun, and what that is told. */
function makeDelivery() {
  const { clock } = fakeEnv();
  const begun: Arrival[] = [];
  const subscriber = new Subscriber({
    host: { id: 'shore.1', concurrency: 1, begin: (one) => void begun.push(one) },
    pattern: resolveEventPattern({ type: 'sensor.depth' }),
    options: resolveSubscribeOptions({ durable: 'log' }),
    clock,
    logger: recordingLogger(),
    attempts: 3,
    delayAfter: () => 100,
    leave: async () => undefined,
  });
  const done: string[] = [];
  const ticket = {
    tellsWork: false,
    settleOne: () => void done.push('settled'),
    giveBackOne: () => void done.push('given back'),
    failOne: (...[, , , isFinal]: readonly unknown[]) =>
      void done.push(isFinal ? 'failed for good' : 'failed'),
    reread: () => arrival({ content: 'as it came' }).message,
  };
  const event = { publishedAt: 5, resent: true, position: undefined, sink: { take: () => undefined } };
  const source = arrival(
    { performative: 'none', op: 'sensor.depth', receiver: eventReceiver('sensor.depth.ship7') },
    { ticket, event, redelivered: true, origin: 'ship' },
  );
  subscriber.take(source);
  const operation = new EventOperation(() => undefined, undefined);
  return { delivery: new EventDelivery(source, subscriber, operation), subscriber, done, source, operation };
}

describe('EventDelivery', () => {
  test('has what is known of the event', () => {
    const { delivery, source, operation } = makeDelivery();
    expect(delivery).toMatchObject({ message: source.message, redelivered: true, origin: 'ship', operation });
    expect(delivery.event).toBe(source.event);
    expect(delivery.fromSharedQueue).toBe(true);
    expect(delivery.asReceived().content).toBe('as it came');
  });

  test.each<[string, (delivery: EventDelivery) => void, string, object]>([
    ['#settle()', (one) => one.settle(), 'settled', { handled: 1, failed: 0 }],
    ['#fail()', (one) => one.fail(new Error('no'), false), 'failed', { handled: 0, failed: 1 }],
    ['#fail() for good', (one) => one.fail(new Error('no'), true), 'failed for good', { failed: 1 }],
    ['#giveBack()', (one) => one.giveBack(), 'given back', { handled: 0, failed: 0, waiting: 0 }],
  ])('%s tells its subscriber, once', (_, act, fate, stats) => {
    const { delivery, subscriber, done } = makeDelivery();
    act(delivery);
    delivery.settle();
    delivery.fail(new Error('late'), false);
    expect(delivery.giveBack()).toBe(true);
    expect(done).toEqual([fate]);
    expect(subscriber.stats).toMatchObject(stats);
  });
});

describe('EventOperation', () => {
  test('#accept() checks contents against the type, where it is one', () => {
    const typed = new EventOperation(() => undefined, Depth);
    expect(typed.accept({ m: 1 })).toEqual({ m: 1 });
    expect(() => typed.accept({ m: 'deep' })).toThrow('content of sensor.depth.m');
    const untyped = new EventOperation(() => undefined, undefined);
    expect(untyped.accept('anything')).toBe('anything');
  });
});

describe('assertEventHandler()', () => {
  test('wants a function, and says what for', () => {
    expect(() => assertEventHandler(() => undefined, 'sensor.*')).not.toThrow();
    expect(() => assertEventHandler({ durable: 'log' }, 'sensor.*')).toThrow(
      "subscribe needs a function that handles the events of 'sensor.*', (content, event) => …, not an object",
    );
  });
});
