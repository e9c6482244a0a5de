import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  defineEvent,
  type EventContent,
  MemoryCheckpoints,
  type Process,
  type ProcessClass,
  type PublishOutcome,
  type ReceivedEvent,
  type SpawnOptions,
  StreamProcess,
  type StreamSource,
  Type,
  UnavailableError,
} from '../../../src/index.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';
import { type FakeEnv, fakeEnv } from '../../../src/testing/fake-env.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';
import { startTestContainer, type TestContainer } from '../../../src/testing/test-container.ts';
import { AppFolder } from '../../support/app-folder.ts';

const Depth = defineEvent({
  name: 'depth',
  version: '1.0.0',
  qos: 'replay',
  content: Type.Object({ m: Type.Number() }),
});
type DepthContent = EventContent<typeof Depth>;

let env: FakeEnv;
let logger: RecordingLogger;
let container: TestContainer;
let folder: AppFolder;

beforeEach(async () => {
  env = fakeEnv();
  logger = recordingLogger();
  folder = await AppFolder.make();
  const exchange = { retryDelaysMs: [1_000, 5_000], attempts: 3 };
  container = await startTestContainer({ env, logger, exchange, id: 'ship', sysname: 'fleet' });
});
afterEach(async () => {
  await container.stop();
  await folder.dispose();
});

/** Tells what it was given; a test says what it does. */
abstract class Reader extends StreamProcess<typeof Depth> {
  readonly source: StreamSource<typeof Depth> = { type: Depth, replay: { from: 'first' } };
  readonly seen: string[] = [];

  transform({ m }: DepthContent, { origin, attempt }: ReceivedEvent): void | Promise<void> {
    this.seen.push(`${origin} ${m}${attempt > 1 ? ` attempt ${attempt}` : ''}`);
    return this.work(m);
  }
  work(_m: number): void | Promise<void> {}
}

async function spawned<P extends Process>(processClass: ProcessClass<P>, options?: SpawnOptions): Promise<P> {
  const process = container.processes.get(await container.processes.spawn(processClass, options));
  if (process instanceof processClass) return process;
  throw new Error('it has ended');
}

const withFiles = (): SpawnOptions => ({ name: 'reader', args: { checkpoints: folder.path } });
const file = (): string => folder.file('fleet.reader.depth.json');
/** As an operator sees it; undefined before the first. */
const place = async () => JSON.parse(await readFile(file(), 'utf8')).next ?? undefined;

/** Each event in a turn, so a message, of its own. */
async function publish(...ms: readonly number[]): Promise<void> {
  for (const m of ms)
    expect(await container.events.publish(Depth, m < 0 ? 'b' : 'a', { m })).toBe('confirmed');
}

const linesOf = (level: string): string[] =>
  logger.lines.filter((line) => line.level === level).map(({ message }) => message);

