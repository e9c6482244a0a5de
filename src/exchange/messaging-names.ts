import type { QueueSpec } from '../transport/index.ts';
import type { Identity } from './names.ts';
import type { ServiceReceiver } from './service-receiver.ts';
import {
  controlExchange,
  inboxBindings,
  inboxQueue,
  serviceBinding,
  serviceQueue,
  systemExchange,
} from './topology.ts';

/** A name under which messages reach this container, and what stands for it at the broker. */
export interface MessagingName {
  /** The container's id, a service's name, or `<sysname>~control`. */
  readonly name: string;
  /** `inbox`: replies, process ids and local names; `control`: what reaches every container of the system; `service`: a shared name. */
  readonly type: 'inbox' | 'control' | 'service';
  readonly exchange: string;
  readonly routingKey: string;
  /** As the broker calls it. */
  readonly queue: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Whether this container takes messages from the queue now. */
  readonly consuming: boolean;
}

/** What a container has declared in the connection `epoch`, `services` being its receivers; nothing before its first (0). */
export function messagingNames(
  identity: Identity,
  epoch: number,
  services: readonly ServiceReceiver[],
): readonly MessagingName[] {
  if (epoch === 0) return [];
  const inbox = inboxQueue(identity);
  const control = controlExchange(identity).name;
  const own = inboxBindings(identity).map(({ exchange, routingKey }) => ({
    name: exchange === control ? control : identity.container,
    type: exchange === control ? ('control' as const) : ('inbox' as const),
    exchange,
    routingKey,
    ...queueFacts(inbox, `${inbox.name}~${epoch}`),
    consuming: true,
  }));
  const shared = services.map(({ service, state }) => ({
    name: service,
    type: 'service' as const,
    exchange: systemExchange(identity).name,
    routingKey: serviceBinding(identity, service).routingKey,
    ...queueFacts(serviceQueue(identity, service)),
    consuming: state === 'ACTIVE',
  }));
  return [...own, ...shared];
}

function queueFacts({ name, durable, autoDelete }: QueueSpec, queue = name) {
  return { queue, durable, autoDelete };
}
