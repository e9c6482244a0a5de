import { expect } from '@jest/globals';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { ReturnedMessage } from '../../../../src/transport/index.ts';
import type { ContractTest } from './runner.ts';
import { collect, exchange, gone, holds, message, numbered, queue, text } from './tools.ts';

/** Mandatory returns, confirmations, inspection, and the publisher's mishaps. */
export function publishingContract(contractTest: ContractTest): void {
  contractTest('a mandatory message that no queue takes comes back, later', async (h) => {
    const transport = await h.open();
    const topic = h.name('topic');
    await transport.declareExchange(exchange(topic, 'topic'));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    await transport.bind({ exchange: topic, queue: h.name('q'), routingKey: 'known' });
    const returned: ReturnedMessage[] = [];
    transport.onReturned((one) => returned.push(one));
    const q = await collect(transport, h.name('q'));
    const lost = message({ exchange: topic, routingKey: 'unknown' }, 'lost', { correlationId: 'c-9' });
    expect(transport.publish({ ...lost, mandatory: true })).toBe(true);
    transport.publish({ ...lost, body: new TextEncoder().encode('not asked back') });
    transport.publish({ ...message({ exchange: topic, routingKey: 'known' }, 'found'), mandatory: true });
    expect(returned).toEqual([]);
    expect(await q.received(1)).toEqual(['found']);
    await eventually(() => returned.length > 0);
    expect(returned.map(text)).toEqual(['lost']);
    expect(returned[0]).toMatchObject({
      exchange: topic,
      routingKey: 'unknown',
      properties: { correlationId: 'c-9' },
    });
    expect(transport.stats.returned).toBe(1);
  });

  contractTest(
    'drained() is undefined while there is room, and resolves where there was none, also when the connection goes',
    async (h) => {
      const transport = await h.open();
      await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
      const q = await collect(transport, h.name('q'));
      expect(transport.drained()).toBeUndefined();
      const large = message({ routingKey: h.name('q') }, 'x'.repeat(1024 * 1024));
      for (let sent = 0; sent < 20; sent += 1) transport.publish(large);
      await transport.drained();
      await q.received(20);
      expect(transport.drained()).toBeUndefined();
      for (let sent = 0; sent < 20; sent += 1) transport.publish(large);
      const drained = transport.drained();
      await h.cutOne(transport);
      await drained;
    },
  );

  contractTest('publishConfirmed() resolves confirmed once the queue has the message', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const outcome = await transport.publishConfirmed({
      ...message({ routingKey: h.name('q') }, 'sure', { persistent: true }),
      mandatory: true,
    });
    expect(outcome).toBe('confirmed');
    expect(await transport.inspectQueue(h.name('q'))).toEqual({ messages: 1, consumers: 0 });
  });

  contractTest('publishConfirmed() tells unroutable only where mandatory asks for it', async (h) => {
    const transport = await h.open();
    const returned: ReturnedMessage[] = [];
    transport.onReturned((one) => returned.push(one));
    const nowhere = message({ routingKey: h.name('nowhere') }, 'lost');
    expect(await transport.publishConfirmed({ ...nowhere, mandatory: true })).toBe('unroutable');
    expect(await transport.publishConfirmed(nowhere)).toBe('confirmed');
    expect(returned).toEqual([]);
  });

  contractTest('publishConfirmed() keeps many outcomes in flight apart', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const outcomes = await Promise.all(
      numbered(60).map((body, index) =>
        transport.publishConfirmed({
          ...message({ routingKey: h.name(index % 3 === 0 ? 'nowhere' : 'q') }, body),
          mandatory: true,
        }),
      ),
    );
    expect(outcomes.map((outcome) => outcome === 'unroutable')).toEqual(
      outcomes.map((_, index) => index % 3 === 0),
    );
    await holds(transport, h.name('q'), 40);
  });

  contractTest('publishing to an exchange that does not exist leaves the transport working', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const q = await collect(transport, h.name('q'));
    const astray = message({ exchange: h.name('no-such-exchange'), routingKey: 'k' }, 'astray');
    expect(transport.publish(astray)).toBe(true);
    await expect(transport.publishConfirmed(astray)).rejects.toMatchObject({
      code: expect.stringMatching(/^(NoReceiver|Unavailable)$/),
    });
    // A dead publish channel may lose what was sent behind the mistake, so each kind of publishing is tried until it works again.
    await eventually(async () => {
      const outcome = await transport.publishConfirmed(message({ routingKey: h.name('q') }, 'confirmed'));
      return outcome === 'confirmed';
    });
    await eventually(() => {
      transport.publish(message({ routingKey: h.name('q') }, 'plain'));
      return q.texts().includes('plain');
    });
    expect(q.texts()).toContain('confirmed');
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
  });

  contractTest('inspectQueue() counts ready messages and consumers', async (h) => {
    const transport = await h.open();
    const other = await h.open();
    await transport.declareQueue(queue(h.name('q'), { autoDelete: true }));
    expect(await other.inspectQueue(h.name('q'))).toEqual({ messages: 0, consumers: 0 });
    await transport.publishConfirmed(message({ routingKey: h.name('q') }, 'one'));
    await transport.publishConfirmed(message({ routingKey: h.name('q') }, 'two'));
    await holds(other, h.name('q'), 2, 0);
    const q = await collect(transport, h.name('q'), { prefetch: 1, settle: () => {} });
    await q.received(1);
    await holds(other, h.name('q'), 1, 1);
    await transport.deleteQueue(h.name('q'));
    await gone(other, h.name('q'));
  });

  contractTest('inspectQueue() is undefined where there is no queue, as often as it is asked', async (h) => {
    const transport = await h.open();
    for (let round = 0; round < 3; round++) {
      expect(await transport.inspectQueue(h.name('no-such-queue'))).toBeUndefined();
    }
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
  });

  const tooLong = 'é'.repeat(128);
  const unfitMessages: readonly (readonly [string, Parameters<typeof message>])[] = [
    ['exchange', [{ exchange: tooLong, routingKey: 'k' }, 'x']],
    ['routingKey', [{ routingKey: tooLong }, 'x']],
    ['contentType', [{ routingKey: 'k' }, 'x', { contentType: tooLong }]],
    ['correlationId', [{ routingKey: 'k' }, 'x', { correlationId: tooLong }]],
    ['replyTo', [{ routingKey: 'k' }, 'x', { replyTo: tooLong }]],
    ['messageId', [{ routingKey: 'k' }, 'x', { messageId: tooLong }]],
    ['type', [{ routingKey: 'k' }, 'x', { type: tooLong }]],
    ['userId', [{ routingKey: 'k' }, 'x', { userId: tooLong }]],
    ['appId', [{ routingKey: 'k' }, 'x', { appId: tooLong }]],
    ['name of a header', [{ routingKey: 'k' }, 'x', { headers: { [tooLong]: 1 } }]],
    ['expirationMs', [{ routingKey: 'k' }, 'x', { expirationMs: 0.5 }]],
    ['expirationMs', [{ routingKey: 'k' }, 'x', { expirationMs: -1 }]],
  ];

  contractTest(
    'publish() and publishConfirmed() refuse what AMQP cannot carry, and count nothing',
    async (h) => {
      const transport = await h.open();
      for (const [what, parts] of unfitMessages) {
        const refusal = expect.objectContaining({
          code: 'BadRequest',
          message: expect.stringContaining(what),
        });
        expect(() => transport.publish(message(...parts))).toThrow(refusal);
        await expect(transport.publishConfirmed(message(...parts))).rejects.toEqual(refusal);
      }
      expect(transport.stats).toMatchObject({ published: 0, droppedWhileDisconnected: 0 });
      expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    },
  );

  contractTest('a name and texts of exactly 255 bytes pass', async (h) => {
    const transport = await h.open();
    const name = h.name('q').padEnd(254, '-').slice(0, 254);
    const longest = name + 'x'.repeat(255 - Buffer.byteLength(name));
    const texts = { correlationId: `${'é'.repeat(127)}c`, replyTo: 'r'.repeat(255), type: 't'.repeat(255) };
    await transport.declareQueue(queue(longest, { exclusive: true }));
    const q = await collect(transport, longest);
    transport.publish(message({ routingKey: longest }, 'fits', { ...texts, expirationMs: 60_000 }));
    expect(await q.received(1)).toEqual(['fits']);
    expect(q.at(0).properties).toMatchObject(texts);
    await transport.deleteQueue(longest);
  });

  contractTest('names and keys that AMQP cannot carry are refused and not recorded', async (h) => {
    const transport = await h.open();
    const refusal = { code: 'BadRequest', message: expect.stringContaining('at most 255 bytes') };
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const bound = { exchange: h.name('x'), queue: h.name('q'), routingKey: 'k' };
    await transport.declareExchange(exchange(bound.exchange, 'topic'));
    await transport.bind(bound);
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => transport.declareExchange(exchange(tooLong, 'topic')),
      () => transport.declareQueue(queue(tooLong)),
      () => transport.declareQueue(queue('q'.repeat(250), { perEpoch: true })),
      () => transport.declareQueue(queue(h.name('dead'), { deadLetterExchange: tooLong })),
      () => transport.declareQueue(queue(h.name('dead'), { deadLetterRoutingKey: tooLong })),
      () => transport.bind({ ...bound, exchange: tooLong }),
      () => transport.bind({ ...bound, queue: tooLong }),
      () => transport.bind({ ...bound, routingKey: tooLong }),
      () => transport.unbind({ ...bound, routingKey: tooLong }),
      () => transport.deleteQueue(tooLong),
      () => transport.inspectQueue(tooLong),
      () => transport.consume({ queue: tooLong, prefetch: 1, onDelivery: () => {} }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refusal);
    // Were one of them recorded, no later connection could be made.
    await h.cutOne(transport);
    await h.advance(1_000, () => transport.status.type === 'connected' && transport.status.epoch === 2);
    await transport.publishConfirmed(message(bound, 'still here'));
    await holds(transport, h.name('q'), 1);
  });
}
