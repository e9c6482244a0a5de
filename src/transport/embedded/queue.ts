import { RingBuffer, type Timer } from '../../util/index.ts';
import type { QueueSpec } from '../types.ts';
import type { BrokerQueue, QueueHost } from './broker-queue.ts';
import type { QueueConsumer, Settlement } from './consumer.ts';
import type { BrokerMessage, QueueEntry } from './message.ts';
import { ReadyMessages } from './ready-messages.ts';

/** Node's timers fire at once when told to wait longer; a timer that comes too early is armed again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One queue: ready messages in order, consumers in rotation. Time costs one timer per queue at most: as at RabbitMQ only the head expires, so only
 * the head's moment is awaited.
 */
export class EmbeddedQueue implements BrokerQueue {
  readonly spec: QueueSpec;
  readonly owner: object | undefined;
  readonly #host: QueueHost;
  readonly #ready = new ReadyMessages();
  readonly #consumers = new Set<QueueConsumer>();
  /** Those with room, the next in turn first. */
  readonly #rotation = new RingBuffer<QueueConsumer>();
  #sequence = 0;
  #working = false;
  #closed = false;
  #unusedSince: number;
  #ttlTimer: { readonly at: number; readonly timer: Timer } | undefined;
  #expiryTimer: Timer | undefined;
  isAwake = false;

  constructor(spec: QueueSpec, owner: object | undefined, host: QueueHost) {
    this.spec = spec;
    this.owner = owner;
    this.#host = host;
    this.#unusedSince = host.clock.now();
    this.#watchUse();
  }

  get name(): string {
    return this.spec.name;
  }

