import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Observer } from '../suite/observer.ts';
import type { Stretch } from './busiest.ts';
import { type CpuProfile, nowMicroseconds, sampleMicroseconds } from './cpu-profile.ts';

/** Records profiles of all Node programs of a contestant, also of those that they fork, and what stretches of them were measured. */
export class Recording implements Observer {
  /** One for each run, in their order. */
  readonly stretches: Stretch[] = [];
  readonly nodeOptions: readonly string[];
  /** A profile is written at the end, and a container of 100 000 processes takes its time until then. */
  readonly endsWithinMs = 60_000;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    const recorder = new URL('recorder.mjs', import.meta.url);
    recorder.searchParams.set('directory', directory);
    recorder.searchParams.set('microseconds', String(sampleMicroseconds));
    this.nodeOptions = ['--import', recorder.href];
  }

  static async start(): Promise<Recording> {
    return new Recording(await mkdtemp(join(tmpdir(), 'ioncore-bench-')));
  }

  async measure<T>(run: () => Promise<T>): Promise<T> {
    const fromAt = nowMicroseconds();
    const result = await run();
    this.stretches.push({ fromAt, untilAt: nowMicroseconds() });
    return result;
  }

  /** Those of the programs that have ended, from their start to their end, by the program's file and the part that it was told to play: `coalescing.mjs server`. */
  async profiles(): Promise<ReadonlyMap<string, readonly CpuProfile[]>> {
    const read = async (file: string): Promise<Recorded> =>
      JSON.parse(await readFile(join(this.#directory, file), 'utf8'));
    const recorded = await Promise.all((await readdir(this.#directory)).map(read));
    // Servers are started first.
    recorded.sort((one, two) => one.profile.startTime - two.profile.startTime);
    const profiles = new Map<string, CpuProfile[]>();
    for (const { words, profile } of recorded) {
      const program = programName(words);
      profiles.set(program, [...(profiles.get(program) ?? []), profile]);
    }
    return profiles;
  }

  /** Removes what was recorded. */
  async dispose(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** What recorder.mjs writes. */
interface Recorded {
  /** The path of the program and its arguments. */
  readonly words: readonly string[];
  readonly profile: CpuProfile;
}

function programName([path = '', part = '']: readonly string[]): string {
  return /^[a-z]+$/.test(part) ? `${basename(path)} ${part}` : basename(path);
}
