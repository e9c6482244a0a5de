import { LifecycleObject } from '../lifecycle/index.ts';
import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import { againExchange } from './event-topology.ts';
import type { Identity } from './names.ts';
import { serviceBinding, serviceQueue } from './topology.ts';

/** What a {@link ServiceReceiver} works with. */
export interface ServiceReceiverParts {
  readonly identity: Identity;
  readonly service: string;
  readonly transport: Transport;
  /** Frames that may be with this container unsettled. */
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
}

/** This container's share of a service's queue. READY = declared, ACTIVE = consuming; what the queue holds stays there. */
export class ServiceReceiver extends LifecycleObject {
  readonly #parts: ServiceReceiverParts;
  #consumer: ConsumerHandle | undefined;
  #wasActive = false;

  constructor(parts: ServiceReceiverParts) {
    super();
    this.#parts = parts;
  }

  get service(): string {
    return this.#parts.service;
  }

  protected override async onInitialize(): Promise<void> {
    const { identity, service, transport } = this.#parts;
    await transport.declareQueue(serviceQueue(identity, service));
    const again = againExchange(identity);
    await transport.declareExchange(again);
    await transport.bind({ ...serviceBinding(identity, service), exchange: again.name });
    await transport.bind(serviceBinding(identity, service));
  }

  protected override async onActivate(): Promise<void> {
    const { identity, service, transport, prefetch, onDelivery } = this.#parts;
    // An auto-delete queue went with its last consumer.
    if (this.#wasActive && serviceQueue(identity, service).autoDelete) await this.onInitialize();
    this.#wasActive = true;
    this.#consumer = await transport.consume({
      queue: serviceQueue(identity, service).name,
      prefetch,
      onDelivery,
    });
  }

  protected override onDeactivate(): Promise<void> {
    return this.#cancel();
  }

  protected override onTerminate(): Promise<void> {
    return this.#cancel();
  }

  protected override onError(): Promise<void> {
    return this.#cancel();
  }

  async #cancel(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.cancel();
  }
}
