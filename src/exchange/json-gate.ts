import { type Codec, makeMessage, type Performative, UndecodableError } from '../codec/index.ts';
import { type ContainerError, fromWireError } from '../errors/index.ts';
import type { Delivery, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { Arrival, type FrameTicket, type JsonReplyRoute, type Outgoing } from './arrival.ts';

/** `amq.` is reserved for the broker (AMQP 0-9-1, queue.declare), so these names can only be its own. */
const brokerGenerated = /^amq\.(gen-|rabbitmq\.reply-to\.)/;

/**
 * Plain JSON from anybody: a message that is no frame of ours but AMQP's own properties and a JSON body. It comes in as a message of an
 * unknown sender and is answered as JSON through the default exchange.
 */
export class JsonGate {
  readonly #codec: Codec;
  readonly #transport: Transport;
  readonly #env: Env;
  readonly #allowedReplyTo: ReadonlySet<string>;

  /** `allowedReplyTo`: queues that may be answered besides those that the broker named itself. */
  constructor(codec: Codec, transport: Transport, env: Env, allowedReplyTo: readonly string[]) {
    this.#codec = codec;
    this.#transport = transport;
    this.#env = env;
    this.#allowedReplyTo = new Set(allowedReplyTo);
  }

  /** Whether a message without our content type is for this gate. */
  takes(contentType: string | undefined): boolean {
    return contentType === undefined || contentType === '' || /^application\/json\b/i.test(contentType);
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
    return new Arrival(
      message,
      {
        origin: '',
        local: false,
        deadlineAt: expirationMs > 0 ? now + expirationMs : Number.POSITIVE_INFINITY,
        redelivered: delivery.redelivered,
        replyRoute,
        ticket,
      },
      now,
    );
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
    this.#transport.publish({
      exchange: '',
      routingKey: route.replyTo,
      body: this.#codec.encodeJson(content),
      properties: {
        contentType: 'application/json',
        type: 'result',
        headers: { performative, status: isError ? 'ERROR' : 'OK', 'response-code': responseCode },
        ...(route.correlationId !== undefined && { correlationId: route.correlationId }),
      },
    });
  }
}

function isErrorAnswer(performative: Performative): boolean {
  return performative === 'failure' || performative === 'refuse';
}
