import type { StreamStart } from './types.ts';

/** What a reader has had of a message that a stream gives it (again). */
export type Acquaintance = 'new' | 'unsettled' | 'settled';

/**
 * How far one consumer of a stream has come. It outlives connections: a stream does not know its readers, so whoever reads on tells it where.
 *
 * At least once, and no more often than need be: what was given and not settled comes again, what was settled does not.
 */
export class StreamPosition {
  readonly #from: StreamStart;
  /** The highest offset that was given; -1 before the first. */
  #given = -1;
  /** Given and not settled, in the order of the stream: what comes again keeps its place. */
  readonly #unsettled = new Set<number>();
  #startedAt: number | undefined;

  constructor(from: StreamStart) {
    this.#from = from;
  }

  /** From where to consume now. */
  get start(): StreamStart {
    const [oldest] = this.#unsettled;
    if (oldest !== undefined) return { offset: oldest };
    if (this.#given >= 0) return { offset: this.#given + 1 };
    if (this.#startedAt === undefined) return this.#from;
    // A reader that got nothing and would begin at the end once more would miss what came meanwhile. 'last' got nothing because the stream was empty.
    if (this.#from === 'next') return { at: this.#startedAt };
    return this.#from === 'last' ? 'first' : this.#from;
  }

  /** The consumer is being served, at this wall-clock time; only the first time counts. */
  started(wall: number): void {
    this.#startedAt ??= wall;
  }

  /** The stream, read from {@link start}, begins with `offset`: what was before it and is not settled has been dropped since, and comes no more. */
  begins(offset: number): void {
    for (const unsettled of this.#unsettled) {
      if (unsettled >= offset) return;
      this.#unsettled.delete(unsettled);
    }
  }

  /** Whether a message has been given before, and settled. */
  knows(offset: number): Acquaintance {
    if (offset > this.#given) return 'new';
    return this.#unsettled.has(offset) ? 'unsettled' : 'settled';
  }

  /** The message is given to the consumer's owner. */
  gave(offset: number): void {
    if (offset <= this.#given) return;
    this.#given = offset;
    this.#unsettled.add(offset);
  }

  /** The owner is done with the message. */
  settled(offset: number): void {
    this.#unsettled.delete(offset);
  }
}
