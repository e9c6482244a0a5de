import { type Codec, frameContentType } from '../codec/index.ts';
import { BadRequestError, ContainerError } from '../errors/index.ts';
import type { Transport } from '../transport/index.ts';
import { type Env, RingBuffer, type Timer } from '../util/index.ts';
import type { PublishOutcome } from './event.ts';
import { eventsExchange } from './event-topology.ts';
import type { Identity } from './names.ts';
import { frameRoomBytes, outboxDefaults } from './outbox.ts';

/** Bounds of what waits for the broker. */
export const confirmedEventsDefaults = {
  /** Frames whose confirmation is awaited at a time. */
  framesInFlight: 256,
  /** Events that wait, those in flight included; more are rejected. */
  maxWaiting: 100_000,
  /** Bytes of theirs; a single event may have more. */
  maxWaitingBytes: 64 * 1024 * 1024,
} as const;

/** After a failure that is not the connection's own. */
const pauseMs = 100;

/** What {@link ConfirmedEvents} work with. */
export interface ConfirmedEventsParts {
  readonly identity: Identity;
  readonly codec: Codec;
  readonly transport: Transport;
  readonly env: Env;
  /** Milliseconds from publishing to the confirmation; then the outcome is told as it stands. */
  readonly timeoutMs: number;
}

/** Events of one topic that leave together. */
class Batch {
  readonly topic: string;
  readonly envelopes: Uint8Array[] = [];
  readonly waiting: ((outcome: PublishOutcome) => void)[] = [];
  readonly number: number;
  readonly dueAt: number;
  sizeBytes = 0;
  /** It was handed to the broker, which has not said what became of it. */
  isInDoubt = false;
  /** Its events have a log, so there is somewhere to put them; called when that is not there. */
  onNoLog: (() => void) | undefined;
  /** It came back, since that log was gone or not up yet. */
  wasReturned = false;
  isSettled = false;

  constructor(topic: string, number: number, dueAt: number) {
    this.topic = topic;
    this.number = number;
    this.dueAt = dueAt;
  }

  settle(outcome: PublishOutcome): void {
    this.isSettled = true;
    for (const resolve of this.waiting) resolve(outcome);
    this.waiting.length = 0;
  }
}

/**
 * Events that the broker must confirm. Those of one topic that are published in one turn leave as one frame; frames leave in order, so many
 * in flight at a time. What was in flight when the connection broke is sent again on the next one, in the same order and before what came
 * later, marked `resent`, as long as there is time.
 */
export class ConfirmedEvents {
  readonly #parts: ConfirmedEventsParts;
  readonly #maxFrameBytes: number;
  readonly #open = new Map<string, Batch>();
  /** In order of publishing; those of this turn are not in it yet. */
  readonly #queue = new RingBuffer<Batch>();
  /** To be sent again, before the queue. */
  #again: Batch[] = [];
  readonly #inFlight = new Set<Batch>();
  #waiting = 0;
  #waitingBytes = 0;
  #lastNumber = 0;
  #isScheduled = false;
  #idle: (() => void)[] = [];
  #pause: Timer | undefined;
  #deadline: Timer | undefined;
  #isClosed = false;

  constructor(parts: ConfirmedEventsParts) {
    this.#parts = parts;
    this.#maxFrameBytes = frameRoomBytes(parts.codec.limits);
  }

