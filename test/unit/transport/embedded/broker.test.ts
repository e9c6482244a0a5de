import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import { turns } from '../../../../src/testing/eventually.ts';
import { collect, makeBed, message, queue, text } from './bed.ts';

const persistent = { persistent: true };

describe('EmbeddedBroker without a connection', () => {
  test('leaves no timer armed, and finds what fell due when somebody connects', async () => {
    const { env, broker, a, b } = await makeBed();
    await a.declareQueue(queue('dead', { durable: true }));
    await a.declareQueue(
      queue('brief', { durable: true, deadLetterExchange: '', deadLetterRoutingKey: 'dead' }),
    );
    await a.declareQueue(queue('unused', { durable: true, expiresMs: 2_000 }));
    await a.declareQueue(queue('lasting', { durable: true, expiresMs: 60_000 }));
    await a.publishConfirmed(message('brief', 'late', { ...persistent, expirationMs: 1_000 }));
    await collect(b, 'lasting');
    await a.close();
    await b.close();
    await turns();
    expect(env.pendingTimers()).toBe(0);
    await env.advance(5_000);

    const c = broker.transport();
    await c.connect();
    await env.advance(0);
    expect(await c.inspectQueue('unused')).toBeUndefined();
    expect(await c.inspectQueue('dead')).toMatchObject({ messages: 1 });
    expect(await c.inspectQueue('lasting')).toBeDefined();
    await c.close();
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('EmbeddedBroker#stop()', () => {
  test('keeps persistent messages of durable queues, in their order, and nothing else', async () => {
    const { env, broker, a, b } = await makeBed();
    await a.declareExchange({ name: 'kept', type: 'fanout', durable: true, autoDelete: false });
    await a.declareQueue(queue('durable', { durable: true }));
    await a.bind({ exchange: 'kept', queue: 'durable', routingKey: '' });
    await a.declareExchange({ name: 'not kept', type: 'fanout', durable: false, autoDelete: false });
    await a.bind({ exchange: 'not kept', queue: 'durable', routingKey: '' });
    await b.declareQueue(queue('transient'));
    for (const [body, properties] of [
      ['1', persistent],
      ['2', {}],
      ['3', persistent],
      ['4', persistent],
    ] as const) {
      await a.publishConfirmed(message('durable', body, properties));
    }
    await a.publishConfirmed(message('transient', 'lost', persistent));
    const held = await collect(b, 'durable', { prefetch: 3 });
    await turns();
    expect(held.map(text)).toEqual(['1', '2', '3']);
    await a.close();
    broker.stop();
    expect(broker.isRunning).toBe(false);
    broker.start();

    const c = broker.transport();
    await c.connect();
    await c.publishConfirmed({ ...message('', '5'), exchange: 'kept' });
    const rest = await collect(c, 'durable');
    await turns();
    expect(rest.map((delivery) => [text(delivery), delivery.redelivered])).toEqual([
      ['1', true],
      ['3', true],
      ['4', false],
      ['5', false],
    ]);
    expect(await c.inspectQueue('transient')).toBeUndefined();
    await expect(c.bind({ exchange: 'not kept', queue: 'durable', routingKey: '' })).rejects.toMatchObject({
      code: 'NoReceiver',
    });
    await c.close();
    await b.close();
    expect(env.pendingTimers()).toBe(0);
  });

  test('does not let unused queues age while it is stopped', async () => {
    const { env, broker, a } = await makeBed();
    await a.declareQueue(queue('q', { durable: true, expiresMs: 1_000 }));
    await a.declareQueue(queue('unasked', { durable: true, expiresMs: 1_000 }));
    await a.close();
    broker.stop();
    await env.advance(5_000);
    broker.start();
    await env.advance(999);
    const c = broker.transport();
    await c.connect();
    expect(await c.inspectQueue('q')).toEqual({ messages: 0, consumers: 0 });
    await env.advance(1);
    expect(await c.inspectQueue('unasked')).toBeUndefined();
    await env.advance(998);
    expect(await c.inspectQueue('q')).toBeDefined();
    await env.advance(1_000);
    expect(await c.inspectQueue('q')).toBeUndefined();
  });
});

describe('EmbeddedBroker and time', () => {
  test('a message expires at its moment and not before, with one timer per queue', async () => {
    const { env, a } = await makeBed();
    await a.declareQueue(queue('q'));
    for (let index = 0; index < 50; index++) a.publish(message('q', 'x', { expirationMs: 1_000 }));
    await turns();
    expect(env.pendingTimers()).toBe(1);
    await env.advance(999);
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 50 });
    await env.advance(1);
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 0 });
    expect(env.pendingTimers()).toBe(0);
  });

  test('a message behind one that lives longer expires only at the head, as at RabbitMQ', async () => {
    const { env, a } = await makeBed();
    await a.declareQueue(queue('q'));
    a.publish(message('q', 'long', { expirationMs: 500 }));
    a.publish(message('q', 'short', { expirationMs: 100 }));
    await env.advance(499);
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 2 });
    await env.advance(1);
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 0 });
  });

  test('an expired message is never delivered, however late the consumer comes', async () => {
    const { env, a } = await makeBed();
    await a.declareQueue(queue('q', { messageTtlMs: 100 }));
    const held = await collect(a, 'q', { prefetch: 1 });
    a.publish(message('q', 'held'));
    a.publish(message('q', 'waiting'));
    await env.advance(100);
    held[0]?.requeue();
    await turns();
    expect(held.map(text)).toEqual(['held']);
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 0 });
  });

  test('a waiting consumer takes messages without any timer', async () => {
    const { env, a } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    for (let index = 0; index < 500; index++) a.publish(message('q', 'x', { expirationMs: 1_000 }));
    await turns(20);
    expect(arrived).toHaveLength(500);
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('EmbeddedBroker and its clients', () => {
  test('gives everybody bytes of their own', async () => {
    const { a, b } = await makeBed();
    await a.declareExchange({ name: 'x', type: 'fanout', durable: false, autoDelete: false });
    for (const name of ['one', 'two']) {
      await a.declareQueue(queue(name));
      await a.bind({ exchange: 'x', queue: name, routingKey: '' });
    }
    const one = await collect(a, 'one', { noAck: true });
    const two = await collect(b, 'two');
    const sent = message('', 'original');
    a.publish({ ...sent, exchange: 'x' });
    sent.body.fill(0);
    await turns();
    expect([...one, ...two].map(text)).toEqual(['original', 'original']);
    one[0]?.body.fill(1);
    two[0]?.body.fill(2);
    two[0]?.requeue();
    await turns();
    expect(two.map((delivery) => text(delivery)).at(1)).toBe('original');
  });

  test('a long queue does not keep others waiting', async () => {
    const { a, b } = await makeBed();
    await a.declareQueue(queue('long'));
    await a.declareQueue(queue('short'));
    for (let index = 0; index < 2_000; index++) a.publish(message('long', 'x'));
    const long = await collect(a, 'long', { noAck: true });
    let longWhenShortCame = -1;
    await b.consume({
      queue: 'short',
      prefetch: 0,
      onDelivery: () => {
        longWhenShortCame = long.length;
      },
    });
    a.publish(message('short', 'x'));
    await turns(50);
    expect(long).toHaveLength(2_000);
    expect(longWhenShortCame).toBeGreaterThanOrEqual(0);
    expect(longWhenShortCame).toBeLessThan(500);
  });

  test('delivers outside the async context of the publisher', async () => {
    const { a } = await makeBed();
    const context = new AsyncLocalStorage<string>();
    await a.declareQueue(queue('q'));
    const seen: (string | undefined)[] = [];
    await a.consume({ queue: 'q', prefetch: 0, onDelivery: () => seen.push(context.getStore()) });
    await turns();
    context.run('of the publisher', () => a.publish(message('q', 'x')));
    await turns();
    expect(seen).toEqual([undefined]);
  });

  test('refuses a userId that is not the login’s own', async () => {
    const { broker, a, logged } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    const forged = message('q', 'forged', { userId: 'somebody' });
    expect(a.publish(forged)).toBe(true);
    await expect(a.publishConfirmed(forged)).rejects.toMatchObject({ code: 'Forbidden' });
    const somebody = broker.transport({ user: 'somebody' });
    await somebody.connect();
    somebody.publish(message('q', 'genuine', { userId: 'somebody' }));
    await turns();
    expect(arrived.map(text)).toEqual(['genuine']);
    expect(logged).toEqual(['The broker refused a message, which is lost']);
  });

  test('maxLength holds again when the consumer that was to take the rest leaves', async () => {
    const { a } = await makeBed();
    await a.declareQueue(queue('q', { maxLength: 1 }));
    const handle = await a.consume({ queue: 'q', prefetch: 5, onDelivery: () => {} });
    await turns();
    for (const body of ['1', '2', '3']) a.publish(message('q', body));
    expect(await a.inspectQueue('q')).toMatchObject({ messages: 3 });
    await handle.cancel();
    await turns();
    const rest = await collect(a, 'q');
    await turns();
    expect(rest.map(text)).toEqual(['3']);
  });

  test('dead letters may go round while somebody rejects, and stop where nobody does', async () => {
    const { env, a } = await makeBed();
    await a.declareQueue(queue('work', { deadLetterExchange: '', deadLetterRoutingKey: 'retry' }));
    await a.declareQueue(
      queue('retry', { deadLetterExchange: '', deadLetterRoutingKey: 'work', messageTtlMs: 100 }),
    );
    let attempts = 0;
    await a.consume({
      queue: 'work',
      prefetch: 1,
      onDelivery: (delivery) => {
        attempts++;
        if (attempts < 4) delivery.reject();
      },
    });
    a.publish(message('work', 'x'));
    await env.advance(1_000);
    expect(attempts).toBe(4);

    await a.declareQueue(
      queue('idle', { deadLetterExchange: '', deadLetterRoutingKey: 'idle', messageTtlMs: 100 }),
    );
    a.publish(message('idle', 'x'));
    await env.advance(150);
    expect(await a.inspectQueue('idle')).toMatchObject({ messages: 0 });
  });
});