  get messageCount(): number {
    return this.#ready.length;
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  get hasExclusiveConsumer(): boolean {
    for (const consumer of this.#consumers) if (consumer.exclusive) return true;
    return false;
  }

  enqueue(message: BrokerMessage, shared: boolean): void {
    const ttlMs = Math.min(message.properties.expirationMs ?? Infinity, this.spec.messageTtlMs ?? Infinity);
    // A time to live of 0 means: to a waiting consumer or not at all (RabbitMQ's stand-in for `immediate`).
    const immediate = ttlMs === 0 && this.#freeRoom() > this.#ready.length;
    if (ttlMs === 0 && !immediate) {
      this.#host.deadLetter(this, message, 'expired');
      return;
    }
    const expiresAt = ttlMs === Infinity || immediate ? Infinity : this.#host.clock.now() + ttlMs;
    this.#ready.push({ message, sequence: this.#sequence++, expiresAt, redelivered: false, shared });
    this.#dropOverflow();
    if (this.#rotation.length > 0 || expiresAt !== Infinity) this.#wake();
  }

  addConsumer(consumer: QueueConsumer): void {
    this.#consumers.add(consumer);
    this.#expiryTimer?.cancel();
    this.#expiryTimer = undefined;
    this.#offer(consumer);
    this.#wake();
  }

  /** `unsettled` comes back to its places; an auto-delete queue ends with its last consumer. */
  removeConsumer(consumer: QueueConsumer, unsettled: QueueEntry[] = []): void {
    this.putBack(unsettled);
    if (!this.#consumers.delete(consumer)) return;
    const others = [...this.#rotation].filter((other) => other !== consumer);
    this.#rotation.clear();
    for (const other of others) this.#rotation.push(other);
    const [successor] = this.#consumers;
    if (successor !== undefined) this.#offer(successor);
    if (this.#consumers.size === 0) {
      if (this.spec.autoDelete) this.#host.ended(this);
      else this.touch();
    }
    // What was to be delivered to it may now be too long a queue.
    this.#wake();
  }

  /** Delivered entries return to their places, marked as delivered before. */
  putBack(entries: QueueEntry[]): void {
    if (this.#closed || entries.length === 0) return;
    for (const entry of entries.sort((a, b) => b.sequence - a.sequence)) {
      entry.redelivered = true;
      this.#ready.putBack(entry);
    }
    this.#wake();
  }

  settled(consumer: QueueConsumer, entry: QueueEntry, outcome: Settlement): void {
    if (outcome === 'requeued') this.putBack([entry]);
    else if (outcome === 'rejected') this.#host.deadLetter(this, entry.message, 'rejected');
    this.#offer(consumer);
    if (this.#ready.length > 0 && this.#rotation.length > 0) this.#wake();
  }

  /** Messages and the unused queue age again. */
  resume(): void {
    this.#unusedSince = this.#host.clock.now();
    this.startTimers();
  }

  stopTimers(): void {
    this.#ttlTimer?.timer.cancel();
    this.#ttlTimer = undefined;
    this.#expiryTimer?.cancel();
    this.#expiryTimer = undefined;
  }

  startTimers(): void {
    this.#watchUse();
    this.#wake();
  }

  touch(): void {
    this.#unusedSince = this.#host.clock.now();
    this.#watchUse();
  }

  /** Drops what is over its time and delivers up to `budget` messages; true if there may be more to do at once. */
  work(budget: number): boolean {
    if (this.#closed) return false;
    this.#working = true;
    const now = this.#host.clock.now();
    let left = budget;
    for (;;) {
      this.#dropExpired(now);
      if (this.#ready.length === 0) break;
      const consumer = this.#nextConsumer();
      if (consumer === undefined) break;
      if (left-- === 0) {
        this.#offer(consumer);
        break;
      }
      const entry = this.#ready.shift();
      if (entry !== undefined) consumer.deliver(entry);
      this.#offer(consumer);
    }
    this.#working = false;
    this.#dropOverflow();
    if (left < 0) return true;
    this.#watchHead();
    return false;
  }

  close(): void {
    this.#closed = true;
    this.stopTimers();
    this.#ready.takeAll();
    this.#rotation.clear();
    const orphans = [...this.#consumers];
    this.#consumers.clear();
    for (const consumer of orphans) consumer.orphan();
  }

  /** Costs the messages that are not persistent. */
  suspend(): void {
    this.stopTimers();
    for (const entry of this.#ready.takeAll()) {
      if (entry.message.properties.persistent === true) this.#ready.push(entry);
    }
  }

  #wake(): void {
    if (!this.#working && !this.isAwake && !this.#closed) this.#host.wake(this);
  }

  /** Whether it gets messages: where one consumer at a time does, it is the one that has been there longest. */
  #isServed(consumer: QueueConsumer): boolean {
    if (this.spec.singleActiveConsumer !== true) return true;
    const [active] = this.#consumers;
    return consumer === active;
  }

  #offer(consumer: QueueConsumer): void {
    if (consumer.isQueued || consumer.room <= 0 || !this.#isServed(consumer)) return;
    consumer.isQueued = true;
    this.#rotation.push(consumer);
  }

  #nextConsumer(): QueueConsumer | undefined {
    for (let next = this.#rotation.shift(); next !== undefined; next = this.#rotation.shift()) {
      next.isQueued = false;
      if (next.room > 0) return next;
    }
    return undefined;
  }

  #freeRoom(): number {
    let room = 0;
    for (const consumer of this.#consumers) if (this.#isServed(consumer)) room += consumer.room;
    return room;
  }

  #dropExpired(now: number): void {
    for (
      let head = this.#ready.peek();
      head !== undefined && head.expiresAt <= now;
      head = this.#ready.peek()
    ) {
      this.#ready.shift();
      this.#host.deadLetter(this, head.message, 'expired');
    }
  }

  /** What consumers are about to take does not count against the length. */
  #dropOverflow(): void {
    const { maxLength } = this.spec;
    if (maxLength === undefined || this.#ready.length <= maxLength) return;
    const allowed = maxLength + this.#freeRoom();
    while (this.#ready.length > allowed) {
      const entry = this.#ready.shift();
      if (entry !== undefined) this.#host.deadLetter(this, entry.message, 'maxlen');
    }
  }

  /** Arms the timer for the head's end, unless it fires early enough anyway. */
  #watchHead(): void {
    const at = this.#ready.peek()?.expiresAt ?? Infinity;
    if (this.#host.isResting || at === Infinity || (this.#ttlTimer !== undefined && this.#ttlTimer.at <= at))
      return;
    this.#ttlTimer?.timer.cancel();
    const delayMs = Math.min(at - this.#host.clock.now(), MAX_TIMER_MS);
    const timer = this.#host.clock.timer(delayMs, () => {
      this.#ttlTimer = undefined;
      this.#wake();
    });
    this.#ttlTimer = { at, timer };
  }

  /** Awaits the moment at which the queue will have been unused for too long. */
  #watchUse(): void {
    const { expiresMs } = this.spec;
    if (
      this.#host.isResting ||
      expiresMs === undefined ||
      this.#closed ||
      this.#consumers.size > 0 ||
      this.#expiryTimer
    )
      return;
    const { clock } = this.#host;
    const delayMs = Math.min(this.#unusedSince + expiresMs - clock.now(), MAX_TIMER_MS);
    this.#expiryTimer = clock.timer(delayMs, () => {
      this.#expiryTimer = undefined;
      if (clock.now() - this.#unusedSince >= expiresMs) this.#host.ended(this);
      else this.#watchUse();
    });
  }
}
