import type { EventPosition } from '../exchange/index.ts';

/**
 * Where a process that replays a log keeps how far it has come. A store is for one process, which loads a key once, before it saves it, and never saves one
 * key twice at a time.
 */
export interface CheckpointStore {
  /**
   * The place where to go on; undefined if nothing is kept under that key yet. From here on the key is this process's: what another one, an older instance
   * of it perhaps, saves under it later should be refused.
   *
   * @throws for what is there and cannot be read; the process does not start then
   */
  load(key: string): Promise<EventPosition | undefined>;
  /**
   * Keeps the place where to go on: everything before it is done. Wholly or not at all, whenever the program is killed.
   *
   * @throws ConflictError if the key is another process's meanwhile: this one ends. Other errors are logged, and it is tried again
   */
  save(key: string, next: EventPosition): Promise<void>;
}

/** Checkpoints that last as long as this object: for tests, and for processes that one program restarts. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #places = new Map<string, EventPosition>();

  async load(key: string): Promise<EventPosition | undefined> {
    return this.#places.get(key);
  }

  async save(key: string, next: EventPosition): Promise<void> {
    this.#places.set(key, next);
  }
}
