import type { TransportStats } from '../types.ts';

/** {@link TransportStats} while they are being counted. */
export type Counters = { -readonly [Key in keyof TransportStats]: number };

/** Everything at zero. */
export function makeCounters(): Counters {
  return {
    published: 0,
    droppedWhileDisconnected: 0,
    returned: 0,
    delivered: 0,
    staleSettlements: 0,
    consumersRepaired: 0,
  };
}
