import { RingBuffer } from '../../util/index.ts';
import type { QueueEntry } from './message.ts';

/**
 * The ready messages of a queue, in the order of their arrival.
 *
 * Messages are delivered from the head, so whatever comes back is older than everything that was never delivered: the two sorts
 * are kept apart, and everything is O(1) but a requeue among many requeued ones.
 */
export class ReadyMessages {
  readonly #fresh = new RingBuffer<QueueEntry>();
  /** Youngest first, so that the head of the queue is the array's end. */
  readonly #returned: QueueEntry[] = [];

  get length(): number {
    return this.#fresh.length + this.#returned.length;
  }

  push(entry: QueueEntry): void {
    this.#fresh.push(entry);
  }

  /** Puts a delivered entry back into its original place. */
  putBack(entry: QueueEntry): void {
    const returned = this.#returned;
    let low = 0;
    let high = returned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((returned[middle]?.sequence ?? 0) > entry.sequence) low = middle + 1;
      else high = middle;
    }
    returned.splice(low, 0, entry);
  }

  peek(): QueueEntry | undefined {
    return this.#returned.at(-1) ?? this.#fresh.peek();
  }

  shift(): QueueEntry | undefined {
    return this.#returned.pop() ?? this.#fresh.shift();
  }

  /** Takes everything, first to last. */
  takeAll(): QueueEntry[] {
    const all = [...this.#returned.reverse(), ...this.#fresh];
    this.#returned.length = 0;
    this.#fresh.clear();
    return all;
  }
}
