/** So many operations are remembered; then the memory starts afresh. */
const maxRemembered = 10_000;
const leastStepUs = 10;

/**
 * How long requests to a service keep an instance from others, by operation, as the answers to this container's calls tell. It grows quickly, for a slow
 * request delays those that travel with it, yet doubles at most with each answer, so that a pause of the machine does not count for much; it falls slowly.
 */
export class ExpectedWork {
  readonly #microseconds = new Map<string, Map<string, number>>();
  #remembered = 0;

  /** Microseconds; undefined before the first answer. */
  of(service: string, op: string): number | undefined {
    return this.#microseconds.get(service)?.get(op);
  }

  /** An answer tells that its request took so long. */
  took(service: string, op: string, workUs: number): void {
    let ofService = this.#microseconds.get(service);
    if (ofService === undefined) {
      ofService = new Map();
      this.#microseconds.set(service, ofService);
    }
    const before = ofService.get(op);
    if (before === undefined) this.#make(ofService, op, workUs);
    else if (workUs > before) ofService.set(op, Math.min(workUs, 2 * before + leastStepUs));
    else ofService.set(op, before + (workUs - before) / 8);
  }

  #make(ofService: Map<string, number>, op: string, workUs: number): void {
    this.#remembered += 1;
    if (this.#remembered > maxRemembered) {
      this.#microseconds.clear();
      this.#remembered = 0;
      return;
    }
    ofService.set(op, workUs);
  }
}
