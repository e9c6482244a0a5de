import { type Codec, type CodecLimitsOptions, isReply, type Message } from '../codec/index.ts';
import { NoReceiverError, UnavailableError } from '../errors/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { QueueInfo, ReturnedMessage, Transport, TransportStatus } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { type Address, localNameKey, resolveAddress } from './address.ts';
import { Arrival, type Outgoing } from './arrival.ts';
import { Inbox, type InboxStats } from './inbox.ts';
import { InstanceWatch } from './instance-watch.ts';
import { JsonGate } from './json-gate.ts';
import { LocalLane } from './local-lane.ts';
import type { Identity } from './names.ts';
import { Outbox } from './outbox.ts';
import { ServiceReceiver } from './service-receiver.ts';
import { controlExchange, inboxBindings, inboxQueue, serviceQueue, systemExchange } from './topology.ts';

/** Options of the exchange; see `docs/wire-protocol.md` for what they mean on the wire. */
export interface ExchangeOptions {
  /** Frames of a service's queue that may be with this container unsettled. Default 32. */
  readonly prefetch?: number;
  /** Queues that JSON peers may name in `reply_to` besides those that the broker named. Default none. */
  readonly jsonReplyTo?: readonly string[];
  /** Broker logins whose word on the acting user (`user-id`) of a message is taken; from others it is ANONYMOUS. Default none. */
  readonly trustedUsers?: readonly string[];
  readonly limits?: CodecLimitsOptions;
}

/** Who in this container answers to a shared name. */
export interface LocalDirectory {
  /** Whether an instance of `service` here would begin a request at once. */
  hasFreeInstance(service: string): boolean;
  /** Whether a process here answers to `<container>.<name>`. */
  hasLocalName(name: string): boolean;
}

/** What the exchange tells the rest of the container. */
export interface ExchangeListener extends LocalDirectory {
  /** A message came in, by the local way or through the broker. It must not throw. */
  arrived(arrival: Arrival): void;
  /** Messages that nobody is bound to came back. */
  returned(messages: readonly Message[]): void;
  /**
   * Messages could not be handed to the broker. `isLost` says that the connection is gone, so that {@link connectionLost} has told about it or
   * will.
   */
  unsent(messages: readonly Message[], isLost: boolean): void;
  connectionLost(): void;
  connectionRestored(): void;
  isAwaited(service: string): boolean;
  instancesAbsent(service: string): void;
}

/** What an {@link ExchangeManager} works with. */
export interface ExchangeParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  readonly transport: Transport;
  readonly codec: Codec;
  readonly listener: ExchangeListener;
  readonly options: ExchangeOptions;
}

/**
 * The container's place on the bus: its topology, the way out and the way in. READY = nothing yet; ACTIVE = connected, with the
 * system's exchanges declared and the inbox consuming.
 */
export class ExchangeManager extends LifecycleObject {
  readonly #parts: ExchangeParts;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #json: JsonGate;
  readonly #lane: LocalLane;
  readonly #watch: InstanceWatch;
  #stopStatus: (() => void) | undefined;
  /** The epoch of the last connection, and whether it is gone. */
  #epoch = 0;
  #lost = false;

