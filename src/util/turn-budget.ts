import type { Scheduler } from './env.ts';
import { RingBuffer } from './ring-buffer.ts';

/** So much of a kind may be done in one turn of the event loop; then sockets and timers get theirs. */
export class TurnBudget {
  readonly #scheduler: Scheduler;
  readonly #perTurn: number;
  readonly #newTurn = (): void => this.#startTurn();
  /** Who waits, in the order of asking. */
  readonly #waiting = new RingBuffer<() => void>();
  #taken = 0;
  #isScheduled = false;

  constructor(scheduler: Scheduler, perTurn: number) {
    this.#scheduler = scheduler;
    this.#perTurn = perTurn;
  }

  /** Undefined if one more may be done now; else resolves in the turn in which it may. Whoever asks first goes first. */
  take(): Promise<void> | undefined {
    if (!this.#isScheduled) this.#schedule();
    if (this.#taken < this.#perTurn) {
      this.#taken += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #schedule(): void {
    this.#isScheduled = true;
    this.#scheduler.soon(this.#newTurn);
  }

  #startTurn(): void {
    this.#isScheduled = false;
    this.#taken = Math.min(this.#waiting.length, this.#perTurn);
    for (let count = this.#taken; count > 0; count -= 1) this.#waiting.shift()?.();
    if (this.#taken > 0) this.#schedule();
  }
}
