/** What can lie in a {@link Bag}, in one at a time. */
export interface Bagged {
  /** Its place there, which the bag keeps. Any number while it is in none. */
  place: number;
}

/**
 * A set without order for things that come and go all the time: each knows its place, so that nothing is hashed, and nothing is left behind for the garbage
 * collector, as a `Set` does that is filled and emptied again and again.
 */
export class Bag<Item extends Bagged> implements Iterable<Item> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Puts in what is in no bag. */
  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Takes `item` out; does nothing if it is not in this bag. */
  delete(item: Item): void {
    const { place } = item;
    if (this.#items[place] !== item) return;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[place] = last;
    last.place = place;
  }

  /** As they are now: what comes and goes meanwhile changes nothing of it. */
  [Symbol.iterator](): Iterator<Item> {
    return [...this.#items][Symbol.iterator]();
  }
}
