import { Codec, frameContentType, type Message } from '../codec/index.ts';
import type { Fault, FaultMatcher, FaultOptions } from '../transport/embedded/index.ts';
import type { OutboundMessage } from '../transport/index.ts';
import type { TestBroker } from './test-broker.ts';

/** Which messages a fault meets: those that fit every member given; `{}` is all of them. System events are met only if `op` names their type. */
export interface FaultTarget {
  /** The receiver: a service, a process id, or a container's id for all that comes to its inbox, answers included. */
  readonly to?: string;
  /** The operation; answers have `result`. */
  readonly op?: string;
  /** The id of the container that sends. */
  readonly from?: string;
}

/**
 * Faults on the way through the broker of a {@link TestSystem}. What stays in one container never meets them, so let a second one call. Messages
 * that travel together share one fate: a fault that meets one of them strikes all. Of several faults that meet a message the earliest strikes.
 *
 * @example
 * const lost = system.faults.drop({ to: 'hello', op: 'hello' }, { times: 1 });
 * await expect(caller.rpcSend('hello', 'hello', 'you', { timeoutMs: 100 })).rejects.toThrow(TimeoutError);
 * expect(lost.hits).toBe(1);
 */
export class Faults {
  readonly #broker: TestBroker;
  readonly #codec = new Codec();

  constructor(broker: TestBroker) {
    this.#broker = broker;
  }

  /** Such messages are lost, and nobody is told. By default every time. */
  drop(target: FaultTarget, options?: FaultOptions): Fault {
    return this.#broker.faults.drop(this.#matcher(target), options);
  }

  /** Such messages arrive `delayMs` later on the system's clock; others overtake them. */
  delay(target: FaultTarget, delayMs: number, options?: FaultOptions): Fault {
    return this.#broker.faults.delay(this.#matcher(target), delayMs, options);
  }

  /** Such messages arrive twice. */
  duplicate(target: FaultTarget, options?: FaultOptions): Fault {
    return this.#broker.faults.duplicate(this.#matcher(target), options);
  }

  /** Cuts the connection of a container without a farewell; it comes back by itself, some 50 ms later on the system's clock. */
  cut(container: { readonly id: string }): void {
    this.#broker.cutClient(container.id);
  }

  /** Ends all of them. What is delayed still arrives. */
  clear(): void {
    this.#broker.faults.clear();
  }

  #matcher({ to, op, from }: FaultTarget): FaultMatcher {
    return {
      ...(from !== undefined && { from }),
      where: (sent) =>
        to === undefined && op === undefined
          ? !isSystemEvent(sent)
          : this.#messages(sent).some(
              (message) =>
                (op === undefined || message.op === op) && (to === undefined || isTo(to, message, sent)),
            ),
    };
  }

  #messages({ body, properties, routingKey }: OutboundMessage): readonly Met[] {
    // Plain JSON: one message, whose type names its operation.
    if (properties.contentType !== frameContentType) return [{ receiver: '', op: properties.type ?? '' }];
    // Names of the receiving container stand abbreviated in a frame for its inbox.
    const receiving = routingKey.startsWith('~') ? routingKey.slice(1) : '';
    return this.#codec.decodeFrame(body, receiving).messages;
  }
}

/** What a fault looks at. */
type Met = Pick<Message, 'receiver' | 'op'>;

/** What a container tells of itself, which it does at times of its own. */
function isSystemEvent({ exchange, routingKey }: OutboundMessage): boolean {
  return exchange.endsWith('~events') && routingKey.startsWith('system.');
}

/** A service's name is its routing key, an inbox's the container's id after a `~`. */
function isTo(to: string, { receiver }: Met, { routingKey }: OutboundMessage): boolean {
  return to === receiver || to === routingKey || `~${to}` === routingKey;
}
