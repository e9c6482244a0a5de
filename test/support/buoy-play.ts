import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Static } from 'typebox';
import { AveragerProcess, Buoy, InstrumentProcess, RecorderProcess } from '../../src/apps/buoy.ts';
import { type Container, Process } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';

type Content = Readonly<Record<string, unknown>>;

/** What a subscriber was told, as it was told it. */
export interface Heard {
  readonly type: string;
  readonly origin: string;
  readonly content: Content;
}

/** A line of the recorder's file. */
export interface Recorded extends Heard {
  readonly publishedAt: string;
  readonly redelivered?: true;
  readonly resent?: true;
  readonly attempt?: number;
}

/** Everything that became of a source. */
export interface Played {
  readonly account: Static<(typeof Buoy)['operations']['account']['result']>;
  /** What a durable subscriber of all readings was told, in order. */
  readonly heard: readonly Heard[];
  /** What the recorder has written, in order. */
  readonly recorded: readonly Recorded[];
}

/**
 * Plays the file `source`, as fast as the readings are taken, from the processes of the buoy in `ship` to those in `shore`, which ends when all of it has
 * come. `folder` is for the recorder's file.
 */
export async function playBuoy(
  ship: Container,
  shore: Container,
  source: string,
  folder: string,
  withinMs: number,
): Promise<Played> {
  const file = join(folder, 'buoy.jsonl');
  const args = { source, pace: 'fast', origin: 'ship7.mast', file };
  const heard: Heard[] = [];
  class Listener extends Process {
    override async onInit(): Promise<void> {
      await this.subscribe(
        { type: 'sensor.#', origin: 'ship7.#' },
        (content, { type, origin }) => void heard.push({ type, origin, content: content as Content }),
        { durable: 'listener' },
      );
    }
  }
  await shore.processes.spawn(Listener);
  await shore.processes.spawn(RecorderProcess, { args });
  const averager = await shore.processes.spawn(AveragerProcess, { args });
  await ship.processes.spawn(InstrumentProcess, { args });

  const client = shore.client(Buoy);
  const account = await eventually(
    async () => {
      const given = await client.account();
      return given.hasEnded ? given : undefined;
    },
    { withinMs, what: 'the end of the source' },
  );
  if (account === undefined) throw new Error('unreachable');
  const published = total(account.published);
  const recording = new Recording(file);
  await eventually(() => heard.length >= published, { withinMs, what: 'every reading heard' });
  const recorded = async (prefix: string) =>
    (await recording.read()).filter(({ type }) => type.startsWith(prefix));
  await eventually(async () => (await recorded('sensor.')).length >= published, {
    withinMs,
    what: 'every reading recorded',
  });
  const averaging = shore.events.subscriptions.find(({ name }) => name === 'buoy.averager');
  await eventually(() => (averaging?.stats.handled ?? 0) >= published, {
    withinMs,
    what: 'every reading averaged',
  });
  // What it has not published yet it publishes at its end.
  await shore.processes.terminateProcess(averager);
  const timed = heard.filter(({ content }) => content.at !== undefined).length;
  await eventually(async () => total((await recorded('mean.')).map(readingsOf)) >= timed, {
    withinMs,
    what: 'the means of all readings recorded',
  });
  return { account, heard, recorded: await recording.read() };
}

/** The sum of counters. */
export function total(counts: Readonly<Record<string, number>> | readonly number[]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** How many readings a mean is of. */
export function readingsOf({ content }: Heard): number {
  return Number(content.readings);
}

/** How many there are of each type. */
export function countTypes(events: readonly Heard[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** A file that grows. */
class Recording {
  readonly #file: string;
  readonly #lines: Recorded[] = [];
  #rest = '';
  #readBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** All lines that are whole. */
  async read(): Promise<readonly Recorded[]> {
    for await (const chunk of createReadStream(this.#file, { start: this.#readBytes })) {
      this.#readBytes += chunk.length;
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#lines.push(JSON.parse(line));
    }
    return this.#lines;
  }
}
