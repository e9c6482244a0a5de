import { eventually } from '../../../../src/testing/eventually.ts';
import type { RecordingLogger } from '../../../../src/testing/recording-logger.ts';
import type {
  ConsumerHandle,
  ConsumeSpec,
  Delivery,
  ExchangeSpec,
  MessageProperties,
  OutboundMessage,
  QueueSpec,
  Transport,
} from '../../../../src/transport/index.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A classic queue of this connection's life or longer: neither durable nor exclusive unless `overrides` say so. */
export function queue(name: string, overrides: Partial<QueueSpec> = {}): QueueSpec {
  return { name, durable: false, exclusive: false, autoDelete: false, ...overrides };
}

/** An exchange that leaves nothing behind: auto-deleted after its last binding, unless `overrides` say otherwise. */
export function exchange(
  name: string,
  type: ExchangeSpec['type'],
  overrides: Partial<ExchangeSpec> = {},
): ExchangeSpec {
  return { name, type, durable: false, autoDelete: true, ...overrides };
}

/** A message whose body is `text`. */
export function message(
  to: { readonly exchange?: string; readonly routingKey: string },
  text: string,
  properties: MessageProperties = {},
): OutboundMessage {
  return {
    exchange: to.exchange ?? '',
    routingKey: to.routingKey,
    body: encoder.encode(text),
    properties,
  };
}

/** The body as text. */
export function text(delivery: { readonly body: Uint8Array }): string {
  return decoder.decode(delivery.body);
}

/** What a consumer of the suite has received so far. */
export interface Collected {
  readonly deliveries: readonly Delivery[];
  /** The bodies, in the order of arrival. */
  texts(): string[];
  /** The delivery at `index`; throws where there is none. */
  at(index: number): Delivery;
  /** Awaits `count` deliveries in all and returns their bodies. */
  received(count: number): Promise<string[]>;
  readonly handle: ConsumerHandle;
}

/** How {@link collect} consumes. */
export interface CollectOptions extends Partial<Omit<ConsumeSpec, 'queue' | 'onDelivery'>> {
  /** What to do with each delivery after it is noted down. Default: ack (nothing with `noAck`). */
  readonly settle?: (delivery: Delivery) => void;
}

/** For {@link CollectOptions.settle}: leaves deliveries unsettled. */
export function keep(): void {}

/** Consumes from `from` (prefetch 100 by default) and notes every delivery down. */
export async function collect(
  transport: Transport,
  from: string,
  options: CollectOptions = {},
): Promise<Collected> {
  const { settle = options.noAck === true ? keep : (delivery) => delivery.ack(), ...spec } = options;
  const deliveries: Delivery[] = [];
  const handle = await transport.consume({
    queue: from,
    prefetch: 100,
    ...spec,
    onDelivery: (delivery) => {
      deliveries.push(delivery);
      settle(delivery);
    },
  });
  const texts = (): string[] => deliveries.map(text);
  return {
    deliveries,
    texts,
    at(index) {
      const delivery = deliveries[index];
      if (delivery === undefined) throw new Error(`Only ${deliveries.length} deliveries, none at ${index}`);
      return delivery;
    },
    async received(count) {
      await eventually(() => deliveries.length >= count, {
        what: `${count} deliveries from ${from}`,
      });
      return texts();
    },
    handle,
  };
}

/** Awaits that `name` holds `messages` ready messages (and, where given, has `consumers`), as another client sees it. */
export async function holds(
  transport: Transport,
  name: string,
  messages: number,
  consumers?: number,
): Promise<void> {
  await eventually(
    async () => {
      const info = await transport.inspectQueue(name);
      return info?.messages === messages && (consumers === undefined || info.consumers === consumers);
    },
    {
      what: `queue ${name} with ${messages} messages${consumers === undefined ? '' : ` and ${consumers} consumers`}`,
    },
  );
}

/** Awaits that there is no queue `name`. */
export async function gone(transport: Transport, name: string): Promise<void> {
  await eventually(async () => (await transport.inspectQueue(name)) === undefined, {
    what: `end of queue ${name}`,
  });
}

/** Publishes each text through `to`, confirmed one after the other, so that their order in the queues is sure. */
export async function publishAll(
  transport: Transport,
  to: { readonly exchange?: string; readonly routingKey: string },
  texts: readonly string[],
  properties: MessageProperties = {},
): Promise<void> {
  for (const body of texts) await transport.publishConfirmed(message(to, body, properties));
}

/** The errors in a log. */
export function errorsOf(logger: RecordingLogger | undefined): string[] {
  return (logger?.lines ?? []).flatMap(({ level, message: line }) => (level === 'error' ? [line] : []));
}

/** `count` different texts: `1`, `2`, … */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}
