import type { Clock } from '../../util/index.ts';
import type { QueueSpec, StreamStart } from '../types.ts';
import type { BrokerMessage } from './message.ts';

/** What a message counts beside its body, about as at RabbitMQ: so that a bound is one for empty bodies too. */
const MESSAGE_BYTES = 100;
/** Dropped entries are let go of at once, and their places once there are so many. */
const MIN_COMPACTION = 1_024;

interface LogEntry {
  readonly message: BrokerMessage;
  /** When it was written, on the wall and on the monotonic clock. */
  readonly wall: number;
  readonly at: number;
}

/**
 * The messages of one stream by offset, from 0, the oldest dropped when they are too many bytes or too old. Unlike RabbitMQ, which drops whole
 * segments when it begins a new one, it drops single messages, at every write and every read.
 */
export class StreamLog {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #maxAgeMs: number;
  /** The entry of offset `o` stands at `o - #base`. */
  readonly #entries: (LogEntry | undefined)[] = [];
  #base = 0;
  #first = 0;
  #bytes = 0;

  /** @param maxBytes bounds what the spec does not */
  constructor({ maxLengthBytes = Infinity, maxAgeMs = Infinity }: QueueSpec, clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = Math.min(maxLengthBytes, maxBytes);
    this.#maxAgeMs = Math.ceil(maxAgeMs / 1_000) * 1_000;
  }

  /** The offset of the oldest message that is kept, or of the next one. */
  get first(): number {
    this.#dropOld();
    return this.#first;
  }

  /** The offset that the next message will have. */
  get end(): number {
    return this.#base + this.#entries.length;
  }

  append(message: BrokerMessage): void {
    this.#entries.push({ message, wall: this.#clock.wall(), at: this.#clock.now() });
    this.#bytes += sizeOf(message);
    // The newest stays, however large it is.
    while (this.#bytes > this.#maxBytes && this.#first < this.end - 1) this.#drop();
    this.#dropOld();
  }

  read(offset: number): BrokerMessage | undefined {
    return this.#entries[offset - this.#base]?.message;
  }

  /** The offset at which a reader begins. */
  resolve(start: StreamStart): number {
    const { first } = this;
    if (start === 'first') return first;
    if (start === 'next') return this.end;
    if (start === 'last') return Math.max(first, this.end - 1);
    if ('offset' in start) return Math.max(first, start.offset);
    // RabbitMQ knows whole seconds.
    const wall = Math.floor(start.at / 1_000) * 1_000;
    let offset = first;
    while (offset < this.end && (this.#entries[offset - this.#base]?.wall ?? 0) < wall) offset++;
    return offset;
  }

  clear(): void {
    this.#base = this.end;
    this.#first = this.#base;
    this.#entries.length = 0;
    this.#bytes = 0;
  }

  #dropOld(): void {
    const oldest = this.#clock.now() - this.#maxAgeMs;
    for (
      let entry = this.#entries[this.#first - this.#base];
      entry !== undefined && entry.at < oldest;
      entry = this.#entries[this.#first - this.#base]
    ) {
      this.#drop();
    }
  }

  #drop(): void {
    const index = this.#first - this.#base;
    const entry = this.#entries[index];
    if (entry === undefined) return;
    this.#bytes -= sizeOf(entry.message);
    this.#entries[index] = undefined;
    this.#first++;
    if (index + 1 < MIN_COMPACTION || index + 1 < this.#entries.length / 2) return;
    this.#entries.splice(0, index + 1);
    this.#base = this.#first;
  }
}

function sizeOf(message: BrokerMessage): number {
  return message.body.byteLength + MESSAGE_BYTES;
}
