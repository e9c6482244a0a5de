import { StreamPosition } from '../stream-position.ts';
import type { QueueSpec } from '../types.ts';
import type { BrokerQueue, QueueHost } from './broker-queue.ts';
import type { QueueConsumer, Settlement } from './consumer.ts';
import type { BrokerMessage, QueueEntry } from './message.ts';
import { StreamLog } from './stream-log.ts';

/** Where one reader is. */
interface Reader {
  readonly position: StreamPosition;
  /** The next that it has not been asked about. */
  next: number;
  /** What it had and handed back. */
  returned: number[];
}

/** A stream: a log that any number of consumers read, each at its own place. It survives a stop of the broker as a whole. */
export class EmbeddedStream implements BrokerQueue {
  readonly spec: QueueSpec;
  readonly owner = undefined;
  readonly hasExclusiveConsumer = false;
  /** As RabbitMQ 3.10 tells it. */
  readonly consumerCount = 0;
  isAwake = false;
  readonly #host: QueueHost;
  readonly #log: StreamLog;
  readonly #readers = new Map<QueueConsumer, Reader>();
  #working = false;

  /** @param maxBytes bounds a stream whose spec does not */
  constructor(spec: QueueSpec, host: QueueHost, maxBytes: number) {
    this.spec = spec;
    this.#host = host;
    this.#log = new StreamLog(spec, host.clock, maxBytes);
  }

  get name(): string {
    return this.spec.name;
  }

  get messageCount(): number {
    return this.#log.end - this.#log.first;
  }

  enqueue(message: BrokerMessage): void {
    this.#log.append(message);
    this.#wake();
  }

  addConsumer(consumer: QueueConsumer): void {
    const position = consumer.position ?? new StreamPosition('next');
    const next = this.#log.resolve(position.start);
    position.begins(next);
    this.#readers.set(consumer, { position, next, returned: [] });
    this.#wake();
  }

  /** What it has not settled it will ask for again, by its position. */
  removeConsumer(consumer: QueueConsumer): void {
    this.#readers.delete(consumer);
  }

  settled(consumer: QueueConsumer, { offset = 0 }: QueueEntry, outcome: Settlement): void {
    const reader = this.#readers.get(consumer);
    if (reader === undefined) return;
    if (outcome === 'requeued') reader.returned.push(offset);
    else reader.position.settled(offset);
    this.#wake();
  }

  work(budget: number): boolean {
    this.#working = true;
    let isMore = false;
    const share = Math.max(1, Math.floor(budget / this.#readers.size));
    // A reader that cancels itself or another in a delivery takes part no more.
    for (const [consumer, reader] of this.#readers) isMore = this.#serve(consumer, reader, share) || isMore;
    this.#working = false;
    return isMore;
  }

  close(): void {
    const orphans = [...this.#readers.keys()];
    this.#readers.clear();
    this.#log.clear();
    for (const consumer of orphans) consumer.orphan();
  }

  /** A stream is on disk at RabbitMQ, whether its messages are persistent or not. */
  suspend(): void {}
  resume(): void {}
  touch(): void {}
  stopTimers(): void {}
  startTimers(): void {}

  /** Gives up to `share` messages; true if there may be more for it at once. */
  #serve(consumer: QueueConsumer, reader: Reader, share: number): boolean {
    // What it hands back meanwhile has its turn later.
    const returned = reader.returned.sort((a, b) => a - b);
    reader.returned = [];
    let left = share;
    while (left > 0 && consumer.room > 0) {
      const entry = this.#nextFor(reader, returned);
      if (entry === undefined) break;
      left--;
      consumer.deliver(entry);
    }
    reader.returned.push(...returned);
    return consumer.room > 0 && (left === 0 || reader.returned.length > 0);
  }

  /** The next message that the reader is not done with. */
  #nextFor(reader: Reader, returned: number[]): QueueEntry | undefined {
    for (let offset = returned.shift(); offset !== undefined; offset = returned.shift()) {
      const message = this.#log.read(offset);
      if (message !== undefined) return entryOf(message, offset, true);
      reader.position.settled(offset);
    }
    const { position } = reader;
    reader.next = Math.max(reader.next, this.#log.first);
    while (position.knows(reader.next) === 'settled') reader.next++;
    const message = this.#log.read(reader.next);
    if (message === undefined) return undefined;
    const entry = entryOf(message, reader.next, position.knows(reader.next) === 'unsettled');
    position.gave(reader.next);
    reader.next++;
    return entry;
  }

  #wake(): void {
    if (!this.#working && !this.isAwake && this.#readers.size > 0) this.#host.wake(this);
  }
}

function entryOf(message: BrokerMessage, offset: number, redelivered: boolean): QueueEntry {
  return { message, offset, sequence: offset, expiresAt: Infinity, redelivered, shared: true };
}
