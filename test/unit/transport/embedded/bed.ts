import { type FakeEnv, fakeEnv } from '../../../../src/testing/fake-env.ts';
import { EmbeddedBroker, type EmbeddedTransport } from '../../../../src/transport/embedded/index.ts';
import type {
  ConsumeSpec,
  Delivery,
  MessageProperties,
  OutboundMessage,
  QueueSpec,
} from '../../../../src/transport/index.ts';

/** A broker on a fake clock, and connected transports `a` and `b`. */
export interface Bed {
  readonly env: FakeEnv;
  readonly broker: EmbeddedBroker;
  readonly a: EmbeddedTransport;
  readonly b: EmbeddedTransport;
  /** Lines logged as errors or warnings. */
  readonly logged: string[];
}

export async function makeBed(): Promise<Bed> {
  const env = fakeEnv();
  const logged: string[] = [];
  const log = (line: string): void => void logged.push(line);
  const silent = (): void => {};
  const logger = {
    error: log,
    warn: log,
    info: silent,
    debug: silent,
    enabled: () => true,
    child: () => logger,
    room: () => logger,
  };
  const broker = new EmbeddedBroker({ env, logger });
  const [a, b] = [broker.transport({ name: 'a' }), broker.transport({ name: 'b' })];
  await a.connect();
  await b.connect();
  return { env, broker, a, b, logged };
}

export function queue(name: string, overrides: Partial<QueueSpec> = {}): QueueSpec {
  return { name, durable: false, exclusive: false, autoDelete: false, ...overrides };
}

/** A message for queue `to` through the default exchange. */
export function message(to: string, text: string, properties: MessageProperties = {}): OutboundMessage {
  return { exchange: '', routingKey: to, body: new TextEncoder().encode(text), properties };
}

export function text({ body }: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(body);
}

/** Consumes without ever settling; the array grows with what arrives. */
export async function collect(
  transport: EmbeddedTransport,
  from: string,
  options: Partial<ConsumeSpec> = {},
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  await transport.consume({
    queue: from,
    prefetch: 0,
    onDelivery: (delivery) => void deliveries.push(delivery),
    ...options,
  });
  return deliveries;
}
