/**
 * Whether events about each process are worth publishing: until the broker gives one back that nobody had subscribed to, and again when somebody may have. So
 * nobody has to know who subscribes.
 */
export class Demand {
  #isOn = true;
  /** The highest number of a process of which one was published. */
  #newest = 0;
  /** Those of processes up to this number may have left before it was renewed. */
  #doubtful = 0;

  get isOn(): boolean {
    return this.#isOn;
  }

  /** One about the process of that number leaves. */
  published(number: number): void {
    if (number > this.#newest) this.#newest = number;
  }

  /** Somebody may have subscribed. */
  renew(): void {
    this.#isOn = true;
    this.#doubtful = this.#newest;
  }

  /** One about the process of that number came back. It may have left before somebody subscribed whom we heard of since, by another way. */
  returned(number: number): void {
    if (number > this.#doubtful) this.#isOn = false;
  }
}
