import type { ToldTime } from './measurements.ts';

const dayMs = 86_400_000;

/**
 * The time of a recording, from what its sentences tell: a few tell the day as well, most only the time of day. Then the day is the one that brings the
 * moment nearest to the one before, so that midnight passes as it should; for the first, nearest to `wallAt`.
 */
export class SentenceClock {
  readonly #wallAt: number;
  #at: number | undefined;

  /** @param wallAt milliseconds since 1970 */
  constructor(wallAt: number) {
    this.#wallAt = wallAt;
  }

  /** Milliseconds since 1970, of the sentence that told the time last; undefined before the first. */
  get at(): number | undefined {
    return this.#at;
  }

  hear({ timeOfDayMs, dayAt }: ToldTime): void {
    this.#at = dayAt === undefined ? nearest(timeOfDayMs, this.#at ?? this.#wallAt) : dayAt + timeOfDayMs;
  }
}

function nearest(timeOfDayMs: number, to: number): number {
  return timeOfDayMs + Math.round((to - timeOfDayMs) / dayMs) * dayMs;
}
