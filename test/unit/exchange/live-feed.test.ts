import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UnavailableError } from '../../../src/errors/index.ts';
import { LiveFeed } from '../../../src/exchange/live-feed.ts';
import { turns } from '../../../src/testing/eventually.ts';
import type { BindingSpec, ConsumerHandle, ConsumeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { TopicIndex } from '../../../src/util/index.ts';
import { identity, ScriptedDelivery, ScriptedTransport } from './bed.ts';

/** Holds the bindings of a queue as a broker does; each takes a turn, in order. */
class BindingTransport extends ScriptedTransport {
  readonly steps: string[] = [];
  readonly bindings = new Set<string>();
  readonly consumers: ConsumeSpec[] = [];
  cancelled = 0;
  /** What refuses the next declaration of a queue. */
  refusal: Error | undefined;

  override async declareQueue(queue?: QueueSpec): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    this.steps.push(`queue ${queue?.name}`);
    expect(queue).toMatchObject({ exclusive: true, perEpoch: true, maxLength: 100_000 });
  }
  override async bind(binding?: BindingSpec): Promise<void> {
    expect(binding).toMatchObject({ exchange: 'fleet~events', queue: 'fleet~live.shore' });
    const key = String(binding?.routingKey);
    this.steps.push(`bind ${key}`);
    this.bindings.add(key);
    await turns(1);
  }
  override async unbind(binding?: BindingSpec): Promise<void> {
    const key = String(binding?.routingKey);
    this.steps.push(`unbind ${key}`);
    this.bindings.delete(key);
    await turns(1);
  }
  override async consume(spec?: ConsumeSpec): Promise<ConsumerHandle> {
    if (spec !== undefined) this.consumers.push(spec);
    return {
      cancel: async () => {
        this.cancelled += 1;
      },
    };
  }
}

function makeFeed() {
  const transport = new BindingTransport();
  const deliveries: unknown[] = [];
  const feed = new LiveFeed({
    identity,
    transport,
    declareEvents: async () => void transport.steps.push('events'),
    onDelivery: (one) => void deliveries.push(one),
  });
  return { transport, feed, deliveries, bindings: () => [...transport.bindings].sort() };
}

describe('LiveFeed#add()', () => {
  test('makes one queue for all, bound by type only, which nobody acknowledges', async () => {
    const { feed, transport, deliveries, bindings } = makeFeed();
    await Promise.all(
      ['sensor.depth', 'sensor.*', 'chart.#', '#', 'sensor.depth'].map((one) => feed.add(one)),
    );
    expect(transport.steps.filter((step) => !step.startsWith('bind'))).toEqual([
      'events',
      'queue fleet~live.shore',
    ]);
    expect(bindings()).toEqual(['#', 'chart.#', 'sensor.*.#', 'sensor.depth.#']);
    expect(transport.consumers).toHaveLength(1);
    expect(transport.consumers[0]).toMatchObject({ noAck: true, exclusive: true });
    const delivery = new ScriptedDelivery(new Uint8Array(), {});
    transport.consumers[0]?.onDelivery(delivery);
    expect(deliveries).toEqual([delivery]);
  });

  test('binds the 65th pattern that begins with a word, and all that follow, as one', async () => {
    const { feed, bindings } = makeFeed();
    for (let number = 0; number < 1_000; number += 1) await feed.add(`sensor.kind${number}`);
    await feed.add('chart.tide');
    expect(bindings()).toHaveLength(66);
    expect(bindings()).toContain('sensor.#');
    expect(bindings()).not.toContain('sensor.kind64.#');
  });

  test('fails with what the broker refuses, and may be tried again', async () => {
    const { feed, transport, bindings } = makeFeed();
    transport.refusal = new UnavailableError('lost');
    await expect(feed.add('sensor.depth')).rejects.toBe(transport.refusal);
    transport.refusal = undefined;
    await feed.add('sensor.depth');
    expect(bindings()).toEqual(['sensor.depth.#']);
  });
});

