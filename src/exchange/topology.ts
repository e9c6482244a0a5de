import type { BindingSpec, ExchangeSpec, QueueSpec } from '../transport/index.ts';
import { inboxKey } from './address.ts';
import type { Identity } from './names.ts';

/**
 * Wire version 1's topology as data. Arguments are frozen: every container of a system declares the same ones, or the broker
 * refuses the second (406). A system whose name is one container's id is a trial: its exchanges and queues end with their last user.
 */

/** The system's exchange. Topic, because only topic exchanges let RabbitMQ restrict who may call and who may serve within a system. */
export function systemExchange({ sysname, container }: Identity): ExchangeSpec {
  return { name: sysname, type: 'topic', durable: true, autoDelete: sysname === container };
}

/** What reaches every container of the system. */
export function controlExchange({ sysname, container }: Identity): ExchangeSpec {
  return { name: `${sysname}~control`, type: 'fanout', durable: true, autoDelete: sysname === container };
}

/** The container's own queue: replies and pid-addressed messages. New per connection, gone with it. */
export function inboxQueue({ sysname, container }: Identity): QueueSpec {
  return {
    name: `${sysname}~inbox.${container}`,
    perEpoch: true,
    durable: false,
    exclusive: true,
    autoDelete: false,
  };
}

/** The inbox takes what is addressed to the container, its process ids and its local names: `~<container>`, and what a stranger adds to it. */
export function inboxBindings(identity: Identity): readonly BindingSpec[] {
  const queue = inboxQueue(identity).name;
  return [
    { exchange: systemExchange(identity).name, queue, routingKey: `${inboxKey(identity.container)}.#` },
    { exchange: controlExchange(identity).name, queue, routingKey: '' },
  ];
}

/** The queue that all instances of a service share. It never expires: it may hold durable work. */
export function serviceQueue({ sysname, container }: Identity, service: string): QueueSpec {
  return {
    name: `${sysname}.${service}`,
    durable: true,
    exclusive: false,
    autoDelete: sysname === container,
  };
}

/** Calls to a service reach its queue by the service's name. */
export function serviceBinding(identity: Identity, service: string): BindingSpec {
  return {
    exchange: systemExchange(identity).name,
    queue: serviceQueue(identity, service).name,
    routingKey: service,
  };
}
