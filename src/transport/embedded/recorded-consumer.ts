import type { Logger } from '../../logging/index.ts';
import { Backoff, type Env, type Timer } from '../../util/index.ts';
import { StreamPosition } from '../stream-position.ts';
import type { ConsumeSpec, StreamStart } from '../types.ts';
import type { BrokerConnection } from './connection.ts';
import type { QueueConsumer } from './consumer.ts';

/** Waits between attempts to consume again from a queue that the broker does not give. */
const REPAIR_BACKOFF = { initialMs: 100, maxMs: 5_000 } as const;

/** What a recorded consumer needs of its transport. */
export interface ConsumerOwner {
  /** Called for each delivery before the callback. */
  delivered(): void;
  /** Declares the queue again and attaches the consumer again; throws what the broker refuses. */
  repair(): void;
}

/** A consumer as the transport's user wants it, whatever becomes of connections and queues. */
export class RecordedConsumer {
  readonly #spec: ConsumeSpec;
  readonly #env: Env;
  readonly #logger: Logger | undefined;
  readonly #owner: ConsumerOwner;
  readonly #backoff: Backoff;
  #position: StreamPosition | undefined;
  #attached: { readonly connection: BrokerConnection; readonly consumer: QueueConsumer } | undefined;
  #repairTimer: Timer | undefined;

  /** `start` is where it begins, if it reads a stream. */
  constructor(
    spec: ConsumeSpec,
    start: StreamStart | undefined,
    env: Env,
    logger: Logger | undefined,
    owner: ConsumerOwner,
  ) {
    this.#spec = spec;
    this.#position = start && new StreamPosition(start);
    this.#env = env;
    this.#logger = logger;
    this.#owner = owner;
    this.#backoff = new Backoff(REPAIR_BACKOFF, env.random.fork('consumer backoff'));
  }

  /** The queue by its recorded name. */
  get queue(): string {
    return this.#spec.queue;
  }

  get isAttached(): boolean {
    return this.#attached !== undefined;
  }

  /** Consumes from `brokerName`; throws what the broker refuses. */
  attach(connection: BrokerConnection, brokerName: string): void {
    const { onDelivery, ...spec } = this.#spec;
    const consumer = connection.consume(
      { ...spec, queue: brokerName },
      {
        deliver: (delivery) => {
          this.#owner.delivered();
          try {
            onDelivery(delivery);
          } catch (error) {
            this.#logger?.error('A delivery callback failed; its delivery stays unsettled', {
              queue: this.queue,
              error,
            });
          }
        },
        cancelled: () => {
          this.#attached = undefined;
          // A stream that is made in place of the deleted one is read from its beginning.
          if (this.#position !== undefined) this.#position = new StreamPosition('first');
          this.#repair();
        },
      },
      this.#position,
    );
    this.#position?.started(this.#env.clock.wall());
    this.#attached = { connection, consumer };
    this.#backoff.reset();
  }

  /** Its connection is gone. */
  detach(): void {
    this.#attached = undefined;
    this.#repairTimer?.cancel();
  }

  /** It is not wanted any more; what it holds can still be settled. */
  cancel(): void {
    const attached = this.#attached;
    this.detach();
    attached?.connection.cancel(attached.consumer);
  }

  /** The broker refused it: tries again after a while. */
  repairLater(): void {
    this.#repairTimer?.cancel();
    this.#repairTimer = this.#env.clock.timer(this.#backoff.next(), () => this.#repair());
  }

  #repair(): void {
    try {
      this.#owner.repair();
    } catch (error) {
      this.#logger?.warn('Cannot consume again; trying later', { queue: this.queue, error });
      this.repairLater();
    }
  }
}