describe('StreamProcess, replaying', () => {
  test('a process goes on behind what its predecessor has done', async () => {
    class Plain extends Reader {}
    await publish(1, 2, 3);
    const first = await spawned(Plain, withFiles());
    await eventually(() => first.seen.length === 3);
    await container.processes.terminateProcess(first.id);
    expect(await place()).toEqual({ offset: 2, index: 1 });
    await publish(4);
    const second = await spawned(Plain, withFiles());
    await publish(5);
    await eventually(() => second.seen.length === 2);
    expect(second.seen).toEqual(['a 4', 'a 5']);
  });

  test('of one message the events go on in its midst', async () => {
    const together = [1, 2, 3, 4].map((m) => container.events.publish(Depth, 'a', { m }));
    await Promise.all(together);
    await writeFile(file(), '{"next": {"offset": 0, "index": 2}}');
    class Plain extends Reader {}
    const process = await spawned(Plain, withFiles());
    await eventually(() => process.seen.length === 2);
    expect(process.seen).toEqual(['a 3', 'a 4']);
  });

  test('a place is saved while time passes, of events that it is not for as well', async () => {
    class OfB extends Reader {
      override readonly source: StreamSource<typeof Depth> = {
        type: Depth,
        origin: 'b',
        replay: { from: 'first' },
        checkpoint: { everyMs: 500 },
      };
    }
    const process = await spawned(OfB, withFiles());
    await publish(-1, 2, 3);
    await eventually(() => process.subscription?.position?.offset === 2);
    expect(await place()).toBeUndefined();
    await env.advance(500);
    await eventually(async () => (await place())?.offset === 2);
    expect(process.seen).toEqual(['b -1']);
  });

  test('a failed event is tried again in place, as it was, its origin waiting, others not; then the rest follows', async () => {
    class Unlucky extends Reader {
      static readonly concurrency = 2;
      override transform(content: DepthContent, event: ReceivedEvent) {
        void super.transform(content, event);
        const { m } = content;
        content.m = 99;
        if (m === 1 && event.attempt < 3) throw new Error('unlucky');
      }
    }
    await publish(1, 2, -1, -2);
    const process = await spawned(Unlucky, withFiles());
    await eventually(() => process.seen.length === 3);
    await turns();
    expect(process.seen).toEqual(['a 1', 'b -1', 'b -2']);
    expect(process.subscription?.position).toBeUndefined();
    await env.advance(999);
    expect(process.seen).toHaveLength(3);
    await env.advance(1);
    await eventually(() => process.seen.length === 4);
    await env.advance(5_000);
    await eventually(() => process.seen.length === 6);
    expect(process.seen.slice(3)).toEqual(['a 1 attempt 2', 'a 1 attempt 3', 'a 2']);
    await eventually(() => process.subscription?.position?.offset === 3);
    expect(linesOf('warn')).toEqual([
      'an event of a log could not be handled; it is tried again',
      'an event of a log could not be handled; it is tried again',
    ]);
  });

  test('an event that fails as often as may be is passed over, with an error that tells its place', async () => {
    class Broken extends Reader {
      override work(m: number): void {
        if (m === 13) throw new Error('thirteen');
      }
    }
    await publish(1, 13, 2);
    const process = await spawned(Broken, withFiles());
    await eventually(() => process.seen.length === 2);
    await env.advance(6_000);
    await eventually(() => process.seen.length === 5);
    expect(process.seen.slice(1)).toEqual(['a 13', 'a 13 attempt 2', 'a 13 attempt 3', 'a 2']);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'an event of a log is passed over, since it could not be handled',
        fields: { type: 'depth', origin: 'a', offset: 1, index: 0, attempt: 3, error: new Error('thirteen') },
      },
    ]);
    await container.processes.terminateProcess(process.id);
    expect(await place()).toEqual({ offset: 2, index: 1 });
  });

  test('source.attempts says how often an event is tried', async () => {
    class Broken extends Reader {
      override readonly source = { type: Depth, replay: { from: 0 }, attempts: 1 };
      override work(): void {
        throw new Error('always');
      }
    }
    await publish(1, 2);
    const process = await spawned(Broken, withFiles());
    await eventually(() => process.seen.length === 2);
    expect(process.seen).toEqual(['a 1', 'a 2']);
  });

  test('an event whose content does not fit is passed over at once', async () => {
    class Plain extends Reader {}
    await publish(1);
    await container.events.publish('depth', 'a', { feet: 3 }, { qos: 'replay' });
    await publish(2);
    const process = await spawned(Plain, withFiles());
    await eventually(() => process.seen.length === 2);
    expect(process.seen).toEqual(['a 1', 'a 2']);
    expect(logger.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      offset: 1,
      attempt: 1,
      error: expect.any(BadRequestError),
    });
  });

  test('what may pass by itself is waited out, however often it fails: no event is passed over', async () => {
    class Cut extends StreamProcess<typeof Depth> {
      readonly source: StreamSource<typeof Depth> = { type: Depth, replay: { from: 'first' } };
      readonly seen: number[] = [];
      override async publish(): Promise<PublishOutcome> {
        return 'unknown';
      }
      transform({ m }: DepthContent, { attempt }: ReceivedEvent) {
        this.seen.push(attempt);
        if (attempt > 6) throw new UnavailableError('the chart is away');
        return { type: 'feet', content: m };
      }
    }
    await publish(1);
    const process = await spawned(Cut, withFiles());
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await eventually(() => process.seen.length === attempt);
      await env.advance(5_000);
    }
    expect(linesOf('error')).toEqual([]);
    expect(process.subscription?.position).toBeUndefined();
  });

  test('onSkip() that throws ends the process for that reason, and whoever follows has the event again', async () => {
    let isMended = false;
    class Strict extends Reader {
      override readonly source: StreamSource<typeof Depth> = {
        type: Depth,
        replay: { from: 'first' },
        attempts: 1,
      };
      override work(m: number): void {
        if (m === 13 && !isMended) throw new Error('thirteen');
      }
      override onSkip(error: unknown): void {
        throw error;
      }
    }
    await publish(1, 13, 2);
    const process = await spawned(Strict, withFiles());
    expect(await process.stopped).toEqual({ error: new Error('thirteen') });
    expect(process.seen).toEqual(['a 1', 'a 13']);
    expect(await place()).toEqual({ offset: 0, index: 1 });
    isMended = true;
    const next = await spawned(Strict, withFiles());
    await eventually(() => next.seen.length === 2);
    expect(next.seen).toEqual(['a 13', 'a 2']);
  });

  test('a process that is asked to end does not wait for another attempt, and keeps its place before it', async () => {
    class Broken extends Reader {
      override work(m: number): void {
        if (m === 13) throw new Error('thirteen');
      }
    }
    await publish(1, 13, 2);
    const process = await spawned(Broken, withFiles());
    await eventually(() => linesOf('warn').length === 1);
    expect(await container.processes.terminateProcess(process.id)).toBe('normal');
    expect(await place()).toEqual({ offset: 0, index: 1 });
    expect(process.seen).toEqual(['a 1', 'a 13']);
  });

  test('a process that is killed in the midst of an event keeps its place before it', async () => {
    class Stuck extends Reader {
      override work(m: number): void | Promise<void> {
        if (m === 2) return new Promise(() => undefined);
      }
    }
    await publish(1, 2, 3);
    const process = await spawned(Stuck, withFiles());
    await eventually(() => process.seen.length === 2);
    await container.processes.terminateProcess(process.id, 'shutdown', 'brutal_kill');
    await eventually(async () => (await place()) !== undefined);
    expect(await place()).toEqual({ offset: 0, index: 1 });
  });

  test('a file that is no checkpoint keeps the process from starting, and is named', async () => {
    class Plain extends Reader {}
    await publish(1);
    await writeFile(file(), '{"next": {"offs');
    await expect(container.processes.spawn(Plain, withFiles())).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining(`${file()} is no checkpoint`),
    });
    expect(container.events.subscriptions).toEqual([]);
  });

  test('the later one of two processes with one checkpoint has it, and the earlier one ends', async () => {
    class Plain extends Reader {}
    const earlier = await spawned(Plain, withFiles());
    const later = await spawned(Plain, withFiles());
    await publish(1);
    await eventually(() => earlier.seen.length + later.seen.length === 2);
    await env.advance(1_000);
    expect(await earlier.stopped).toMatchObject({ error: { code: 'Conflict' } });
    await eventually(async () => (await place()) !== undefined);
    expect(later.state).toBe('ACTIVE');
  });

  test('without a directory it says that its place is kept nowhere, and begins where the source says', async () => {
    class Plain extends Reader {}
    await publish(1);
    const first = await spawned(Plain);
    await eventually(() => first.seen.length === 1);
    await container.processes.terminateProcess(first.id);
    const second = await spawned(Plain);
    await eventually(() => second.seen.length === 1);
    expect(linesOf('warn')[0]).toMatch(/kept nowhere.*argument 'checkpoints'/);
  });

  test('openCheckpoints() may give any store; its key is system, name and type', async () => {
    const store = new MemoryCheckpoints();
    await store.save('fleet.my feet.depth', { offset: 1, index: 0 });
    class Plain extends Reader {
      override readonly source: StreamSource<typeof Depth> = {
        type: Depth,
        replay: { from: 'first' },
        checkpoint: { name: 'my feet', everyInputs: 2 },
      };
      protected override openCheckpoints() {
        return store;
      }
    }
    await publish(1, 2, 3, 4);
    const process = await spawned(Plain);
    await eventually(() => process.seen.length === 3);
    expect(process.seen[0]).toBe('a 2');
    // By the number of inputs: no time passes here.
    await eventually(async () => ((await store.load('fleet.my feet.depth'))?.offset ?? 0) >= 2);
  });

  test('a log that no longer has what follows the checkpoint is read from its oldest event, and the loss is told', async () => {
    const Short = defineEvent({
      name: 'short',
      version: '1.0.0',
      qos: 'replay',
      content: Type.String(),
      retention: { maxBytes: 2_000_000 },
    });
    class Plain extends StreamProcess<typeof Short> {
      readonly source: StreamSource<typeof Short> = { type: Short, replay: { from: 'first' } };
      readonly seen: (number | undefined)[] = [];
      transform(_content: string, { position }: ReceivedEvent): void {
        this.seen.push(position?.offset);
      }
    }
    for (let part = 0; part < 8; part += 1) await container.events.publish(Short, 'a', 'x'.repeat(500_000));
    await folder.write('fleet.reader.short.json', '{"next": {"offset": 2, "index": 1}}');
    const process = await spawned(Plain, withFiles());
    await eventually(() => process.seen.length === 3);
    expect(process.seen).toEqual([5, 6, 7]);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'a replay begins later than it should: what was before is not kept any more',
        fields: { type: 'short', wanted: 2, found: 5, lostMessages: 3 },
      },
    ]);
  });

  test('a checkpoint that a log has not come to is told after a while, once', async () => {
    class Plain extends Reader {}
    await publish(1);
    await writeFile(file(), '{"next": {"offset": 7, "index": 1}}');
    await spawned(Plain, withFiles());
    await env.advance(9_999);
    expect(linesOf('error')).toEqual([]);
    await env.advance(60_000);
    expect(linesOf('error')).toEqual([
      expect.stringContaining('the log has nothing at the checkpoint nor after it'),
    ]);
  });

  test.each<[object, string]>([
    [{ checkpoint: { every: 3 } }, "checkpoint has no option 'every'; known are name, everyInputs, everyMs"],
    [
      { checkpoint: { everyMs: 0 } },
      'checkpoint.everyMs of a source is a whole number from 1 to 86400000, not number 0',
    ],
    [{ checkpoint: { name: '' } }, 'checkpoint.name of a source is a text, not string ""'],
    [{ attempts: 0 }, 'attempts of a source is a whole number from 1 to 1000000, not number 0'],
    [{ durable: 'both' }, 'a subscription is one of group, durable and replay'],
  ])('a source is refused with %j', async (options, message) => {
    class Odd extends StreamProcess<typeof Depth> {
      readonly source = { type: Depth, replay: { from: 0 }, ...options };
      transform() {}
    }
    await expect(container.processes.spawn(Odd, withFiles())).rejects.toMatchObject({
      code: 'BadRequest',
      message: expect.stringContaining(message),
    });
  });

  test('the argument checkpoints is refused unless it is a text', async () => {
    class Plain extends Reader {}
    await expect(container.processes.spawn(Plain, { args: { checkpoints: 7 } })).rejects.toThrow(
      'the argument checkpoints is a directory, not number 7',
    );
  });
});