  constructor(parts: ExchangeParts) {
    super();
    this.#parts = parts;
    const { identity, env, logger, transport, codec, listener, options } = parts;
    const onArrival = (arrival: Arrival): void => listener.arrived(arrival);
    this.#outbox = new Outbox(
      identity,
      codec,
      transport,
      env,
      (body) => this.#onUnsent(body),
      (routingKey, error) =>
        this.#parts.logger.error('a frame could not be published', { routingKey, error }),
    );
    this.#json = new JsonGate(codec, transport, env, options.jsonReplyTo ?? []);
    this.#inbox = new Inbox({
      identity,
      codec,
      json: this.#json,
      env,
      logger: logger.room('inbox'),
      trustedUsers: new Set(options.trustedUsers),
      onArrival,
    });
    this.#lane = new LocalLane(env.scheduler, onArrival);
    this.#watch = new InstanceWatch({
      inspect: (service) => this.inspectService(service),
      clock: env.clock,
      logger: logger.room('instance-watch'),
      isAwaited: (service) => listener.isAwaited(service),
      onAbsent: (service) => listener.instancesAbsent(service),
    });
  }

  /** What came in. */
  get stats(): InboxStats {
    return this.#inbox.stats;
  }

  /** What the connection to the broker is doing. */
  get status(): TransportStatus {
    return this.#parts.transport.status;
  }

  /**
   * Sends a message on its way: to a process of this container, to a free instance here, or to the broker.
   *
   * @throws BadRequest for content that cannot travel, `TooLarge`, and for a request `Unavailable` while there is no connection; then nothing
   * was sent
   */
  send(outgoing: Outgoing): void {
    const { message, replyRoute } = outgoing;
    if (replyRoute !== undefined) {
      this.#json.answer(outgoing, replyRoute);
      return;
    }
    const address = resolveAddress(message.receiver, this.#parts.identity);
    // A message that is sent again may take another way than before.
    outgoing.remote = false;
    outgoing.service = '';
    outgoing.answerer = address.container;
    if (this.#staysHere(message, address)) this.#sendLocally(outgoing);
    else this.#sendToBroker(outgoing, address);
  }

  /** Begins to ask the broker once a second whether `service` has an instance, while it is awaited. */
  watchInstances(service: string): void {
    this.#watch.watch(service);
  }

  /** Asks the broker about a service's queue: undefined if nobody ever declared it. Rejects while there is no connection. */
  inspectService(service: string): Promise<QueueInfo | undefined> {
    return this.#parts.transport.inspectQueue(serviceQueue(this.#parts.identity, service).name);
  }

  /** This container's receiver for a service, not yet declared. */
  serviceReceiver(service: string): ServiceReceiver {
    const { identity, transport, options } = this.#parts;
    return new ServiceReceiver({
      identity,
      service,
      transport,
      prefetch: options.prefetch ?? 32,
      onDelivery: (delivery) => this.#inbox.takeShared(delivery, service),
    });
  }

  /**
   * Gives work that nobody here began back to its service's queue, with what is left of its time, and settles it: republished and
   * confirmed before the frame is acknowledged.
   */
  async handBack(arrival: Arrival): Promise<void> {
    const { env, identity, codec, logger } = this.#parts;
    const { message, deadlineAt } = arrival;
    const leftMs = deadlineAt - env.clock.now();
    if (leftMs > 0) {
      message.budgetMs = Number.isFinite(leftMs) ? leftMs : 0;
      const { routingKey } = resolveAddress(message.receiver, identity);
      try {
        const bytes = codec.encodeEnvelope(message, identity.container, undefined);
        const envelope = { routingKey, bytes, mandatory: true, budgetMs: message.budgetMs };
        if ((await this.#outbox.sendConfirmed(envelope)) === 'unroutable') {
          throw new NoReceiverError(`the queue of '${message.receiver}' is gone`);
        }
      } catch (error) {
        // Left unsettled: the broker gives the frame to somebody else when the connection closes.
        logger.warn('work could not be handed back', {
          receiver: message.receiver,
          conversation: message.conversationId || undefined,
          error,
        });
        return;
      }
    }
    arrival.settle();
  }

  protected override async onActivate(): Promise<void> {
    const { identity, transport } = this.#parts;
    transport.onReturned((returned) => this.#onReturned(returned));
    this.#stopStatus = transport.onStatus((status) => this.#onStatus(status));
    await transport.connect();
    await transport.declareExchange(systemExchange(identity));
    await transport.declareExchange(controlExchange(identity));
    await transport.declareQueue(inboxQueue(identity));
    for (const binding of inboxBindings(identity)) await transport.bind(binding);
    await transport.consume({
      queue: inboxQueue(identity).name,
      prefetch: 0,
      noAck: true,
      exclusive: true,
      onDelivery: (delivery) => this.#inbox.takeOwn(delivery),
    });
  }

  protected override onTerminate(): Promise<void> {
    return this.#close();
  }

  protected override onError(): Promise<void> {
    return this.#close();
  }

  #staysHere(message: Message, address: Address): boolean {
    const { identity, listener } = this.#parts;
    if (address.container !== undefined) return address.container === identity.container;
    // In a system of its own `<container>.<name>` and `<sysname>.<name>` are the same text.
    const isBoth = identity.container === identity.sysname && address.service !== message.receiver;
    if (isBoth && listener.hasLocalName(address.service)) return true;
    return message.performative === 'request' && listener.hasFreeInstance(address.service);
  }

  #sendLocally(outgoing: Outgoing): void {
    const { message } = outgoing;
    const { env, identity, codec } = this.#parts;
    codec.isolate(message);
    // Of a call that was sent again, whoever was asked before may answer as well.
    if (message.attempt === 1) outgoing.answerer = identity.container;
    const now = env.clock.now();
    const facts = {
      origin: identity.container,
      local: true,
      deadlineAt: message.budgetMs > 0 ? now + message.budgetMs : Number.POSITIVE_INFINITY,
      redelivered: false,
      replyRoute: undefined,
      ticket: undefined,
    };
    this.#lane.push(new Arrival(message, facts, now));
  }

  #sendToBroker(outgoing: Outgoing, { routingKey, container, service }: Address): void {
    const { message } = outgoing;
    const { identity, codec } = this.#parts;
    const bytes = codec.encodeEnvelope(message, identity.container, container);
    const isRequest = message.performative === 'request';
    const envelope = { routingKey, bytes, mandatory: isRequest, budgetMs: message.budgetMs };
    outgoing.remote = true;
    if (isReply(message.performative)) {
      this.#outbox.sendTogether(envelope);
      return;
    }
    if (isRequest) this.#assertConnected(message);
    if (container !== undefined) {
      this.#outbox.sendTogether(envelope);
    } else if (isRequest) {
      outgoing.service = service;
      this.#outbox.sendAlone(envelope);
    } else {
      outgoing.confirmed = this.#sendDurably(message, envelope.routingKey, bytes);
    }
  }

  async #sendDurably(message: Message, routingKey: string, bytes: Uint8Array): Promise<void> {
    const envelope = { routingKey, bytes, mandatory: true, budgetMs: message.budgetMs };
    let outcome = await this.#outbox.sendConfirmed(envelope);
    const local = localNameKey(message.receiver);
    if (outcome === 'unroutable' && local !== undefined) {
      outcome = await this.#outbox.sendConfirmed({ ...envelope, routingKey: local });
    }
    if (outcome === 'unroutable') {
      throw new NoReceiverError(
        `nobody in system '${this.#parts.identity.sysname}' has the name '${message.receiver}'`,
        { details: { receiver: message.receiver } },
      );
    }
  }

  get #isConnected(): boolean {
    const { type } = this.#parts.transport.status;
    return type === 'connected' || type === 'blocked';
  }

  #assertConnected({ receiver, op }: Message): void {
    if (this.#isConnected) return;
    throw new UnavailableError(`${receiver}.${op}: there is no connection to the broker now`, {
      details: { executed: 'no' },
    });
  }

  #onReturned({ body, routingKey }: ReturnedMessage): void {
    const messages = this.#ownMessages(body);
    const isInbox = routingKey.startsWith('~');
    this.#parts.listener.returned(messages.filter((message) => isInbox || !this.#sendToLocalName(message)));
  }

  /** No service has the name, but it may be a local one of the container that its first part names. */
  #sendToLocalName(message: Message): boolean {
    const routingKey = localNameKey(message.receiver);
    if (routingKey === undefined) return false;
    const bytes = this.#parts.codec.encodeEnvelope(message, this.#parts.identity.container);
    this.#outbox.sendTogether({ routingKey, bytes, mandatory: true, budgetMs: message.budgetMs });
    return true;
  }

  #onUnsent(body: Uint8Array): void {
    this.#parts.listener.unsent(this.#ownMessages(body), !this.#isConnected);
  }

  /** The messages of a frame that we made ourselves. */
  #ownMessages(body: Uint8Array): readonly Message[] {
    const { codec, identity, logger } = this.#parts;
    try {
      return codec.decodeFrame(body, identity.container).messages;
    } catch (error) {
      logger.error('a frame of our own could not be read', { error });
      return [];
    }
  }

  #onStatus(status: TransportStatus): void {
    const { listener, logger } = this.#parts;
    if (status.type === 'connected' && status.epoch !== this.#epoch) {
      this.#epoch = status.epoch;
      if (!this.#lost) return;
      this.#lost = false;
      logger.info('connected to the broker again', { url: status.url, epoch: status.epoch });
      listener.connectionRestored();
    } else if (status.type === 'disconnected' && status.epoch > 0 && !this.#lost) {
      this.#lost = true;
      logger.warn('connection to the broker lost', {
        error: status.cause,
        retryInMs: Math.round(status.retryInMs),
      });
      listener.connectionLost();
    } else if (status.type === 'blocked') {
      logger.warn('the broker takes no messages now', { reason: status.reason });
    }
  }

  async #close(): Promise<void> {
    this.#watch.close();
    this.#outbox.flush();
    await this.#parts.transport.close();
    this.#stopStatus?.();
  }
}
