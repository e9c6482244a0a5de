import type { Arrival } from '../exchange/index.ts';
import { RingBuffer } from '../util/index.ts';

/**
 * What waits for one process. System messages have a lane of their own and overtake all others; the others keep their order.
 * Bounded, except for work that the broker already counts against a prefetch.
 */
export class Mailbox {
  readonly #limit: number;
  readonly #system = new RingBuffer<Arrival>(2);
  readonly #user = new RingBuffer<Arrival>(2);

  /** `limit`: how many user messages, and how many system messages from outside, may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#system.length + this.#user.length;
  }

  /** Takes a message; false if there is no room. What came from a shared queue is always taken: prefetch bounds it. */
  push(arrival: Arrival): boolean {
    if (this.#user.length >= this.#limit && !arrival.fromSharedQueue) return false;
    this.#user.push(arrival);
    return true;
  }

  /** Takes a system message; false if it came from outside and as many wait as may. From this container there is always room. */
  pushSystem(arrival: Arrival): boolean {
    if (this.#system.length >= this.#limit && !arrival.local) return false;
    this.#system.push(arrival);
    return true;
  }

  /** The next message: system messages first. */
  shift(): Arrival | undefined {
    return this.#system.shift() ?? this.#user.shift();
  }

  /** Takes out everything, in the order in which it would have been handled. */
  drain(): readonly Arrival[] {
    const left = [...this.#system, ...this.#user];
    this.#system.clear();
    this.#user.clear();
    return left;
  }
}
