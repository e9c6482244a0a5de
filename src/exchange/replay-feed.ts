import { NoReceiverError, NotFoundError, UnavailableError } from '../errors/index.ts';
import type { ConsumerHandle, Delivery, StreamStart, Transport } from '../transport/index.ts';
import { type StreamRetention, streamBinding, streamQueue } from './event-topology.ts';
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
  /** Declares the exchange of events. */
  readonly declareEvents: () => Promise<void>;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** One reader of the log of an event type. */
export class ReplayFeed {
  readonly #parts: ReplayFeedParts;
  #consumer: ConsumerHandle | undefined;

  constructor(parts: ReplayFeedParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when it is read.
   *
   * @throws NotFound if there is no such log, Unavailable while the broker is still starting it, TopologyConflict for one with another retention
   */
  async open(): Promise<void> {
    const { identity, transport, spec, declareEvents, onDelivery } = this.#parts;
    const queue = streamQueue(identity, spec.type, spec.retention ?? {}).name;
    if (spec.retention !== undefined) {
      await declareEvents();
      await declareStream(transport, identity, spec.type, spec.retention);
    }
    try {
      this.#consumer = await transport.consume({
        queue,
        prefetch: spec.prefetch,
        from: spec.from,
        onDelivery,
      });
    } catch (error) {
      if (!(error instanceof NoReceiverError)) throw error;
      if (isDown(error)) throw notUp(spec.type, error);
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

/** Declares the log of an event type; there must be the exchange of events. @throws TopologyConflict for one with another retention, Unavailable while the broker is still starting it */
export async function declareStream(
  transport: Transport,
  identity: Identity,
  type: string,
  retention: StreamRetention,
): Promise<void> {
  try {
    await transport.declareQueue(streamQueue(identity, type, retention));
    await transport.bind(streamBinding(identity, type));
  } catch (error) {
    throw error instanceof NoReceiverError && isDown(error) ? notUp(type, error) : error;
  }
}

function isDown({ details }: NoReceiverError): boolean {
  return details?.reason === 'down';
}

/** It is no use to say that there is none, and whoever is started again finds it. */
function notUp(type: string, cause: NoReceiverError): UnavailableError {
  return new UnavailableError(
    `the broker has the log of events of type '${type}', and it is not up: after a start of the broker that takes some seconds; try again`,
    { cause },
  );
}
