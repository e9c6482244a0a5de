import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ApplicationFailed,
  ApplicationStarted,
  ApplicationStopped,
  ConfigChanged,
  type Container,
  ContainerStarted,
  ContainerStopped,
  ContainerStopping,
  createLogger,
  type DeadLetter,
  type EventType,
  LogLevels,
  MemberJoined,
  MemberLeft,
  MessageDead,
  Process,
  ProcessCrashed,
  ProcessEnded,
  ProcessStarted,
  type Subscription,
  SupervisorGaveUp,
  supervisor,
} from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { AppFolder } from '../../../support/app-folder.ts';
import type { UseSystem } from './runner.ts';

class Idle extends Process {
  override onConfigChange(): void {}
  op_crash(): void {
    this.exit({ error: new RangeError('too deep') });
  }
}

/** Of all types: the subscription checks every content against its type. */
const types: readonly EventType[] = [
  ...[ContainerStarted, ContainerStopping, ContainerStopped, MemberJoined, MemberLeft],
  ...[ApplicationStarted, ApplicationFailed, ApplicationStopped],
  ...[ProcessStarted, ProcessEnded, ProcessCrashed, SupervisorGaveUp],
  ...[MessageDead, ConfigChanged],
];

/** An event as it was heard: type, origin, content. */
type Heard = readonly [string, string, unknown];

