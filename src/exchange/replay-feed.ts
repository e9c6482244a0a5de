import { NoReceiverError, NotFoundError } from '../errors/index.ts';
import type { ConsumerHandle, Delivery, StreamStart, Transport } from '../transport/index.ts';
import { eventsExchange, type StreamRetention, streamBinding, streamQueue } from './event-topology.ts';
import type { Identity } from './names.ts';

/** The log of one event type, read from some place on. */
export interface ReplayFeedSpec {
  readonly type: string;
  readonly from: StreamStart;
  /** Frames that may be with this container unsettled. */
  readonly prefetch: number;
  /** Of the type, where it is known: the log is made if there is none. Undefined: there must be one. */
  readonly retention: StreamRetention | undefined;
}

/** What a {@link ReplayFeed} works with. */
export interface ReplayFeedParts {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly spec: ReplayFeedSpec;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** One reader of the log of an event type. */
export class ReplayFeed {
  readonly #parts: ReplayFeedParts;
  #consumer: ConsumerHandle | undefined;

  constructor(parts: ReplayFeedParts) {
    this.#parts = parts;
  }

  /** Resolves when it is read. @throws NotFound if there is no such log, TopologyConflict for one with another retention */
  async open(): Promise<void> {
    const { identity, transport, spec, onDelivery } = this.#parts;
    const queue = streamQueue(identity, spec.type, spec.retention ?? {}).name;
    if (spec.retention !== undefined) await declareStream(transport, identity, spec.type, spec.retention);
    try {
      this.#consumer = await transport.consume({
        queue,
        prefetch: spec.prefetch,
        from: spec.from,
        onDelivery,
      });
    } catch (error) {
      if (!(error instanceof NoReceiverError)) throw error;
      throw new NotFoundError(
        `there is no log of events of type '${spec.type}' to replay: nobody has published one whose qos is 'replay'`,
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.cancel();
  }
}

/** Declares the log of an event type. @throws TopologyConflict for one with another retention */
export async function declareStream(
  transport: Transport,
  identity: Identity,
  type: string,
  retention: StreamRetention,
): Promise<void> {
  await transport.declareExchange(eventsExchange(identity));
  await transport.declareQueue(streamQueue(identity, type, retention));
  await transport.bind(streamBinding(identity, type));
}
