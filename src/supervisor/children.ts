import type { ProcessId } from '../exchange/index.ts';
import type { Child } from './child.ts';
import type { ChildKey } from './events.ts';
import { NumberMap } from './number-map.ts';

/** The children of a supervisor, as a value: a change gives others and leaves these as they are. They stand in the order of start, which is that of their keys. */
export class Children {
  readonly #children: NumberMap<Child>;
  /** `undefined` where children have no ids of their own. */
  readonly #byId: KeyIndex | undefined;
  readonly #byPid: KeyIndex;

  private constructor(children: NumberMap<Child>, byId: KeyIndex | undefined, byPid: KeyIndex) {
    this.#children = children;
    this.#byId = byId;
    this.#byPid = byPid;
  }

  /** `hasIds`: whether they can be found by id. */
  static of(children: readonly Child[], hasIds: boolean): Children {
    const none = new Children(NumberMap.empty(), hasIds ? new KeyIndex() : undefined, new KeyIndex());
    return children.reduce((all, child) => all.with(child), none);
  }

  get size(): number {
    return this.#children.size;
  }

  get(key: ChildKey): Child | undefined {
    return this.#children.get(key);
  }

  byId(id: string): Child | undefined {
    return this.#among(this.#byId?.candidates(id), (child) => child.spec.id === id);
  }

  /** The child that is this process or, unless it runs, last was. */
  byPid(pid: ProcessId): Child | undefined {
    return this.#among(this.#byPid.candidates(pid), (child) => child.pid === pid);
  }

  /** With this child, in the place of the one that has its key, `before`, or at the end. Its id stays as it was. */
  with(child: Child, before: Child | undefined = this.get(child.key)): Children {
    const { key, pid, spec } = child;
    let byPid = this.#byPid;
    if (before?.pid !== pid) {
      if (before?.pid !== undefined) byPid = byPid.without(before.pid, key);
      if (pid !== undefined) byPid = byPid.with(pid, key);
    }
    const byId = before === undefined ? this.#byId?.with(spec.id, key) : this.#byId;
    return new Children(this.#children.with(key, child), byId, byPid);
  }

  without(key: ChildKey): Children {
    const child = this.#children.get(key);
    if (child === undefined) return this;
    const byPid = child.pid === undefined ? this.#byPid : this.#byPid.without(child.pid, key);
    return new Children(this.#children.without(key), this.#byId?.without(child.spec.id, key), byPid);
  }

  /** All of them, in their order. */
  list(): readonly Child[] {
    return this.#children.values();
  }

  #among(keys: readonly ChildKey[] | undefined, isMeant: (child: Child) => boolean): Child | undefined {
    for (const key of keys ?? []) {
      const child = this.#children.get(key);
      if (child !== undefined && isMeant(child)) return child;
    }
    return undefined;
  }
}

const buckets = 2 ** 15;

/** Finds keys by a text; texts that share a bucket are told apart by who asks. */
class KeyIndex {
  readonly #keys: NumberMap<readonly ChildKey[]>;

  constructor(keys: NumberMap<readonly ChildKey[]> = NumberMap.empty()) {
    this.#keys = keys;
  }

  candidates(text: string): readonly ChildKey[] {
    return this.#keys.get(bucketOf(text)) ?? [];
  }

  with(text: string, key: ChildKey): KeyIndex {
    return new KeyIndex(this.#keys.with(bucketOf(text), [...this.candidates(text), key]));
  }

  without(text: string, key: ChildKey): KeyIndex {
    const bucket = bucketOf(text);
    const left = this.candidates(text).filter((candidate) => candidate !== key);
    return new KeyIndex(left.length === 0 ? this.#keys.without(bucket) : this.#keys.with(bucket, left));
  }
}

/** FNV-1a, folded. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) & (buckets - 1);
}