/** What containers tell of themselves. */
export function describeSystemEvents(useSystem: UseSystem): void {
  describe('system events', () => {
    const system = useSystem();
    let subscriptions: Subscription[] = [];
    beforeEach(() => {
      subscriptions = [];
    });
    afterEach(() => {
      for (const { type, stats } of subscriptions) expect([type, stats.failed]).toEqual([type, 0]);
    });

    /** What `container` hears of `of`. */
    async function listen(container: Container, of: string, wanted = types): Promise<Heard[]> {
      const heard: Heard[] = [];
      for (const type of wanted) {
        const note = (content: unknown, event: { readonly type: string; readonly origin: string }): void => {
          heard.push([event.type, event.origin, content]);
        };
        subscriptions.push(await container.events.subscribe({ type, origin: `${of}.#` }, note));
      }
      return heard;
    }

    /** Spawns processes in `host` until one of them is heard of: those who publish learn a moment later that somebody listens. */
    async function untilHeard(host: Container, heard: readonly Heard[]): Promise<void> {
      const ids = new Set<string>();
      await eventually(async () => {
        const id = await host.processes.spawn(Idle);
        ids.add(id);
        await host.processes.terminateProcess(id);
        return heard.some(([type, origin]) => type === ProcessEnded.type && ids.has(origin));
      });
    }

    /** Spawns and ends a process in `host` until it does not publish that any more. */
    async function untilQuiet(host: Container): Promise<void> {
      await eventually(async () => {
        const lives = async () => host.processes.terminateProcess(await host.processes.spawn(Idle));
        return (await published(host, lives)) === 0;
      });
    }

    /** How many frames that makes leave. */
    async function published(host: Container, act: () => Promise<unknown>): Promise<number> {
      const before = host.info().transport.published;
      await act();
      await turns();
      return host.info().transport.published - before;
    }

    test('a container tells that it joins, starts, stops and leaves', async () => {
      const watcher = await system.current.container({ id: 'watcher' });
      const heard = await listen(watcher, 'ship');
      const ship = await system.current.container({ id: 'ship' });
      await ship.stop();
      await eventually(() => heard.length === 5);
      expect(heard).toEqual([
        ['system.member.joined', 'ship', { again: false }],
        ['system.container.started', 'ship', { hostname: expect.any(String), osPid: process.pid }],
        ['system.container.stopping', 'ship', {}],
        [
          'system.container.stopped',
          'ship',
          { tookMs: expect.any(Number), handedBack: 0, processesLeft: 0, appsLeft: [] },
        ],
        ['system.member.left', 'ship', {}],
      ]);
    });

    test('a container whose connection was lost joins again', async () => {
      const watcher = await system.current.container({ id: 'watcher' });
      const ship = await system.current.container({ id: 'ship' });
      const heard = await listen(watcher, 'ship', [MemberJoined]);
      system.current.cut(ship);
      await eventually(() => heard.some(([, , content]) => Object(content).again === true));
    });

    test('events about each process are published while somebody in the system wants them, and not otherwise', async () => {
      const ship = await system.current.container({ id: 'ship' });
      const watcher = await system.current.container({ id: 'watcher' });
      await untilQuiet(ship);
      const heard = await listen(watcher, 'ship', [ProcessStarted, ProcessEnded]);
      await untilHeard(ship, heard);
      const id = await ship.processes.spawn(Idle, { name: 'idle', localName: 'quiet' });
      await ship.processes.terminateProcess(id, { shutdown: 'the tide' });
      const ofIt = () => heard.filter(([, origin]) => origin === id);
      await eventually(() => ofIt().length === 2);
      expect(ofIt()).toEqual([
        ['system.process.started', id, { name: 'idle', processClass: 'Idle', localName: 'quiet' }],
        [
          'system.process.ended',
          id,
          {
            ...{ name: 'idle', processClass: 'Idle', reason: 'shutdown', detail: 'the tide' },
            ...{ ageMs: expect.any(Number), handled: 0 },
          },
        ],
      ]);
      for (const subscription of subscriptions) await subscription.cancel();
      await untilQuiet(ship);
    });

    test('only those of the two that are wanted are published, and whoever subscribes in the container itself has them at once', async () => {
      const ship = await system.current.container({ id: 'ship' });
      await untilQuiet(ship);
      const heard = await listen(ship, 'ship', [ProcessEnded]);
      const id = await ship.processes.spawn(Idle);
      await ship.processes.terminateProcess(id);
      await eventually(() => heard.length === 1);
      expect(heard).toMatchObject([['system.process.ended', id, { reason: 'normal' }]]);
      await eventually(async () => (await published(ship, () => ship.processes.spawn(Idle))) === 0);
      const [last = ''] = ship.processes.list().map(({ id: one }) => one);
      expect(await published(ship, () => ship.processes.terminateProcess(last))).toBe(1);
    });

    test('a group or a durable subscription is somebody who wants them, too', async () => {
      const ship = await system.current.container({ id: 'ship' });
      const watcher = await system.current.container({ id: 'watcher' });
      for (const options of [{ group: 'watch' }, { durable: 'watch' }]) {
        await untilQuiet(ship);
        const heard: Heard[] = [];
        const note = (content: unknown, event: { readonly type: string; readonly origin: string }): void =>
          void heard.push([event.type, event.origin, content]);
        const subscription = await watcher.events.subscribe(ProcessEnded, note, options);
        await untilHeard(ship, heard);
        await subscription.cancel();
      }
      await watcher.events.forget('watch');
    });

    test('a subscriber whose connection was lost hears of processes again', async () => {
      const ship = await system.current.container({ id: 'ship' });
      const watcher = await system.current.container({ id: 'watcher' });
      const heard = await listen(watcher, 'ship', [ProcessEnded]);
      await untilHeard(ship, heard);
      system.current.cut(watcher);
      await eventually(() => watcher.info().broker.type !== 'connected');
      await untilHeard(ship, heard);
    });

    test('a publisher whose connection was lost is heard again', async () => {
      const ship = await system.current.container({ id: 'ship' });
      const watcher = await system.current.container({ id: 'watcher' });
      const heard = await listen(watcher, 'ship', [ProcessEnded]);
      await untilHeard(ship, heard);
      system.current.cut(ship);
      await eventually(async () => {
        await ship.processes.terminateProcess(await ship.processes.spawn(Idle));
        return ship.info().broker.type !== 'connected';
      });
      await untilHeard(ship, heard);
    });

    test('a crash and a supervisor that gives up are told of, and what the report says', async () => {
      const ship = await system.current.container({ id: 'ship' });
      const watcher = await system.current.container({ id: 'watcher' });
      const heard = await listen(watcher, 'ship', [ProcessCrashed, SupervisorGaveUp]);
      const children = [{ id: 'gauge', start: Idle }];
      const top = await ship.processes.spawn(supervisor({ intensity: 0, children }), { name: 'tides' });
      const gauge = String(ship.processes.list().find(({ name }) => name === 'gauge')?.id);
      await ship.send(gauge, 'crash');
      await eventually(() => heard.length === 2);
      expect(heard).toEqual([
        [
          'system.process.crashed',
          gauge,
          {
            ...{ name: 'gauge', processClass: 'Idle', parent: top, reason: 'error', handling: [] },
            error: { code: 'Internal', message: 'too deep', place: expect.stringContaining('system-events') },
            ...{ starting: false, overdue: false, ageMs: expect.any(Number), handled: 1 },
            child: { id: 'gauge', restart: 'permanent', restarts: 0 },
          },
        ],
        [
          'system.supervisor.gave_up',
          top,
          { name: 'tides', processClass: expect.any(String), child: 'gauge', restarts: 0 },
        ],
      ]);
    });

    test('apps that start, end by themselves, are stopped and fail are told of', async () => {
      const folder = await AppFolder.make();
      try {
        const ship = await system.current.container({ id: 'ship' });
        const watcher = await system.current.container({ id: 'watcher' });
        const heard = await listen(watcher, 'ship', [
          ...[ApplicationStarted, ApplicationStopped, ApplicationFailed],
        ]);
        const quiet = 'export const start = () => [null, []];\nexport const onConfigChange = () => {};\n';
        await folder.write('quiet.mjs', quiet);
        const leaving = `import { Process } from 'ioncore';
          class Root extends Process { op_leave() { this.exit(); } }
          export const start = async (container) => [await container.spawn(Root, { localName: 'root' }), []];\n`;
        await folder.write('leaving.mjs', leaving);
        await folder.write('bad.mjs', 'export const start = () => { throw new Error("no tide"); };\n');
        await ship.apps.start(await folder.app('quiet', './quiet.mjs', 'version: 1.2.3\n'));
        await ship.apps.stop('quiet');
        await ship.apps.start(await folder.app('leaving', './leaving.mjs'));
        await ship.send('ship.root', 'leave');
        await eventually(() => ship.apps.list().length === 0);
        await expect(ship.apps.start(await folder.app('bad', './bad.mjs'))).rejects.toThrow(/no tide/);
        await eventually(() => heard.length === 5);
        const app = (name: string) => ({ name, instance: name, startType: 'temporary' });
        expect(heard).toEqual([
          ['system.app.started', 'ship.quiet', { ...app('quiet'), version: '1.2.3' }],
          ['system.app.stopped', 'ship.quiet', { ...app('quiet'), version: '1.2.3', byItself: false }],
          ['system.app.started', 'ship.leaving', app('leaving')],
          ['system.app.stopped', 'ship.leaving', { ...app('leaving'), byItself: true, reason: 'normal' }],
          [
            'system.app.failed',
            'ship.bad',
            {
              ...app('bad'),
              error: { code: 'StartFailed', message: expect.stringContaining('no tide') },
            },
          ],
        ]);
      } finally {
        await folder.dispose();
      }
    });

    test('what is configured at run time is told of: log levels, apps, processes', async () => {
      const folder = await AppFolder.make();
      try {
        await folder.write(
          'quiet.mjs',
          'export const start = () => [null, []], onConfigChange = () => {};\n',
        );
        const logLevels = new LogLevels({ root: 'silent' });
        const { clock } = (await system.current.container()).env;
        const logger = createLogger({ level: logLevels, stream: process.stderr, clock });
        const ship = await system.current.container({ id: 'ship', logger, logLevels });
        const watcher = await system.current.container({ id: 'watcher' });
        const heard = await listen(watcher, 'ship', [ConfigChanged]);
        logLevels.set('exchange.inbox', 'error');
        logLevels.clear('exchange.inbox');
        await ship.apps.start(await folder.app('quiet', './quiet.mjs', 'args: {a: 1, b: 2}\n'));
        await ship.apps.configure('quiet', { a: 3, b: null, c: 4 });
        const id = await ship.processes.spawn(Idle, { name: 'idle', args: { a: 1 } });
        await ship.processes.configure(id, { a: 2 });
        await eventually(() => heard.length === 4);
        expect(heard).toEqual([
          [ConfigChanged.type, 'ship', { what: 'log level', path: 'exchange.inbox', level: 'error' }],
          [ConfigChanged.type, 'ship', { what: 'log level', path: 'exchange.inbox' }],
          [ConfigChanged.type, 'ship.quiet', { what: 'app', instance: 'quiet', args: ['a', 'c', 'b'] }],
          [ConfigChanged.type, id, { what: 'process', name: 'idle', args: ['a'] }],
        ]);
        await ship.stop();
        logLevels.set('exchange.inbox', 'warn');
      } finally {
        await folder.dispose();
      }
    });

    test('a dead letter is told of; one that is such an event is not', async () => {
      const exchange = { attempts: 1 };
      const ship = await system.current.container({ id: 'ship', exchange });
      const watcher = await system.current.container({ id: 'watcher', exchange });
      const heard = await listen(watcher, 'ship', [MessageDead]);
      const fail = (): never => {
        throw new RangeError('too deep');
      };
      await ship.events.subscribe('sensor.depth', fail, { durable: 'depths' });
      await ship.events.subscribe(MessageDead, fail, { durable: 'coroner' });
      const letters = (count: number) =>
        eventually<readonly DeadLetter[] | undefined>(async () => {
          const all = await watcher.events.deadLetters.list();
          return all.length === count ? all : undefined;
        });
      await watcher.events.publish('sensor.depth', 'keel', 3, { qos: 'durable' });
      const [first, second] = (await letters(2)) ?? [];
      expect([first?.op, second?.op]).toEqual(['sensor.depth', MessageDead.type]);
      // What the second had set off would be there before what comes of this.
      await watcher.events.publish('sensor.depth', 'keel', 4, { qos: 'durable' });
      await letters(4);
      await eventually(() => heard.length === 2);
      expect(heard).toMatchObject([
        [MessageDead.type, 'ship', { op: 'sensor.depth', origin: 'keel', attempts: 1, reason: 'attempts' }],
        [MessageDead.type, 'ship', { op: 'sensor.depth', address: '~durable~depths' }],
      ]);
      expect(heard[0]?.[2]).toMatchObject({
        id: first?.id,
        sender: 'watcher.0',
        error: { code: 'Internal', message: 'too deep' },
      });
      await expect(watcher.events.forget('depths')).rejects.toMatchObject({ code: 'Conflict' });
      for (const subscription of ship.events.subscriptions) await subscription.cancel();
      for (const name of ['depths', 'coroner']) await watcher.events.forget(name);
      await watcher.events.deadLetters.drop({});
    });

    test("container.systemEvents 'off' publishes nothing, and hears others all the same", async () => {
      const watcher = await system.current.container({ id: 'watcher', systemEvents: 'off' });
      const [quiet, loud] = [await listen(watcher, 'quiet'), await listen(watcher, 'loud', [ProcessEnded])];
      const ship = await system.current.container({ id: 'quiet', systemEvents: 'off' });
      const id = await ship.processes.spawn(Idle);
      await ship.send(id, 'crash');
      await ship.processes.stopped(id);
      await ship.stop();
      await untilHeard(await system.current.container({ id: 'loud' }), loud);
      expect(quiet).toEqual([]);
    });

    test("container.systemEvents 'all' publishes events about processes whoever wants them", async () => {
      const ship = await system.current.container({ id: 'ship', systemEvents: 'all' });
      await eventually(() => ship.info().transport.published === 2);
      for (let round = 0; round < 3; round += 1) {
        const lives = async () => ship.processes.terminateProcess(await ship.processes.spawn(Idle));
        expect(await published(ship, lives)).toBe(2);
      }
      expect(ship.info().transport.returned).toBe(0);
    });
  });
}
