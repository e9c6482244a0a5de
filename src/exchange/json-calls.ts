import {
  type Codec,
  type Headers,
  jsonContentType,
  type Message,
  makeMessage,
  protocolOf,
  UndecodableError,
} from '../codec/index.ts';
import { BadRequestError, NoReceiverError, UnavailableError } from '../errors/index.ts';
import type {
  Delivery,
  MessageProperties,
  OutboundMessage,
  QueueInfo,
  ReturnedMessage,
  Transport,
} from '../transport/index.ts';
import type { Clock } from '../util/index.ts';
import type { Address } from './address.ts';
import { Arrival, type Outgoing } from './arrival.ts';
import type { Identity } from './names.ts';
import { inboxQueue } from './topology.ts';

/** What {@link JsonCalls} work with. */
export interface JsonCallsParts {
  readonly identity: Identity;
  readonly codec: Codec;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Names that are called with JSON whoever calls them. */
  readonly services: readonly string[];
  /** Whether this container serves the name itself: then nobody needs JSON. */
  readonly isServedHere: (service: string) => boolean;
  /** A request could not be handed to the broker. */
  readonly onUnsent: (message: Message) => void;
}

/** Headers that mean something only between containers. */
const notForPeers: ReadonlySet<string> = new Set(['user-id', 'expiry', 'protocol', 'retry', 'credit']);

/**
 * Calls to names that programs of other languages serve: one plain AMQP message each, whose answer comes to the container's own queue
 * through the default exchange (docs/wire-protocol.md, §7). Its correlation id is the conversation's, which nobody can guess who has not
 * seen the call.
 */
export class JsonCalls {
  readonly #parts: JsonCallsParts;
  readonly #marked: ReadonlySet<string>;
  /** Those that were called so because their callers said it. */
  readonly #called = new Set<string>();

  constructor(parts: JsonCallsParts) {
    this.#parts = parts;
    this.#marked = new Set(parts.services);
  }

  /**
   * Whether a message goes to a JSON peer.
   *
   * @throws BadRequestError for one to a process, which no JSON peer is
   */
  take({ message, wire, stays }: Outgoing, { container, service }: Address): boolean {
    const { performative, receiver } = message;
    if (stays) return false;
    if (performative === 'cancel') return this.#isPeer(service);
    if (performative !== 'request' && performative !== 'none') return false;
    if (wire === undefined ? !this.#marked.has(service) : wire !== 'json') return false;
    if (container !== undefined) {
      throw new BadRequestError(
        `'${receiver}' is a process's own name; wire 'json' is for shared names, which programs of other languages serve`,
      );
    }
    return !this.#parts.isServedHere(service);
  }

  /**
   * Sends it.
   *
   * @throws BadRequest for content or headers that cannot travel and for a conversation in parts, `TooLarge`, and for a request `Unavailable`
   * while there is no connection; then nothing was sent
   */
  send(outgoing: Outgoing, { service }: Address): void {
    const { message } = outgoing;
    // A peer has its deadline, and nothing else to be told.
    if (message.performative === 'cancel') return;
    if (!this.#marked.has(service)) this.#called.add(service);
    outgoing.remote = true;
    if (message.performative === 'none') {
      outgoing.confirmed = this.#sendDurably(this.#plain(message, service), message);
      return;
    }
    const protocol = protocolOf(message);
    if (protocol !== 'rpc') {
      throw new BadRequestError(
        `${message.receiver}.${message.op}: a program that is called with JSON gives one answer and no more; call it without protocol '${protocol}', onAgree, onProgress or stream()`,
      );
    }
    outgoing.isJson = true;
    outgoing.service = service;
    const plain = this.#plain(message, service, {
      correlationId: message.conversationId,
      replyTo: this.#replyTo(message),
    });
    if (!this.#parts.transport.publish(plain)) this.#parts.onUnsent(message);
  }

  /** A request that nobody is bound to came back; undefined if what came back is none. */
  returned({ routingKey, properties }: ReturnedMessage): Message | undefined {
    const { contentType, correlationId, type } = properties;
    if (contentType !== jsonContentType || correlationId === undefined) return undefined;
    return makeMessage({
      performative: 'request',
      conversationId: correlationId,
      sender: '',
      receiver: routingKey,
      op: type ?? '',
    });
  }

  /**
   * The answer that a JSON message in the container's own queue is. One whose content cannot be read is a failure.
   *
   * @throws UndecodableError when it does not say what it answers
   */
  readAnswer({ body, properties, redelivered }: Delivery): Arrival {
    const { correlationId = '', headers } = properties;
    if (correlationId === '') {
      throw new UndecodableError(
        'no-correlation',
        'a JSON answer must repeat the correlation_id of its request',
      );
    }
    const isError =
      headers?.status === 'ERROR' ||
      headers?.performative === 'failure' ||
      headers?.performative === 'refuse';
    const message = makeMessage({
      performative: isError ? 'failure' : 'inform_result',
      conversationId: correlationId,
      sender: '',
      receiver: this.#parts.identity.container,
    });
    try {
      message.content = this.#parts.codec.decodeJsonContent(body);
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error;
      message.performative = 'failure';
      message.content = { code: 'Internal', message: `the answer cannot be read: ${error.message}` };
    }
    const facts = {
      origin: '',
      local: false,
      deadlineAt: Number.POSITIVE_INFINITY,
      redelivered,
      replyRoute: undefined,
      ticket: undefined,
    };
    return new Arrival(message, facts);
  }

  /** What a queue that nobody declared means: a peer may take its messages from a queue of any name. */
  withoutQueue(service: string): QueueInfo | undefined {
    return this.#isPeer(service) ? { messages: 0, consumers: 1 } : undefined;
  }

  #isPeer(service: string): boolean {
    return this.#marked.has(service) || this.#called.has(service);
  }

  /** Where the answer shall come: the container's own queue, as the broker calls it in this connection. */
  #replyTo({ receiver, op }: Message): string {
    const { transport, identity } = this.#parts;
    const { status } = transport;
    if (status.type !== 'connected' && status.type !== 'blocked') {
      throw new UnavailableError(`${receiver}.${op}: there is no connection to the broker now`, {
        details: { executed: 'no' },
      });
    }
    return `${inboxQueue(identity).name}~${status.epoch}`;
  }

  #plain(message: Message, service: string, more: MessageProperties = { persistent: true }): OutboundMessage {
    const { op, content, budgetMs, headers } = message;
    const own = headers && headersForPeers(headers);
    return {
      exchange: this.#parts.identity.sysname,
      routingKey: service,
      body: this.#parts.codec.encodeJson(content),
      mandatory: true,
      properties: {
        contentType: jsonContentType,
        type: op,
        ...more,
        ...(budgetMs > 0 && { expirationMs: Math.ceil(budgetMs) }),
        ...(own && { headers: own }),
      },
    };
  }

  async #sendDurably(plain: OutboundMessage, { receiver }: Message): Promise<void> {
    if ((await this.#parts.transport.publishConfirmed(plain)) !== 'unroutable') return;
    throw new NoReceiverError(
      `nobody in system '${this.#parts.identity.sysname}' has the name '${receiver}'`,
      { details: { receiver } },
    );
  }
}

/** As AMQP headers; undefined if there are none. @throws BadRequestError for one that is more than a word or a number */
function headersForPeers(headers: Headers): Readonly<Record<string, unknown>> | undefined {
  const entries = Object.entries(headers).filter(([name]) => !notForPeers.has(name));
  for (const [name, value] of entries) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') continue;
    throw new BadRequestError(
      `the header '${name}' cannot go to a program that is called with JSON: give text, a number or a boolean`,
    );
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
