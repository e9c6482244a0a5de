import type { TransportStatus } from './status.ts';

/**
 * The seam to a broker: declared topology, publishing, consuming, acknowledging, and what the connection is doing.
 *
 * **Desired state.** `declareExchange`, `declareQueue`, `bind` and `consume` record what shall exist. While connected
 * they act at once; after every reconnection the transport declares the recorded topology again, in the order of its
 * first declaration, and starts the recorded consumers, before it reports `connected`.
 *
 * What the broker then refuses (`TopologyConflict`, `BadRequest`, `NoReceiver`, `Conflict`, `Forbidden`) is logged as an error and forgotten, a queue with its bindings and
 * consumers, and everything else goes on; only the first {@link Transport.connect} rejects with it. An exclusive queue that another connection still has
 * is tried again, and so is a consumer that is refused.
 *
 * **Epoch.** Each successful connection has a number, 1 for the first, one more each time. A delivery belongs to its epoch;
 * to settle it later than that does nothing and is counted.
 *
 * **Limits.** Names, routing keys and text properties are AMQP short strings: at most 255 bytes in UTF-8. What does not fit, and an
 * `expirationMs` that is not whole or below 0, is refused with `BadRequest` by every method it is given to.
 */
export interface Transport {
  readonly status: TransportStatus;
  readonly stats: TransportStats;

  /**
   * Connects and resolves once connected with the topology recorded so far applied. Rejects with `BrokerUnreachable`
   * when no given address answers on the first round, with `BrokerRefused` when credentials or vhost are refused.
   */
  connect(): Promise<void>;
  /**
   * Cancels the consumers, lets published messages leave, closes. Idempotent; no listener is called after it resolves except that
   * status `closed` has been reported. A closed transport stays closed.
   */
  close(): Promise<void>;
  /** Calls `listener` on every change of {@link Transport.status}, in order; returns the function that stops it. */
  onStatus(listener: (status: TransportStatus) => void): () => void;

  /**
   * Records and declares. While not connected it is only recorded, and the promise resolves when recorded. What the broker refuses is
   * not recorded; what was recorded before under that name stays.
   *
   * Rejects with `TopologyConflict` if the broker has it with other arguments (406): message and `details.argument` name it as AMQP
   * does (`durable`, `x-message-ttl`, …). Another connection's exclusive queue (405) is such a conflict, of argument `exclusive`. A stream is
   * refused with `BadRequest` where its arguments contradict each other or the broker has no streams. For a new quorum queue it takes RabbitMQ one and a
   * half seconds until it would outlive a kill of the broker.
   */
  declareExchange(exchange: ExchangeSpec): Promise<void>;
  declareQueue(queue: QueueSpec): Promise<void>;
  /** As above; rejects with `NoReceiver` if queue or exchange does not exist (404). */
  bind(binding: BindingSpec): Promise<void>;
  /**
   * Forgets and removes at the broker; resolves too if it was not there. Bindings and consumers of the queue are forgotten with it.
   * While not connected it is forgotten at once.
   */
  deleteQueue(name: string): Promise<void>;
  /**
   * Stops recording a queue, its bindings and consumers, at once and whatever the status: no reconnection brings them back. Consumers that are
   * still there are cancelled; nothing else changes at the broker. A later `declareQueue` begins anew. Harmless for a queue that is not recorded.
   */
  forget(queue: string): void;
  unbind(binding: BindingSpec): Promise<void>;

  /**
   * Hands one message to the broker and forgets it: at most once. Returns false, and counts, when not connected (the message
   * is dropped). A `mandatory` message that no queue takes comes back through {@link Transport.onReturned}.
   * Never throws for reasons of connection; throws `BadRequest` for what AMQP cannot carry (see above).
   */
  publish(message: OutboundMessage): boolean;
  /**
   * Undefined while there is room for what is published unconfirmed; else resolves when there is again, or no connection. Nothing is refused meanwhile,
   * but it grows in memory: whoever can should wait.
   */
  drained(): Promise<void> | undefined;
  /**
   * As {@link Transport.publish}, for a message whose routing key a stranger chose, so that the broker may close the whole connection for it
   * (RabbitMQ does so for a direct reply-to that it does not know): it goes by a way of its own, and what is lost with that is nobody
   * else's. The order against other messages is not kept. Never comes back.
   */
  publishApart(message: OutboundMessage): boolean;
  /**
   * Publishes and resolves once the broker has confirmed: `confirmed`, or `unroutable` when no queue took it (asked with `mandatory`).
   * Rejects with `Unavailable` when not connected, and when the connection or its channel is lost or the time for it is over before the confirmation
   * (details `{published: 'no' | 'unknown'}`; with `reason: 'overdue'` where it was this message that was not confirmed in time), with `Overloaded` when the broker refused it (nack), with `BadRequest` for what AMQP cannot carry. The
   * time does not run while the broker takes no messages (status `blocked`). Until then the body must stay as it is.
   */
  publishConfirmed(message: OutboundMessage): Promise<'confirmed' | 'unroutable'>;
  /** The one listener for returned mandatory messages that were published without confirmation. */
  onReturned(listener: (message: ReturnedMessage) => void): void;

