import { isReply, type Message, makeMessage } from '../codec/index.ts';
import { type ContainerError, NoReceiverError, UnavailableError } from '../errors/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { QueueInfo, ReturnedMessage, TransportStatus } from '../transport/index.ts';
import { type Address, AddressBook, everyContainer, inboxKey, localNameKey } from './address.ts';
import { Arrival, type Outgoing } from './arrival.ts';
import { EventExchange } from './event-exchange.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { ExpectedWork } from './expected-work.ts';
import { HandBacks } from './hand-backs.ts';
import { Inbox, type InboxStats } from './inbox.ts';
import { InstanceWatch } from './instance-watch.ts';
import { JsonCalls } from './json-calls.ts';
import { type AskingContainer, JsonGate } from './json-gate.ts';
import { LocalLane } from './local-lane.ts';
import { type MessagingName, messagingNames } from './messaging-names.ts';
import { type OutboundEnvelope, Outbox } from './outbox.ts';
import { OwnQueue } from './own-queue.ts';
import { Retries, retryDefaults } from './retries.ts';
import { ServiceReceiver } from './service-receiver.ts';
import { controlExchange, serviceQueue, systemExchange } from './topology.ts';
import { Underway } from './underway.ts';
import { workTeller } from './work-report.ts';

/**
 * The container's place on the bus: its topology, the way out and the way in. READY = nothing yet; ACTIVE = connected, with the
 * system's exchanges declared and the inbox consuming.
 */
export class ExchangeManager extends LifecycleObject {
  /** The system's events. */
  readonly events: EventExchange;
  readonly #parts: ExchangeParts;
  readonly #outbox: Outbox;
  readonly #expected = new ExpectedWork();
  readonly #inbox: Inbox;
  readonly #json: JsonGate;
  readonly #calls: JsonCalls;
  readonly #lane: LocalLane;
  readonly #addresses: AddressBook;
  readonly #underway: Underway;
  readonly #ownQueue: OwnQueue;
  readonly #handBacks: HandBacks;
  readonly #watch: InstanceWatch;
  /** Those that are declared. */
  readonly #services = new Set<ServiceReceiver>();
  #stopStatus: (() => void) | undefined;
  /** The epoch of the last connection, and whether it is gone. */
  #epoch = 0;
  #lost = false;

