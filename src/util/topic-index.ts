/**
 * Values by AMQP topic pattern: which of them a topic reaches.
 *
 * Words are what stands between dots; in a pattern the word `*` stands for exactly one word of the topic and `#` for any number, none
 * included. Words may be empty (`a..b` has three), and the empty text has no words at all. Any other character, a `*` beside others
 * too, stands for itself. So RabbitMQ's topic exchange routes, and a test compares the two.
 *
 * The patterns are a trie that a topic walks word by word, in all the places that it can be in at once. A match costs the words of the
 * topic times those places, however many patterns there are and whatever they look like; nothing is tried twice.
 *
 * @example
 * const index = new TopicIndex<string>();
 * index.add('sensor.*.ship7.#', 'a');
 * index.match('sensor.depth.ship7'); // ['a']
 */
export class TopicIndex<T> {
  readonly #root = new Node<T>(undefined, '');
  /** Counts the steps of all walks, so that a node can tell whether this one has reached it. */
  #step = 0;
  #size = 0;

  /** How many pairs of pattern and value there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds `value` under `pattern`; the same pair twice is one. */
  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const word of wordsOf(pattern)) node = node.child(word);
    node.values ??= new Set();
    const { size } = node.values;
    this.#size += node.values.add(value).size - size;
  }

  /** Removes `value` from under `pattern`; tells whether it was there. */
  remove(pattern: string, value: T): boolean {
    let node: Node<T> | undefined = this.#root;
    for (const word of wordsOf(pattern)) {
      node = node.children?.get(word);
      if (node === undefined) return false;
    }
    if (node.values?.delete(value) !== true) return false;
    this.#size -= 1;
    node.prune();
    return true;
  }

  /** The values whose patterns match `topic`, each once. The order is the same for the same history, and means nothing. */
  match(topic: string): T[] {
    let places: Node<T>[] = [];
    this.#step += 1;
    this.#reach(this.#root, places);
    for (const word of wordsOf(topic)) {
      const next: Node<T>[] = [];
      this.#step += 1;
      for (const node of places) {
        if (node.isAnyNumber) this.#reach(node, next);
        const { children } = node;
        if (children === undefined) continue;
        this.#reach(children.get(word), next);
        this.#reach(children.get('*'), next);
      }
      if (next.length === 0) return [];
      places = next;
    }
    return valuesAt(places);
  }

  /** Notes that the topic can be at `node`, and so behind each `#` that follows it. */
  #reach(node: Node<T> | undefined, places: Node<T>[]): void {
    for (let at = node; at !== undefined && at.reachedAt !== this.#step; at = at.children?.get('#')) {
      at.reachedAt = this.#step;
      places.push(at);
    }
  }
}

/** What the patterns that begin with the same words have in common. */
class Node<T> {
  readonly isAnyNumber: boolean;
  children: Map<string, Node<T>> | undefined;
  values: Set<T> | undefined;
  reachedAt = 0;
  readonly #parent: Node<T> | undefined;
  readonly #word: string;

  constructor(parent: Node<T> | undefined, word: string) {
    this.isAnyNumber = word === '#';
    this.#parent = parent;
    this.#word = word;
  }

  /** The node behind `word`, made if need be. */
  child(word: string): Node<T> {
    this.children ??= new Map();
    let child = this.children.get(word);
    if (child === undefined) {
      child = new Node(this, word);
      this.children.set(word, child);
    }
    return child;
  }

  /** Takes the node out if nothing is left in it, and those above it that held nothing else. */
  prune(): void {
    if (this.values?.size === 0) this.values = undefined;
    let node: Node<T> = this;
    while (node.values === undefined && node.children === undefined) {
      const parent = node.#parent;
      if (parent?.children === undefined) return;
      parent.children.delete(node.#word);
      if (parent.children.size === 0) parent.children = undefined;
      node = parent;
    }
  }
}

/** The words of a topic or pattern; the empty text has none, as at RabbitMQ. */
function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split('.');
}

function valuesAt<T>(places: readonly Node<T>[]): T[] {
  let first: Set<T> | undefined;
  let all: Set<T> | undefined;
  for (const { values } of places) {
    if (values === undefined) continue;
    if (first === undefined) {
      first = values;
      continue;
    }
    all ??= new Set(first);
    for (const value of values) all.add(value);
  }
  return [...(all ?? first ?? [])];
}
