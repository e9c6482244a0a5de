import { describe, expect, test } from '@jest/globals';
import { turns } from '../../../../src/testing/eventually.ts';
import { collect, makeBed, message, queue, text } from './bed.ts';

describe('FaultScript', () => {
  test('drop() loses messages after the broker took them', async () => {
    const { broker, a } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    const fault = broker.faults.drop({ routingKey: 'q' }, { times: 2 });
    expect(a.publish(message('q', '1'))).toBe(true);
    expect(await a.publishConfirmed({ ...message('q', '2'), mandatory: true })).toBe('confirmed');
    a.publish(message('q', '3'));
    await turns();
    expect(arrived.map(text)).toEqual(['3']);
    expect(fault.hits).toBe(2);
    expect(a.stats.returned).toBe(0);
  });

  test('delay() lets others overtake and confirms when the message has arrived', async () => {
    const { env, broker, a } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    broker.faults.delay({ where: ({ body }) => body.length === 4 }, 200);
    const body = new TextEncoder().encode('late');
    const outcomes: string[] = [];
    void a.publishConfirmed({ ...message('q', ''), body }).then((outcome) => outcomes.push(outcome));
    body.fill(0);
    a.publish(message('q', 'early'));
    await env.advance(199);
    expect(arrived.map(text)).toEqual(['early']);
    expect(outcomes).toEqual([]);
    await env.advance(1);
    expect(arrived.map(text)).toEqual(['early', 'late']);
    expect(outcomes).toEqual(['confirmed']);
  });

  test('a delayed message of a connection that ended is lost', async () => {
    const { env, broker, a, b } = await makeBed();
    await b.declareQueue(queue('q'));
    const arrived = await collect(b, 'q');
    broker.faults.delay({}, 100);
    const outcome = a.publishConfirmed(message('q', 'late'));
    broker.cut(a);
    await expect(outcome).rejects.toMatchObject({ code: 'Unavailable', details: { published: 'unknown' } });
    await env.advance(1_000);
    expect(arrived).toEqual([]);
  });

  test('duplicate() makes two of one, neither redelivered', async () => {
    const { broker, a } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    broker.faults.duplicate({ routingKey: /^q$/ }, { times: 1 });
    a.publish(message('q', '1'));
    a.publish(message('q', '2'));
    await turns();
    expect(arrived.map(text)).toEqual(['1', '1', '2']);
    expect(arrived.some((delivery) => delivery.redelivered)).toBe(false);
  });

  test('a fault strikes only what it names, the earliest first, until it is removed', async () => {
    const { broker, a, b } = await makeBed();
    await a.declareQueue(queue('q'));
    const arrived = await collect(a, 'q');
    const first = broker.faults.drop({ from: 'b' });
    const second = broker.faults.duplicate({ routingKey: 'q', exchange: '' });
    broker.faults.drop({ exchange: 'other' });
    b.publish(message('q', 'from b'));
    a.publish(message('q', 'from a'));
    first.remove();
    b.publish(message('q', 'from b again'));
    broker.faults.clear();
    a.publish(message('q', 'plain'));
    await turns();
    expect(arrived.map(text)).toEqual(['from a', 'from a', 'from b again', 'from b again', 'plain']);
    expect([first.hits, second.hits]).toEqual([1, 2]);
  });
});
