import type { ExchangeSpec } from '../types.ts';
import { compileTopicPattern, isPattern, splitKey, type TopicMatcher } from './topic-pattern.ts';

/** Routes of so many keys are remembered; then the memory starts afresh. */
const MAX_REMEMBERED_ROUTES = 10_000;

const everything: TopicMatcher = () => true;

/** A direct, fanout or topic exchange: which queues (of type `Q`) a routing key reaches, each once. */
export class EmbeddedExchange<Q> {
  readonly spec: ExchangeSpec;
  /** Bindings that one routing key satisfies, by that key: looked up, never searched. */
  readonly #exact = new Map<string, Set<Q>>();
  /** Bindings that many keys satisfy, by queue and pattern. */
  readonly #patterns = new Map<Q, Map<string, TopicMatcher>>();
  readonly #routes = new Map<string, readonly Q[]>();

  constructor(spec: ExchangeSpec) {
    this.spec = spec;
  }

  get isBound(): boolean {
    return this.#exact.size > 0 || this.#patterns.size > 0;
  }

  /** The queues for `routingKey`, none twice. */
  route(routingKey: string): readonly Q[] {
    return this.#routes.get(routingKey) ?? this.#findRoute(routingKey);
  }

  /** Binds `queue`; the same binding twice is one. */
  bind(queue: Q, routingKey: string): void {
    const { type } = this.spec;
    const matcher =
      type === 'fanout'
        ? everything
        : type === 'topic' && isPattern(routingKey)
          ? compileTopicPattern(routingKey)
          : undefined;
    if (matcher === undefined) {
      const queues = this.#exact.get(routingKey);
      if (queues === undefined) this.#exact.set(routingKey, new Set([queue]));
      else queues.add(queue);
    } else {
      const patterns = this.#patterns.get(queue);
      if (patterns === undefined) this.#patterns.set(queue, new Map([[routingKey, matcher]]));
      else patterns.set(routingKey, matcher);
    }
    this.#routes.clear();
  }

  /** Removes one binding; harmless if there is none such. */
  unbind(queue: Q, routingKey: string): void {
    const queues = this.#exact.get(routingKey);
    if (queues?.delete(queue) && queues.size === 0) this.#exact.delete(routingKey);
    const patterns = this.#patterns.get(queue);
    if (patterns?.delete(routingKey) && patterns.size === 0) this.#patterns.delete(queue);
    this.#routes.clear();
  }

  /** Removes every binding of `queue`; tells whether there was one. */
  unbindAll(queue: Q): boolean {
    let found = this.#patterns.delete(queue);
    for (const [routingKey, queues] of this.#exact) {
      if (!queues.delete(queue)) continue;
      found = true;
      if (queues.size === 0) this.#exact.delete(routingKey);
    }
    if (found) this.#routes.clear();
    return found;
  }

  #findRoute(routingKey: string): readonly Q[] {
    const found = new Set(this.#exact.get(routingKey));
    if (this.#patterns.size > 0) {
      const words = splitKey(routingKey);
      for (const [queue, patterns] of this.#patterns) {
        for (const matches of patterns.values()) {
          if (matches(words)) found.add(queue);
        }
      }
    }
    if (this.#routes.size >= MAX_REMEMBERED_ROUTES) this.#routes.clear();
    const route = [...found];
    this.#routes.set(routingKey, route);
    return route;
  }
}