  /**
   * Records and starts a consumer. The handle is stable: it survives reconnection, a cancel sent by the broker (the queue
   * is declared again and consumed again) and dead channels. Rejects with `NoReceiver` if the queue does not exist (404), with `Conflict` if it is
   * another connection's own (405) or somebody has exclusive use of it (403), with `BadRequest` for a stream that cannot be read so. Consumers of streams and of
   * queues with a single active consumer, and `exclusive` ones of a queue that is not this connection's own, take a channel each on RabbitMQ; with `Overloaded` if none is left (as a rule there are 2 047).
   */
  consume(spec: ConsumeSpec): Promise<ConsumerHandle>;

  /**
   * Asks the broker about a queue on the control channel (passive declare): its ready messages and consumers, or undefined if there is none.
   * Rejects with `Unavailable` when not connected. Of a stream RabbitMQ tells the messages some seconds late, and no consumers.
   */
  inspectQueue(name: string): Promise<QueueInfo | undefined>;
}

/** A connection's exchange. AMQP 0-9-1, exchange.declare. */
export interface ExchangeSpec {
  readonly name: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Gets what no queue takes, under its own key (alternate-exchange); for a publisher that is no longer unroutable. It may be declared later. */
  readonly alternateExchange?: string;
}

/** A queue. AMQP 0-9-1, queue.declare, and RabbitMQ's x-arguments by their meaning. */
export interface QueueSpec {
  readonly name: string;
  /**
   * The broker's name is `<name>~<epoch>`: a new queue per connection, since an exclusive name used again meets 405 for
   * seconds after a half-open connection. Specs, bindings and consumers go on using `name`.
   */
  readonly perEpoch?: boolean;
  readonly durable: boolean;
  /** Only this connection may consume and the queue ends with it. Others may publish to it. */
  readonly exclusive: boolean;
  /** Deleted when its last consumer leaves. */
  readonly autoDelete: boolean;
  /**
   * Default 'classic'. A **stream** is a log: what is published stays until it is too old or too much, and any number of consumers read it, each
   * from where it wants ({@link ConsumeSpec.from}); nothing expires, is rejected or dead-lettered. It is durable, neither exclusive nor
   * autoDelete nor perEpoch, and takes none of the arguments below but its own three. Publish to it `mandatory`: while RabbitMQ starts a stream, a few
   * seconds after it has started itself, the stream takes nothing, and what no queue takes is confirmed all the same.
   */
  readonly queueType?: 'classic' | 'quorum' | 'stream';
  /** Deleted after this time without consumers, declarations or gets (x-expires). */
  readonly expiresMs?: number;
  /** A message older than this is dead-lettered or dropped (x-message-ttl). */
  readonly messageTtlMs?: number;
  /** Where rejected and expired messages go (x-dead-letter-exchange); '' is the default exchange. */
  readonly deadLetterExchange?: string;
  /** x-dead-letter-routing-key; default: the message's own routing key. */
  readonly deadLetterRoutingKey?: string;
  /**
   * `at-least-once`: a message that expires stays until every queue that it goes to has it for good, so that a broker that is killed meanwhile loses none
   * and may send it twice (x-dead-letter-strategy, with x-overflow reject-publish; RabbitMQ 3.10). For quorum queues with a dead-letter exchange and no
   * `maxLength`. What no queue takes stays as well, and after some of that the rest does: give the dead-letter exchange an `alternateExchange`. Default: at most once.
   */
  readonly deadLetterStrategy?: 'at-least-once';
  /** At most so many ready messages; the oldest are dead-lettered or dropped (x-max-length, drop-head). */
  readonly maxLength?: number;
  /**
   * One consumer at a time gets the messages (x-single-active-consumer); the others wait, and the next in the order of their coming takes over when it has
   * left: its connection is gone, or it is cancelled and has settled all that it had. What it gave back, or held when its connection went, is in its
   * place again by then, so the messages come in one order whoever gets them. Not for a stream; nobody consumes `exclusive` from such a queue. Default
   * false.
   */
  readonly singleActiveConsumer?: boolean;
  /**
   * Of a stream: about so many bytes are kept, the oldest segments are dropped (x-max-length-bytes). At least two segments; default: no bound.
   * The embedded broker counts messages, and keeps less than this if its own bound is lower.
   */
  readonly maxLengthBytes?: number;
  /**
   * Of a stream: segments of which every message is older are dropped (x-max-age); rounded up to seconds. RabbitMQ looks when it begins a new
   * segment, and not before.
   */
  readonly maxAgeMs?: number;
  /**
   * Of a stream: RabbitMQ keeps it in files of this size and drops only whole ones (x-stream-max-segment-size-bytes). Default 500 000 000, its own, so
   * that a smaller bound, of bytes or of age, needs smaller segments. At least 1 000 000: where a bound is not well above a batch of messages,
   * RabbitMQ 3.10 keeps nothing at all.
   */
  readonly segmentBytes?: number;
}

