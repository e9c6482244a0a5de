import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type CheckpointStore,
  type Container,
  defineEvent,
  type EventContent,
  type EventPosition,
  type EventType,
  FileCheckpoints,
  outputOf,
  type Process,
  type ProcessClass,
  type ReceivedEvent,
  StreamProcess,
  type StreamSource,
  supervisor,
  Type,
} from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import { AppFolder } from '../../../support/app-folder.ts';
import type { UseSystem } from './runner.ts';

const Numbered = Type.Object({ n: Type.Integer() });
const Read = defineEvent({ name: 'read', version: '1.0.0', qos: 'replay', content: Numbered });
const Kept = defineEvent({ name: 'kept', version: '1.0.0', qos: 'durable', content: Numbered });
const Seen = defineEvent({ name: 'seen', version: '1.0.0', content: Numbered });
const Made = defineEvent({ name: 'made', version: '1.0.0', qos: 'replay', content: Numbered });
type Content = EventContent<typeof Read>;

const exchange = { retryDelaysMs: [20], attempts: 3 };
const origins = ['ship7.gps', 'ship7.log', 'ship8.gps'] as const;
const originOf = (n: number): string => origins[n % origins.length] ?? '';
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Publishes numbers from `from` on, by turns of three origins, and awaits that all are taken. */
async function publish(container: Container, type: EventType, count: number, from = 0): Promise<void> {
  const outcomes = numbers(count).map(async (n) => {
    // Some share a message of the broker, others do not.
    await turns(Math.floor(n / 7));
    return container.events.publish(type, originOf(from + n), { n: from + n });
  });
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatch(/^(sent|confirmed)$/);
}

/** What has been made so far, in order, and what comes. */
async function listen(container: Container): Promise<{ origin: string; n: number }[]> {
  const made: { origin: string; n: number }[] = [];
  await container.events.subscribe(Made, ({ n }, { origin }) => void made.push({ origin, n }), {
    replay: { from: 'first' },
  });
  return made;
}

/** Everything was made; of each origin in order, but for what was made again after a restart. */
function expectComplete(made: readonly { origin: string; n: number }[], count: number): void {
  expect([...new Set(made.map(({ n }) => n))].sort((a, b) => a - b)).toEqual(numbers(count));
  for (const origin of origins) {
    const first = [...new Set(made.filter((event) => event.origin === origin).map(({ n }) => n))];
    expect(first).toEqual(numbers(count).filter((n) => originOf(n) === origin));
  }
}

function spawned<P extends Process>(container: Container, id: string, processClass: ProcessClass<P>): P {
  const process = container.processes.get(id);
  if (process instanceof processClass) return process;
  throw new Error('it has ended');
}

/** Files, and what was found in them. */
class WatchedCheckpoints implements CheckpointStore {
  readonly #files: FileCheckpoints;
  readonly #loaded: (next: EventPosition | undefined) => void;

  constructor(directory: string, owner: string, loaded: (next: EventPosition | undefined) => void) {
    this.#files = new FileCheckpoints(directory, owner);
    this.#loaded = loaded;
  }
  async load(key: string): Promise<EventPosition | undefined> {
    const next = await this.#files.load(key);
    this.#loaded(next);
    return next;
  }
  save(key: string, next: EventPosition): Promise<void> {
    return this.#files.save(key, next);
  }
}

/** One life of a process: where it began, and what it was given. */
interface Life {
  readonly next: EventPosition | undefined;
  readonly given: { readonly n: number; readonly position: EventPosition }[];
}

const isBefore = (one: EventPosition, other: EventPosition): boolean =>
  one.offset < other.offset || (one.offset === other.offset && one.index < other.index);

