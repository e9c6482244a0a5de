import type { Arrival } from '../exchange/index.ts';
import { RingBuffer } from '../util/index.ts';

/** The events of one address (type and origin) whose turn came while it was held. */
interface Held {
  readonly address: string;
  isHeld: boolean;
  /** It stands among those that may go on. */
  isQueued: boolean;
  waiting: RingBuffer<Arrival> | undefined;
}

/**
 * Events that wait for a subscriber, in order. Those of an address that is held are passed over: the others go on, and its own follow in their order when it
 * is released. Each event is moved once at most.
 */
export class EventQueue {
  readonly #fresh = new RingBuffer<Arrival>();
  readonly #held = new Map<string, Held>();
  /** Released with something waiting, which is older than anything fresh. */
  readonly #resumable = new RingBuffer<Held>(2);
  #heldCount = 0;

  get length(): number {
    return this.#fresh.length + this.#heldCount;
  }

  push(arrival: Arrival): void {
    this.#fresh.push(arrival);
  }

  /** The first whose address is not held. */
  next(): Arrival | undefined {
    const resumed = this.#resume();
    if (resumed !== undefined || this.#fresh.length === 0) return resumed;
    for (let arrival = this.#fresh.shift(); arrival !== undefined; arrival = this.#fresh.shift()) {
      const held = this.#held.get(arrival.message.receiver);
      if (held === undefined) return arrival;
      this.#add(held, arrival);
    }
    return undefined;
  }

  /** Whether nothing of that address is given out now. */
  isHeld(address: string): boolean {
    return this.#held.get(address)?.isHeld === true;
  }

  /** Takes out the oldest, whether its address is held or not: to be dropped. */
  oldest(): Arrival | undefined {
    for (const { waiting } of this.#held.values()) {
      const arrival = waiting?.shift();
      if (arrival === undefined) continue;
      this.#heldCount -= 1;
      return arrival;
    }
    return this.#fresh.shift();
  }

  /** From here on nothing of that address is given out. */
  hold(address: string): void {
    const held = this.#held.get(address);
    if (held === undefined)
      this.#held.set(address, { address, isHeld: true, isQueued: false, waiting: undefined });
    else held.isHeld = true;
  }

  /** What was held of that address is next, `first` before all of it. */
  release(address: string, first?: Arrival): void {
    let held = this.#held.get(address);
    if (held === undefined) {
      if (first === undefined) return;
      held = { address, isHeld: false, isQueued: false, waiting: undefined };
      this.#held.set(address, held);
    }
    held.isHeld = false;
    if (first !== undefined) {
      held.waiting ??= new RingBuffer(2);
      held.waiting.unshift(first);
      this.#heldCount += 1;
    }
    if (held.waiting !== undefined && held.waiting.length > 0) this.#queue(held);
    // One that still stands among those that may go on is forgotten in its turn.
    else if (!held.isQueued) this.#held.delete(address);
  }

  /** Takes out everything, of each address in its order. What is held stays so. */
  drain(): readonly Arrival[] {
    const all: Arrival[] = [];
    for (const [address, held] of this.#held) {
      all.push(...(held.waiting ?? []));
      held.waiting = undefined;
      held.isQueued = false;
      if (!held.isHeld) this.#held.delete(address);
    }
    all.push(...this.#fresh);
    this.#fresh.clear();
    this.#resumable.clear();
    this.#heldCount = 0;
    return all;
  }

  #resume(): Arrival | undefined {
    for (let held = this.#resumable.peek(); held !== undefined; held = this.#resumable.peek()) {
      const arrival = held.isHeld ? undefined : held.waiting?.shift();
      if (arrival === undefined) {
        this.#resumable.shift();
        held.isQueued = false;
        if (!held.isHeld) this.#held.delete(held.address);
        continue;
      }
      this.#heldCount -= 1;
      if (held.waiting?.length === 0) {
        this.#resumable.shift();
        held.isQueued = false;
        this.#held.delete(held.address);
      }
      return arrival;
    }
    return undefined;
  }

  #add(held: Held, arrival: Arrival): void {
    held.waiting ??= new RingBuffer(2);
    held.waiting.push(arrival);
    this.#heldCount += 1;
    if (!held.isHeld) this.#queue(held);
  }

  #queue(held: Held): void {
    if (held.isQueued) return;
    held.isQueued = true;
    this.#resumable.push(held);
  }
}
