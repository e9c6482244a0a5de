/** How many numbers in a row share a block. */
const blockSize = 64;

interface Block<Value> {
  readonly values: (Value | undefined)[];
  count: number;
}

/**
 * Values by numbers that are handed out one after the other, for much coming and going. A `Map` that is filled and emptied again and again makes a new
 * table every so often, and V8 keeps what stood in the old ones until the next full collection. Here a block of numbers in a row is forgotten when all its
 * values have left and higher numbers have come.
 */
export class AscendingMap<Value extends NonNullable<unknown>> {
  readonly #blocks = new Map<number, Block<Value>>();
  /** The block of the highest numbers so far. */
  #last: Block<Value> = { values: [], count: 0 };
  #lastIndex = -1;
  #size = 0;

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds or replaces a value. `number`: whole, from 0 on; the order is free, but ascending numbers are what this is for. */
  set(number: number, value: Value): void {
    const index = Math.floor(number / blockSize);
    const block = this.#block(index) ?? this.#make(index);
    if (block.values[number % blockSize] === undefined) {
      block.count += 1;
      this.#size += 1;
    }
    block.values[number % blockSize] = value;
  }

  get(number: number): Value | undefined {
    return this.#block(Math.floor(number / blockSize))?.values[number % blockSize];
  }

  /** Takes a value out; does nothing if there is none. */
  delete(number: number): void {
    const index = Math.floor(number / blockSize);
    const block = this.#block(index);
    if (block?.values[number % blockSize] === undefined) return;
    block.values[number % blockSize] = undefined;
    block.count -= 1;
    this.#size -= 1;
    if (block.count === 0 && index !== this.#lastIndex) this.#blocks.delete(index);
  }

  /** In the order of the numbers. */
  values(): Value[] {
    const all: Value[] = [];
    for (const index of [...this.#blocks.keys()].sort((one, other) => one - other)) {
      for (const value of this.#block(index)?.values ?? []) if (value !== undefined) all.push(value);
    }
    return all;
  }

  #block(index: number): Block<Value> | undefined {
    return index === this.#lastIndex ? this.#last : this.#blocks.get(index);
  }

  #make(index: number): Block<Value> {
    const block: Block<Value> = { values: new Array(blockSize).fill(undefined), count: 0 };
    this.#blocks.set(index, block);
    if (index > this.#lastIndex) {
      if (this.#last.count === 0) this.#blocks.delete(this.#lastIndex);
      this.#last = block;
      this.#lastIndex = index;
    }
    return block;
  }
}