  /**
   * Publishes an encoded envelope; resolves with what became of it, within the time. Never rejects.
   *
   * @param onNoLog of a type whose log was declared: called when it comes back from there, to be sent again. It is never unroutable
   */
  publish(
    topic: string,
    envelope: Uint8Array,
    onNoLog?: () => void,
  ): PublishOutcome | Promise<PublishOutcome> {
    if (this.#isClosed || this.#isFull(envelope.length)) return 'rejected';
    const batch = this.#batchFor(topic, envelope.length);
    batch.onNoLog ??= onNoLog;
    batch.envelopes.push(envelope);
    batch.sizeBytes += envelope.length;
    this.#waiting += 1;
    this.#waitingBytes += envelope.length;
    return new Promise((resolve) => batch.waiting.push(resolve));
  }

  /** There is a connection again. */
  connectionRestored(): void {
    this.#pump();
  }

  /** Resolves when nothing waits any more: confirmed, or out of time. */
  async settled(): Promise<void> {
    this.#flush();
    if (this.#waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** What still waits is told as it stands; what is published later is rejected. */
  close(): void {
    this.#isClosed = true;
    this.#pause?.cancel();
    this.#deadline?.cancel();
    for (const batch of this.#inFlight) this.#give(batch, 'unknown');
    for (const batch of [...this.#again, ...this.#queue])
      this.#give(batch, batch.isInDoubt ? 'unknown' : 'rejected');
    this.#open.clear();
    this.#queue.clear();
    this.#again = [];
    this.#inFlight.clear();
  }

  #isFull(bytes: number): boolean {
    const { maxWaiting, maxWaitingBytes } = confirmedEventsDefaults;
    if (this.#waiting >= maxWaiting) return true;
    return this.#waiting > 0 && this.#waitingBytes + bytes > maxWaitingBytes;
  }

  #batchFor(topic: string, bytes: number): Batch {
    const open = this.#open.get(topic);
    const isFull =
      open !== undefined &&
      (open.envelopes.length >= outboxDefaults.maxFrameEnvelopes ||
        open.sizeBytes + bytes > this.#maxFrameBytes);
    if (open !== undefined && !isFull) return open;
    this.#lastNumber += 1;
    const { env, timeoutMs } = this.#parts;
    const batch = new Batch(topic, this.#lastNumber, env.clock.now() + timeoutMs);
    this.#open.set(topic, batch);
    this.#queue.push(batch);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      env.scheduler.soon(this.#flush);
    }
    return batch;
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#open.clear();
    this.#watch();
    this.#pump();
  };

  #pump(): void {
    if (this.#isClosed || this.#pause !== undefined || !this.#isConnected) return;
    // What is in doubt goes first, and the rest of it may still be on its way back.
    if (this.#again.length > 0 && this.#inFlight.size > 0) return;
    while (this.#inFlight.size < confirmedEventsDefaults.framesInFlight) {
      const batch = this.#next();
      if (batch === undefined) return;
      if (!batch.isSettled) this.#send(batch);
    }
  }

  /** A batch that is still open may grow until the turn ends. */
  #next(): Batch | undefined {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    const next = this.#queue.peek();
    if (next === undefined || this.#open.get(next.topic) === next) return undefined;
    return this.#queue.shift();
  }

  #send(batch: Batch): void {
    const { identity, codec, transport, env } = this.#parts;
    const { container, sysname } = identity;
    this.#inFlight.add(batch);
    let sent: Promise<PublishOutcome>;
    try {
      const sentAt = Math.round(env.clock.wall());
      const body = codec.encodeFrame(
        { container, sysname, sentAt, resent: batch.isInDoubt || batch.wasReturned },
        batch.envelopes,
      );
      sent = transport.publishConfirmed({
        exchange: eventsExchange(identity).name,
        routingKey: batch.topic,
        body,
        mandatory: true,
        properties: { contentType: frameContentType, persistent: true },
      });
    } catch (error) {
      sent = Promise.reject(error);
    }
    sent.then(
      (outcome) => this.#answered(batch, outcome),
      (error: unknown) => this.#failed(batch, error),
    );
  }

  #answered(batch: Batch, outcome: PublishOutcome): void {
    this.#inFlight.delete(batch);
    if (outcome === 'unroutable' && batch.onNoLog !== undefined) {
      // What follows may find the log, and so be before it: therefore the mark.
      batch.wasReturned = true;
      batch.onNoLog();
      this.#sendAgain(batch);
    } else this.#give(batch, outcome);
    this.#pump();
  }

  #failed(batch: Batch, error: unknown): void {
    this.#inFlight.delete(batch);
    const isLost = error instanceof ContainerError && error.code === 'Unavailable';
    if (!isLost || this.#isClosed) {
      // Refused (nack), or what AMQP cannot carry.
      const isKnown = error instanceof BadRequestError || !batch.isInDoubt;
      this.#give(batch, isKnown ? 'rejected' : 'unknown');
      this.#pump();
      return;
    }
    batch.isInDoubt ||= error.details?.published !== 'no';
    this.#sendAgain(batch);
  }

  #sendAgain(batch: Batch): void {
    if (!batch.isSettled) {
      this.#again.push(batch);
      this.#again.sort((one, other) => one.number - other.number);
    }
    if (!this.#isConnected || this.#isClosed || this.#pause !== undefined) return;
    // The channel was lost, the broker has not answered in its time, or a log is not up yet.
    this.#pause = this.#parts.env.clock.timer(pauseMs, () => {
      this.#pause = undefined;
      this.#pump();
    });
  }

  #give(batch: Batch, outcome: PublishOutcome): void {
    if (batch.isSettled) return;
    this.#waiting -= batch.envelopes.length;
    this.#waitingBytes -= batch.sizeBytes;
    batch.settle(outcome);
    if (this.#waiting > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }

  /** One timer, for the oldest. */
  #watch(): void {
    if (this.#deadline !== undefined || this.#isClosed) return;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    const { clock } = this.#parts.env;
    this.#deadline = clock.timer(Math.max(1, oldest.dueAt - clock.now()), () => {
      this.#deadline = undefined;
      this.#tellOverdue(clock.now());
      this.#watch();
    });
  }

  #oldest(): Batch | undefined {
    const [inFlight] = this.#inFlight;
    return inFlight ?? this.#again[0] ?? this.#queue.peek();
  }

  #tellOverdue(now: number): void {
    for (const batch of [...this.#inFlight]) {
      if (batch.dueAt > now) continue;
      // A late confirmation is nobody's any more.
      this.#inFlight.delete(batch);
      this.#give(batch, 'unknown');
    }
    const isDue = (batch: Batch): boolean => batch.dueAt <= now;
    for (const batch of this.#again.filter(isDue))
      this.#give(batch, batch.isInDoubt ? 'unknown' : 'rejected');
    this.#again = this.#again.filter((batch) => !isDue(batch));
    for (let next = this.#queue.peek(); next !== undefined && isDue(next); next = this.#queue.peek()) {
      this.#queue.shift();
      this.#give(next, 'rejected');
    }
  }

  get #isConnected(): boolean {
    const { type } = this.#parts.transport.status;
    return type === 'connected' || type === 'blocked';
  }
}
