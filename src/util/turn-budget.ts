import type { Scheduler } from './env.ts';

/** So much of a kind may be done in one turn of the event loop; then sockets and timers get theirs. */
export class TurnBudget {
  readonly #scheduler: Scheduler;
  readonly #perTurn: number;
  readonly #newTurn = (): void => this.#startTurn();
  #taken = 0;
  #next: Promise<void> | undefined;
  #goOn: () => void = () => undefined;

  constructor(scheduler: Scheduler, perTurn: number) {
    this.#scheduler = scheduler;
    this.#perTurn = perTurn;
  }

  /** Undefined if one more may be done now; else resolves in the next turn: ask again then. */
  take(): Promise<void> | undefined {
    if (this.#taken === 0) this.#scheduler.soon(this.#newTurn);
    this.#taken += 1;
    if (this.#taken <= this.#perTurn) return undefined;
    this.#next ??= new Promise((resolve) => {
      this.#goOn = resolve;
    });
    return this.#next;
  }

  #startTurn(): void {
    this.#taken = 0;
    if (this.#next === undefined) return;
    this.#next = undefined;
    this.#goOn();
  }
}
