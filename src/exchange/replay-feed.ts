import { type ContainerError, NoReceiverError, NotFoundError, UnavailableError } from '../errors/index.ts';
import type { ConsumerHandle, Delivery, StreamStart, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
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
  readonly env: Env;
  readonly transport: Transport;
  readonly spec: ReplayFeedSpec;
  /** Declares the exchange of events. */
  readonly declareEvents: () => Promise<void>;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** How long a log may take until it is up, and how often is asked. */
const patience = { longestMs: 10_000, everyMs: 200 } as const;

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
   * @throws NotFound if there is no such log, Unavailable if the broker does not get it up, TopologyConflict for one with another retention
   */
  open(): Promise<void> {
    return whenUp(this.#parts.env, () => this.#open());
  }

  async close(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.cancel();
  }

  async #open(): Promise<void> {
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
}

/** Declares the log of an event type; there must be the exchange of events. @throws TopologyConflict for one with another retention, Unavailable while it is not up */
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

/** Does it again as long as it meets a log that is not up yet: RabbitMQ takes some seconds after a start of its own, and a moment for a new one. */
export async function whenUp(env: Env, act: () => Promise<void>): Promise<void> {
  for (let leftMs: number = patience.longestMs; ; leftMs -= patience.everyMs) {
    try {
      await act();
      return;
    } catch (error) {
      if (leftMs <= 0 || !(error instanceof UnavailableError) || !isDown(error)) throw error;
      await new Promise<void>((resolve) => env.clock.timer(patience.everyMs, resolve));
    }
  }
}

function isDown({ details }: ContainerError): boolean {
  return details?.reason === 'down';
}

/** It is no use to say that there is none. */
function notUp(type: string, cause: NoReceiverError): UnavailableError {
  return new UnavailableError(
    `the broker has the log of events of type '${type}', and it is not up: after a start of the broker that takes some seconds; try again`,
    { cause, details: { reason: 'down' } },
  );
}
