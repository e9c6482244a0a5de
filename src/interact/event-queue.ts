import type { Arrival } from '../exchange/index.ts';
import { RingBuffer } from '../util/index.ts';

/**
 * Events that wait for a subscriber, in order. Those of an origin that is held are passed over: the others go on, and its own follow in their order when it
 * is released.
 */
export class EventQueue {
  readonly #fresh = new RingBuffer<Arrival>();
  /** Released, so older than all fresh ones of their origins. */
  readonly #released = new RingBuffer<Arrival>(2);
  readonly #held = new Map<string, Arrival[]>();
  #heldCount = 0;

  get length(): number {
    return this.#fresh.length + this.#released.length + this.#heldCount;
  }

  push(arrival: Arrival): void {
    // Of a held origin older ones may still be here: only next() moves them, in their order.
    this.#fresh.push(arrival);
  }

  /** The first whose origin is not held. */
  next(): Arrival | undefined {
    for (;;) {
      const arrival = this.#released.shift() ?? this.#fresh.shift();
      if (arrival === undefined) return undefined;
      const held = this.#held.get(arrival.message.receiver);
      if (held === undefined) return arrival;
      held.push(arrival);
      this.#heldCount += 1;
    }
  }

  /** The oldest of those that are not held, if there is one: to be dropped. */
  oldest(): Arrival | undefined {
    return this.#released.shift() ?? this.#fresh.shift();
  }

  /** From here on nothing of that address (type and origin) is given out. */
  hold(address: string): void {
    if (!this.#held.has(address)) this.#held.set(address, []);
  }

  /** What was held of that address is next, `first` before all of it. */
  release(address: string, first?: Arrival): void {
    const held = this.#held.get(address) ?? [];
    this.#held.delete(address);
    this.#heldCount -= held.length;
    for (let index = held.length - 1; index >= 0; index -= 1) {
      const arrival = held[index];
      if (arrival !== undefined) this.#released.unshift(arrival);
    }
    if (first !== undefined) this.#released.unshift(first);
  }

  /** Takes out everything; of each origin in its order. */
  drain(): readonly Arrival[] {
    // Of an origin, what is held was taken out before what is released now.
    const all = [...[...this.#held.values()].flat(), ...this.#released, ...this.#fresh];
    this.#released.clear();
    this.#fresh.clear();
    this.#held.clear();
    this.#heldCount = 0;
    return all;
  }
}
