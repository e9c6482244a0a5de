const width = 32;

/**
 * Values under whole numbers from 0 on, as a value: a change gives another map, which shares most of this one, and leaves this one as it is. A
 * look and a change take a time that hardly grows with the size.
 */
export class NumberMap<Value extends {}> {
  readonly #root: Node<Value>;
  /** The root has room for the keys below it. */
  readonly #room: number;

  private constructor(root: Node<Value>, room: number) {
    this.#root = root;
    this.#room = room;
  }

  static empty<Value extends {}>(): NumberMap<Value> {
    return new NumberMap(new Leaf<Value>(noSlots(), 0), width);
  }

  get size(): number {
    return this.#root.size;
  }

  get(key: number): Value | undefined {
    return key < this.#room ? this.#root.get(key) : undefined;
  }

  with(key: number, value: Value): NumberMap<Value> {
    let root = this.#root;
    let room = this.#room;
    while (key >= room) {
      root = new Branch(noSlots<Node<Value>>().with(0, root), root.size, room);
      room *= width;
    }
    return new NumberMap(root.with(key, value), room);
  }

  without(key: number): NumberMap<Value> {
    if (this.get(key) === undefined) return this;
    const root = this.#root.without(key);
    return root.size === 0 ? NumberMap.empty() : new NumberMap(root, this.#room);
  }

  /** In the order of the keys. */
  values(): readonly Value[] {
    const values: Value[] = [];
    this.#root.collect(values);
    return values;
  }
}

/** A part of the tree. It looks at that part of a key which is its own. */
interface Node<Value> {
  /** Values in it. */
  readonly size: number;
  get(key: number): Value | undefined;
  with(key: number, value: Value): Node<Value>;
  /** For a key that it has. */
  without(key: number): Node<Value>;
  collect(values: Value[]): void;
}

class Leaf<Value extends {}> implements Node<Value> {
  readonly size: number;
  readonly #slots: readonly (Value | undefined)[];

  constructor(slots: readonly (Value | undefined)[], size: number) {
    this.#slots = slots;
    this.size = size;
  }

  get(key: number): Value | undefined {
    return this.#slots[key % width];
  }
  with(key: number, value: Value): Leaf<Value> {
    const at = key % width;
    return new Leaf(this.#slots.with(at, value), this.#slots[at] === undefined ? this.size + 1 : this.size);
  }
  without(key: number): Leaf<Value> {
    return new Leaf(this.#slots.with(key % width, undefined), this.size - 1);
  }
  collect(values: Value[]): void {
    for (const value of this.#slots) if (value !== undefined) values.push(value);
  }
}

class Branch<Value extends {}> implements Node<Value> {
  readonly size: number;
  readonly #slots: readonly (Node<Value> | undefined)[];
  /** The keys of one slot. */
  readonly #span: number;

  constructor(slots: readonly (Node<Value> | undefined)[], size: number, span: number) {
    this.#slots = slots;
    this.size = size;
    this.#span = span;
  }

  get(key: number): Value | undefined {
    return this.#slots[this.#slotOf(key)]?.get(key);
  }
  with(key: number, value: Value): Branch<Value> {
    const at = this.#slotOf(key);
    const below = this.#slots[at] ?? this.#emptyBelow();
    const changed = below.with(key, value);
    return new Branch(this.#slots.with(at, changed), this.size + changed.size - below.size, this.#span);
  }
  without(key: number): Branch<Value> {
    const at = this.#slotOf(key);
    const changed = this.#slots[at]?.without(key);
    return new Branch(
      this.#slots.with(at, changed?.size === 0 ? undefined : changed),
      this.size - 1,
      this.#span,
    );
  }
  collect(values: Value[]): void {
    for (const below of this.#slots) below?.collect(values);
  }

  // Numbers of more than 32 bits are keys too, so there is no shifting.
  #slotOf(key: number): number {
    return Math.floor(key / this.#span) % width;
  }
  #emptyBelow(): Node<Value> {
    return this.#span === width
      ? new Leaf<Value>(noSlots(), 0)
      : new Branch<Value>(noSlots(), 0, this.#span / width);
  }
}

function noSlots<Slot>(): readonly (Slot | undefined)[] {
  return new Array<Slot | undefined>(width).fill(undefined);
}