/** Stream processes: nothing is lost, and nothing piles up. */
export function describeStreamProcesses(useSystem: UseSystem): void {
  describe('stream processes', () => {
    const system = useSystem();
    let folder: AppFolder;
    beforeEach(async () => {
      folder = await AppFolder.make();
    });
    afterEach(() => folder.dispose());

    /** A class that reads the log and makes one of each, in so many turns; it tells its lives. */
    function maker(lives: Life[]) {
      const directory = folder.path;
      return class Maker extends StreamProcess<typeof Read> {
        static readonly concurrency = 3;
        readonly source: StreamSource<typeof Read> = {
          type: Read,
          replay: { from: 'first' },
          checkpoint: { everyInputs: 10 },
        };
        protected override openCheckpoints(): CheckpointStore {
          return new WatchedCheckpoints(directory, this.id, (next) => lives.push({ next, given: [] }));
        }
        async transform({ n }: Content, { position }: ReceivedEvent) {
          if (position !== undefined) lives.at(-1)?.given.push({ n, position });
          await turns(n % 5);
          return outputOf(Made, { n });
        }
      };
    }

    test('one that is killed and restarted in midstream leaves nothing out, and repeats only what follows its checkpoint', async () => {
      const host = await system.current.container({ exchange });
      const ship = await system.current.container();
      const lives: Life[] = [];
      const Maker = maker(lives);
      const made = await listen(ship);
      const top = supervisor({
        intensity: 20,
        restartDelay: false,
        children: [{ id: 'maker', start: Maker }],
      });
      const publishing = publish(ship, Read, 600);
      await host.processes.spawn(top);
      for (const after of [60, 150, 300]) {
        const life = lives.length;
        await eventually(() => new Set(made.map(({ n }) => n)).size >= after);
        const running = host.processes.list().find(({ name }) => name === 'Maker' || name === 'maker');
        await host.processes.terminateProcess(running?.id ?? '', 'shutdown', 'brutal_kill');
        await eventually(() => lives.length === life + 1);
      }
      await publishing;
      await eventually(() => new Set(made.map(({ n }) => n)).size === 600, { withinMs: 15_000 });
      expectComplete(made, 600);
      expect(lives).toHaveLength(4);
      for (const [index, { next, given }] of lives.entries()) {
        if (index === 0) continue;
        // It did go on, and not from the beginning.
        expect(next).toBeDefined();
        if (next === undefined) return;
        for (const { position } of given) expect(isBefore(position, next)).toBe(false);
        const before = lives.slice(0, index).flatMap((life) => life.given);
        const again = given.filter(({ n }) => before.some((event) => event.n === n));
        // At most what was done and not saved, and what was in work, of each life before.
        expect(again.length).toBeLessThan(before.length);
      }
    }, 30_000);

    test('one whose container stops and another takes its place goes on exactly where that was', async () => {
      const ship = await system.current.container();
      const lives: Life[] = [];
      const Maker = maker(lives);
      const made = await listen(ship);
      await publish(ship, Read, 100);
      const former = await system.current.container({ id: 'former', exchange });
      await former.processes.spawn(Maker, { name: 'maker' });
      await eventually(() => made.length === 100);
      await former.stop();
      await publish(ship, Read, 50, 100);
      const latter = await system.current.container({ id: 'latter', exchange });
      await latter.processes.spawn(Maker, { name: 'maker' });
      await eventually(() => made.length === 150);
      expectComplete(made, 150);
      expect(lives[1]?.given.map(({ n }) => n).sort((a, b) => a - b)).toEqual(
        numbers(50).map((n) => n + 100),
      );
    });

    test('one whose connection is lost leaves nothing out, of a log and of a durable subscription', async () => {
      const host = await system.current.container({ exchange });
      const ship = await system.current.container();
      const lives: Life[] = [];
      class Keeper extends StreamProcess<typeof Kept> {
        static readonly concurrency = 3;
        readonly source = { type: Kept, durable: 'keeper', ordered: true };
        transform({ n }: Content) {
          return outputOf(Made, { n }, 'keeper');
        }
      }
      const made = await listen(ship);
      const of = (isKeeper: boolean) => made.filter(({ origin }) => (origin === 'keeper') === isKeeper);
      await host.processes.spawn(maker(lives));
      await host.processes.spawn(Keeper);
      const publishing = [publish(ship, Read, 300), publish(ship, Kept, 300)];
      for (const after of [50, 120]) {
        await eventually(() => of(false).length > after && of(true).length > after);
        system.current.cut(host);
      }
      await Promise.all(publishing);
      const isComplete = (isKeeper: boolean) => new Set(of(isKeeper).map(({ n }) => n)).size === 300;
      await eventually(() => isComplete(false) && isComplete(true), { withinMs: 20_000 });
      expectComplete(of(false), 300);
    }, 40_000);

    test('concurrency works at several origins, never at two events of one, and keeps the order of each', async () => {
      const host = await system.current.container({ exchange });
      const ship = await system.current.container();
      const made = await listen(ship);
      const inWork = new Set<string>();
      let most = 0;
      let hasMet = false;
      class Wide extends StreamProcess<typeof Kept> {
        static readonly concurrency = 2;
        readonly source = { type: Kept, durable: 'wide' };
        async transform({ n }: Content, { origin }: ReceivedEvent) {
          hasMet ||= inWork.has(origin);
          inWork.add(origin);
          most = Math.max(most, inWork.size);
          await turns((n * 7) % 11);
          inWork.delete(origin);
          return [outputOf(Made, { n })];
        }
      }
      await host.processes.spawn(Wide);
      await publish(ship, Kept, 120);
      await eventually(() => made.length === 120);
      expectComplete(made, 120);
      expect([most, hasMet]).toEqual([2, false]);
    });

    test.each([
      ['durable', Kept, { durable: 'slow', prefetch: 2 }],
      ['replayed', Read, { replay: { from: 0 }, prefetch: 2 }],
      ['live', Seen, { limit: 50 }],
    ])(
      'a slow one under a fast publisher has little in memory: %s',
      async (kind, type, options) => {
        const logger = recordingLogger();
        const host = await system.current.container({ exchange, logger });
        const ship = await system.current.container();
        const made = await listen(ship);
        let open: () => void = () => undefined;
        const gate = new Promise<void>((resolve) => {
          open = resolve;
        });
        let inWork = 0;
        let most = 0;
        class Slow extends StreamProcess<EventType> {
          static readonly concurrency = 2;
          readonly source = { type, ...options };
          async transform(content: unknown) {
            inWork += 1;
            most = Math.max(most, inWork);
            await gate;
            inWork -= 1;
            return { type: Made, content };
          }
        }
        const id = await host.processes.spawn(Slow);
        const { subscription } = spawned(host, id, Slow);
        await publish(ship, type, 2_000);
        const isLive = kind === 'live';
        if (isLive) await eventually(() => subscription?.stats.received === 2_000);
        else await eventually(() => (subscription?.stats.received ?? 0) > 0);
        await turns(50);
        const { received = 0, waiting = 0, dropped = 0 } = subscription?.stats ?? {};
        // Two messages of the broker, of up to 64 events each.
        expect(waiting + 2).toBeLessThanOrEqual(isLive ? 52 : 128);
        expect(dropped).toBe(isLive ? received - 52 : 0);
        expect(most).toBe(2);
        open();
        await eventually(() => subscription?.stats.handled === 2_000 - dropped, { withinMs: 20_000 });
        await eventually(() => made.length === 2_000 - dropped);
        expect(most).toBe(2);
        expect(logger.lines.filter(({ message }) => message.includes('dropped'))).toHaveLength(
          isLive ? 1 : 0,
        );
      },
      40_000,
    );

    test('a log that has lost what follows the checkpoint is read from its oldest event, and the loss is told', async () => {
      const Short = defineEvent({
        name: 'short',
        version: '1.0.0',
        qos: 'replay',
        content: Type.String(),
        retention: { maxBytes: 2_000_000 },
      });
      const logger = recordingLogger();
      const ship = await system.current.container();
      const host = await system.current.container({ logger });
      const content = 'x'.repeat(400_000);
      /** The offset of the oldest that is kept. */
      const oldest = (): Promise<number> =>
        new Promise((resolve, reject) => {
          const replay = { from: 'first' as const };
          ship.events
            .subscribe(Short, (_, { position }) => resolve(position?.offset ?? 0), { replay })
            .catch(reject);
        });
      await eventually(
        async () => {
          for (let part = 0; part < 5; part += 1) await ship.events.publish(Short, 'a', content);
          return (await oldest()) > 2;
        },
        { withinMs: 20_000 },
      );
      const key = `${system.current.sysname}.reader.short`;
      await folder.write(`${key}.json`, '{"next": {"offset": 1, "index": 1}}');
      const offsets: (number | undefined)[] = [];
      class Reader extends StreamProcess<typeof Short> {
        readonly source: StreamSource<typeof Short> = { type: Short, replay: { from: 'first' } };
        transform(_content: string, { position }: ReceivedEvent): void {
          offsets.push(position?.offset);
        }
      }
      await host.processes.spawn(Reader, { name: 'reader', args: { checkpoints: folder.path } });
      await eventually(() => offsets.length > 0);
      const [found = 0] = offsets;
      expect(found).toBeGreaterThan(2);
      expect(logger.lines.find(({ level }) => level === 'error')).toMatchObject({
        message: 'a replay begins later than it should: what was before is not kept any more',
        fields: { type: 'short', wanted: 1, found, lostMessages: found - 1 },
      });
    }, 40_000);
  });
}
