import {
  Codec,
  type FrameHeader,
  frameContentType,
  type Message,
  type MessageFields,
  makeMessage,
} from '../../../src/codec/index.ts';
import { Arrival, type ArrivalFacts, type Identity } from '../../../src/exchange/index.ts';
import type { JsonGate } from '../../../src/exchange/json-gate.ts';
import type {
  ConsumerHandle,
  Delivery,
  MessageProperties,
  OutboundMessage,
  QueueInfo,
  ReturnedMessage,
  Transport,
  TransportStats,
  TransportStatus,
} from '../../../src/transport/index.ts';

/** Who the tests of the exchange are. */
export const identity: Identity = Object.freeze({ container: 'shore', sysname: 'fleet' });

/** A transport that keeps what it is given and does what the test says. */
export class ScriptedTransport implements Transport {
  readonly published: OutboundMessage[] = [];
  readonly confirmed: OutboundMessage[] = [];
  /** What `publishApart` was given. */
  readonly apart: OutboundMessage[] = [];
  /** Whether `publish` takes messages. */
  takes = true;
  /** What `publishConfirmed` answers. */
  outcome: () => Promise<'confirmed' | 'unroutable'> = async () => 'confirmed';
  status: TransportStatus = { type: 'connected', url: 'scripted:', epoch: 1 };
  readonly stats: TransportStats = {
    published: 0,
    droppedWhileDisconnected: 0,
    returned: 0,
    delivered: 0,
    staleSettlements: 0,
    consumersRepaired: 0,
  };

  publish(message: OutboundMessage): boolean {
    if (this.takes) this.published.push(message);
    return this.takes;
  }
  drained(): undefined {
    return undefined;
  }

  publishApart(message: OutboundMessage): boolean {
    this.apart.push(message);
    return this.takes;
  }
  publishConfirmed(message: OutboundMessage): Promise<'confirmed' | 'unroutable'> {
    this.confirmed.push(message);
    return this.outcome();
  }

  async connect(): Promise<void> {}
  async close(): Promise<void> {}
  onStatus(_listener: (status: TransportStatus) => void): () => void {
    return () => undefined;
  }
  onReturned(_listener: (message: ReturnedMessage) => void): void {}
  async declareExchange(): Promise<void> {}
  async declareQueue(): Promise<void> {}
  async bind(): Promise<void> {}
  async deleteQueue(): Promise<void> {}
  forget(_queue: string): void {}
  async unbind(): Promise<void> {}
  async consume(): Promise<ConsumerHandle> {
    return { cancel: async () => undefined };
  }
  async inspectQueue(): Promise<QueueInfo | undefined> {
    return undefined;
  }
}

/** A delivery that counts what is done with it. */
export class ScriptedDelivery implements Delivery {
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  exchange = 'fleet';
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly epoch = 1;
  acks = 0;
  /** Requeued or rejected: what never may happen to a frame. */
  nacks = 0;

  constructor(body: Uint8Array, properties: MessageProperties, routingKey = 'hello', redelivered = false) {
    this.body = body;
    this.properties = properties;
    this.routingKey = routingKey;
    this.redelivered = redelivered;
  }

  ack(): void {
    this.acks += 1;
  }
  requeue(): void {
    this.nacks += 1;
  }
  reject(): void {
    this.nacks += 1;
  }
}

const codec = new Codec();

/** A message from process 1 of container `ship`. */
export function message(fields: Partial<MessageFields> = {}): Message {
  return makeMessage({
    performative: 'request',
    sender: 'ship.1',
    receiver: 'hello',
    op: 'hello',
    ...fields,
  });
}

/** The bytes of a frame from container `ship`. */
export function frameOf(messages: readonly Message[], header: Partial<FrameHeader> = {}): Uint8Array {
  return codec.encodeFrame(
    { container: 'ship', sysname: identity.sysname, sentAt: 0, ...header },
    messages.map((one) => codec.encodeEnvelope(one, header.container ?? 'ship')),
  );
}

/** A delivery of such a frame. */
export function frameDelivery(...args: Parameters<typeof frameOf>): ScriptedDelivery {
  return new ScriptedDelivery(frameOf(...args), { contentType: frameContentType });
}

/** A delivery of text as it comes from anybody. */
export function jsonDelivery(text: string, properties: MessageProperties = {}): ScriptedDelivery {
  return new ScriptedDelivery(new TextEncoder().encode(text), { type: 'hello', ...properties });
}

/** Lets a gate learn that it may answer, so that it goes on at once from here on. */
export function primed(gate: JsonGate): Promise<void> {
  return new Promise((resolve) =>
    gate.whenKnown(jsonDelivery('1', { replyTo: 'amq.gen-1' }), () => resolve()),
  );
}

/** An arrival of `content`, local and without a limit unless `facts` say otherwise. */
export function arrival(fields: Partial<MessageFields> = {}, facts: Partial<ArrivalFacts> = {}): Arrival {
  return new Arrival(message(fields), {
    origin: 'ship',
    local: true,
    deadlineAt: Number.POSITIVE_INFINITY,
    redelivered: false,
    replyRoute: undefined,
    ticket: undefined,
    ...facts,
  });
}
