import type { Arrival, PublishOutcome, ServiceReceiver, StreamRetention } from '../exchange/index.ts';
import type {
  Answers,
  CallOptions,
  Cause,
  EventPattern,
  EventToPublish,
  PublishOptions,
  SendOptions,
  StreamOptions,
  SubscribeOptions,
  Subscriber,
  SubscriberHost,
} from '../interact/index.ts';
import type { WheelEntry } from '../util/index.ts';

/** The conversations of the container, as processes use them. `cause` is the message during whose handling something is sent. */
export interface Conversations {
  ask(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options?: CallOptions,
    cause?: Cause,
  ): Promise<unknown>;
  stream(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options?: StreamOptions,
    cause?: Cause,
    mayCall?: () => void,
  ): AsyncIterableIterator<unknown>;
  send(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options?: SendOptions,
    cause?: Cause,
  ): Promise<void>;
  /** Rejects whatever that process, which has ended, still waits for. */
  endCallsOf(sender: string): void;
  readonly responder: Answers;
  /** Deadlines on the container's wheel. */
  arm(entry: WheelEntry, delayMs: number): void;
  disarm(entry: WheelEntry): void;
}

/** The system's events, as processes use them. */
export interface Events {
  publish(event: EventToPublish, options: PublishOptions, cause: Cause | undefined): Promise<PublishOutcome>;
  subscribe(
    host: SubscriberHost,
    pattern: EventPattern,
    options?: SubscribeOptions,
    retention?: StreamRetention,
  ): Promise<Subscriber>;
}

/** The exchange, as processes use it. */
export interface ServiceExchange {
  serviceReceiver(service: string): ServiceReceiver;
  /** Rejects for work that nobody else can be given; it is not settled then. */
  handBack(arrival: Arrival): Promise<void>;
  /** Asks the broker about a service's queue: undefined if there is none. Rejects while there is no connection. */
  inspectService(service: string): Promise<{ readonly consumers: number } | undefined>;
}
