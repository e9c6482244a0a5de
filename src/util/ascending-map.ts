/** How many numbers in a row share a block. */
const blockSize = 64;
/** So few that are left of a block are kept apart. */
const mostStragglers = 4;

interface Block<Value> {
  readonly values: (Value | undefined)[];
  count: number;
}

/**
 * Values by numbers that are handed out one after the other, for much coming and going. A `Map` that is filled and emptied again and again makes a new
 * table every so often, and V8 keeps what stood in the old ones until the next full collection. Here a block of numbers in a row is forgotten when all its
 * values have left, but for a few, and higher numbers have come.
 */
export class AscendingMap<Value extends NonNullable<unknown>> {
  readonly #blocks = new Map<number, Block<Value>>();
  /** What is left of blocks that are forgotten: old values must not keep the places of all that came and went beside them. */
  readonly #stragglers = new Map<number, Value>();
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
    if (block === undefined) {
      if (!this.#stragglers.has(number)) this.#size += 1;
      this.#stragglers.set(number, value);
      return;
    }
    if (block.values[number % blockSize] === undefined) {
      block.count += 1;
      this.#size += 1;
    }
    block.values[number % blockSize] = value;
  }

  get(number: number): Value | undefined {
    const block = this.#block(Math.floor(number / blockSize));
    return block === undefined ? this.#stragglers.get(number) : block.values[number % blockSize];
  }

  /** Takes a value out; does nothing if there is none. */
  delete(number: number): void {
    const index = Math.floor(number / blockSize);
    const block = this.#block(index);
    if (block === undefined) {
      if (this.#stragglers.delete(number)) this.#size -= 1;
      return;
    }
    if (block.values[number % blockSize] === undefined) return;
    block.values[number % blockSize] = undefined;
    block.count -= 1;
    this.#size -= 1;
    if (index !== this.#lastIndex) this.#forgetIfSparse(index, block);
  }

  /** In the order of the numbers. */
  values(): Value[] {
    const numbers: number[] = [...this.#stragglers.keys()];
    for (const [index, { values }] of this.#blocks) {
      for (let place = 0; place < blockSize; place += 1)
        if (values[place] !== undefined) numbers.push(index * blockSize + place);
    }
    return numbers.sort((one, other) => one - other).flatMap((number) => this.get(number) ?? []);
  }

  /** In any order, which takes less time than {@link AscendingMap.values}. */
  unordered(): Value[] {
    const all: Value[] = [...this.#stragglers.values()];
    for (const { values } of this.#blocks.values())
      for (const value of values) if (value !== undefined) all.push(value);
    return all;
  }

  #block(index: number): Block<Value> | undefined {
    return index === this.#lastIndex ? this.#last : this.#blocks.get(index);
  }

  /** Of numbers that come late there is none any more. */
  #make(index: number): Block<Value> | undefined {
    if (index < this.#lastIndex) return undefined;
    const block: Block<Value> = { values: new Array(blockSize).fill(undefined), count: 0 };
    this.#blocks.set(index, block);
    const [before, beforeIndex] = [this.#last, this.#lastIndex];
    this.#last = block;
    this.#lastIndex = index;
    this.#forgetIfSparse(beforeIndex, before);
    return block;
  }

  #forgetIfSparse(index: number, { values, count }: Block<Value>): void {
    if (count > mostStragglers) return;
    this.#blocks.delete(index);
    for (let place = 0; count > 0 && place < blockSize; place += 1) {
      const value = values[place];
      if (value !== undefined) this.#stragglers.set(index * blockSize + place, value);
    }
  }
}
