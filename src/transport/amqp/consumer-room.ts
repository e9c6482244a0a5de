import type { Channel } from 'amqplib';
import { type ContainerError, NoReceiverError, UnavailableError } from '../../errors/index.ts';
import { Backoff, type Timer } from '../../util/index.ts';
import { StreamPosition } from '../stream-position.ts';
import type { ConsumeSpec } from '../types.ts';
import { toBrokerError } from './broker-errors.ts';
import { ChannelLife } from './channel-life.ts';
import { ChannelSlot } from './channel-slot.ts';
import type { AmqpConnection } from './connection.ts';
import type { ControlChannel } from './control-channel.ts';
import type { Counters } from './counters.ts';
import { CountingFeed } from './counting-feed.ts';
import type { Feed, FeedParts } from './feed.ts';
import type { LinkLife } from './link-life.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';
import { SingleActiveFeed } from './single-active-feed.ts';
import { StreamFeed, startArgument } from './stream-feed.ts';
import type { Topology } from './topology.ts';

/** A consumer as recorded: it outlives links, channels and consumer tags. */
export interface RecordedConsumer {
  readonly spec: ConsumeSpec;
  /** How far it has come, if it reads a stream. */
  position: StreamPosition | undefined;
  /** Its queue is being deleted by us: the broker's cancel is no surprise and nothing to repair. */
  leaving: boolean;
  /** Its end, once it was asked for. */
  cancelled: Promise<void> | undefined;
}

/**
 * Whom the room's channel is for. `own`: one consumer, which leaves with the channel; `exclusive`: one that leaves as those that share a channel do,
 * the channel staying until all that it has is settled.
 */
export type RoomKind = 'shared' | 'own' | 'exclusive';

/** A recorded consumer's life on one link. */
interface Seat {
  readonly consumer: RecordedConsumer;
  /** `pending`: to be started by the worker; `waiting`: for another try, after the back-off. */
  state: 'pending' | 'starting' | 'live' | 'waiting';
  tag: string | undefined;
  /** On the present channel. */
  feed: Feed | undefined;
  /** It has been live, or its failure was accepted: the next success is a repair. */
  repairing: boolean;
  /** The queue may be gone: declare it again first. */
  restoreQueue: boolean;
  retry: Timer | undefined;
  readonly backoff: Backoff;
  /** Who awaits the first start. */
  first: { resolve(): void; reject(error: ContainerError): void } | undefined;
}

/** What a {@link ConsumerRoom} works with. */
export interface ConsumerRoomParts {
  readonly connection: AmqpConnection;
  readonly control: ControlChannel;
  readonly topology: Topology;
  readonly counters: Counters;
  readonly life: LinkLife;
  readonly options: ResolvedAmqpTransportOptions;
  readonly epoch: number;
}

/**
 * A consume channel of a link and its consumers. One worker starts them one at a time (AMQP's prefetch counts for the consumers that
 * follow it, so the pair must not mix), and starts those again that the broker cancelled or that died with the channel.
 */
export class ConsumerRoom {
  readonly #parts: ConsumerRoomParts;
  readonly #kind: RoomKind;
  readonly #assertFree: (consumer: RecordedConsumer) => void;
  readonly #slot: ChannelSlot<Channel>;
  readonly #seats = new Map<RecordedConsumer, Seat>();
  readonly #displaced: (consumer: RecordedConsumer) => void;
  /** Of consumers that are none any more, those of which something was unsettled. */
  #leftovers: { readonly queue: string; readonly feed: CountingFeed }[] = [];
  #channelLife: ChannelLife | undefined;
  #working: Promise<void> | undefined;

