import type { Clock } from '../../util/index.ts';
import type { QueueSpec } from '../types.ts';
import type { ConsumerSource, QueueConsumer } from './consumer.ts';
import type { BrokerMessage, DeathReason } from './message.ts';

/**
 * What the broker does with a queue of whatever type. Nothing is delivered when a message or a consumer arrives; the queue asks its host for a turn
 * and does the work there.
 */
export interface BrokerQueue extends ConsumerSource {
  /** With the broker's name of it, also where it has one per epoch. */
  readonly spec: QueueSpec;
  readonly name: string;
  /** The one connection that may use an exclusive queue. */
  readonly owner: object | undefined;
  readonly messageCount: number;
  readonly consumerCount: number;
  readonly hasExclusiveConsumer: boolean;
  /** Has been asked for a turn that has not come yet; the host alone writes it. */
  isAwake: boolean;
  /** Takes a message at the tail. `shared` tells that other queues have it too. */
  enqueue(message: BrokerMessage, shared: boolean): void;
  addConsumer(consumer: QueueConsumer): void;
  /** Delivers up to `budget` messages; true if there may be more to do at once. */
  work(budget: number): boolean;
  /** The queue is in use: its time to expire starts again. */
  touch(): void;
  /** Lets time pass unwatched; {@link startTimers} makes up for it. */
  stopTimers(): void;
  startTimers(): void;
  /** What a stop of the broker costs. No timer is left. */
  suspend(): void;
  /** The end of {@link suspend}. */
  resume(): void;
  /** Ends the queue; its consumers are told. */
  close(): void;
}

/** What a queue needs of the broker around it. */
export interface QueueHost {
  readonly clock: Clock;
  /** Nobody is connected: no timer is to be armed. */
  readonly isResting: boolean;
  /** Asks for {@link BrokerQueue.work} in a later turn. */
  wake(queue: BrokerQueue): void;
  deadLetter(queue: BrokerQueue, message: BrokerMessage, reason: DeathReason): void;
  /** The queue has ended by itself: unused too long, or its last consumer left. */
  ended(queue: BrokerQueue): void;
}
