import type { Env, Logger, PublishOutcome } from '../../index.ts';
import { Account } from './account.ts';
import type { BuoyArguments } from './arguments.ts';
import { type Measurement, readSentence } from './measurements.ts';
import { Pace } from './pace.ts';
import { parseSentence } from './sentence.ts';
import { SentenceClock } from './sentence-clock.ts';
import { sourceLines } from './source-lines.ts';

/** Bounds of what is read ahead of the broker. */
export const playerDefaults = {
  /** Readings whose outcome is not known yet; then the source waits. */
  maxUnderway: 1024,
  /** After so many lines others get their turn, however fast the source is. */
  linesPerTurn: 64,
} as const;

/** What a {@link Player} works with. */
export interface PlayerParts {
  readonly args: Pick<BuoyArguments, 'source' | 'factor' | 'repeat'>;
  readonly env: Env;
  readonly logger: Logger;
  /** Publishes a reading that was measured at `at`, if that is known. */
  publish(measurement: Measurement, at: Date | undefined): Promise<PublishOutcome>;
}

/** Plays a source: reads its lines at their pace, publishes what they tell, and accounts for each. */
export class Player {
  readonly account = new Account();
  readonly #parts: PlayerParts;
  #clock: SentenceClock;
  readonly #pace: Pace;
  #wake: (() => void) | undefined;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
    this.#clock = new SentenceClock(parts.env.clock.wall());
    this.#pace = new Pace(parts.env, parts.args.factor);
  }

  /** Resolves when the source has ended or the signal aborts, and the outcome of every reading is known. Rejects if the source cannot be read. */
  async play(signal: AbortSignal): Promise<void> {
    const { args, logger } = this.#parts;
    let isOver = false;
    while (!isOver) {
      const lines = await this.#playOnce(signal);
      isOver = !args.repeat || signal.aborted || lines === 0;
      if (!signal.aborted)
        logger.info(isOver ? 'the source has ended' : 'the source begins again', { lines });
    }
    await this.#settled(0);
    this.account.hasEnded = true;
  }

  async #playOnce(signal: AbortSignal): Promise<number> {
    const { args, env, logger } = this.#parts;
    let lines = 0;
    this.#clock = new SentenceClock(env.clock.wall());
    for await (const line of sourceLines(args.source, env, logger, signal)) {
      if (!(await this.#take(line, signal))) break;
      lines += 1;
      if (lines % playerDefaults.linesPerTurn === 0) await new Promise<void>(env.scheduler.soon);
    }
    return lines;
  }

  /** @returns false if the signal aborted before the line's time came */
  async #take(line: string, signal: AbortSignal): Promise<boolean> {
    const { logger } = this.#parts;
    const sentence = parseSentence(line);
    const said =
      'unusable' in sentence ? { ...sentence, measurements: [], time: undefined } : readSentence(sentence);
    if (said.time !== undefined) {
      this.#clock.hear(said.time);
      if (this.#clock.at !== undefined) await this.#pace.reached(this.#clock.at, signal);
    }
    await this.#settled(playerDefaults.maxUnderway);
    if (signal.aborted) return false;
    if (said.unusable === undefined) {
      this.account.countUsable(said.measurements.length);
      for (const measurement of said.measurements) void this.#publish(measurement);
    } else {
      this.account.countUnusable(said.unusable);
      if (said.unusable !== 'empty') logger.debug('unusable', { reason: said.unusable, line });
    }
    return true;
  }

  async #publish(measurement: Measurement): Promise<void> {
    const { type } = measurement.event;
    let outcome: PublishOutcome = 'rejected';
    let error: unknown;
    try {
      outcome = await this.#parts.publish(measurement, this.#measuredAt());
    } catch (failure) {
      error = failure;
    }
    const times = this.account.countOutcome(type, outcome);
    if (outcome !== 'sent' && outcome !== 'confirmed' && times === 1)
      this.#parts.logger.warn('a reading was not taken; more are only counted', { type, outcome, error });
    this.#wake?.();
  }

  /** By the sentences' own clock, or, of what comes while it is measured, by ours. */
  #measuredAt(): Date | undefined {
    const { args, env } = this.#parts;
    const at = args.source.kind === 'tcp' ? env.clock.wall() : this.#clock.at;
    return at === undefined ? undefined : new Date(at);
  }

  /** Resolves when at most `most` readings are underway. */
  async #settled(most: number): Promise<void> {
    while (this.account.underway > most) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }
}
