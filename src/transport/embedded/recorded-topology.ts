import type { BindingSpec, ExchangeSpec, QueueSpec } from '../types.ts';

/** One recorded declaration. */
export type TopologyEntry =
  | { readonly kind: 'exchange'; readonly spec: ExchangeSpec }
  | { readonly kind: 'queue'; readonly spec: QueueSpec }
  | { readonly kind: 'binding'; readonly spec: BindingSpec };

/** What a transport shall find at the broker, in the order of its first declaration. */
export class RecordedTopology {
  readonly #entries = new Map<string, TopologyEntry>();

  /** A later record of the same thing replaces the earlier and keeps its place. */
  record(entry: TopologyEntry): void {
    this.#entries.set(keyOf(entry), entry);
  }

  forget(entry: TopologyEntry): void {
    this.#entries.delete(keyOf(entry));
  }

  /** Whether `entry` is still wanted as it is. */
  holds(entry: TopologyEntry): boolean {
    return this.#entries.get(keyOf(entry)) === entry;
  }

  /** Forgets the queue and its bindings. */
  forgetQueue(name: string): void {
    for (const [key, entry] of this.#entries) {
      const belongs = entry.kind === 'queue' ? entry.spec.name === name : isBindingOf(entry, name);
      if (belongs) this.#entries.delete(key);
    }
  }

  entries(): readonly TopologyEntry[] {
    return [...this.#entries.values()];
  }

  /** What has to be there again for the queue to work: exchanges it is bound to, itself, its bindings. */
  entriesFor(queue: string): readonly TopologyEntry[] {
    const exchanges = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.kind === 'binding' && entry.spec.queue === queue) exchanges.add(entry.spec.exchange);
    }
    return this.entries().filter(
      (entry) =>
        (entry.kind === 'exchange' && exchanges.has(entry.spec.name)) ||
        (entry.kind === 'queue' && entry.spec.name === queue) ||
        isBindingOf(entry, queue),
    );
  }

  queue(name: string): QueueSpec | undefined {
    const entry = this.#entries.get(`queue ${name}`);
    return entry?.kind === 'queue' ? entry.spec : undefined;
  }

  /** The broker's name of a queue in `epoch`. */
  brokerName(name: string, epoch: number): string {
    return this.queue(name)?.perEpoch === true ? `${name}~${epoch}` : name;
  }
}

function isBindingOf(entry: TopologyEntry, queue: string): boolean {
  return entry.kind === 'binding' && entry.spec.queue === queue;
}

function keyOf({ kind, spec }: TopologyEntry): string {
  // A line break cannot be part of a name, so the parts of a binding's key cannot run together.
  return kind === 'binding' ? `${spec.exchange}\n${spec.queue}\n${spec.routingKey}` : `${kind} ${spec.name}`;
}
