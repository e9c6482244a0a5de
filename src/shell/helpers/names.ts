import type { MessagingName } from '../../exchange/index.ts';
import { defineHelper } from '../helper.ts';
import { hostedServices } from '../services.ts';

/** A name as `ms` shows it. */
export interface NameInfo extends Omit<MessagingName, 'type'> {
  readonly type: MessagingName['type'] | 'local' | 'process';
}

/** A service as `svc` shows it. */
export interface ServiceInfo {
  readonly name: string;
  /** The contract's; undefined for a service without one. */
  readonly version: string | undefined;
  /** The class of its instances. */
  readonly class: string;
  /** In this container. */
  readonly instances: number;
  readonly operations: readonly string[];
}

export const ms = defineHelper({
  name: 'ms',
  signature: 'ms(full?)',
  summary: 'The names that this container has declared on the bus',
  details:
    'Gives an array of { name, type, routingKey, queue, exchange, durable, autoDelete, consuming }. full: also the process ids, and every ' +
    'column. Local names and process ids have no queue of their own: the inbox takes what is for them.',
  examples: ['ms()', 'ms(true)', "ms().find((n) => n.type === 'inbox').queue"],
  bind:
    ({ container, printer }) =>
    (full = false): readonly NameInfo[] => {
      const declared = container.messagingNames();
      const inbox = declared.find(({ type }) => type === 'inbox');
      const names: NameInfo[] = [...declared];
      for (const { id, localName } of inbox === undefined ? [] : container.processes.list()) {
        if (localName !== undefined && inbox !== undefined)
          names.push({ ...inbox, type: 'local', name: `${container.id}.${localName}` });
        if (full && inbox !== undefined) names.push({ ...inbox, type: 'process', name: id });
      }
      return printer.table(
        names,
        full
          ? ['name', 'type', 'routingKey', 'queue', 'exchange', 'durable', 'autoDelete', 'consuming']
          : ['name', 'type', 'routingKey', 'queue'],
        `Messaging names: ${names.length}`,
      );
    },
});

export const svc = defineHelper({
  name: 'svc',
  signature: 'svc()',
  summary: 'The services that this container hosts',
  details:
    "Gives an array of { name, version, class, instances, operations }. help('NAME') shows contents and results.",
  examples: ['svc()', 'svc().map((s) => s.name)'],
  bind:
    ({ container, printer }) =>
    (): readonly ServiceInfo[] => {
      const services = hostedServices(container).map(
        ({ name, version, className, instances, operations }) => ({
          name,
          version,
          class: className,
          instances,
          operations: operations.map((operation) => operation.name),
        }),
      );
      return printer.table(
        services,
        ['name', 'version', 'class', 'instances', 'operations'],
        `Services: ${services.length}`,
      );
    },
});