/** A queue's binding to an exchange; `routingKey` is a topic pattern where the exchange is a topic exchange. */
export interface BindingSpec {
  readonly exchange: string;
  readonly queue: string;
  readonly routingKey: string;
}

/** What goes to the broker. */
export interface OutboundMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  /** A message that no queue takes is returned instead of dropped. Default false. */
  readonly mandatory?: boolean;
}

/** The AMQP 0-9-1 basic properties that we use, by their AMQP names. */
export interface MessageProperties {
  readonly contentType?: string;
  /** Survives a broker restart in a durable queue (delivery mode 2). Default false. */
  readonly persistent?: boolean;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Dropped (or dead-lettered) once older than this. Whole milliseconds, at least 0. */
  readonly expirationMs?: number;
  readonly messageId?: string;
  readonly type?: string;
  /** The broker refuses a message whose `userId` is not the login's own. */
  readonly userId?: string;
  readonly appId?: string;
  /** Absent on our own hot path (header tables are slow); JSON peers may send some. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/**
 * Where a consumer of a stream begins: with the oldest message that is kept; with the last batch that was written, so with the last message
 * or somewhat before; with what comes next; with the message of that offset, or the oldest kept if that is gone (one that is yet to be written is waited
 * for); with the first that was written at or after a moment, or somewhat before (RabbitMQ: whole seconds, whole batches).
 */
export type StreamStart =
  | 'first'
  | 'last'
  | 'next'
  | { readonly offset: number }
  /** Milliseconds since the Unix epoch, on the broker's clock. */
  | { readonly at: number };

export interface ConsumeSpec {
  readonly queue: string;
  /**
   * Unsettled deliveries at a time (per-consumer prefetch). 0 = unlimited, not for a stream (RabbitMQ's bound: 65 535); ignored with `noAck`. A
   * stream's consumer may hold back more in memory, at most one of the broker's batches.
   */
  readonly prefetch: number;
  /**
   * The queue is a stream, and it is read from here. Default for a stream that this transport has declared: 'next'. A stream that others have declared
   * needs it: without it RabbitMQ closes the connection over `noAck`, `requeue` and `reject`. Such a consumer is neither `noAck` nor `exclusive`.
   *
   * After a lost connection, or a dead channel, it goes on with what it had been given and had not settled, marked `redelivered`, and with what follows;
   * what it had settled does not come again. One that had been given nothing begins with what came since it was started first. If the
   * stream was deleted and made anew meanwhile, it reads the new one from its beginning if the broker has told (basic.cancel), and otherwise waits for
   * the offset that it was at.
   */
  readonly from?: StreamStart;
  /** The broker forgets a message when it is sent; nothing to settle. */
  readonly noAck?: boolean;
  /** Nobody else may consume from the queue. */
  readonly exclusive?: boolean;
  /**
   * Called for each delivery, in the broker's order, one turn at a time. It must not throw; if it does, the error is
   * reported to the transport's log, the delivery is left unsettled and the consumer goes on.
   */
  readonly onDelivery: (delivery: Delivery) => void;
}

/** A message that arrived. Exactly one of `ack`, `requeue`, `reject` counts; later ones, and stale ones, do nothing. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  readonly exchange: string;
  readonly routingKey: string;
  /** The broker has sent it before, to somebody, and got no acknowledgement. */
  readonly redelivered: boolean;
  readonly epoch: number;
  /** The place in the stream, for a consumer with {@link ConsumeSpec.from}. Offsets rise, with gaps (the broker has entries of its own). */
  readonly offset?: number | undefined;
  ack(): void;
  /** Back to the queue (nack, requeue). Of a stream: to this consumer again, in a later turn, marked `redelivered`. */
  requeue(): void;
  /** To the queue's dead-letter exchange, or away if it has none (nack, no requeue). Of a stream: as {@link Delivery.ack}. */
  reject(): void;
}

/** A mandatory message that no queue took (basic.return). */
export interface ReturnedMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
}

export interface ConsumerHandle {
  /**
   * Forgets the consumer and resolves once it gets nothing more. What it has unsettled stays with it, on RabbitMQ for as long as the connection lasts: it can
   * still be settled, and `requeue()` sends it to its place in the queue, for others, marked `redelivered`. From a queue with
   * {@link QueueSpec.singleActiveConsumer} the next consumer gets nothing before all of it is settled. Of a stream what is unsettled is just forgotten.
   * Idempotent.
   */
  cancel(): Promise<void>;
}

export interface QueueInfo {
  readonly messages: number;
  readonly consumers: number;
}

/** Counters since the transport was made. */
export interface TransportStats {
  readonly published: number;
  readonly droppedWhileDisconnected: number;
  readonly returned: number;
  readonly delivered: number;
  /** Second or late acknowledgements that were ignored. */
  readonly staleSettlements: number;
  /** Consumers that were cancelled by the broker and set up again. */
  readonly consumersRepaired: number;
}
