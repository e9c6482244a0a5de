import { RingBuffer, type Scheduler } from '../util/index.ts';
import type { Arrival } from './arrival.ts';

/** After so many deliveries in one turn of the event loop, sockets and timers get theirs. */
const maxPerTurn = 1000;

/**
 * The way of messages that stay in the container: in order, after the sender's own code has run to its next await, never inside its
 * `send`. Two processes that answer each other for ever do not starve the event loop.
 */
export class LocalLane {
  readonly #scheduler: Scheduler;
  readonly #deliver: (arrival: Arrival) => void;
  readonly #waiting = new RingBuffer<Arrival>();
  readonly #drain = (): void => this.#drainNow();
  readonly #newTurn = (): void => this.#startTurn();
  #scheduled = false;
  #deliveredThisTurn = 0;

  /** `deliver` must not throw. */
  constructor(scheduler: Scheduler, deliver: (arrival: Arrival) => void) {
    this.#scheduler = scheduler;
    this.#deliver = deliver;
  }

  push(arrival: Arrival): void {
    this.#waiting.push(arrival);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#deliveredThisTurn === 0) this.#scheduler.soon(this.#newTurn);
    queueMicrotask(this.#drain);
  }

  #drainNow(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#deliveredThisTurn += 1;
      this.#deliver(next);
      if (this.#deliveredThisTurn >= maxPerTurn) return;
    }
    this.#scheduled = false;
  }

  #startTurn(): void {
    const paused = this.#deliveredThisTurn >= maxPerTurn;
    this.#deliveredThisTurn = 0;
    if (!paused) return;
    this.#scheduler.soon(this.#newTurn);
    this.#drainNow();
  }
}
