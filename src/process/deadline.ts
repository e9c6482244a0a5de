import type { Clock, Timer } from '../util/index.ts';

/** The moment at which something happens unless it is put off for good. Set again, the earlier one counts. */
export class Deadline {
  readonly #clock: Clock;
  #set: { readonly dueAt: number; readonly timer: Timer } | undefined;
  #hasPassed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it has come. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  set(delayMs: number, then: () => void): void {
    const dueAt = this.#clock.now() + delayMs;
    if (this.#set !== undefined && this.#set.dueAt <= dueAt) return;
    this.#set?.timer.cancel();
    const timer = this.#clock.timer(delayMs, () => {
      this.#hasPassed = true;
      then();
    });
    this.#set = { dueAt, timer };
  }

  cancel(): void {
    this.#set?.timer.cancel();
  }
}
