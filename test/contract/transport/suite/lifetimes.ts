import { expect } from '@jest/globals';
import type { ContractTest } from './runner.ts';
import { collect, exchange, gone, holds, publishAll, queue } from './tools.ts';

/** Exclusive and auto-deleted topology: who may touch it, and when it ends. */
export function lifetimeContract(contractTest: ContractTest): void {
  contractTest('an exclusive queue refuses other transports, who may publish to it', async (h) => {
    const [owner, other] = [await h.open(), await h.open()];
    await owner.declareQueue(queue(h.name('q'), { exclusive: true }));
    const q = await collect(owner, h.name('q'));
    await expect(collect(other, h.name('q'))).rejects.toMatchObject({ code: 'Conflict' });
    await expect(other.declareQueue(queue(h.name('q'), { exclusive: true }))).rejects.toMatchObject({
      code: 'TopologyConflict',
      details: { argument: 'exclusive' },
    });
    await publishAll(other, { routingKey: h.name('q') }, ['from outside']);
    expect(await q.received(1)).toEqual(['from outside']);
    await owner.declareQueue(queue(h.name('q'), { exclusive: true }));
    expect(other.status).toMatchObject({ type: 'connected', epoch: 1 });
  });

  contractTest('an exclusive queue ends with its connection', async (h) => {
    const [owner, other] = [await h.open(), await h.open()];
    await owner.declareQueue(queue(h.name('q'), { exclusive: true }));
    await publishAll(other, { routingKey: h.name('q') }, ['lost with it']);
    await owner.close();
    await gone(other, h.name('q'));
    await other.declareQueue(queue(h.name('q'), { exclusive: true }));
    await holds(other, h.name('q'), 0);
  });

  contractTest('an auto-delete queue ends with its last consumer, not before its first', async (h) => {
    const [transport, other] = [await h.open(), await h.open()];
    await transport.declareQueue(queue(h.name('q'), { autoDelete: true }));
    await publishAll(other, { routingKey: h.name('q') }, ['waiting']);
    await holds(other, h.name('q'), 1, 0);
    const first = await collect(transport, h.name('q'));
    expect(await first.received(1)).toEqual(['waiting']);
    const second = await collect(other, h.name('q'));
    await first.handle.cancel();
    await holds(transport, h.name('q'), 0, 1);
    await publishAll(transport, { routingKey: h.name('q') }, ['for the second']);
    expect(await second.received(1)).toEqual(['for the second']);
    await other.close();
    await gone(transport, h.name('q'));
  });

  contractTest('an auto-delete exchange ends with its last binding, not before its first', async (h) => {
    const transport = await h.open();
    const name = h.name('x');
    const asTopic = exchange(name, 'topic');
    const asDirect = exchange(name, 'direct');
    await transport.declareExchange(asDirect);
    await expect(transport.declareExchange(asTopic)).rejects.toMatchObject({ code: 'TopologyConflict' });
    await transport.declareQueue(queue(h.name('a'), { exclusive: true }));
    await transport.declareQueue(queue(h.name('b'), { exclusive: true }));
    await transport.bind({ exchange: name, queue: h.name('a'), routingKey: 'a' });
    await transport.bind({ exchange: name, queue: h.name('b'), routingKey: 'b' });
    await transport.unbind({ exchange: name, queue: h.name('a'), routingKey: 'a' });
    await expect(transport.declareExchange(asTopic)).rejects.toMatchObject({ code: 'TopologyConflict' });
    await transport.deleteQueue(h.name('b'));
    await transport.declareExchange(asTopic);
    await transport.bind({ exchange: name, queue: h.name('a'), routingKey: '#' });
    const a = await collect(transport, h.name('a'));
    await publishAll(transport, { exchange: name, routingKey: 'any' }, ['by topic']);
    expect(await a.received(1)).toEqual(['by topic']);
    await transport.unbind({ exchange: name, queue: h.name('a'), routingKey: '#' });
    await transport.declareExchange(asDirect);
    await transport.bind({ exchange: name, queue: h.name('a'), routingKey: 'for cleaning up' });
  });

  contractTest('an exchange that is not auto-delete stays without bindings', async (h) => {
    const transport = await h.open();
    await transport.declareExchange(exchange(h.name('x'), 'direct', { autoDelete: false }));
    await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
    const binding = { exchange: h.name('x'), queue: h.name('q'), routingKey: 'k' };
    await transport.bind(binding);
    await transport.unbind(binding);
    await transport.bind(binding);
    const q = await collect(transport, h.name('q'));
    await publishAll(transport, binding, ['through']);
    expect(await q.received(1)).toEqual(['through']);
  });

  contractTest(
    'deleteQueue() removes a queue with its messages, and resolves where there is none',
    async (h) => {
      const transport = await h.open();
      await transport.declareQueue(queue(h.name('q')));
      await publishAll(transport, { routingKey: h.name('q') }, ['gone with it']);
      await transport.deleteQueue(h.name('q'));
      expect(await transport.inspectQueue(h.name('q'))).toBeUndefined();
      await transport.deleteQueue(h.name('q'));
      await transport.declareQueue(queue(h.name('q'), { exclusive: true }));
      expect(await transport.inspectQueue(h.name('q'))).toEqual({ messages: 0, consumers: 0 });
    },
  );
}
