import type { OutboundMessage } from '../types.ts';

/** Which published messages a fault meets: all members that are given must hold. `{}` meets every message. */
export interface FaultMatcher {
  readonly exchange?: string;
  /** The key itself, or a regular expression for it. */
  readonly routingKey?: string | RegExp;
  /** The name of the transport that publishes ({@link EmbeddedTransportOptions.name}). */
  readonly from?: string;
  readonly where?: (message: OutboundMessage) => boolean;
}

/** How often a fault strikes. */
export interface FaultOptions {
  /** Default: every time. */
  readonly times?: number;
}

/** One scripted fault. */
export interface Fault {
  /** How many messages it has met so far. */
  readonly hits: number;
  /** Takes it out of the script. */
  remove(): void;
}

/** What shall happen to one message. */
export type Verdict =
  | { readonly type: 'drop' }
  | { readonly type: 'duplicate' }
  | { readonly type: 'delay'; readonly delayMs: number };

/**
 * Faults for tests, on the way from the publisher into the broker. Of the scripted faults that meet a message the earliest one strikes, and
 * only that one. To break connections, see {@link EmbeddedBroker.cut} and {@link EmbeddedBroker.stop}.
 *
 * @example
 * broker.faults.drop({ routingKey: 'sys.hello' }, { times: 1 });      // the first call is lost
 * broker.faults.delay({ from: 'b' }, 200);                            // all of b's messages come late
 */
export class FaultScript {
  readonly #faults = new Set<ScriptedFault>();

  /** The message is lost after the broker took it: nothing is returned, and a confirmed publish resolves `confirmed`. */
  drop(matcher: FaultMatcher, options: FaultOptions = {}): Fault {
    return this.#add(matcher, { type: 'drop' }, options);
  }

  /** The message arrives (and is confirmed or returned) `delayMs` later on the broker's clock; others overtake it. */
  delay(matcher: FaultMatcher, delayMs: number, options: FaultOptions = {}): Fault {
    return this.#add(matcher, { type: 'delay', delayMs }, options);
  }

  /** The message arrives twice, neither marked as redelivered. */
  duplicate(matcher: FaultMatcher, options: FaultOptions = {}): Fault {
    return this.#add(matcher, { type: 'duplicate' }, options);
  }

  /** Takes every fault out of the script. Messages under way with a delay still arrive. */
  clear(): void {
    this.#faults.clear();
  }

  /** @internal */
  judge(message: OutboundMessage, from: string): Verdict | undefined {
    if (this.#faults.size === 0) return undefined;
    for (const fault of this.#faults) {
      if (!meets(fault.matcher, message, from)) continue;
      fault.hits++;
      if (fault.hits >= fault.times) this.#faults.delete(fault);
      return fault.verdict;
    }
    return undefined;
  }

  #add(matcher: FaultMatcher, verdict: Verdict, options: FaultOptions): Fault {
    const { times = Infinity } = options;
    const fault: ScriptedFault = { matcher, verdict, times, hits: 0 };
    this.#faults.add(fault);
    return {
      get hits() {
        return fault.hits;
      },
      remove: () => void this.#faults.delete(fault),
    };
  }
}

interface ScriptedFault {
  readonly matcher: FaultMatcher;
  readonly verdict: Verdict;
  readonly times: number;
  hits: number;
}

function meets(matcher: FaultMatcher, message: OutboundMessage, from: string): boolean {
  const { exchange, routingKey, where } = matcher;
  return (
    (exchange === undefined || exchange === message.exchange) &&
    (routingKey === undefined ||
      (typeof routingKey === 'string'
        ? routingKey === message.routingKey
        : routingKey.test(message.routingKey))) &&
    (matcher.from === undefined || matcher.from === from) &&
    (where === undefined || where(message))
  );
}
