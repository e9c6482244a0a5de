import { describe, expect, test } from '@jest/globals';
import { type Message, makeMessage } from '../../../src/codec/index.ts';
import { SystemEvents, type SystemEventsMode } from '../../../src/container/system-events.ts';
import { crashContent, deathContent } from '../../../src/container/system-events-contents.ts';
import { type DeadLetterFacts, eventReceiver, type PublishOutcome } from '../../../src/exchange/index.ts';
import {
  BadRequestError,
  type CrashReport,
  LogLevels,
  MessageDead,
  ProcessCrashed,
  type ProcessLife,
  type ProcessNotice,
} from '../../../src/index.ts';
import type { EventToPublish, SubscriptionKind } from '../../../src/interact/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';

/** System events of a container `c` that publish into an array. */
function makeBed(mode: SystemEventsMode = 'auto') {
  const published: EventToPublish[] = [];
  const lives = new Set<(life: ProcessLife) => void>();
  const crashes = new Set<(report: CrashReport) => void>();
  const notices = new Set<(notice: ProcessNotice) => void>();
  const subscriptions: { readonly kind: SubscriptionKind; readonly type: string }[] = [];
  const logger = recordingLogger();
  const logLevels = new LogLevels();
  const broken: { publish?: Error; announce?: Error; outcome?: PublishOutcome } = {};
  const counts = { announced: 0 };
  const listenTo =
    <T>(listeners: Set<T>) =>
    (listener: T) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
  const events = new SystemEvents({
    container: 'c',
    env: fakeEnv(),
    logger,
    mode,
    publish: async (event) => {
      if (broken.publish !== undefined) throw broken.publish;
      published.push(event);
      return broken.outcome ?? 'sent';
    },
    announceWanted: () => {
      counts.announced += 1;
      if (broken.announce !== undefined) throw broken.announce;
    },
    processes: { onCrash: listenTo(crashes), onLife: listenTo(lives), onNotice: listenTo(notices) },
    logLevels,
    subscriptions: () => subscriptions,
  });
  const process = {
    name: 'p',
    processClass: 'P',
    service: undefined,
    localName: undefined,
    parent: undefined,
  };
  return {
    ...{ events, published, lives, crashes, notices, subscriptions, logger, logLevels, broken, counts },
    types: () => published.map(({ type }) => type),
    /** What a process of that number does. */
    start: (number: number) => {
      for (const tell of lives) tell({ type: 'started', id: `c.${number}`, ...process });
    },
    end: (number: number) => {
      const end = { reason: 'normal', ageMs: 1, handled: 0 } as const;
      for (const tell of lives) tell({ type: 'ended', id: `c.${number}`, ...process, ...end });
    },
  };
}

const started = (number: number): string => `system.process.started.c.${number}`;
const ended = (number: number): string => `system.process.ended.c.${number}`;

