import type { Message } from '../codec/index.ts';
import type { Arrival } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ContractGuard } from './contract-guard.ts';
import { Draining } from './draining.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessRegistry } from './process-registry.ts';
import type { ServiceExchange } from './seams.ts';
import { ServiceGroup } from './service-group.ts';

/** What {@link HostedServices} work with. */
export interface HostedServicesParts {
  readonly registry: ProcessRegistry;
  readonly guard: ContractGuard;
  readonly exchange: Pick<ServiceExchange, 'serviceReceiver'>;
  readonly logger: Logger;
  /** Gives work that nobody here will begin back to its queue. Must not throw. */
  readonly giveBack: (arrival: Arrival) => void;
}

/**
 * The services that a container hosts: their names, declared on the bus for the first instance and taken back with the last one, and, once the container
 * drains, the work that goes back to their queues.
 */
export class HostedServices {
  readonly #parts: HostedServicesParts;
  #draining: Draining | undefined;

  constructor(parts: HostedServicesParts) {
    this.#parts = parts;
  }

  /** Instances here; 0 for the last one when nothing is taken from the queue any more. */
  instances(service: string): number {
    const { size } = this.#parts.registry.group(service) ?? { size: 0 };
    return this.#draining !== undefined && size === 1 ? 0 : size;
  }

  /** Whether an instance would begin a request at once, when `underway` others are on their way here; while the container drains, whether it could wait for one. */
  hasFreeInstance(service: string, underway: number, message: Message): boolean {
    const group = this.#parts.registry.group(service);
    if (group === undefined) return false;
    return group.hasFree(underway) || (this.#draining !== undefined && group.couldTake(message));
  }

  // No promise where there is nothing to wait for.

  /** Declares the name of a process that is a service. @throws (as rejection) ConflictError for a contract that does not fit the other instances' */
  declare(cell: ProcessCell): void | Promise<void> {
    const { serviceName } = cell;
    return serviceName === undefined ? undefined : this.#declare(cell, serviceName);
  }

  /** Gives a process its share of what comes for its name. */
  open(cell: ProcessCell): void | Promise<void> {
    return this.#groupOf(cell)?.open(cell);
  }

  /** Nothing comes to a process by its name any more. Never rejects. */
  close(cell: ProcessCell): void | Promise<void> {
    const group = this.#groupOf(cell);
    return group && this.#leave(group, cell);
  }

  /**
   * From here on nothing is taken from the queues, and what was taken from them and not begun goes back. Resolves when the consumers are cancelled and what
   * goes back is on its way. Never rejects.
   */
  async drain(): Promise<void> {
    const draining = new Draining(this.#parts.giveBack);
    this.#draining = draining;
    const { groups } = this.#parts.registry;
    const drained = groups.map((group) => group.drain());
    for (const group of groups) {
      for (const cell of group.members)
        for (const arrival of cell.takeShared()) if (!arrival.giveBack()) draining.take(arrival);
    }
    await Promise.all(drained);
    draining.consumersCancelled();
  }

  /** Takes work of a queue that nobody is to begin, since the container drains. Gives whether it did. */
  takesBack(arrival: Arrival): boolean {
    if (this.#draining === undefined || !arrival.fromSharedQueue) return false;
    this.#draining.take(arrival);
    return true;
  }

  #groupOf({ serviceName }: ProcessCell): ServiceGroup | undefined {
    return serviceName === undefined ? undefined : this.#parts.registry.group(serviceName);
  }

  async #declare(cell: ProcessCell, serviceName: string): Promise<void> {
    const { registry, guard, exchange } = this.#parts;
    const { contract } = cell;
    if (contract !== undefined && registry.group(serviceName) === undefined)
      await guard.assertFitsOthers(serviceName, contract);
    let group = registry.group(serviceName);
    for (const member of group?.members ?? []) {
      if (contract !== undefined && member.contract !== undefined)
        guard.assertFits(serviceName, contract, member.contract);
    }
    if (group === undefined) {
      group = new ServiceGroup(exchange.serviceReceiver(serviceName));
      if (this.#draining !== undefined) void group.drain();
      registry.addGroup(group);
    }
    await group.join(cell);
  }

  async #leave(group: ServiceGroup, cell: ProcessCell): Promise<void> {
    const { registry, logger } = this.#parts;
    const left = group.leave(cell);
    if (group.isEmpty) registry.removeGroup(group);
    try {
      await left;
    } catch (error) {
      logger.warn('a service could not be closed properly', { service: group.service, error });
    }
  }
}
