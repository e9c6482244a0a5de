import type { Message } from '../codec/index.ts';
import type { ServiceReceiver } from '../exchange/index.ts';
import { isOnPath } from '../interact/index.ts';
import type { ProcessCell } from './process-cell.ts';

/**
 * The instances of one service in this container. They share one receiver: declared for the first instance that initialises,
 * consuming while at least one is open.
 */
export class ServiceGroup {
  readonly service: string;
  readonly #receiver: ServiceReceiver;
  readonly #members = new Set<ProcessCell>();
  #open: ProcessCell[] = [];
  #next = 0;
  #declared: Promise<unknown> | undefined;
  #consuming: Promise<unknown> | undefined;
  #isDrained = false;

  constructor(receiver: ServiceReceiver) {
    this.service = receiver.service;
    this.#receiver = receiver;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Its instances here. */
  get size(): number {
    return this.#members.size;
  }

  get members(): Iterable<ProcessCell> {
    return this.#members;
  }

  /** Adds a member; resolves when the queue is declared. */
  async join(cell: ProcessCell): Promise<void> {
    this.#members.add(cell);
    this.#declared ??= this.#receiver.initialize();
    await this.#declared;
  }

  /** Gives a member its share of the work; resolves when the queue is consumed from. */
  async open(cell: ProcessCell): Promise<void> {
    this.#open = [...this.#open, cell];
    if (this.#isDrained) return;
    this.#consuming ??= this.#receiver.activate();
    await this.#consuming;
  }

  /**
   * From here on nothing is taken from the queue, whoever joins; what is sent here by the local way goes on. Resolves when nothing comes
   * any more. Never rejects.
   */
  async drain(): Promise<void> {
    this.#isDrained = true;
    if (this.#consuming === undefined) return;
    this.#consuming = undefined;
    // One that could not be activated, or has failed since, takes nothing.
    await this.#receiver.deactivate().catch(() => undefined);
  }

  /** Takes a member out; with the last open one the consumer is cancelled, with the last one the receiver ends. */
  async leave(cell: ProcessCell): Promise<void> {
    this.#members.delete(cell);
    this.#open = this.#open.filter((member) => member !== cell);
    if (this.#receiver.state === 'ERROR') return;
    if (this.isEmpty) {
      if (this.#declared !== undefined) await this.#receiver.terminate();
    } else if (this.#open.length === 0 && this.#consuming !== undefined) {
      this.#consuming = undefined;
      await this.#receiver.deactivate();
    }
  }

  /** Whether they would begin a request at once, when `underway` others are on their way to them. */
  hasFree(underway = 0): boolean {
    let places = 0;
    for (const cell of this.#open) {
      places += cell.places;
      if (places > underway) return true;
    }
    return false;
  }

  /** Whether there is an instance that does not wait for that message itself. */
  couldTake(message: Message): boolean {
    return this.#open.some(({ id }) => !isOnPath(message, id));
  }

  /** Who takes the next message: in rotation, those that are free first; undefined if nobody is open. */
  pick(): ProcessCell | undefined {
    const count = this.#open.length;
    for (let step = 0; step < count; step += 1) {
      const index = (this.#next + step) % count;
      if (this.#open[index]?.isFree) return this.#take(index);
    }
    return count === 0 ? undefined : this.#take(this.#next % count);
  }

  /** As {@link pick}, among those that `mayTake` it. */
  pickAmong(mayTake: (cell: ProcessCell) => boolean): ProcessCell | undefined {
    const count = this.#open.length;
    let busy: number | undefined;
    for (let step = 0; step < count; step += 1) {
      const index = (this.#next + step) % count;
      const cell = this.#open[index];
      if (cell === undefined || !mayTake(cell)) continue;
      if (cell.isFree) return this.#take(index);
      busy ??= index;
    }
    return busy === undefined ? undefined : this.#take(busy);
  }

  #take(index: number): ProcessCell | undefined {
    this.#next = (index + 1) % this.#open.length;
    return this.#open[index];
  }
}
