import { expect } from '@jest/globals';
import type { ReturnedMessage } from '../../../../src/transport/index.ts';
import { eventually } from '../../../support/eventually.ts';
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
}
