import type { EventPosition } from '../exchange/index.ts';

/**
 * How far a replay has come: the place up to which everything is done, in whatever order it gets done (its low-water mark). `Key` tells one event from the
 * others that are underway.
 */
export class ReplayProgress<Key> {
  /** What came and is not done, in the order in which it came; each with the farthest place that had come before it. */
  readonly #underway = new Map<Key, EventPosition | undefined>();
  #farthest: EventPosition | undefined;

  /** Everything up to here, itself included, is done; undefined while the first event is not. It never goes back. */
  get position(): EventPosition | undefined {
    for (const before of this.#underway.values()) return before;
    return this.#farthest;
  }

  /** An event came and is to be done. Those of a lost connection that were underway come once more, by another key. */
  began(key: Key, at: EventPosition): void {
    this.#underway.set(key, this.#farthest);
    this.passed(at);
  }

  /** An event came of which nothing is to be done. */
  passed(at: EventPosition): void {
    if (this.#farthest === undefined || isBefore(this.#farthest, at)) this.#farthest = at;
  }

  /** It is done with; what is unknown, or done, is no error. */
  done(key: Key): void {
    this.#underway.delete(key);
  }
}

/** Whether one place in a log comes before another. */
function isBefore(one: EventPosition, other: EventPosition): boolean {
  return one.offset < other.offset || (one.offset === other.offset && one.index < other.index);
}
