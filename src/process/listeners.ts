import type { Logger } from '../logging/index.ts';
import { scopes } from './scope.ts';

/** Functions that are told something, in the order of their coming. What they throw is logged, and never anybody else's. */
export class Listeners<Told> {
  readonly #logger: Logger;
  /** Of what they are told, for the log: `crashes`. */
  readonly #what: string;
  readonly #all = new Set<(told: Told) => void>();

  constructor(logger: Logger, what: string) {
    this.#logger = logger;
    this.#what = what;
  }

  /** Whether nobody listens. */
  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** Gives what ends the listening. */
  add(listener: (told: Told) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Never throws. */
  tell(told: Told): void {
    // What listeners do is not done in the name of the process that they are told about.
    if (!this.isEmpty) scopes.exit(() => this.#tell(told));
  }

  #tell(told: Told): void {
    for (const listener of this.#all) {
      try {
        listener(told);
      } catch (error) {
        this.#logger.error(`a listener of ${this.#what} failed`, { error });
      }
    }
  }
}
