import { describe, expect, test } from '@jest/globals';
import { turns } from '../../../../src/testing/eventually.ts';
import type { TransportStatus } from '../../../../src/transport/index.ts';
import { collect, makeBed, message, queue, text } from './bed.ts';

describe('EmbeddedTransport#connect()', () => {
  test('rejects while the broker is stopped, goes back to idle, and may be tried again', async () => {
    const { broker } = await makeBed();
    broker.stop();
    const transport = broker.transport();
    const statuses: string[] = [];
    transport.onStatus((status) => statuses.push(status.type));
    await expect(transport.connect()).rejects.toMatchObject({ code: 'BrokerUnreachable' });
    expect(statuses).toEqual(['connecting', 'idle']);
    broker.start();
    await Promise.all([transport.connect(), transport.connect()]);
    await transport.connect();
    expect(statuses).toEqual(['connecting', 'idle', 'connecting', 'connected']);
    expect(transport.status).toMatchObject({ epoch: 1 });
    await transport.close();
    await expect(transport.connect()).rejects.toMatchObject({ code: 'IllegalState' });
    await expect(transport.declareQueue(queue('q'))).rejects.toMatchObject({ code: 'IllegalState' });
  });

  test('applies what was recorded before, in order, and rejects with what the broker refuses', async () => {
    const { broker, a } = await makeBed();
    const transport = broker.transport();
    await transport.declareQueue(queue('q', { exclusive: true, perEpoch: true }));
    const arrived = await collect(transport, 'q');
    await transport.connect();
    a.publish(message('q~1', 'x'));
    await turns();
    expect(arrived.map(text)).toEqual(['x']);

    await a.declareQueue(queue('taken', { maxLength: 1 }));
    const other = broker.transport();
    await other.declareQueue(queue('mine', { exclusive: true }));
    await other.declareQueue(queue('taken'));
    await expect(other.connect()).rejects.toMatchObject({
      code: 'TopologyConflict',
      details: { argument: 'x-max-length' },
    });
    expect(other.status).toEqual({ type: 'idle' });
    expect(await a.inspectQueue('mine')).toBeUndefined();
  });

  test('is answered when close() comes in between', async () => {
    const { broker } = await makeBed();
    const transport = broker.transport();
    const connecting = transport.connect();
    await transport.close();
    await expect(connecting).rejects.toMatchObject({ code: 'Unavailable' });
    await turns();
    expect(transport.status).toEqual({ type: 'closed' });
  });
});

describe('EmbeddedTransport after a lost connection', () => {
  test('waits longer from attempt to attempt, up to the bound, and starts afresh afterwards', async () => {
    const { env, broker } = await makeBed();
    const transport = broker.transport({ backoff: { initialMs: 100, maxMs: 400, jitter: 0 } });
    await transport.connect();
    const statuses: TransportStatus[] = [];
    transport.onStatus((status) => statuses.push(status));
    const waits = (): number[] =>
      statuses.flatMap((status) => (status.type === 'disconnected' ? [status.retryInMs] : []));
    broker.stop();
    await env.advance(1_400);
    expect(waits()).toEqual([100, 200, 400, 400, 400]);
    broker.start();
    await env.advance(400);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 2 });
    const connecting = statuses.filter((status) => status.type === 'connecting');
    expect(connecting.map((status) => status.attempt)).toEqual([1, 2, 3, 4, 5]);
    broker.cut(transport);
    expect(waits().at(-1)).toBe(100);
    await transport.close();
    expect(statuses.at(-1)).toEqual({ type: 'closed' });
  });

  test('reports statuses in order to every listener, one that cuts again or throws included', async () => {
    const { env, broker, a, logged } = await makeBed();
    const seen: string[] = [];
    a.onStatus((status) => {
      if (status.type === 'connected' && status.epoch === 2) broker.cut(a);
      throw new Error('a bug in the listener');
    });
    a.onStatus((status) => seen.push(status.type));
    broker.cut(a);
    await env.advance(1_000);
    expect(seen).toEqual([
      'disconnected',
      'connecting',
      'connected',
      'disconnected',
      'connecting',
      'connected',
    ]);
    expect(a.status).toMatchObject({ type: 'connected', epoch: 3 });
    expect(logged.filter((line) => line === 'A status listener failed')).toHaveLength(6);
  });

  test('forgets and logs what the broker refuses now, and makes the rest', async () => {
    const { env, broker, a, b, logged } = await makeBed();
    await a.declareQueue(queue('changed', { autoDelete: true }));
    await a.declareQueue(queue('other', { exclusive: true }));
    const changed = await collect(a, 'changed', { noAck: true });
    const other = await collect(a, 'other', { noAck: true });
    broker.cut(a);
    await b.declareQueue(queue('changed', { maxLength: 9 }));
    await env.advance(1_000);
    expect(a.status).toMatchObject({ type: 'connected', epoch: 2 });
    expect(logged).toContainEqual(
      expect.stringContaining('After a reconnection the broker refuses to declare the queue "changed"'),
    );
    b.publish(message('changed', '1'));
    b.publish(message('other', '2'));
    await turns();
    expect([...changed, ...other].map(text)).toEqual(['2']);
  });

  test('goes on trying to consume from a queue that it did not declare itself', async () => {
    const { env, broker, a, b } = await makeBed();
    await b.declareQueue(queue('theirs'));
    const arrived = await collect(a, 'theirs');
    await b.deleteQueue('theirs');
    await env.advance(10_000);
    expect(a.stats.consumersRepaired).toBe(0);
    await b.declareQueue(queue('theirs'));
    b.publish(message('theirs', 'found again'));
    await env.advance(5_000);
    expect(arrived.map(text)).toEqual(['found again']);
    expect(a.stats.consumersRepaired).toBe(1);

    broker.cut(a);
    await b.deleteQueue('theirs');
    await env.advance(10_000);
    expect(a.status).toMatchObject({ type: 'connected', epoch: 2 });
    await b.declareQueue(queue('theirs'));
    b.publish(message('theirs', 'and again'));
    await env.advance(5_000);
    expect(arrived.map(text)).toEqual(['found again', 'and again']);
    await b.deleteQueue('theirs');
    await turns();
    await a.close();
    await b.close();
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('EmbeddedTransport#close()', () => {
  test('still reports outcomes and returns of what was published before', async () => {
    const { a } = await makeBed();
    const returned: string[] = [];
    a.onReturned((one) => returned.push(text(one)));
    const outcome = a.publishConfirmed({ ...message('nowhere', 'confirmed'), mandatory: true });
    a.publish({ ...message('nowhere', 'returned'), mandatory: true });
    await a.close();
    expect(await outcome).toBe('unroutable');
    expect(returned).toEqual(['returned']);
  });
});
