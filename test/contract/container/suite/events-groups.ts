import { describe, expect, test } from '@jest/globals';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { Gate, numbers, sorted, subscriber } from './event-processes.ts';
import type { UseSystem } from './runner.ts';

const group = (name: string) => ({ options: { group: name } });

/** Groups: live events of which each member gets some. */
export function describeEventGroups(useSystem: UseSystem): void {
  describe('event groups', () => {
    const system = useSystem();

    test.each([
      ['in one container', 1],
      ['in two', 2],
    ])(
      'behaviour 38: the members of a group share, %s; two without a name each get all',
      async (_, count) => {
        const publisher = await system.current.container();
        const hosts = [await system.current.container()];
        if (count > 1) hosts.push(await system.current.container());
        const [host = publisher, other = host] = hosts;
        const busy = { ...group('watch'), handle: () => turns(1) };
        const members = [await subscriber(host, 'sensor.#', busy), await subscriber(other, 'sensor.#', busy)];
        const others = [
          await subscriber(host, 'sensor.#', group('archive')),
          await subscriber(host, 'sensor.#'),
          await subscriber(other, 'sensor.#'),
        ];
        for (const n of numbers(40)) void publisher.events.publish('sensor.depth', `ship${n % 10}`, n);
        await eventually(() => others.every(({ log }) => log.seen.length === 40));
        const shared = () => members.flatMap(({ log }) => log.contents);
        await eventually(() => shared().length === 40);
        expect(sorted(shared())).toEqual(numbers(40));
        for (const { log } of members) expect(log.seen.length).toBeGreaterThan(0);
        for (const { subscription } of members)
          expect(subscription).toMatchObject({ kind: 'group', name: 'watch', type: 'sensor.#', origin: '#' });
      },
    );

    test('behaviour 38: their queue has the system’s name before theirs', async () => {
      const host = await system.current.container();
      const stranger = await system.current.stranger();
      await subscriber(host, 'sensor.#', group('watch'));
      const queue = `${system.current.sysname}~group.watch`;
      expect(await stranger.inspectQueue(queue)).toMatchObject({ consumers: 1 });
    });

    test('behaviour 39: who names a group that there is gets what its members have bound', async () => {
      const publisher = await system.current.container();
      const host = await system.current.container();
      const gate = new Gate();
      const options = { group: 'watch', prefetch: 1 };
      const first = await subscriber(publisher, 'sensor.#', { options, handle: () => gate.opened });
      for (const n of numbers(3)) await publisher.events.publish('sensor.depth', `ship${n}`, n);
      await eventually(() => first.log.seen.length === 1);
      const second = await subscriber(host, 'sensor.#', { options });
      await eventually(() => second.log.seen.length === 2);
      gate.open();
      await eventually(() => first.subscription.stats.handled === 1);
      expect([...first.log.contents, ...second.log.contents].sort()).toEqual([0, 1, 2]);
    });

    test.each(['here', 'elsewhere'])('one name is for one pattern: another is refused, %s', async (where) => {
      const host = await system.current.container();
      const other = where === 'here' ? host : await system.current.container();
      const first = await subscriber(host, 'sensor.depth', group('watch'));
      await expect(subscriber(other, 'sensor.wind', group('watch'))).rejects.toMatchObject({
        code: 'Conflict',
        message: expect.stringMatching(
          /^the group subscription 'watch' exists for other events: .*sensor\.depth/,
        ),
      });
      const second = await subscriber(other, 'sensor.depth', group('watch'));
      for (const n of numbers(10)) await host.events.publish('sensor.depth', `ship${n}`, n);
      await eventually(() => first.log.seen.length + second.log.seen.length === 10);
    });

    test('a name is free again for another pattern when the last member has left', async () => {
      const host = await system.current.container();
      const other = await system.current.container();
      const first = await subscriber(host, 'sensor.depth', group('watch'));
      await host.processes.terminateProcess(first.id);
      await other.events.publish('sensor.depth', 'ship7', 'nobody is there');
      const second = await subscriber(other, 'sensor.wind', group('watch'));
      await host.events.publish('sensor.depth', 'ship7', 'not this');
      await host.events.publish('sensor.wind', 'ship7', 'this');
      await eventually(() => second.log.seen.length === 1);
      expect(second.log.contents).toEqual(['this']);
    });

    test.each(['here', 'elsewhere'])(
      'what a member has not begun when it leaves goes to another, %s',
      async (where) => {
        const host = await system.current.container();
        const other = where === 'here' ? host : await system.current.container();
        const gate = new Gate();
        const first = await subscriber(host, 'sensor.depth', {
          ...group('watch'),
          handle: () => gate.opened,
        });
        for (const n of numbers(10)) await host.events.publish('sensor.depth', 'ship7', n);
        await eventually(() => first.subscription.stats.received === 10);
        const second = await subscriber(other, 'sensor.depth', group('watch'));
        const cancelled = first.subscription.cancel();
        gate.open();
        await cancelled;
        await eventually(() => new Set([...first.log.contents, ...second.log.contents]).size === 10);
        expect(first.log.contents).toEqual([0]);
        expect(second.log.contents.filter((n) => n !== 0)).toEqual(numbers(10).slice(1));
      },
    );

    test('work again after a lost connection', async () => {
      const publisher = await system.current.container();
      const host = await system.current.container();
      const { log } = await subscriber(host, 'sensor.depth', group('watch'));
      system.current.cut(host);
      await eventually(() => host.info().broker.type === 'connected' && epoch(host) === 2);
      await publisher.events.publish('sensor.depth', 'ship7', 1);
      await eventually(() => log.seen.length === 1);
    });
  });
}

function epoch(container: { info(): { readonly broker: object } }): number {
  const { broker } = container.info();
  return 'epoch' in broker ? Number(broker.epoch) : 0;
}
