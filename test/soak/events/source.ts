import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Process } from '../../../src/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { Entry, originName, origins, outcomeCode, Reading } from './contents.ts';
import { Ledger } from './ledger.ts';

/** So many events are published and not confirmed, at most. */
const window = 4_096;
/** Most that one origin says at a time. */
const longestBurst = 48;

/** The events of one type. */
interface Series {
  readonly event: typeof Reading | typeof Entry;
  readonly outcomes: Ledger;
  /** By origin: the next number. */
  readonly next: number[];
}

/** Publishes events, and remembers what it is told of each. `args.seed` says which. */
export class Source extends Process {
  #random = seededRandom(0);
  readonly #series: readonly Series[] = [Reading, Entry].map((event) => ({
    event,
    outcomes: new Ledger(),
    next: Array.from({ length: origins }, () => 0),
  }));
  #inFlight = 0;
  #settled = 0;
  #room: (() => void) | undefined;

  override onInit(): void {
    this.#random = seededRandom(Number(this.args.seed));
  }

  /** Outcomes that came since this was asked the last time. */
  takeSettled(): number {
    const settled = this.#settled;
    this.#settled = 0;
    return settled;
  }

  /** Publishes so many more, in this time at least; resolves when all outcomes are known. */
  async publishMany(count: number, overMs: number): Promise<void> {
    const beganAt = performance.now();
    for (let left = count; left > 0; ) {
      const burst = Math.min(left, 1 + this.#below(longestBurst));
      const series = this.#series[this.#below(2)];
      if (series !== undefined) this.#burst(series, this.#below(origins), burst);
      left -= burst;
      if (this.#inFlight >= window) await this.#untilFewerThan(window / 2);
      else if (this.#random.next() < 0.2) await turn();
      const earlyMs = beganAt + overMs * (1 - left / count) - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
    }
    await this.#untilFewerThan(1);
  }

  /** Writes the outcomes of each type. */
  write(directory: string): void {
    for (const { event, outcomes } of this.#series)
      writeFileSync(join(directory, `${event.type}.outcomes`), outcomes.toBytes());
  }

  #burst({ event, outcomes, next }: Series, origin: number, burst: number): void {
    for (let n = 0; n < burst; n += 1) {
      const number = next[origin] ?? 0;
      next[origin] = number + 1;
      this.#inFlight += 1;
      const settle = (code: number): void => {
        outcomes.set(origin, number, code);
        this.#inFlight -= 1;
        this.#settled += 1;
        this.#room?.();
      };
      this.publish(event, originName(origin), { number }).then(
        (outcome) => settle(outcomeCode(outcome)),
        (error: unknown) => {
          process.stderr.write(`publish() failed: ${String(error)}\n`);
          settle(outcomeCode('failed'));
        },
      );
    }
  }

  /** Resolves when fewer than so many are in flight. */
  async #untilFewerThan(bound: number): Promise<void> {
    if (this.#inFlight < bound) return;
    await new Promise<void>((resolve) => {
      this.#room = () => {
        if (this.#inFlight >= bound) return;
        this.#room = undefined;
        resolve();
      };
    });
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound);
  }
}
