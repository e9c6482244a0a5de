import { expect } from '@jest/globals';
import type { QueueSpec, Transport } from '../../../../src/transport/index.ts';
import type { TransportHarness } from './harness.ts';
import type { ContractTest } from './runner.ts';
import {
  type Collected,
  collect,
  exchange,
  holds,
  keep,
  message,
  numbered,
  publishAll,
  queue,
} from './tools.ts';

/** Where rejected, expired and overflowing messages go. */
export function deadLetterContract(contractTest: ContractTest): void {
  contractTest('a rejected message goes to the dead-letter exchange under its own key', async (h) => {
    const { transport, dead } = await deadLetters(h, {});
    const q = await collect(transport, h.name('q'), {
      settle: (delivery) => (delivery.redelivered ? delivery.reject() : delivery.requeue()),
    });
    await publishAll(transport, { routingKey: h.name('q') }, ['bad'], { messageId: 'm-1' });
    expect(await dead.received(1)).toEqual(['bad']);
    expect(dead.at(0)).toMatchObject({
      exchange: h.name('dlx'),
      routingKey: h.name('q'),
      redelivered: false,
      properties: { messageId: 'm-1' },
    });
    expect(q.texts()).toEqual(['bad', 'bad']);
  });

  contractTest('deadLetterRoutingKey replaces the key', async (h) => {
    const { transport, dead } = await deadLetters(h, { deadLetterRoutingKey: 'other.key' });
    await collect(transport, h.name('q'), { settle: (delivery) => delivery.reject() });
    await publishAll(transport, { routingKey: h.name('q') }, ['bad']);
    expect(await dead.received(1)).toEqual(['bad']);
    expect(dead.at(0).routingKey).toBe('other.key');
  });

  contractTest('the default exchange as dead-letter exchange means a queue by name', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('dead'), { exclusive: true }));
    await transport.declareQueue(
      queue(h.name('q'), {
        exclusive: true,
        deadLetterExchange: '',
        deadLetterRoutingKey: h.name('dead'),
      }),
    );
    const dead = await collect(transport, h.name('dead'));
    await collect(transport, h.name('q'), { settle: (delivery) => delivery.reject() });
    await publishAll(transport, { routingKey: h.name('q') }, ['bad']);
    expect(await dead.received(1)).toEqual(['bad']);
    expect(dead.at(0)).toMatchObject({ exchange: '', routingKey: h.name('dead') });
  });

  contractTest('expired messages are dead-lettered and do not expire again', async (h) => {
    const { transport, dead } = await deadLetters(h, { messageTtlMs: 100 });
    await publishAll(transport, { routingKey: h.name('q') }, ['by the queue']);
    await publishAll(transport, { routingKey: h.name('q') }, ['by itself'], { expirationMs: 50 });
    await h.advance(150, () => dead.deliveries.length === 2);
    expect(dead.texts()).toEqual(['by the queue', 'by itself']);
    expect(dead.at(1).properties.expirationMs).toBeUndefined();
    await holds(transport, h.name('q'), 0);
  });

  contractTest('maxLength drops from the head, to the dead-letter exchange', async (h) => {
    const { transport, dead } = await deadLetters(h, { maxLength: 3 });
    await publishAll(transport, { routingKey: h.name('q') }, numbered(5));
    expect(await dead.received(2)).toEqual(['1', '2']);
    const q = await collect(transport, h.name('q'), { prefetch: 1, settle: keep });
    await q.received(1);
    // What is delivered does not count: three more fit behind it.
    await holds(transport, h.name('q'), 2);
    await publishAll(transport, { routingKey: h.name('q') }, ['6', '7']);
    expect(await dead.received(3)).toEqual(['1', '2', '4']);
    await holds(transport, h.name('q'), 3);
  });

  contractTest('maxLength without a dead-letter exchange just drops', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, maxLength: 1 }));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(3));
    const q = await collect(transport, h.name('q'));
    expect(await q.received(1)).toEqual(['3']);
    await holds(transport, h.name('q'), 0);
    expect(q.deliveries).toHaveLength(1);
  });

  contractTest('maxLength lets pass what a consumer with room takes', async (h) => {
    const { transport, dead } = await deadLetters(h, { maxLength: 1 });
    const q = await collect(transport, h.name('q'), { prefetch: 20, settle: keep });
    for (const body of numbered(20)) transport.publish(message({ routingKey: h.name('q') }, body));
    expect(await q.received(20)).toEqual(numbered(20));
    await publishAll(transport, { routingKey: h.name('q') }, ['dropped', 'kept']);
    expect(await dead.received(1)).toEqual(['dropped']);
  });

  contractTest('a dead letter that no queue takes is gone', async (h) => {
    const { transport, dead } = await deadLetters(h, { deadLetterExchange: h.name('no-such-exchange') });
    await collect(transport, h.name('q'), { settle: (delivery) => delivery.reject() });
    await publishAll(transport, { routingKey: h.name('q') }, ['nowhere to go']);
    await holds(transport, h.name('q'), 0);
    await publishAll(transport, { exchange: h.name('dlx'), routingKey: 'k' }, ['marker']);
    expect(await dead.received(1)).toEqual(['marker']);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
  });

  contractTest('what an exchange has no queue for goes to its alternate, dead letters too', async (h) => {
    const transport = await h.open();
    await transport.declareExchange({
      ...exchange(h.name('again'), 'topic'),
      alternateExchange: h.name('lost'),
    });
    await transport.declareExchange({ ...exchange(h.name('lost'), 'topic'), alternateExchange: h.name('q') });
    for (const [name, at, routingKey] of [
      ['taken', 'again', 'known'],
      ['lost', 'lost', 'mad.#'],
    ] as const) {
      await transport.declareQueue(queue(h.name(name), { exclusive: true }));
      await transport.bind({ exchange: h.name(at), queue: h.name(name), routingKey });
    }
    await transport.declareQueue(
      queue(h.name('q'), { exclusive: true, deadLetterExchange: h.name('again'), messageTtlMs: 50 }),
    );
    await transport.declareExchange(exchange(h.name('by'), 'fanout'));
    await transport.bind({ exchange: h.name('by'), queue: h.name('q'), routingKey: '' });
    const publish = (at: string, routingKey: string): Promise<string> =>
      transport.publishConfirmed({
        ...message({ exchange: h.name(at), routingKey }, `${at} ${routingKey}`),
        mandatory: true,
      });
    expect(await publish('again', 'known')).toBe('confirmed');
    expect(await publish('again', 'mad.dog')).toBe('confirmed');
    // An alternate of the alternate that does not exist is none.
    expect(await publish('again', 'sane')).toBe('unroutable');
    await publish('by', 'known');
    await publish('by', 'mad.cat');
    const [taken, lost] = [
      await collect(transport, h.name('taken')),
      await collect(transport, h.name('lost')),
    ];
    await h.advance(100, () => taken.deliveries.length === 2 && lost.deliveries.length === 2);
    expect(taken.texts()).toEqual(['again known', 'by known']);
    expect(lost.texts()).toEqual(['again mad.dog', 'by mad.cat']);
    // It tells where the message had been sent.
    expect(lost.at(1)).toMatchObject({ exchange: h.name('again'), routingKey: 'mad.cat' });
  });

  contractTest('deadLetterStrategy at-least-once: what expires goes on, in its order', async (h) => {
    const transport = await h.open();
    await transport.declareExchange(exchange(h.name('dlx'), 'topic'));
    await transport.declareQueue(queue(h.name('dead'), { exclusive: true }));
    await transport.bind({ exchange: h.name('dlx'), queue: h.name('dead'), routingKey: '#' });
    await transport.declareQueue(
      queue(h.name('q'), {
        durable: true,
        queueType: 'quorum',
        messageTtlMs: 100,
        deadLetterExchange: h.name('dlx'),
        deadLetterStrategy: 'at-least-once',
      }),
    );
    const dead = await collect(transport, h.name('dead'));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(20), { persistent: true });
    await h.advance(150, () => dead.deliveries.length === 20);
    expect(dead.texts()).toEqual(numbered(20));
    expect(dead.at(0)).toMatchObject({ exchange: h.name('dlx'), routingKey: h.name('q') });
    await transport.deleteQueue(h.name('q'));
  });

  for (const [what, spec] of [
    ['a classic queue', { queueType: 'classic', deadLetterExchange: '' }],
    ['no dead-letter exchange', { queueType: 'quorum' }],
    ['a maxLength', { queueType: 'quorum', deadLetterExchange: '', maxLength: 1 }],
  ] as const) {
    contractTest(`deadLetterStrategy is refused with ${what}`, async (h) => {
      const transport = await h.open();
      const declared = transport.declareQueue(
        queue(h.name('q'), { durable: true, deadLetterStrategy: 'at-least-once', ...spec }),
      );
      await expect(declared).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining('deadLetterStrategy'),
      });
      expect(await transport.inspectQueue(h.name('q'))).toBeUndefined();
    });
  }

  contractTest('a queue that dead-letters to itself without a reject does not loop', async (h) => {
    const transport = await h.open();
    const loop = { deadLetterExchange: '', deadLetterRoutingKey: h.name('q'), maxLength: 1 };
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, ...loop }));
    await publishAll(transport, { routingKey: h.name('q') }, numbered(3));
    const q = await collect(transport, h.name('q'));
    expect(await q.received(1)).toEqual(['3']);
    await holds(transport, h.name('q'), 0);
  });
}

/** A queue `q` with a dead-letter exchange `dlx` (fanout), and a consumer of what arrives there. */
async function deadLetters(
  h: TransportHarness,
  overrides: Partial<QueueSpec>,
): Promise<{ transport: Transport; dead: Collected }> {
  const transport = await h.open();
  await transport.declareExchange(exchange(h.name('dlx'), 'fanout'));
  await transport.declareQueue(queue(h.name('dead'), { exclusive: true }));
  await transport.bind({ exchange: h.name('dlx'), queue: h.name('dead'), routingKey: '' });
  await transport.declareQueue(
    queue(h.name('q'), { exclusive: true, deadLetterExchange: h.name('dlx'), ...overrides }),
  );
  return { transport, dead: await collect(transport, h.name('dead')) };
}
