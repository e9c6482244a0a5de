interface Link<Value> {
  readonly value: Value;
  readonly next: Link<Value> | undefined;
}

/**
 * First in, first out, as a value: a change gives another queue and leaves this one as it is. Over a queue's life each change takes a
 * constant time.
 */
export class Queue<Value extends {}> {
  readonly length: number;
  readonly #front: Link<Value> | undefined;
  /** Newest first. Not looked at while there is a front. */
  readonly #back: Link<Value> | undefined;

  private constructor(front: Link<Value> | undefined, back: Link<Value> | undefined, length: number) {
    this.#front = front;
    this.#back = back;
    this.length = length;
  }

  static of<Value extends {}>(...values: readonly Value[]): Queue<Value> {
    return values.reduce((queue, value) => queue.push(value), new Queue<Value>(undefined, undefined, 0));
  }

  get first(): Value | undefined {
    return this.#front?.value;
  }

  /** All but the first. */
  get rest(): Queue<Value> {
    if (this.#front === undefined) return this;
    const length = this.length - 1;
    return this.#front.next === undefined
      ? new Queue(reversed(this.#back), undefined, length)
      : new Queue(this.#front.next, this.#back, length);
  }

  push(value: Value): Queue<Value> {
    return this.#front === undefined
      ? new Queue({ value, next: undefined }, undefined, 1)
      : new Queue(this.#front, { value, next: this.#back }, this.length + 1);
  }

  *[Symbol.iterator](): Generator<Value, undefined> {
    for (let link = this.#front; link !== undefined; link = link.next) yield link.value;
    for (let link = reversed(this.#back); link !== undefined; link = link.next) yield link.value;
  }
}

function reversed<Value>(links: Link<Value> | undefined): Link<Value> | undefined {
  let result: Link<Value> | undefined;
  for (let link = links; link !== undefined; link = link.next) result = { value: link.value, next: result };
  return result;
}
