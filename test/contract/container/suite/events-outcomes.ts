import { describe, expect, test } from '@jest/globals';
import type { Container, PublishOutcome } from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { distinct, numbers, subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

/** What became of an event, as its publisher is told. `confirmed` and `unroutable` are with the durable ones, `sent` with the live ones. */
export function describePublishOutcomes(useSystem: UseSystem): void {
  describe('outcomes of publishing', () => {
    const system = useSystem();

    async function two(publishTimeoutMs = 15_000) {
      const host = await system.current.container();
      const publisher = await system.current.container({ exchange: { publishTimeoutMs } });
      const { log } = await subscriber(host, 'sensor.depth', { options: { durable: 'log' } });
      // What is needed to publish is there.
      expect(await publish(publisher, 'first')).toBe('confirmed');
      return { host, publisher, log };
    }
    const publish = (container: Container, content: unknown) =>
      container.events.publish('sensor.depth', 'ship7', content, { qos: 'durable' });
    const disconnected = (container: Container) =>
      eventually(() => container.info().broker.type !== 'connected');

    test('an event that waits for the connection is confirmed when it is back', async () => {
      const { publisher, log } = await two();
      await system.current.harness.outage();
      await disconnected(publisher);
      const outcomes = numbers(5).map((n) => publish(publisher, n));
      await system.current.harness.restore();
      expect(await Promise.all(outcomes)).toEqual(new Array(5).fill('confirmed'));
      await eventually(() => distinct(log.contents).length === 6);
      expect(distinct(log.contents)).toEqual(['first', ...numbers(5)]);
    });

    test('one that never left in its time is rejected, and is not delivered later', async () => {
      const { publisher, log } = await two(100);
      await system.current.harness.outage();
      await disconnected(publisher);
      expect(await publish(publisher, 'in vain')).toBe('rejected');
      await system.current.harness.restore();
      await eventually(() => publisher.info().broker.type === 'connected');
      expect(await publish(publisher, 'later')).toBe('confirmed');
      await eventually(() => log.contents.includes('later'));
      expect(log.contents).not.toContain('in vain');
    });

    test('what was in flight when the connection broke is sent again, in order; what comes twice is marked', async () => {
      const { publisher, log } = await two();
      const outcomes: Promise<PublishOutcome>[] = [];
      for (const n of numbers(40)) {
        outcomes.push(publish(publisher, n));
        await turns(1);
        if (n % 10 === 9) system.current.cut(publisher);
      }
      expect(distinct(await Promise.all(outcomes))).toEqual(['confirmed']);
      await eventually(() => distinct(log.contents).length === 41);
      expect(distinct(log.contents)).toEqual(['first', ...numbers(40)]);
      for (const n of numbers(40)) {
        const times = log.seen.filter(({ content }) => content === n);
        for (const again of times.slice(1)) expect(again.resent || again.redelivered).toBe(true);
      }
    });

    test('one that may have been taken when the time is over is unknown', async () => {
      const { publisher, log } = await two(150);
      const outcomes: Promise<PublishOutcome>[] = [];
      for (const n of numbers(20)) outcomes.push(publish(publisher, n));
      await turns(1);
      // It has left, and the confirmation does not come.
      await system.current.harness.outage();
      const told = await Promise.all(outcomes);
      await system.current.harness.restore();
      for (const outcome of told) expect(['confirmed', 'unknown']).toContain(outcome);
      await eventually(() => publisher.info().broker.type === 'connected');
      expect(await publish(publisher, 'last')).toBe('confirmed');
      await eventually(() => log.contents.includes('last'));
      for (const [n, outcome] of told.entries())
        if (outcome === 'confirmed') expect(log.contents).toContain(n);
    });

    test('a container that stops waits for what it has published', async () => {
      const { publisher, log } = await two();
      const outcomes = numbers(300).map((n) => publish(publisher, n));
      expect(await publisher.stop()).toMatchObject({ complete: true });
      expect(distinct(await Promise.all(outcomes))).toEqual(['confirmed']);
      await eventually(() => log.seen.length === 301);
      expect(log.contents).toEqual(['first', ...numbers(300)]);
    });

    test('nothing is published by a container that has stopped', async () => {
      const { publisher } = await two();
      await publisher.stop();
      for (const qos of ['live', 'durable'] as const) {
        await expect(publisher.events.publish('sensor.depth', 'ship7', 1, { qos })).rejects.toMatchObject({
          code: 'Unavailable',
        });
      }
    });
  });
}
