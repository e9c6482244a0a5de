/** What can be a link of a {@link Chain}, of one at a time. The members are the chain's. */
export interface Link<Item> {
  chainNext: Item | undefined;
  chainPrevious: Item | undefined;
}

/**
 * Things that come and go all the time, in the order in which they came. Each knows its neighbours, so that nothing is hashed, and nothing is left behind for the
 * garbage collector, as a `Set` does that is filled and emptied again and again.
 */
export class Chain<Item extends Link<Item>> implements Iterable<Item> {
  #first: Item | undefined;
  #last: Item | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds what is in no chain, as the last one. */
  add(item: Item): void {
    item.chainPrevious = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.chainNext = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Takes out what is in this chain, or in none: then it does nothing. */
  delete(item: Item): void {
    const { chainNext: next, chainPrevious: previous } = item;
    if (previous === undefined && this.#first !== item) return;
    if (previous === undefined) this.#first = next;
    else previous.chainNext = next;
    if (next === undefined) this.#last = previous;
    else next.chainPrevious = previous;
    item.chainNext = undefined;
    item.chainPrevious = undefined;
    this.#size -= 1;
  }

  /** As they are now, the oldest first: what comes and goes meanwhile changes nothing of it. */
  [Symbol.iterator](): Iterator<Item> {
    const items: Item[] = [];
    for (let item = this.#first; item !== undefined; item = item.chainNext) items.push(item);
    return items[Symbol.iterator]();
  }
}
