import { describe, expect, test } from '@jest/globals';
import { Topology, type TopologyEntry } from '../../../../src/transport/amqp/topology.ts';
import type { QueueSpec } from '../../../../src/transport/index.ts';

const plain: QueueSpec = { name: 'q', durable: true, exclusive: false, autoDelete: false };
const exchange = (name: string): TopologyEntry => ({
  kind: 'exchange',
  spec: { name, type: 'topic', durable: true, autoDelete: false },
});
const queue = (name: string, overrides: Partial<QueueSpec> = {}): TopologyEntry => ({
  kind: 'queue',
  spec: { ...plain, name, ...overrides },
});
const binding = (q: string, x: string, routingKey: string): TopologyEntry => ({
  kind: 'binding',
  spec: { queue: q, exchange: x, routingKey },
});

function recorded(...entries: TopologyEntry[]): Topology {
  const topology = new Topology();
  for (const entry of entries) topology.record(entry);
  return topology;
}

describe('Topology', () => {
  test('keeps the order of first declaration when something is recorded again', () => {
    const again = queue('a', { durable: false });
    const topology = recorded(exchange('x'), queue('a'), binding('a', 'x', 'k'), again);
    expect([...topology.entries()]).toEqual([exchange('x'), again, binding('a', 'x', 'k')]);
  });

  test('an iteration meets what is recorded during it', () => {
    const topology = recorded(queue('a'));
    const seen: TopologyEntry[] = [];
    for (const entry of topology.entries()) {
      seen.push(entry);
      if (seen.length === 1) topology.record(queue('b'));
    }
    expect(seen).toEqual([queue('a'), queue('b')]);
  });

  test('record() can be taken back, unless somebody has recorded over it', () => {
    const before = queue('a');
    const topology = recorded(before);
    topology.record(queue('a', { maxLength: 1 }))();
    expect([...topology.entries()]).toEqual([before]);
    const takeBack = topology.record(queue('b'));
    const over = queue('b', { maxLength: 2 });
    topology.record(over);
    takeBack();
    expect([...topology.entries()]).toEqual([before, over]);
    topology.record(exchange('x'))();
    expect([...topology.entries()]).toEqual([before, over]);
  });

  test('names that look alike when joined stay apart', () => {
    const topology = recorded(binding('a b', 'c', 'd'), binding('a', 'b c', 'd'), queue('x'), exchange('x'));
    expect([...topology.entries()]).toHaveLength(4);
  });

  test('forgets a queue with its bindings and nothing else', () => {
    const topology = recorded(queue('a'), queue('b'), binding('a', 'x', 'k'), binding('b', 'x', 'k'));
    topology.forgetQueue('a');
    expect([...topology.entries()]).toEqual([queue('b'), binding('b', 'x', 'k')]);
    expect(topology.queue('a')).toBeUndefined();
    expect(topology.queue('b')?.name).toBe('b');
  });

  test('a removal keeps its place before the new declaration of the same name', () => {
    const removal: TopologyEntry = { kind: 'queue removal', name: 'a' };
    const topology = recorded(removal, queue('a'));
    expect([...topology.entries()]).toEqual([removal, queue('a')]);
    topology.forget(removal);
    expect([...topology.entries()]).toEqual([queue('a')]);
  });

  test('entriesOfQueue() are its exchanges, itself and its bindings, in order', () => {
    const topology = recorded(
      exchange('x'),
      exchange('y'),
      queue('other'),
      queue('a'),
      binding('other', 'y', 'k'),
      binding('a', 'x', 'k'),
    );
    expect(topology.entriesOfQueue('a')).toEqual([exchange('x'), queue('a'), binding('a', 'x', 'k')]);
  });

  test('brokerName() carries the epoch of perEpoch queues only', () => {
    const topology = recorded(queue('a', { perEpoch: true }), queue('b'));
    expect([
      topology.brokerName('a', 3),
      topology.brokerName('b', 3),
      topology.brokerName('unknown', 3),
    ]).toEqual(['a~3', 'b', 'unknown']);
  });
});
