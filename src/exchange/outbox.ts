import { type Codec, type CodecLimits, frameContentType } from '../codec/index.ts';
import type { Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import type { Identity } from './names.ts';
import { controlExchange } from './topology.ts';

/** Bounds of one coalesced frame; what does not fit leaves in the next one. And how much may be given in one turn before whoever asks should wait. */
export const outboxDefaults = {
  maxFrameEnvelopes: 64,
  maxFrameBytes: 256 * 1024,
  /** Of a frame to a shared queue, which one instance gets as a whole: so much longer than one by one it may keep what is in it from others. */
  maxFrameWorkUs: 2_000,
  maxTurnEnvelopes: 4096,
} as const;

/** So many times the shortest budget in a frame to a shared queue the longest may be. */
const mostBudgets = 1.5;
/** Room for version, container, sysname and moment. */
const headerBytes = 256;

/** How many bytes of envelopes one frame may hold together: a reader counts the values of a whole frame, and none is shorter than a byte. */
export function frameRoomBytes({ maxFrameBytes, maxValues }: CodecLimits): number {
  return Math.min(outboxDefaults.maxFrameBytes, maxFrameBytes, maxValues) - headerBytes;
}

/** One encoded envelope on its way out. */
export interface OutboundEnvelope {
  readonly routingKey: string;
  readonly bytes: Uint8Array;
  /** A message that nobody is bound to comes back. */
  readonly mandatory: boolean;
  /** What is left of the sender's time, milliseconds; 0 = no limit. */
  readonly budgetMs: number;
}

/** Envelopes for one container, or one shared queue, that leave together at the end of the turn. */
class Batch {
  envelopes: Uint8Array[] = [];
  sizeBytes = 0;
  workUs = 0;
  mandatory = false;
  /** The latest deadline of its envelopes; 0 once one of them has none. */
  expirationMs = -1;
  #leastMs = Number.POSITIVE_INFINITY;

  /**
   * Whether what is for a shared queue may join: they are little work together, and one does not keep another one at the broker for much longer than that
   * one's sender waits.
   */
  suits({ budgetMs }: OutboundEnvelope, workUs: number = Number.POSITIVE_INFINITY): boolean {
    if (this.workUs + workUs > outboxDefaults.maxFrameWorkUs) return false;
    if (budgetMs === 0 || this.expirationMs === 0) return budgetMs === this.expirationMs;
    return budgetMs <= mostBudgets * this.#leastMs && this.expirationMs <= mostBudgets * budgetMs;
  }

  add(envelope: OutboundEnvelope, workUs: number): void {
    this.#leastMs = Math.min(this.#leastMs, envelope.budgetMs);
    this.envelopes.push(envelope.bytes);
    this.workUs += workUs;
    this.sizeBytes += envelope.bytes.length;
    this.mandatory ||= envelope.mandatory;
    if (envelope.budgetMs === 0 || this.expirationMs === 0) this.expirationMs = 0;
    else this.expirationMs = Math.max(this.expirationMs, envelope.budgetMs);
  }
}

/** What became of a frame that the broker had to confirm. */
type Outcome = 'confirmed' | 'unroutable';

/** Envelopes that must not be lost, for one shared queue. */
class ConfirmedBatch extends Batch {
  /** One for all of them. */
  readonly outcome: Promise<Outcome>;
  tellWork = false;
  settle: (outcome: Promise<Outcome>) => void = () => undefined;

  constructor() {
    super();
    this.outcome = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}

/**
 * Makes frames of envelopes. Envelopes for one container (replies and pid-addressed messages) that are given in one turn of the event
 * loop leave as one frame; and so does what is for a shared queue, requests and one-way messages apart, as far as it is little work together, so that the broker can
 * give the rest to whoever is free.
 */
export class Outbox {
  readonly #identity: Identity;
  readonly #codec: Codec;
  readonly #transport: Transport;
  readonly #env: Env;
  readonly #onUnsent: (body: Uint8Array, envelopes: number) => void;
  readonly #onFailed: (routingKey: string, error: unknown) => void;
  readonly #exchange: string;
  #batches = new Map<string, Batch>();
  #confirmed = new Map<string, ConfirmedBatch>();
  readonly #flush = (): void => this.flush();
  readonly #maxFrameBytes: number;
  #scheduled = false;
  #count = 0;
  #flushed: Promise<void> | undefined;
  #onFlushed: () => void = () => undefined;

  /** `onUnsent` is given the body of each frame, and how many envelopes it holds, that the transport did not take, since there was no connection or no channel;
   * `onFailed` is told of each that could not be published at all. `exchange`: where to; default the system's. */
  constructor(
    identity: Identity,
    codec: Codec,
    transport: Transport,
    env: Env,
    onUnsent: (body: Uint8Array, envelopes: number) => void,
    onFailed: (routingKey: string, error: unknown) => void,
    exchange: string = identity.sysname,
  ) {
    this.#exchange = exchange;
    this.#onFailed = onFailed;
    this.#onUnsent = onUnsent;
    this.#identity = identity;
    this.#codec = codec;
    this.#transport = transport;
    this.#env = env;
    this.#maxFrameBytes = frameRoomBytes(codec.limits);
  }

  /**
   * One envelope to whoever takes from a shared queue, expected to keep an instance busy for `workUs`; undefined: nobody knows, so it leaves alone, at once.
   * Order is kept per routing key.
   */
  sendShared(envelope: OutboundEnvelope, workUs: number | undefined): void {
    const batch = this.#batches.get(envelope.routingKey);
    if (batch !== undefined && !batch.suits(envelope, workUs)) this.#leave(envelope.routingKey, batch);
    if (workUs !== undefined) this.sendTogether(envelope, workUs);
    else this.#publish(envelope.routingKey, [envelope.bytes], envelope.mandatory, envelope.budgetMs);
  }

  /** One envelope to a container; it leaves at the end of this turn. Order is kept per routing key. */
  sendTogether(envelope: OutboundEnvelope, workUs: number = 0): void {
    let batch = this.#batches.get(envelope.routingKey);
    if (batch !== undefined && this.#isFull(batch, envelope.bytes.length)) {
      this.#leave(envelope.routingKey, batch);
      batch = undefined;
    }
    if (batch === undefined) {
      batch = new Batch();
      this.#batches.set(envelope.routingKey, batch);
    }
    batch.add(envelope, workUs);
    this.#waits();
  }

  /** One envelope to every container of the system, at once. */
  sendToAll(bytes: Uint8Array, budgetMs: number): void {
    this.#publish('', [bytes], false, budgetMs, controlExchange(this.#identity).name);
  }

  /** One envelope that must not be lost: persistent, alone, and resolved once the broker has it. */
  sendConfirmed(envelope: OutboundEnvelope): Promise<Outcome> {
    return this.#confirm(envelope.routingKey, [envelope.bytes], envelope.mandatory, envelope.budgetMs);
  }

  /**
   * As {@link sendConfirmed}, to whoever takes from a shared queue; alone or together as by {@link sendShared}, in the order in which they were given.
   *
   * @param tellWork whoever takes it shall tell how long its frame took
   */
  sendSharedConfirmed(
    envelope: OutboundEnvelope,
    workUs: number | undefined,
    tellWork: boolean,
  ): Promise<Outcome> {
    const { routingKey, bytes, mandatory, budgetMs } = envelope;
    let batch = this.#confirmed.get(routingKey);
    if (batch !== undefined && !(batch.suits(envelope, workUs) && !this.#isFull(batch, bytes.length))) {
      this.#confirmed.delete(routingKey);
      this.#confirmBatch(routingKey, batch);
      batch = undefined;
    }
    if (workUs === undefined) return this.#confirm(routingKey, [bytes], mandatory, budgetMs, tellWork);
    if (batch === undefined) {
      batch = new ConfirmedBatch();
      this.#confirmed.set(routingKey, batch);
    }
    batch.add(envelope, workUs);
    batch.tellWork ||= tellWork;
    this.#waits();
    return batch.outcome;
  }

  /** Publishes what waits for the end of the turn. */
  flush(): void {
    this.#scheduled = false;
    this.#count = 0;
    const batches = this.#batches;
    this.#batches = new Map();
    for (const [routingKey, batch] of batches) {
      // Nobody is left above to take an error, and what one peer asked for must not cost the others theirs.
      try {
        this.#publishBatch(routingKey, batch);
      } catch (error) {
        this.#onFailed(routingKey, error);
      }
    }
    const confirmed = this.#confirmed;
    this.#confirmed = new Map();
    for (const [routingKey, batch] of confirmed) this.#confirmBatch(routingKey, batch);
    this.#onFlushed();
  }

  /** Undefined while more may be given in this turn; else resolves when what was given has left and the transport has room. */
  room(): Promise<void> | undefined {
    if (this.#count < outboxDefaults.maxTurnEnvelopes) return this.#transport.drained();
    this.#flushed ??= new Promise((resolve) => {
      this.#onFlushed = () => {
        this.#flushed = undefined;
        this.#onFlushed = () => undefined;
        resolve(this.#transport.drained());
      };
    });
    return this.#flushed;
  }

  /** There is something for the end of the turn. */
  #waits(): void {
    this.#count += 1;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#env.scheduler.soon(this.#flush);
  }

  #isFull(batch: Batch, nextBytes: number): boolean {
    return (
      batch.envelopes.length >= outboxDefaults.maxFrameEnvelopes ||
      batch.sizeBytes + nextBytes > this.#maxFrameBytes
    );
  }

  #leave(routingKey: string, batch: Batch): void {
    this.#batches.delete(routingKey);
    this.#publishBatch(routingKey, batch);
  }

  #publishBatch(routingKey: string, batch: Batch): void {
    this.#publish(routingKey, batch.envelopes, batch.mandatory, batch.expirationMs);
  }

  #publish(
    routingKey: string,
    envelopes: readonly Uint8Array[],
    mandatory: boolean,
    expirationMs: number,
    exchange: string = this.#exchange,
  ): void {
    const body = this.#frame(envelopes);
    let isTaken = false;
    try {
      isTaken = this.#transport.publish({
        exchange,
        routingKey,
        body,
        mandatory,
        properties: { contentType: frameContentType, ...expiration(expirationMs) },
      });
    } finally {
      if (!isTaken) this.#onUnsent(body, envelopes.length);
    }
  }

  #confirmBatch(
    routingKey: string,
    { envelopes, mandatory, expirationMs, tellWork, settle }: ConfirmedBatch,
  ): void {
    try {
      settle(this.#confirm(routingKey, envelopes, mandatory, expirationMs, tellWork));
    } catch (error) {
      settle(Promise.reject(error));
    }
  }

  #confirm(
    routingKey: string,
    envelopes: readonly Uint8Array[],
    mandatory: boolean,
    expirationMs: number,
    tellWork: boolean = false,
  ): Promise<Outcome> {
    return this.#transport.publishConfirmed({
      exchange: this.#exchange,
      routingKey,
      body: this.#frame(envelopes, tellWork),
      mandatory,
      properties: { contentType: frameContentType, persistent: true, ...expiration(expirationMs) },
    });
  }

  #frame(envelopes: readonly Uint8Array[], tellWork: boolean = false): Uint8Array {
    const { container, sysname } = this.#identity;
    return this.#codec.encodeFrame(
      { container, sysname, sentAt: Math.round(this.#env.clock.wall()), tellWork },
      envelopes,
    );
  }
}

function expiration(budgetMs: number): { expirationMs?: number } {
  return budgetMs > 0 ? { expirationMs: Math.ceil(budgetMs) } : {};
}
