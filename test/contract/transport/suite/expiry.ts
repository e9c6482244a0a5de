import { expect } from '@jest/globals';
import type { ContractTest } from './runner.ts';
import { collect, holds, message, publishAll, queue } from './tools.ts';

/** Messages and queues that end by time. */
export function expiryContract(contractTest: ContractTest): void {
  contractTest('a message over its own expiration is dropped', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const to = { routingKey: h.name('q') };
    await publishAll(transport, to, ['short'], { expirationMs: 100 });
    await publishAll(transport, to, ['long'], { expirationMs: 60_000 });
    await publishAll(transport, to, ['endless']);
    await h.advance(100, async () => (await transport.inspectQueue(h.name('q')))?.messages === 2);
    const q = await collect(transport, h.name('q'));
    expect(await q.received(2)).toEqual(['long', 'endless']);
  });

  contractTest('messages older than the queue’s messageTtlMs are dropped', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, messageTtlMs: 100 }));
    const to = { routingKey: h.name('q') };
    await publishAll(transport, to, ['a', 'b']);
    // The shorter of both times counts.
    await publishAll(transport, to, ['c'], { expirationMs: 60_000 });
    await h.advance(100, async () => (await transport.inspectQueue(h.name('q')))?.messages === 0);
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, to, ['fresh']);
    expect(await q.received(1)).toEqual(['fresh']);
  });

  contractTest('expiration 0 reaches a waiting consumer and nobody else', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('waited'), { exclusive: true }));
    await transport.declareQueue(queue(h.name('idle'), { exclusive: true }));
    const waited = await collect(transport, h.name('waited'));
    await publishAll(transport, { routingKey: h.name('idle') }, ['nobody there'], { expirationMs: 0 });
    await publishAll(transport, { routingKey: h.name('waited') }, ['at once'], { expirationMs: 0 });
    expect(await waited.received(1)).toEqual(['at once']);
    await holds(transport, h.name('idle'), 0);
  });

  contractTest('a message that a consumer holds does not expire under it', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('q'), { exclusive: true, messageTtlMs: 100 }));
    await transport.declareQueue(queue(h.name('witness'), { exclusive: true, messageTtlMs: 150 }));
    const q = await collect(transport, h.name('q'), { settle: () => {} });
    await publishAll(transport, { routingKey: h.name('q') }, ['held']);
    await publishAll(transport, { routingKey: h.name('witness') }, ['witness']);
    await q.received(1);
    await h.advance(150, async () => (await transport.inspectQueue(h.name('witness')))?.messages === 0);
    q.at(0).ack();
    expect(transport.stats.staleSettlements).toBe(0);
    await publishAll(transport, { routingKey: h.name('q') }, ['next']);
    expect(await q.received(2)).toEqual(['held', 'next']);
  });

  contractTest('a queue with expiresMs ends when it has been unused so long', async (h) => {
    const transport = await h.open();
    await transport.declareQueue(queue(h.name('used'), { expiresMs: 150 }));
    await transport.declareQueue(queue(h.name('unused'), { expiresMs: 300 }));
    const used = await collect(transport, h.name('used'));
    // Messages do not keep it; asking about it would.
    await publishAll(transport, { routingKey: h.name('unused') }, ['will go too']);
    await h.advance(300, () => isUnroutable(h.name('unused')));
    expect(await transport.inspectQueue(h.name('used'))).toEqual({ messages: 0, consumers: 1 });
    await used.handle.cancel();
    await h.advance(150, () => isUnroutable(h.name('used')));

    async function isUnroutable(routingKey: string): Promise<boolean> {
      const probe = { ...message({ routingKey }, 'probe'), mandatory: true };
      return (await transport.publishConfirmed(probe)) === 'unroutable';
    }
  });
}