describe('SystemEvents', () => {
  test('stop listening to the lives of processes when what is published of both kinds comes back', () => {
    const { events, lives, start, end, published } = makeBed();
    events.open();
    start(1);
    end(1);
    expect(published.slice(1).map(({ type, isMandatory }) => [type, isMandatory])).toEqual([
      ['system.process.started', true],
      ['system.process.ended', true],
    ]);
    events.returned(started(1));
    expect(lives.size).toBe(1);
    events.returned(ended(1));
    expect(lives.size).toBe(0);
  });

  test('that come back of before somebody was heard of stop nothing', () => {
    const { events, lives, start, end } = makeBed();
    events.open();
    start(1);
    end(1);
    events.wanted();
    events.returned(started(1));
    events.returned(ended(1));
    expect(lives.size).toBe(1);
  });

  test('about processes are tried again when somebody wants them, and when the connection is back', () => {
    for (const again of ['wanted', 'connectionRestored'] as const) {
      const { events, lives, start, end } = makeBed();
      events.open();
      start(1);
      end(1);
      events.returned(started(1));
      events.returned(ended(1));
      events[again]();
      expect(lives.size).toBe(1);
    }
  });

  test.each<[string, { publish?: Error; outcome?: PublishOutcome }]>([
    ['fails', { publish: new BadRequestError('not today') }],
    ['finds no connection', { outcome: 'rejected' }],
  ])('about processes are given up when publishing %s', async (_how, how) => {
    const { events, lives, start, end, broken } = makeBed();
    events.open();
    Object.assign(broken, how);
    start(1);
    end(1);
    await turns(1);
    expect(lives.size).toBe(0);
  });

  test('that cannot be published disturb nobody: the first is warned of', async () => {
    const { events, crashes, logger, broken, logLevels } = makeBed();
    broken.publish = new BadRequestError('not today');
    events.open();
    logLevels.set('exchange', 'warn');
    for (const tell of crashes) tell(Object.assign(Object.create(null), { id: 'c.7' }));
    await turns(1);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug']);
  });

  test('announce that somebody here wants those about processes once, as long as it does', () => {
    const { events, counts } = makeBed();
    const subscription = { kind: 'live', type: 'system.#', hasEnded: false } as const;
    const first = { ...subscription };
    events.subscribed(first);
    events.subscribed(subscription);
    expect(counts.announced).toBe(1);
    Object.assign(first, { hasEnded: true });
    events.subscribed(subscription);
    expect(counts.announced).toBe(2);
  });

  test.each<[string, SubscriptionKind, number]>([
    ['#', 'live', 1],
    ['*.process.ended', 'live', 1],
    ['system.process.*', 'durable', 1],
    ['system.process.*', 'group', 1],
    ['system.process.started', 'replay', 0],
    ['system.process', 'live', 0],
    ['system.process.crashed', 'live', 0],
    ['sensor.#', 'live', 0],
  ])('of a subscription to %s (%s) announce %d', (type, kind, announced) => {
    const { events, counts, subscriptions } = makeBed('off');
    events.subscribed({ kind, type, hasEnded: false });
    expect(counts.announced).toBe(announced);
    subscriptions.push({ kind, type });
    events.connectionRestored();
    expect(counts.announced).toBe(2 * announced);
  });

  test('warn when others cannot be told, and go on', () => {
    const { events, broken, logger } = makeBed();
    broken.announce = new BadRequestError('not today');
    events.subscribed({ kind: 'live', type: '#', hasEnded: false });
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
  });

  test("of mode 'off' listen to nobody", () => {
    const { events, lives, crashes, notices, published, logLevels } = makeBed('off');
    events.open();
    events.started();
    events.wanted();
    logLevels.set('exchange', 'warn');
    events.close();
    expect([lives.size, crashes.size, notices.size, published.length]).toEqual([0, 0, 0, 0]);
  });

  test("of mode 'all' tell of processes whatever comes back", () => {
    const { events, lives, start, published } = makeBed('all');
    events.open();
    start(1);
    events.returned(started(1));
    events.returned(ended(1));
    expect(lives.size).toBe(1);
    expect(published.at(-1)).toMatchObject({ type: 'system.process.started', isMandatory: false });
  });

  test('#close() tells of leaving, once, and nothing comes after it', () => {
    const { events, types, lives, crashes, notices, logLevels } = makeBed();
    events.open();
    events.close();
    events.close();
    events.wanted();
    logLevels.set('exchange', 'warn');
    expect(types()).toEqual(['system.member.joined', 'system.member.left']);
    expect([lives.size, crashes.size, notices.size]).toEqual([0, 0, 0]);
  });

  test('before the connection nothing is told, and nothing fails', () => {
    const { events, published } = makeBed();
    events.started();
    events.connectionRestored();
    events.stopping(undefined);
    events.close();
    expect(published).toEqual([]);
  });

  test.each([
    [MessageDead.type, false],
    ['system.message.dead.v2', false],
    ['system.process.crashed', true],
    ['sensor.depth', true],
  ])('of a dead letter that is an event of type %s are published: %s', (type, isTold) => {
    const { events, types } = makeBed();
    events.open();
    events.died(facts, eventMessage(type));
    expect(types().includes(MessageDead.type)).toBe(isTold);
  });

  test('of a dead letter whose operation has the name of such an event are published', () => {
    const { events, types } = makeBed();
    events.open();
    events.died(
      facts,
      makeMessage({ performative: 'none', sender: 'c.1', receiver: 'hello', op: MessageDead.type }),
    );
    expect(types()).toContain(MessageDead.type);
  });
});

const facts: DeadLetterFacts = {
  id: 'x',
  reason: 'attempts',
  attempts: 5,
  error: { code: 'Internal', message: 'too deep' },
  address: '~durable~depths',
  container: 'c',
  diedAt: new Date(0),
};

function eventMessage(op: string): Message {
  const receiver = eventReceiver(`${op}.keel`);
  return makeMessage({ performative: 'none', sender: 'c.1', receiver, op, content: null });
}

describe('contents of system events', () => {
  const endless = 'ab\ud800'.repeat(100_000);

  test('fit their types and are small, whatever names and errors hold', () => {
    const message = { op: endless, sender: endless, conversation: endless, ageMs: 1 };
    const report: CrashReport = {
      ...{ id: 'c.7', name: endless, processClass: endless, service: 'x', parent: 'c.1' },
      reason: { error: new Error(endless) },
      handling: Array(1000).fill(message),
      ...{ starting: false, overdue: true, ageMs: 1, handled: 2 },
      child: { id: endless, restart: 'permanent', restarts: 3, nextDelayMs: -1 },
    };
    const content = crashContent(report);
    ProcessCrashed.check(content);
    expect(JSON.stringify(content).length).toBeLessThan(20_000);
    expect(JSON.stringify(content)).toBe(JSON.stringify(content).toWellFormed());
    const dead = deathContent(
      { ...facts, error: { code: endless, message: endless }, address: endless },
      eventMessage('sensor.depth'),
    );
    MessageDead.check(dead);
    expect(dead).toMatchObject({ op: 'sensor.depth', origin: 'keel' });
  });

  test.each<[CrashReport['reason'], object]>([
    ['killed', { reason: 'killed' }],
    [{ shutdown: 'tide' }, { reason: 'shutdown', detail: 'tide' }],
    [{ shutdown: new Map() }, { reason: 'shutdown', detail: 'an object with 0 members' }],
    [{ error: 'thrown text' }, { reason: 'error', error: { code: 'Internal', message: 'thrown text' } }],
    [{ error: new BadRequestError('no') }, { reason: 'error', error: { code: 'BadRequest', message: 'no' } }],
  ])('tell of the reason %p', (reason, told) => {
    const content = crashContent({
      ...{ id: 'c.7', name: 'p', processClass: 'P', service: undefined, parent: undefined, reason },
      ...{ handling: [], starting: true, overdue: false, ageMs: 1, handled: 0, child: undefined },
    });
    ProcessCrashed.check(content);
    expect(content).toEqual({
      ...{ name: 'p', processClass: 'P', handling: [], starting: true, overdue: false, ageMs: 1, handled: 0 },
      ...told,
    });
  });
});
