import type { Arrival } from '../exchange/index.ts';
import { RingBuffer } from '../util/index.ts';
import { isInConversation } from './redelivery.ts';

/**
 * What waits for one process. System messages have a lane of their own and overtake all others; the others keep their order, but for
 * those whose operation has as many running as it may: they are overtaken by other operations. Bounded, except for work that the
 * broker already counts against a prefetch.
 */
export class Mailbox {
  readonly #limit: number;
  /** Made for the first that comes: most processes never are sent one. */
  #system: RingBuffer<Arrival> | undefined;
  readonly #user = new RingBuffer<Arrival>(2);
  /** Messages whose operation was busy when their turn came, by operation. */
  #parked: Map<string, RingBuffer<Arrival>> | undefined;
  #parkedCount = 0;

  /** `limit`: how many user messages, and how many system messages from outside, may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return (this.#system?.length ?? 0) + this.#user.length + this.#parkedCount;
  }

  /** Takes a message; false if there is no room. What came from a shared queue is always taken: prefetch bounds it. */
  push(arrival: Arrival): boolean {
    if (this.#user.length + this.#parkedCount >= this.#limit && !arrival.fromSharedQueue) return false;
    this.#user.push(arrival);
    return true;
  }

  /** Takes a system message; false if it came from outside and as many wait as may. From this container there is always room. */
  pushSystem(arrival: Arrival): boolean {
    this.#system ??= new RingBuffer(2);
    if (this.#system.length >= this.#limit && !arrival.local) return false;
    this.#system.push(arrival);
    return true;
  }

  /** The next message: system messages first. `isBusy`: operations that may not begin another one now. */
  shift(isBusy?: (op: string) => boolean): Arrival | undefined {
    const system = this.#system?.shift();
    if (system !== undefined || isBusy === undefined) return system ?? this.#user.shift();
    return this.#unpark(isBusy) ?? this.#shiftFree(isBusy);
  }

  /** Takes out the message of that conversation from that container; undefined if it does not wait here. */
  remove(conversationId: string, origin: string): Arrival | undefined {
    for (const lane of this.#lanes()) {
      const found = [...lane].find((arrival) => isInConversation(arrival, conversationId, origin));
      if (found === undefined) continue;
      const rest = [...lane].filter((arrival) => arrival !== found);
      lane.clear();
      for (const arrival of rest) lane.push(arrival);
      if (lane !== this.#user) this.#parkedCount -= 1;
      return found;
    }
    return undefined;
  }

  /** Whether a message waits here of which `isMeant` holds. System messages do not count. */
  has(isMeant: (arrival: Arrival) => boolean): boolean {
    return this.#lanes().some((lane) => [...lane].some(isMeant));
  }

  /** How long everything that waits will take, if `msOf` tells it of each operation. System messages do not count. */
  workMs(msOf: (op: string) => number): number {
    let sum = 0;
    for (const lane of this.#lanes()) for (const { message } of lane) sum += msOf(message.op);
    return sum;
  }

  /** Takes out everything, in the order in which it would have been handled. */
  drain(): readonly Arrival[] {
    if (this.length === 0) return [];
    const parked = [...(this.#parked?.values() ?? [])].flatMap((lane) => [...lane]);
    const left = [...(this.#system ?? []), ...parked, ...this.#user];
    this.#system?.clear();
    this.#user.clear();
    this.#parked = undefined;
    this.#parkedCount = 0;
    return left;
  }

  #lanes(): readonly RingBuffer<Arrival>[] {
    return [this.#user, ...(this.#parked?.values() ?? [])];
  }

  #unpark(isBusy: (op: string) => boolean): Arrival | undefined {
    if (this.#parked === undefined || this.#parkedCount === 0) return undefined;
    for (const [op, lane] of this.#parked) {
      if (lane.length === 0 || isBusy(op)) continue;
      this.#parkedCount -= 1;
      return lane.shift();
    }
    return undefined;
  }

  #shiftFree(isBusy: (op: string) => boolean): Arrival | undefined {
    for (let next = this.#user.shift(); next !== undefined; next = this.#user.shift()) {
      const { op } = next.message;
      if (!isBusy(op)) return next;
      this.#parked ??= new Map();
      let lane = this.#parked.get(op);
      if (lane === undefined) {
        lane = new RingBuffer(2);
        this.#parked.set(op, lane);
      }
      lane.push(next);
      this.#parkedCount += 1;
    }
    return undefined;
  }
}
