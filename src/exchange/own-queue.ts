import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import type { Scheduler } from '../util/index.ts';
import type { Identity } from './names.ts';
import { inboxBindings, inboxQueue } from './topology.ts';

/** What an {@link OwnQueue} works with. */
export interface OwnQueueParts {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly scheduler: Scheduler;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** The container's own queue at the broker: where answers, messages to its processes and what every container is told come in. */
export class OwnQueue {
  readonly #parts: OwnQueueParts;
  #consumer: ConsumerHandle | undefined;

  constructor(parts: OwnQueueParts) {
    this.#parts = parts;
  }

  /** Declares and binds it, and takes from it. @throws what the broker refuses */
  async open(): Promise<void> {
    const { identity, transport, onDelivery } = this.#parts;
    await transport.declareQueue(inboxQueue(identity));
    for (const binding of inboxBindings(identity)) await transport.bind(binding);
    this.#consumer = await transport.consume({
      queue: inboxQueue(identity).name,
      prefetch: 0,
      noAck: true,
      exclusive: true,
      onDelivery,
    });
  }

  /**
   * What is sent from here on comes back to its sender, and what has come is delivered: what is in the queue when it goes would be lost without
   * a word. @throws what the broker refuses, Unavailable when it is gone
   */
  async leave(): Promise<void> {
    const { identity, transport, scheduler } = this.#parts;
    // A system of its own has nobody else who sends, and its exchange would go with the binding.
    if (this.#consumer === undefined || identity.sysname === identity.container) return;
    for (const binding of inboxBindings(identity)) await transport.unbind(binding);
    const { name } = inboxQueue(identity);
    while (((await transport.inspectQueue(name))?.messages ?? 0) > 0) {
      await new Promise<void>((resolve) => scheduler.soon(resolve));
    }
    await this.#consumer.cancel();
  }
}