  constructor(parts: ExchangeParts) {
    super();
    this.#parts = parts;
    const { identity, env, logger, transport, codec, listener, options } = parts;
    this.#addresses = new AddressBook(identity);
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
    this.#handBacks = new HandBacks({ identity, env, codec, logger, outbox: this.#outbox });
    this.#json = new JsonGate(identity, codec, transport, env, options.jsonReplyTo ?? []);
    this.#calls = new JsonCalls({
      identity,
      codec,
      transport,
      clock: env.clock,
      services: options.jsonServices ?? [],
      isServedHere: (service) => [...this.#services].some((receiver) => receiver.service === service),
      onUnsent: (message) => listener.unsent([message], !this.#isConnected),
    });
    const trustedUsers = new Set(options.trustedUsers);
    const retries = new Retries({
      identity,
      env,
      codec,
      transport,
      logger: logger.room('retries'),
      policy: {
        attempts: options.attempts ?? retryDefaults.attempts,
        delaysMs: options.retryDelaysMs ?? retryDefaults.delaysMs,
      },
      reread: (delivery, index) => this.#inbox.reread(delivery, index),
      onDead: (facts, message) => listener.died(facts, message),
    });
    this.#inbox = new Inbox({
      identity,
      codec,
      json: this.#json,
      calls: this.#calls,
      tellContainer: (asking, error) => this.#tellContainer(asking, error),
      env,
      logger: logger.room('inbox'),
      trustedUsers,
      onArrival,
      keeper: retries,
      tellWork: workTeller({ identity, codec, outbox: this.#outbox }),
    });
    this.events = new EventExchange({
      ...parts,
      logger: logger.room('events'),
      inbox: this.#inbox,
      retries,
      publishTimeoutMs: options.publishTimeoutMs ?? 15_000,
      trustedUsers,
    });
    this.#ownQueue = new OwnQueue({
      identity,
      transport,
      scheduler: env.scheduler,
      onDelivery: (delivery) => this.#inbox.takeOwn(delivery),
    });
    this.#underway = new Underway(this.#addresses);
    this.#lane = new LocalLane(env.scheduler, (arrival) => {
      this.#underway.arrived(arrival.message);
      onArrival(arrival);
    });
    this.#watch = new InstanceWatch({
      inspect: async (service) => (await this.inspectService(service)) ?? this.#calls.withoutQueue(service),
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

  /** How much work was given back to its queue so far. */
  get handedBack(): number {
    return this.#handBacks.count;
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
    const { message, replyRoute, publication } = outgoing;
    if (publication !== undefined) {
      this.events.publish(outgoing, publication);
      return;
    }
    if (replyRoute !== undefined) {
      this.#json.answer(outgoing, replyRoute);
      return;
    }
    const address = this.#addresses.of(message.receiver);
    // A message that is sent again may take another way than before.
    outgoing.remote = false;
    outgoing.service = '';
    outgoing.answerer = address.container;
    outgoing.isJson = false;
    if (this.#calls.take(outgoing, address)) this.#calls.send(outgoing, address);
    else if (this.#staysHere(outgoing, address)) this.#sendLocally(outgoing);
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
    const receiver = new ServiceReceiver({
      identity,
      service,
      transport,
      prefetch: options.prefetch ?? 32,
      onDelivery: (delivery) => this.#inbox.takeShared(delivery, service),
    });
    receiver.onStateChanged(({ to }) => {
      if (to === 'READY' || to === 'ACTIVE') this.#services.add(receiver);
      else this.#services.delete(receiver);
    });
    return receiver;
  }

  /** What this container has declared on the bus so that messages find it. */
  names(): readonly MessagingName[] {
    return messagingNames(this.#parts.identity, this.#epoch, [...this.#services]);
  }

  /** An answer tells how long its request to `service` kept an instance from others, microseconds: so many of them may travel together. */
  took(service: string, op: string, workUs: number): void {
    this.#expected.took(service, op, workUs);
  }

  /** A container tells the same of one-way messages. Anybody could have sent it: what was not asked for does nothing. */
  told(service: string, op: string, workUs: number): void {
    this.#expected.told(service, op, workUs);
  }

  /** See {@link HandBacks#handBack}. */
  handBack(arrival: Arrival): Promise<void> {
    return this.#handBacks.handBack(arrival);
  }

  /** Resolves when what is being handed back is, or cannot be. Never rejects. */
  handBacksSettled(): Promise<void> {
    return this.#handBacks.settled();
  }

  protected override async onActivate(): Promise<void> {
    const { identity, transport } = this.#parts;
    transport.onReturned((returned) => this.#onReturned(returned));
    this.#stopStatus = transport.onStatus((status) => this.#onStatus(status));
    await transport.connect();
    await transport.declareExchange(systemExchange(identity));
    await transport.declareExchange(controlExchange(identity));
    await this.#ownQueue.open();
    await this.events.inboxOpened();
  }

  protected override onTerminate(): Promise<void> {
    return this.#close();
  }

  protected override onError(): Promise<void> {
    return this.#close();
  }

  #staysHere({ message, stays }: Outgoing, address: Address): boolean {
    const { identity, listener } = this.#parts;
    if (address.container !== undefined) return address.container === identity.container;
    if (stays) return true;
    // In a system of its own `<container>.<name>` and `<sysname>.<name>` are the same text.
    const isBoth = identity.container === identity.sysname && address.service !== message.receiver;
    if (isBoth && listener.hasLocalName(address.service)) return true;
    if (message.performative !== 'request') return false;
    // Who pings a shared name asks who serves it: the broker chooses among all instances.
    if (message.op === 'ping' && this.#isConnected) return false;
    return listener.hasFreeInstance(address.service, this.#underway.of(address.service), message);
  }

  #sendLocally(outgoing: Outgoing): void {
    const { message } = outgoing;
    const { env, identity, codec } = this.#parts;
    codec.isolate(message);
    // Of a call that was sent again, whoever was asked before may answer as well.
    if (message.attempt === 1) outgoing.answerer = identity.container;
    const { budgetMs } = message;
    this.#underway.left(message);
    this.#lane.push(
      new Arrival(message, {
        origin: identity.container,
        local: true,
        deadlineAt: budgetMs > 0 ? env.clock.now() + budgetMs : Number.POSITIVE_INFINITY,
        redelivered: false,
        replyRoute: undefined,
      }),
    );
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
    // A cancel is for whoever of the service's instances has the request, or will have it.
    const isForAll = message.performative === 'cancel' && container === undefined;
    if (isForAll || message.receiver === everyContainer) {
      this.#outbox.sendToAll(bytes, message.budgetMs);
      return;
    }
    if (isRequest) this.#assertConnected(message);
    if (container !== undefined) {
      this.#outbox.sendTogether(envelope);
    } else if (isRequest) {
      outgoing.service = service;
      this.#outbox.sendShared(envelope, this.#expected.of(service, message.op));
    } else {
      outgoing.confirmed = this.#sendDurably(message, service, { ...envelope, mandatory: true });
    }
  }

  async #sendDurably(message: Message, service: string, envelope: OutboundEnvelope): Promise<void> {
    const workUs = this.#expected.of(service, message.op);
    const tellWork = this.#expected.isAskedNow(service, message.op);
    let outcome = await this.#outbox.sendSharedConfirmed(envelope, workUs, tellWork);
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

  #onReturned(returned: ReturnedMessage): void {
    if (this.events.returned(returned)) return;
    const call = this.#calls.returned(returned);
    if (call !== undefined) {
      this.#parts.listener.returned([call]);
      return;
    }
    const { body, routingKey } = returned;
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

  /** A container took us for a JSON peer; it learns at once that it has no answer. */
  #tellContainer({ container, conversationId }: AskingContainer, { code, message }: ContainerError): void {
    const { identity, codec } = this.#parts;
    const failure = makeMessage({
      performative: 'failure',
      conversationId,
      sender: identity.container,
      receiver: container,
      content: { code, message: `${message}; a container is called without wire 'json'` },
    });
    const bytes = codec.encodeEnvelope(failure, identity.container, container);
    this.#outbox.sendTogether({ routingKey: inboxKey(container), bytes, mandatory: false, budgetMs: 0 });
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
      this.events.connectionRestored();
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
    await this.#handBacks.settled();
    await this.events.declared();
    try {
      if (this.#isConnected) await this.#ownQueue.leave();
    } catch (error) {
      this.#parts.logger.warn('the inbox could not be left properly', { error });
    }
    this.#outbox.flush();
    this.events.close();
    await this.#parts.transport.close();
    this.#stopStatus?.();
  }
}
