import type { Message } from '../codec/index.ts';
import { Arrival } from '../exchange/index.ts';
import type { Subscriber } from '../interact/index.ts';
import type { EventOperation } from './event-operation.ts';

/** An event on its way through the mailbox of the process that has subscribed to it. Whatever becomes of it, its subscriber is told once. */
export class EventDelivery extends Arrival {
  readonly operation: EventOperation;
  readonly #source: Arrival;
  #subscriber: Subscriber | undefined;

  constructor(source: Arrival, subscriber: Subscriber, operation: EventOperation) {
    // Its facts without its ticket, which stays with its subscriber.
    super(source.message, source);
    this.operation = operation;
    this.#source = source;
    this.#subscriber = subscriber;
  }

  /** Its subscriber bounds how many there are, and takes it back. */
  override get fromSharedQueue(): boolean {
    return true;
  }

  override settle(): void {
    this.#takeSubscriber()?.handled(this.#source);
  }

  override fail(error: unknown, isFinal: boolean): void {
    this.#takeSubscriber()?.failed(this.#source, error, isFinal);
  }

  override giveBack(): boolean {
    this.#takeSubscriber()?.returned(this.#source);
    return true;
  }

  override asReceived(): Message {
    return this.#source.asReceived();
  }

  #takeSubscriber(): Subscriber | undefined {
    const subscriber = this.#subscriber;
    this.#subscriber = undefined;
    return subscriber;
  }
}
