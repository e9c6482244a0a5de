import { outboxDefaults } from './outbox.ts';

/** So many operations are remembered; then the memory starts afresh. */
const maxRemembered = 10_000;
const leastStepUs = 10;
/** What takes longer than a frame may take leaves alone in any case: how much longer would only delay that it becomes quick again. */
const mostUs = 2 * outboxDefaults.maxFrameWorkUs;
/** One of so many one-way messages asks how long it takes. */
const askEvery = 16;

/** What is known of one operation. */
interface Expectation {
  workUs: number | undefined;
  /** One-way messages until the next that asks. */
  untilAsked: number;
}

/**
 * How long messages to a service keep an instance from others, by operation, as the answers to this container's calls tell, and its one-way messages ask. It
 * grows quickly, for a slow one delays those that travel with it, yet doubles at most with each answer, so that a pause of the machine does not count for much;
 * it falls slowly.
 */
export class ExpectedWork {
  readonly #expectations = new Map<string, Map<string, Expectation>>();
  #remembered = 0;

  /** Microseconds; undefined before the first answer. */
  of(service: string, op: string): number | undefined {
    return this.#expectations.get(service)?.get(op)?.workUs;
  }

  /** Counts a one-way message; true if its frame is to ask how long it takes: the first one, and then one of sixteen. */
  isAskedNow(service: string, op: string): boolean {
    const expectation = this.#expectation(service, op);
    const isAsked = expectation.untilAsked === 0;
    expectation.untilAsked = isAsked ? askEvery - 1 : expectation.untilAsked - 1;
    return isAsked;
  }

  /** An answer tells that its request took so long. */
  took(service: string, op: string, workUs: number): void {
    learn(this.#expectation(service, op), workUs);
  }

  /** Somebody tells how long one-way messages took. What they were never asked about is nothing to us. */
  told(service: string, op: string, workUs: number): void {
    const expectation = this.#expectations.get(service)?.get(op);
    if (expectation !== undefined) learn(expectation, workUs);
  }

  #expectation(service: string, op: string): Expectation {
    const known = this.#expectations.get(service)?.get(op);
    if (known !== undefined) return known;
    if (this.#remembered === maxRemembered) {
      this.#expectations.clear();
      this.#remembered = 0;
    }
    this.#remembered += 1;
    let ofService = this.#expectations.get(service);
    if (ofService === undefined) {
      ofService = new Map();
      this.#expectations.set(service, ofService);
    }
    const expectation = { workUs: undefined, untilAsked: 0 };
    ofService.set(op, expectation);
    return expectation;
  }
}

function learn(expectation: Expectation, told: number): void {
  const { workUs: before } = expectation;
  const workUs = Math.min(told, mostUs);
  if (before === undefined) expectation.workUs = workUs;
  else if (workUs > before) expectation.workUs = Math.min(workUs, 2 * before + leastStepUs);
  else expectation.workUs = before + (workUs - before) / 8;
}
