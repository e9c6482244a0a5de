import { expect } from '@jest/globals';
import type { ContractTest } from './runner.ts';
import { collect, exchange, message, numbered, publishAll, queue } from './tools.ts';

/** Which queues a message reaches, and what of it arrives. */
export function routingContract(contractTest: ContractTest): void {
  contractTest('the default exchange routes by queue name', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('a'), { exclusive: true }));
    await transport.declareQueue(queue(h.name('b'), { exclusive: true }));
    const a = await collect(transport, h.name('a'));
    const b = await collect(transport, h.name('b'));
    await publishAll(transport, { routingKey: h.name('b') }, ['to b']);
    await publishAll(transport, { routingKey: h.name('a') }, ['to a']);
    expect(await a.received(1)).toEqual(['to a']);
    expect(await b.received(1)).toEqual(['to b']);
  });

  contractTest('a direct exchange routes by the exact key', async (h) => {
    const transport = await h.open();
    const direct = h.name('direct');
    await transport.declareExchange(exchange(direct, 'direct'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await transport.bind({ exchange: direct, queue: h.name('q'), routingKey: 'a.*' });
    await transport.bind({ exchange: direct, queue: h.name('q'), routingKey: 'b' });
    const q = await collect(transport, h.name('q'));
    for (const routingKey of ['a.x', 'a.*', 'c', 'B', 'b']) {
      await publishAll(transport, { exchange: direct, routingKey }, [routingKey]);
    }
    expect(await q.received(2)).toEqual(['a.*', 'b']);
  });

  contractTest('a fanout exchange routes to every bound queue, whatever the key', async (h) => {
    const transport = await h.open();
    const other = await h.open();
    const fanout = h.name('fanout');
    await transport.declareExchange(exchange(fanout, 'fanout'));
    await transport.declareQueue(queue(h.name('a'), { exclusive: true }));
    await other.declareQueue(queue(h.name('b'), { exclusive: true }));
    await transport.bind({ exchange: fanout, queue: h.name('a'), routingKey: '' });
    await other.bind({ exchange: fanout, queue: h.name('b'), routingKey: 'ignored' });
    const a = await collect(transport, h.name('a'));
    const b = await collect(other, h.name('b'));
    await publishAll(other, { exchange: fanout, routingKey: 'any' }, ['news']);
    expect(await a.received(1)).toEqual(['news']);
    expect(await b.received(1)).toEqual(['news']);
  });

  contractTest('a topic exchange matches * with one word and # with any number', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    const patterns = ['ship.*.speed', 'ship.#', '#', '*', 'ship.#.speed', 'plain.key'];
    const keys = [
      'ship',
      'ship.a.speed',
      'ship.a.b.speed',
      'ship.speed',
      'plain.key',
      'plain',
      'ship..speed',
    ];
    const expected: Record<string, string[]> = {
      'ship.*.speed': ['ship.a.speed', 'ship..speed'],
      'ship.#': ['ship', 'ship.a.speed', 'ship.a.b.speed', 'ship.speed', 'ship..speed'],
      '#': keys,
      '*': ['ship', 'plain'],
      'ship.#.speed': ['ship.a.speed', 'ship.a.b.speed', 'ship.speed', 'ship..speed'],
      'plain.key': ['plain.key'],
    };
    const consumers = await Promise.all(
      patterns.map(async (routingKey, index) => {
        const name = h.name(`q${index}`);
        await transport.declareQueue(queue(name, { exclusive: true }));
        await transport.bind({ exchange: topic, queue: name, routingKey });
        return { routingKey, collected: await collect(transport, name) };
      }),
    );
    for (const routingKey of keys) await publishAll(transport, { exchange: topic, routingKey }, [routingKey]);
    for (const { routingKey, collected } of consumers) {
      expect(await collected.received(expected[routingKey]?.length ?? 0)).toEqual(expected[routingKey]);
    }
  });

  contractTest('a queue gets one copy, however many of its bindings match', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    for (const routingKey of ['#', 'a.*', 'a.b']) {
      await transport.bind({ exchange: topic, queue: h.name('q'), routingKey });
    }
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, { exchange: topic, routingKey: 'a.b' }, ['one', 'two']);
    expect(await q.received(2)).toEqual(['one', 'two']);
  });

  contractTest('unbind stops one binding and leaves the others', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await transport.bind({ exchange: topic, queue: h.name('q'), routingKey: 'a' });
    for (const routingKey of ['b', 'x.*', 'y.*']) {
      await transport.bind({ exchange: topic, queue: h.name('q'), routingKey });
    }
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, { exchange: topic, routingKey: 'a' }, ['before']);
    for (const routingKey of ['a', 'x.*']) {
      await transport.unbind({ exchange: topic, queue: h.name('q'), routingKey });
    }
    for (const routingKey of ['a', 'b', 'x.1', 'y.1']) {
      await publishAll(transport, { exchange: topic, routingKey }, [routingKey]);
    }
    expect(await q.received(3)).toEqual(['before', 'b', 'y.1']);
  });

  contractTest('bindings that come and go count for keys that were used before', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    const probe = { ...message({ exchange: topic, routingKey: 'a.b' }, 'probe'), mandatory: true };
    await transport.declareExchange(exchange(topic, 'topic', { autoDelete: false }));
    expect(await transport.publishConfirmed(probe)).toBe('unroutable');
    for (const routingKey of ['a.b', 'a.*']) {
      await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
      await transport.bind({ exchange: topic, queue: h.name('q'), routingKey });
      expect(await transport.publishConfirmed(probe)).toBe('confirmed');
      await transport.deleteQueue(h.name('q'));
      expect(await transport.publishConfirmed(probe)).toBe('unroutable');
    }
  });

  contractTest('body, properties, exchange and key arrive as published', async (h) => {
    const transport = await h.open();
    const direct = h.name('direct');
    await transport.declareExchange(exchange(direct, 'direct'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await transport.bind({ exchange: direct, queue: h.name('q'), routingKey: 'key' });
    const q = await collect(transport, h.name('q'));
    const properties = {
      contentType: 'application/octet-stream',
      persistent: true,
      correlationId: 'c-1',
      replyTo: 'somewhere',
      expirationMs: 60_000,
      messageId: 'm-1',
      type: 't',
      appId: 'suite',
      headers: { op: 'hello', count: 3, flag: true },
    };
    const body = Uint8Array.from([0, 1, 127, 128, 255]);
    await transport.publishConfirmed({ exchange: direct, routingKey: 'key', body, properties });
    await transport.publishConfirmed({
      exchange: direct,
      routingKey: 'key',
      body: new Uint8Array(0),
      properties: {},
    });
    await q.received(2);
    const first = q.at(0);
    expect(Array.from(first.body)).toEqual(Array.from(body));
    expect(first.properties).toMatchObject(properties);
    expect(first).toMatchObject({ exchange: direct, routingKey: 'key', redelivered: false, epoch: 1 });
    const second = q.at(1);
    expect(second.body.byteLength).toBe(0);
    const given = Object.entries(second.properties).filter(([, value]) => value !== undefined);
    // A transport with logins may name its own as the user; what else was not given does not come into being.
    const tolerated = ['persistent', 'headers', 'userId'];
    expect(given.filter(([key]) => !tolerated.includes(key))).toEqual([]);
    expect(second.properties.persistent ?? false).toBe(false);
  });

  contractTest('messages of one publisher keep their order in a queue', async (h) => {
    const transport = await h.open();
    const receiver = await h.open();
    await receiver.declareQueue(queue(h.name('q'), { exclusive: true }));
    const q = await collect(receiver, h.name('q'), { prefetch: 7 });
    const texts = numbered(300);
    for (const body of texts)
      expect(transport.publish(message({ routingKey: h.name('q') }, body))).toBe(true);
    expect(await q.received(300)).toEqual(texts);
    expect(transport.stats.published).toBe(300);
    expect(receiver.stats.delivered).toBe(300);
  });
}