describe('LiveFeed#remove()', () => {
  test('the last that wanted a pattern takes its binding with it', async () => {
    const { feed, bindings } = makeFeed();
    for (const pattern of ['sensor.depth', 'sensor.depth', 'sensor.wind']) await feed.add(pattern);
    await feed.remove('sensor.depth');
    expect(bindings()).toEqual(['sensor.depth.#', 'sensor.wind.#']);
    await feed.remove('sensor.depth');
    expect(bindings()).toEqual(['sensor.wind.#']);
    await feed.remove('sensor.wind');
    expect(bindings()).toEqual([]);
  });

  test.each([
    ['sensor', 'sensor.#'],
    ['sensor.#', 'sensor'],
  ])('of %j leaves what %j needs', async (one, other) => {
    const { feed, bindings } = makeFeed();
    await feed.add(one);
    await feed.add(other);
    await feed.remove(one);
    expect(bindings()).toEqual(['sensor.#']);
    await feed.remove(other);
    expect(bindings()).toEqual([]);
  });

  test('of a wide pattern binds those that came in by it, before it goes', async () => {
    const { feed, transport, bindings } = makeFeed();
    await feed.add('sensor.#');
    await feed.add('sensor.depth');
    expect(bindings()).toEqual(['sensor.#']);
    await feed.remove('sensor.#');
    expect(transport.steps.slice(-3)).toEqual(['bind sensor.#', 'bind sensor.depth.#', 'unbind sensor.#']);
  });

  test('of a wide pattern that is wanted again meanwhile leaves it', async () => {
    const { feed, bindings } = makeFeed();
    await feed.add('sensor.#');
    await feed.add('sensor.depth');
    await Promise.all([feed.remove('sensor.#'), feed.add('sensor.#')]);
    expect(bindings()).toContain('sensor.#');
  });

  test('of so many that the others fit makes bindings of their own again', async () => {
    const { feed, bindings } = makeFeed();
    for (let number = 0; number < 70; number += 1) await feed.add(`sensor.kind${number}`);
    for (let number = 0; number < 5; number += 1) await feed.remove(`sensor.kind${number}`);
    expect(bindings()).toContain('sensor.#');
    await feed.remove('sensor.kind5');
    expect(bindings()).toHaveLength(64);
    expect(bindings()).not.toContain('sensor.#');
    expect(bindings()).toContain('sensor.kind69.#');
  });

  test('never rejects, and a binding that cannot be removed takes no other with it', async () => {
    const { feed, transport, bindings } = makeFeed();
    const unbind = transport.unbind.bind(transport);
    transport.unbind = async (binding) => {
      await unbind(binding);
      throw new UnavailableError('lost');
    };
    await feed.add('sensor.depth');
    await feed.remove('sensor.depth');
    await feed.remove('never.added');
    expect(bindings()).toEqual([]);
  });
});

describe('LiveFeed#close()', () => {
  test('takes nothing more; of a feed that was never opened it is nothing', async () => {
    const { feed, transport } = makeFeed();
    await feed.close();
    expect(transport.cancelled).toBe(0);
    await feed.add('sensor');
    await feed.close();
    expect(transport.cancelled).toBe(1);
  });
});

describe('LiveFeed, whatever comes and goes, even at once,', () => {
  const word = fc.constantFrom('a', 'b', '*', '#');
  const pattern = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.'));
  const steps = fc.array(
    fc.record({ pattern, isMany: fc.boolean(), leaves: fc.boolean(), waits: fc.boolean() }),
    { maxLength: 25 },
  );

  test('lets in what is wanted, and in the end nothing', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { feed, transport } = makeFeed();
        const wanted: string[] = [];
        let underway: Promise<unknown>[] = [];
        for (const [number, { pattern, isMany, leaves, waits }] of all.entries()) {
          const [leaving] = wanted;
          if (leaves && leaving !== undefined) {
            wanted.shift();
            underway.push(feed.remove(leaving));
          } else {
            const many = isMany
              ? Array.from({ length: 40 }, (_, index) => `a.x${number}.y${index}`)
              : [pattern];
            wanted.push(...many);
            underway.push(...many.map((one) => feed.add(one)));
          }
          if (!waits) continue;
          await Promise.all(underway);
          underway = [];
          const index = new TopicIndex<string>();
          for (const key of transport.bindings) index.add(key, key);
          for (const one of wanted) {
            const topic = `${one.replaceAll('*', 'c').replaceAll('#', 'd.e')}.ship7`;
            expect([one, index.match(topic).length > 0]).toEqual([one, true]);
          }
        }
        await Promise.all(underway);
        await Promise.all(wanted.map((one) => feed.remove(one)));
        expect([...transport.bindings]).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
