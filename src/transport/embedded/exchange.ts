import { TopicIndex } from '../../util/index.ts';
import type { ExchangeSpec } from '../types.ts';

/** Routes of so many keys are remembered; then the memory starts afresh. */
const MAX_REMEMBERED_ROUTES = 10_000;

/** A direct, fanout or topic exchange: which queues (of type `Q`) a routing key reaches, each once. */
export class EmbeddedExchange<Q> {
  readonly spec: ExchangeSpec;
  /** The routing keys that a queue is bound by. */
  readonly #bindings = new Map<Q, Set<string>>();
  /** The same by routing key: of a direct exchange, and of a topic exchange. A fanout exchange needs neither. */
  readonly #exact = new Map<string, Set<Q>>();
  readonly #topics = new TopicIndex<Q>();
  readonly #routes = new Map<string, readonly Q[]>();

  constructor(spec: ExchangeSpec) {
    this.spec = spec;
  }

  get isBound(): boolean {
    return this.#bindings.size > 0;
  }

  /** The queues for `routingKey`, none twice. */
  route(routingKey: string): readonly Q[] {
    return this.#routes.get(routingKey) ?? this.#findRoute(routingKey);
  }

  /** Binds `queue`; the same binding twice is one. */
  bind(queue: Q, routingKey: string): void {
    addTo(this.#bindings, queue, routingKey);
    if (this.spec.type === 'topic') this.#topics.add(routingKey, queue);
    else if (this.spec.type === 'direct') addTo(this.#exact, routingKey, queue);
    this.#routes.clear();
  }

  /** Removes one binding; harmless if there is none such. */
  unbind(queue: Q, routingKey: string): void {
    removeFrom(this.#bindings, queue, routingKey);
    this.#unindex(queue, routingKey);
    this.#routes.clear();
  }

  /** Removes every binding of `queue`; tells whether there was one. */
  unbindAll(queue: Q): boolean {
    const keys = this.#bindings.get(queue);
    if (keys === undefined) return false;
    this.#bindings.delete(queue);
    for (const routingKey of keys) this.#unindex(queue, routingKey);
    this.#routes.clear();
    return true;
  }

  #unindex(queue: Q, routingKey: string): void {
    if (this.spec.type === 'topic') this.#topics.remove(routingKey, queue);
    else removeFrom(this.#exact, routingKey, queue);
  }

  #findRoute(routingKey: string): readonly Q[] {
    const { type } = this.spec;
    const route =
      type === 'topic'
        ? this.#topics.match(routingKey)
        : [...(type === 'fanout' ? this.#bindings.keys() : (this.#exact.get(routingKey) ?? []))];
    if (this.#routes.size >= MAX_REMEMBERED_ROUTES) this.#routes.clear();
    this.#routes.set(routingKey, route);
    return route;
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set?.delete(value) && set.size === 0) sets.delete(key);
}
