import type { Message } from '../codec/index.ts';
import type { AddressBook } from './address.ts';

/**
 * Requests that have been sent to an instance in this container and have not come to it, by service: calls that are made in one breath
 * must not all find the same instance free.
 */
export class Underway {
  readonly #addresses: AddressBook;
  readonly #requests = new Map<string, number>();

  constructor(addresses: AddressBook) {
    this.#addresses = addresses;
  }

  /** How many are on their way to `service`. */
  of(service: string): number {
    return this.#requests.get(service) ?? 0;
  }

  /** A message has left for somebody here. */
  left(message: Message): void {
    this.#add(message, 1);
  }

  /** It has come to whom it is for. */
  arrived(message: Message): void {
    this.#add(message, -1);
  }

  #add({ performative, receiver }: Message, change: number): void {
    if (performative !== 'request') return;
    const { service } = this.#addresses.of(receiver);
    if (service === '') return;
    const count = this.of(service) + change;
    if (count > 0) this.#requests.set(service, count);
    else this.#requests.delete(service);
  }
}
