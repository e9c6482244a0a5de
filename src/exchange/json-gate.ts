import { type Codec, makeMessage, type Performative, UndecodableError } from '../codec/index.ts';
import { type ContainerError, fromWireError } from '../errors/index.ts';
import type { Delivery, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { Arrival, type JsonReplyRoute, type Outgoing } from './arrival.ts';
import type { FrameTicket } from './frame-ticket.ts';
import { JsonRight } from './json-right.ts';
import type { Identity } from './names.ts';
import { inboxQueue } from './topology.ts';

/** What begins the name of a direct reply-to: no queue, but one channel of the asker's (RabbitMQ). */
const directReplyTo = 'amq.rabbitmq.reply-to.';
/** `amq.` is reserved for the broker (AMQP 0-9-1, queue.declare), so these names can only be its own. */
const brokerGenerated = /^amq\.(gen-|rabbitmq\.reply-to\.)/;

/** The container that asked with JSON, and by which conversation. */
export interface AskingContainer {
  readonly container: string;
  readonly conversationId: string;
}

/**
 * Plain JSON from anybody: a message that is no frame of ours but AMQP's own properties and a JSON body. It comes in as a message of an
 * unknown sender and is answered as JSON through the default exchange.
 */
export class JsonGate {
  readonly #identity: Identity;
  readonly #codec: Codec;
  readonly #transport: Transport;
  readonly #env: Env;
  readonly #allowedReplyTo: ReadonlySet<string>;
  readonly #right: JsonRight;
  /** JSON messages that wait for the broker's word on that right. */
  readonly #waiting: ((isAnswerable: boolean) => void)[] = [];

  /** `allowedReplyTo`: queues that may be answered besides those that the broker named itself. */
  constructor(
    identity: Identity,
    codec: Codec,
    transport: Transport,
    env: Env,
    allowedReplyTo: readonly string[],
  ) {
    this.#identity = identity;
    this.#codec = codec;
    this.#transport = transport;
    this.#env = env;
    this.#allowedReplyTo = new Set(allowedReplyTo);
    this.#right = new JsonRight(identity, transport, env.clock);
  }

  /** Whether a message without our content type is for this gate. */
  takes(contentType: string | undefined): boolean {
    return contentType === undefined || contentType === '' || /^application\/json\b/i.test(contentType);
  }

  /**
   * Calls `then` when it is known whether the sender of a message that wants an answer can have one: at once, or when the broker has said whether
   * this container may answer. In the order of the calls. `then` must not throw.
   *
   * @throws UndecodableError as {@link replyRoute} does
   */
  whenKnown(delivery: Delivery, then: (isAnswerable: boolean) => void): void {
    const wantsReply = this.replyRoute(delivery) !== undefined;
    const isGranted = wantsReply ? this.#right.isGranted : true;
    if (this.#waiting.length === 0 && isGranted !== undefined) {
      then(isGranted);
      return;
    }
    this.#waiting.push((isAnswerable) => then(isAnswerable || !wantsReply));
    if (this.#waiting.length === 1) void this.#right.ask().then(() => this.#release());
  }

  /**
   * The arrival that a JSON message stands for, addressed to `receiver`.
   *
   * @throws UndecodableError when it cannot be read, names no operation, or asks for an answer at a name that is not its own
   */
  read(delivery: Delivery, receiver: string, ticket: FrameTicket | undefined): Arrival {
    const { properties, body } = delivery;
    const replyRoute = this.replyRoute(delivery);
    const { op, content } = this.#codec.decodeJson(body, properties);
    const expirationMs = properties.expirationMs ?? 0;
    const now = this.#env.clock.now();
    const message = makeMessage({
      performative: replyRoute === undefined ? 'none' : 'request',
      conversationId: replyRoute?.correlationId ?? '',
      sender: '',
      receiver,
      op,
      content,
      budgetMs: expirationMs,
    });
    return new Arrival(message, {
      origin: '',
      local: false,
      deadlineAt: expirationMs > 0 ? now + expirationMs : Number.POSITIVE_INFINITY,
      redelivered: delivery.redelivered,
      replyRoute,
      ticket,
    });
  }

  /**
   * Where the sender wants its answer; undefined if it wants none.
   *
   * @throws UndecodableError for a queue that the sender could not have been given by the broker and that nobody allowed
   */
  replyRoute({ properties: { replyTo, correlationId } }: Delivery): JsonReplyRoute | undefined {
    if (replyTo === undefined || replyTo === '') return undefined;
    if (!brokerGenerated.test(replyTo) && !this.#allowedReplyTo.has(replyTo)) {
      throw new UndecodableError(
        'reply-to',
        `reply_to '${replyTo.slice(0, 80)}' is neither a queue that the broker named nor on the list of allowed ones`,
      );
    }
    return { replyTo, correlationId };
  }

  /**
   * The container of this system that asks for an answer in its own queue: it takes its receiver for a JSON peer. It has no answer, but is told so
   * by a frame.
   */
  askingContainer({
    properties: { replyTo = '', correlationId = '' },
  }: Delivery): AskingContainer | undefined {
    const { name } = inboxQueue({ ...this.#identity, container: '' });
    if (!replyTo.startsWith(name) || correlationId === '') return undefined;
    const container = /^([A-Za-z0-9_-]+)~\d+$/.exec(replyTo.slice(name.length))?.[1];
    return container === undefined ? undefined : { container, conversationId: correlationId };
  }

  /** Answers a JSON peer. */
  answer({ message }: Outgoing, route: JsonReplyRoute): void {
    const { performative, content } = message;
    this.#publish(
      route,
      performative,
      content,
      isErrorAnswer(performative) ? fromWireError(content).status : 200,
    );
  }

  /** Answers a JSON peer whose message never became one. */
  refuse(error: ContainerError, route: JsonReplyRoute): void {
    // A message that quotes what came in may have cut a character in two.
    const message = error.message.toWellFormed();
    this.#publish(route, 'failure', { code: error.code, message }, error.status);
  }

  #publish(route: JsonReplyRoute, performative: Performative, content: unknown, responseCode: number): void {
    // Not from the code: an application gives its errors any status it likes.
    const isError = isErrorAnswer(performative);
    const answer = {
      exchange: '',
      routingKey: route.replyTo,
      body: this.#codec.encodeJson(content),
      properties: {
        contentType: 'application/json',
        type: 'result',
        headers: { performative, status: isError ? 'ERROR' : 'OK', 'response-code': responseCode },
        ...(route.correlationId !== undefined && { correlationId: route.correlationId }),
      },
    };
    // RabbitMQ closes the connection that publishes to one that its cluster does not know: forged, or of a node that is gone.
    if (route.replyTo.startsWith(directReplyTo)) this.#transport.publishApart(answer);
    else this.#transport.publish(answer);
  }

  #release(): void {
    const isGranted = this.#right.isGranted ?? true;
    for (const then of this.#waiting.splice(0)) then(isGranted);
  }
}

function isErrorAnswer(performative: Performative): boolean {
  return performative === 'failure' || performative === 'refuse';
}
