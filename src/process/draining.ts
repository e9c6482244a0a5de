import type { Arrival } from '../exchange/index.ts';

/**
 * Work of services' queues that nobody here has begun when the container stops taking from them. It waits until the last consumer is
 * cancelled, since the broker would give it back to this container before, and goes back to its queue then.
 */
export class Draining {
  readonly #giveBack: (arrival: Arrival) => void;
  #held: Arrival[] | undefined = [];

  /** `giveBack` must not throw. */
  constructor(giveBack: (arrival: Arrival) => void) {
    this.#giveBack = giveBack;
  }

  take(arrival: Arrival): void {
    if (this.#held === undefined) this.#giveBack(arrival);
    else this.#held.push(arrival);
  }

  /** No consumer is left. */
  consumersCancelled(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const arrival of held) this.#giveBack(arrival);
  }
}
