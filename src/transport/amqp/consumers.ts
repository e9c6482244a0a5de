import { ConflictError, OverloadedError } from '../../errors/index.ts';
import { toError } from './broker-errors.ts';
import {
  ConsumerRoom,
  type ConsumerRoomParts,
  type RecordedConsumer,
  type RoomKind,
} from './consumer-room.ts';

/** Of the connection's channels, those that are not for single consumers. */
const reservedChannels = 8;

/**
 * The consumers of a link. They share one channel, but for four kinds that have one each:
 *
 * - Of a queue with a single active consumer: when such a consumer leaves, its channel is closed, since RabbitMQ then brings back what it held before the next
 *   consumer gets anything. After a basic.cancel the next one would begin at once, with what follows.
 * - Of a stream: RabbitMQ sends whole batches, and closes a channel over what is not acknowledged in half an hour. Of a slow reader's batch that may
 *   well be; it must not cost the others theirs.
 * - With exclusive use of a queue that is not this connection's own: RabbitMQ closes the channel of one that it refuses.
 * - Of a queue of whose messages an earlier consumer has some unsettled: see {@link ConsumerRoom.holdsUnsettled}.
 */
export class Consumers {
  readonly #parts: ConsumerRoomParts;
  readonly #shared: ConsumerRoom;
  /** Until its channel is closed, which may be after the consumer was cancelled. */
  readonly #own = new Map<RecordedConsumer, ConsumerRoom>();

  constructor(parts: ConsumerRoomParts) {
    this.#parts = parts;
    this.#shared = this.#makeRoom('shared');
    parts.life.onEnd((cause) => {
      for (const room of this.#rooms) room.linkEnded(cause);
    });
  }

  async open(): Promise<void> {
    await this.#shared.open();
  }

  /**
   * Starts a consumer and resolves once it is live. Rejects with `NoReceiver` where the queue is missing, `Conflict` where it is another's, `Overloaded`
   * where no channel is left; then it is forgotten.
   */
  async start(consumer: RecordedConsumer): Promise<void> {
    const room = this.#roomFor(consumer);
    try {
      await room.start(consumer);
    } catch (error) {
      this.#abandon(consumer);
      throw error;
    }
  }

  /** Starts a consumer as soon as that is possible, trying again with back-off. */
  startInBackground(consumer: RecordedConsumer): void {
    this.#roomFor(consumer).startInBackground(consumer);
  }

  /** Ends a consumer; deliveries may come until it resolves. Never rejects. */
  async cancel(consumer: RecordedConsumer): Promise<void> {
    const own = this.#own.get(consumer);
    if (own === undefined) await this.#shared.cancel(consumer);
    else await own.leave(consumer, () => this.#own.delete(consumer));
  }

  /** Forgets a consumer that the broker ends by itself. */
  forget(consumer: RecordedConsumer): void {
    this.#shared.forget(consumer);
    this.#abandon(consumer);
  }

  /** Ends all consumers; resolves once their settlements have reached the broker. */
  async close(): Promise<void> {
    await Promise.all(this.#rooms.map((room) => room.close()));
  }

  get #rooms(): ConsumerRoom[] {
    return [this.#shared, ...this.#own.values()];
  }

  #roomFor(consumer: RecordedConsumer): ConsumerRoom {
    const { topology, connection } = this.#parts;
    const { queue, noAck, exclusive } = consumer.spec;
    const recorded = topology.queue(queue);
    const isSingle = recorded?.singleActiveConsumer === true && noAck !== true;
    const isExclusive = exclusive === true && recorded?.exclusive !== true;
    const isApart = isSingle || isExclusive || consumer.position !== undefined;
    if (!isApart && !this.#shared.holdsUnsettled(queue)) return this.#shared;
    if (this.#own.size >= connection.channelMax - reservedChannels) {
      throw new OverloadedError(
        `Could not consume from "${queue}": all channels of the connection are taken (${connection.channelMax})`,
      );
    }
    const room = this.#makeRoom(isExclusive || !isApart ? 'exclusive' : 'own');
    this.#own.set(consumer, room);
    // If it cannot be opened the link ends, and the consumer with it.
    room.open().catch(() => {});
    return room;
  }

  #makeRoom(kind: RoomKind): ConsumerRoom {
    return new ConsumerRoom(
      this.#parts,
      kind,
      (consumer) => this.#assertFree(consumer),
      (consumer) => this.#move(consumer),
    );
  }

  /**
   * RabbitMQ has cancelled a consumer of which something is unsettled: it goes on on another channel. From a queue with a single active consumer nothing may be
   * settled then any more, which would come again later than what follows; so its channel is closed.
   */
  #move(consumer: RecordedConsumer): void {
    const own = this.#own.get(consumer);
    this.#own.delete(consumer);
    void own?.close();
    try {
      this.#roomFor(consumer).startInBackground(consumer);
    } catch (error) {
      // Without a channel for it, everything begins anew.
      this.#parts.life.end(toError(error));
    }
  }

  /** Our own consumers are known: refusing here spares them the channel, which the broker would close. */
  #assertFree(consumer: RecordedConsumer): void {
    const { queue, exclusive } = consumer.spec;
    if (exclusive === true && this.#parts.topology.queue(queue)?.singleActiveConsumer === true) {
      throw new ConflictError(
        `Could not consume from "${queue}" exclusively: it has a single active consumer`,
      );
    }
    if (this.#rooms.some((room) => room.keepsOut(consumer))) {
      throw new ConflictError(`Could not consume from "${queue}": a consumer has exclusive use of it`);
    }
  }

  #abandon(consumer: RecordedConsumer): void {
    const own = this.#own.get(consumer);
    if (own === undefined) return;
    this.#own.delete(consumer);
    own.forget(consumer);
    void own.close();
  }
}
