import type { Arrival } from '../exchange/index.ts';
import type { Clock } from '../util/index.ts';
import { askerOf } from './redelivery.ts';

/** Requests that are remembered as given up; the oldest are forgotten first. */
const maxRemembered = 10_000;

/** Requests that were given up before they came: each is dropped on arrival, until its time is over anyway. */
export class CancelledRequests {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#until.size;
  }

  /** `cancellation`: its budget is what was left of the request's. */
  remember(cancellation: Arrival): void {
    this.#prune();
    this.#until.set(keyOf(cancellation.origin, cancellation), cancellation.deadlineAt);
  }

  /** Whether this request was given up; it is told once. */
  take(request: Arrival): boolean {
    return this.#until.size > 0 && this.#until.delete(keyOf(askerOf(request), request));
  }

  #prune(): void {
    const now = this.#clock.now();
    for (const [key, until] of this.#until) {
      if (until > now && this.#until.size < maxRemembered) return;
      this.#until.delete(key);
    }
  }
}

/** Only the container that asked may take it back. */
function keyOf(container: string, { message }: Arrival): string {
  return `${container}/${message.conversationId}`;
}
