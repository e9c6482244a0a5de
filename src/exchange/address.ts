import type { Identity } from './names.ts';

/** Where a receiver's name leads. */
export interface Address {
  /** The routing key on the system's exchange. */
  readonly routingKey: string;
  /** The container, when the name says so; undefined for a name that whoever serves it answers to. */
  readonly container: string | undefined;
  /** The service, when it is a shared name; '' for a process id. */
  readonly service: string;
}

/**
 * Resolves a receiver as a sender wrote it. In this order: a process id (`<container>.<n>`) goes to its container; a name qualified
 * with our own container stays here; a name qualified with the sysname loses that; anything else is a name as it stands, which may turn out to
 * be a service or, if no service has it, another container's local name ({@link localNameKey}).
 */
export function resolveAddress(receiver: string, identity: Identity): Address {
  const dot = receiver.lastIndexOf('.');
  if (dot === -1) return { routingKey: receiver, container: undefined, service: receiver };
  if (endsInNumber(receiver, dot + 1)) {
    const container = receiver.slice(0, dot);
    return { routingKey: inboxKey(container), container, service: '' };
  }
  const isolated = identity.container === identity.sysname;
  if (!isolated && isBelow(receiver, identity.container)) {
    return { routingKey: inboxKey(identity.container), container: identity.container, service: '' };
  }
  const service = isBelow(receiver, identity.sysname)
    ? receiver.slice(identity.sysname.length + 1)
    : receiver;
  return { routingKey: service, container: undefined, service };
}

/** So many receivers are remembered; then the memory starts afresh. */
const maxRemembered = 10_000;

/** Addresses as one container's messages name them again and again; see {@link resolveAddress}. */
export class AddressBook {
  readonly #identity: Identity;
  /** Of the container's own processes, of which there may be a hundred thousand: all have the same. */
  readonly #own: Address;
  readonly #addresses = new Map<string, Address>();

  constructor(identity: Identity) {
    this.#identity = identity;
    const { container } = identity;
    this.#own = { routingKey: inboxKey(container), container, service: '' };
  }

  of(receiver: string): Address {
    const { container } = this.#identity;
    if (isBelow(receiver, container) && endsInNumber(receiver, container.length + 1)) return this.#own;
    const known = this.#addresses.get(receiver);
    if (known !== undefined) return known;
    const address = resolveAddress(receiver, this.#identity);
    if (this.#addresses.size >= maxRemembered) this.#addresses.clear();
    this.#addresses.set(receiver, address);
    return address;
  }
}

/** The receiver of what every container of the system is told. No user's name begins with `~`. */
export const everyContainer = '~control';

/** What an inbox is bound to. No service's name begins with `~`, so the two never meet. */
export function inboxKey(container: string): string {
  return `~${container}`;
}

/** Where a dotted name leads that turned out to be no service's: to the container that its first part names; undefined without a dot. */
export function localNameKey(receiver: string): string | undefined {
  const dot = receiver.indexOf('.');
  return dot < 1 ? undefined : inboxKey(receiver.slice(0, dot));
}

function isBelow(receiver: string, first: string): boolean {
  return receiver.charCodeAt(first.length) === 46 && receiver.startsWith(first);
}

function endsInNumber(receiver: string, from: number): boolean {
  for (let i = from; i < receiver.length; i += 1) {
    const code = receiver.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return from < receiver.length;
}
