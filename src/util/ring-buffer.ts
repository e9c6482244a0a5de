const DEFAULT_CAPACITY = 8;

/**
 * A queue with two ends in one array: O(1) at both, no allocation but when it grows (by doubling).
 *
 * What leaves is released at once, so a long-lived queue keeps nothing alive. Values are never `undefined` or `null`, so
 * `undefined` always means *empty*.
 */
export class RingBuffer<T extends NonNullable<unknown>> {
  readonly #initialCapacity: number;
  #slots: (T | undefined)[];
  /** The capacity is a power of two, so `& mask` wraps an index, negative ones included. */
  #mask: number;
  #head = 0;
  #length = 0;

  /** `initialCapacity` is rounded up to a power of two; default 8. */
  constructor(initialCapacity: number = DEFAULT_CAPACITY) {
    if (!Number.isSafeInteger(initialCapacity) || initialCapacity < 1 || initialCapacity > 2 ** 30) {
      throw new RangeError(
        `RingBuffer: initialCapacity must be an integer of 1 to 2^30, not ${initialCapacity}`,
      );
    }
    this.#initialCapacity = 2 ** Math.ceil(Math.log2(initialCapacity));
    this.#slots = new Array(this.#initialCapacity);
    this.#mask = this.#initialCapacity - 1;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds `value` behind the last. */
  push(value: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#slots[(this.#head + this.#length) & this.#mask] = value;
    this.#length += 1;
  }

  /** Adds `value` before the first. */
  unshift(value: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#head = (this.#head - 1) & this.#mask;
    this.#slots[this.#head] = value;
    this.#length += 1;
  }

  /** Takes the first; `undefined` when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length -= 1;
    return value;
  }

  /** The first, which stays; `undefined` when empty. */
  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  /** Empties the queue and gives back the memory that it grew by. */
  clear(): void {
    this.#slots = new Array(this.#initialCapacity);
    this.#mask = this.#initialCapacity - 1;
    this.#head = 0;
    this.#length = 0;
  }

  /** First to last. What is added or taken during a walk may or may not be seen. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let index = 0; index < this.#length; index += 1) {
      const value = this.#slots[(this.#head + index) & this.#mask];
      if (value !== undefined) yield value;
    }
  }

  #grow(): void {
    const slots: (T | undefined)[] = new Array((this.#mask + 1) * 2);
    for (let index = 0; index < this.#length; index += 1) {
      slots[index] = this.#slots[(this.#head + index) & this.#mask];
    }
    this.#slots = slots;
    this.#mask = slots.length - 1;
    this.#head = 0;
  }
}