  /**
   * @param assertFree throws `Conflict` for a consumer that the others of this link keep out of its queue
   * @param displaced told of a consumer that has to be set up again, elsewhere
   */
  constructor(
    parts: ConsumerRoomParts,
    kind: RoomKind,
    assertFree: (consumer: RecordedConsumer) => void,
    displaced: (consumer: RecordedConsumer) => void,
  ) {
    this.#parts = parts;
    this.#displaced = displaced;
    this.#kind = kind;
    this.#assertFree = assertFree;
    const { connection, life, epoch } = parts;
    this.#slot = new ChannelSlot({
      name: 'consume',
      life,
      create: () => connection.createChannel(),
      opened: (channel) => {
        this.#channelLife = new ChannelLife(channel, epoch, connection.cork);
      },
      died: () => this.#onChannelDied(),
    });
  }

  /** Whether a consumer is here that keeps `newcomer` out of its queue. */
  keepsOut(newcomer: RecordedConsumer): boolean {
    const { queue, exclusive: isExclusive = false } = newcomer.spec;
    for (const { consumer, state, tag } of this.#seats.values()) {
      if (consumer === newcomer || consumer.spec.queue !== queue) continue;
      if (consumer.spec.exclusive === true && (state === 'starting' || tag !== undefined)) return true;
      if (isExclusive && tag !== undefined) return true;
    }
    return false;
  }

  /**
   * Whether something from `queue` is unsettled here that came to a consumer which is none any more. Should the queue be another by now, RabbitMQ would take
   * its settlement for one of a message there that has the same place, as soon as this channel consumes from it.
   */
  holdsUnsettled(queue: string): boolean {
    this.#leftovers = this.#leftovers.filter(({ feed }) => feed.alive && feed.hasUnsettled);
    return this.#leftovers.some((leftover) => leftover.queue === queue);
  }

  async open(): Promise<void> {
    await this.#slot.open();
  }

  /**
   * Starts a consumer and resolves once it is live. Rejects with `NoReceiver` where the queue is missing, `Conflict` where it is another's; then
   * the room has forgotten it.
   */
  start(consumer: RecordedConsumer): Promise<void> {
    return new Promise((resolve, reject) => this.#seat(consumer, { resolve, reject }));
  }

  /** Starts a consumer as soon as that is possible, trying again with back-off. */
  startInBackground(consumer: RecordedConsumer): void {
    this.#seat(consumer, undefined);
  }

  /** Ends a consumer; deliveries may come until it resolves. Never rejects. */
  async cancel(consumer: RecordedConsumer): Promise<void> {
    const seat = await this.#stop(consumer);
    if (seat !== undefined) await this.#cancel(seat);
  }

  /**
   * Ends the consumer whose own room this is and closes the channel; but for a stream, once all that it has is settled. Resolves when the consumer gets
   * nothing more, and calls `left` after the close. Never rejects.
   */
  async leave(consumer: RecordedConsumer, left: () => void): Promise<void> {
    const seat = await this.#stop(consumer);
    if (seat === undefined) return;
    if (this.#kind === 'exclusive') await this.#cancel(seat);
    const feed = seat.feed instanceof CountingFeed ? seat.feed : undefined;
    const leaving = Promise.resolve(feed?.settled()).then(async () => {
      await this.close();
      left();
    });
    if (feed?.hasUnsettled !== true) await leaving;
  }

  /** Forgets a consumer that the broker ends by itself. */
  forget(consumer: RecordedConsumer): void {
    const seat = this.#seats.get(consumer);
    if (seat === undefined) return;
    seat.retry?.cancel();
    seat.feed?.stop();
    seat.first?.reject(new NoReceiverError(`The queue "${consumer.spec.queue}" was deleted`));
    seat.first = undefined;
    this.#seats.delete(consumer);
    this.#noteLeftover(seat);
  }

  /** Ends all consumers; resolves once their settlements have reached the broker. */
  async close(): Promise<void> {
    const consumers = [...this.#seats.keys()];
    await Promise.all(consumers.map((one) => (this.#kind === 'own' ? this.#stop(one) : this.cancel(one))));
    // It may be on its way still.
    if (this.#kind !== 'shared') await this.#slot.whenOpen().catch(() => {});
    this.#endChannelLife();
    await this.#slot.close();
  }

  /** The link is gone, and the channel with it. */
  linkEnded(cause: Error): void {
    this.#endChannelLife();
    for (const seat of this.#seats.values()) {
      seat.retry?.cancel();
      seat.first?.reject(new UnavailableError(`The connection was lost: ${cause.message}`, { cause }));
      seat.first = undefined;
    }
    this.#seats.clear();
  }

  /** Forgets a consumer; the broker may still have it. */
  async #stop(consumer: RecordedConsumer): Promise<Seat | undefined> {
    const seat = this.#seats.get(consumer);
    this.forget(consumer);
    if (seat?.state === 'starting') await this.#working;
    // It may have been made since.
    seat?.feed?.stop();
    return seat;
  }

  async #cancel({ tag }: Seat): Promise<void> {
    const channel = this.#slot.current;
    if (tag === undefined || channel === undefined) return;
    // A channel or link that dies now has ended the consumer as well.
    await this.#parts.life.bounded('basic.cancel', channel.cancel(tag)).catch(() => {});
  }

  #seat(consumer: RecordedConsumer, first: Seat['first']): void {
    const { options } = this.#parts;
    this.#seats.set(consumer, {
      consumer,
      state: 'pending',
      tag: undefined,
      feed: undefined,
      repairing: first === undefined,
      restoreQueue: first === undefined,
      retry: undefined,
      backoff: new Backoff(options.reconnect, options.env.random),
      first,
    });
    this.#work();
  }

  #work(): void {
    if (this.#working !== undefined) return;
    this.#working = this.#workOff().finally(() => {
      this.#working = undefined;
      if (this.#nextPending() !== undefined) this.#work();
    });
  }

  async #workOff(): Promise<void> {
    for (let seat = this.#nextPending(); seat !== undefined; seat = this.#nextPending()) {
      seat.state = 'starting';
      try {
        await this.#begin(seat);
      } catch (error) {
        this.#onRefused(seat, toBrokerError('consume', `consume from "${seat.consumer.spec.queue}"`, error));
      }
    }
  }

  #nextPending(): Seat | undefined {
    if (!this.#parts.life.alive) return undefined;
    for (const seat of this.#seats.values()) {
      if (seat.state === 'pending' && !seat.consumer.leaving) return seat;
    }
    return undefined;
  }

  async #begin(seat: Seat): Promise<void> {
    const { control, topology, counters, life, epoch } = this.#parts;
    const { spec, position } = seat.consumer;
    const { queue, prefetch, noAck = false, exclusive = false } = spec;
    this.#assertFree(seat.consumer);
    if (seat.restoreQueue) for (const entry of topology.entriesOfQueue(queue)) await control.apply(entry);
    // Asked there first, because a missing queue or another's own would close this channel under all its consumers.
    await control.inspect(queue);
    const channel = await this.#slot.whenOpen();
    const channelLife = this.#channelLife;
    if (channelLife === undefined) throw new UnavailableError('The consume channel is not open');
    if (!noAck) await life.bounded('basic.qos', channel.prefetch(prefetch, false));
    // It was cancelled meanwhile.
    if (!this.#seats.has(seat.consumer)) return;
    const feed = this.#makeFeed({ spec, life: channelLife, link: life, counters }, position);
    seat.feed = feed;
    const { consumerTag } = await life.bounded(
      'basic.consume',
      channel.consume(
        topology.brokerName(queue, epoch),
        (message) => {
          if (message === null) this.#onCancelledByBroker(seat);
          else feed.take(message);
        },
        { noAck, exclusive, arguments: position && { 'x-stream-offset': startArgument(position.start) } },
      ),
    );
    position?.started(life.env.clock.wall());
    if (!channelLife.alive) throw new UnavailableError('The consume channel closed at once');
    // The broker may have cancelled it already.
    if (seat.state !== 'starting') return;
    seat.tag = consumerTag;
    seat.state = 'live';
    seat.restoreQueue = false;
    seat.backoff.reset();
    if (seat.repairing) counters.consumersRepaired++;
    seat.repairing = true;
    seat.first?.resolve();
    seat.first = undefined;
  }

  #onRefused(seat: Seat, error: ContainerError): void {
    if (seat.first !== undefined) {
      seat.first.reject(error);
      seat.first = undefined;
      this.forget(seat.consumer);
      return;
    }
    if (!this.#seats.has(seat.consumer) || !this.#parts.life.alive) return;
    const retryInMs = seat.backoff.next();
    const { queue } = seat.consumer.spec;
    this.#parts.life.logger.warn('amqp: a consumer could not be set up again', { queue, retryInMs, error });
    seat.state = 'waiting';
    seat.retry = this.#parts.life.env.clock.timer(retryInMs, () => {
      seat.state = 'pending';
      this.#work();
    });
  }

  #makeFeed(parts: FeedParts, position: StreamPosition | undefined): Feed {
    if (position !== undefined) return new StreamFeed(parts, position);
    return this.#kind === 'own' ? new SingleActiveFeed(parts) : new CountingFeed(parts);
  }

  #onCancelledByBroker(seat: Seat): void {
    seat.tag = undefined;
    seat.feed?.stop();
    if (seat.consumer.leaving || !this.#seats.has(seat.consumer)) return;
    // A stream's consumers are cancelled when it is deleted: the one that is made in its place begins anew.
    if (seat.consumer.position !== undefined) seat.consumer.position = new StreamPosition('first');
    const { queue } = seat.consumer.spec;
    this.#parts.life.logger.warn('amqp: RabbitMQ cancelled a consumer; setting it up again', { queue });
    seat.state = 'pending';
    seat.restoreQueue = true;
    this.#noteLeftover(seat);
    if (this.holdsUnsettled(queue)) {
      this.#seats.delete(seat.consumer);
      seat.first?.resolve();
      this.#displaced(seat.consumer);
      return;
    }
    this.#work();
  }

  #noteLeftover({ consumer, feed }: Seat): void {
    if (feed instanceof CountingFeed && feed.hasUnsettled)
      this.#leftovers.push({ queue: consumer.spec.queue, feed });
  }

  #onChannelDied(): void {
    this.#endChannelLife();
    for (const seat of this.#seats.values()) {
      // The one that is starting fails by itself.
      if (seat.state === 'live') seat.state = 'pending';
      seat.tag = undefined;
    }
    this.#work();
  }

  #endChannelLife(): void {
    this.#channelLife?.end();
  }
}
