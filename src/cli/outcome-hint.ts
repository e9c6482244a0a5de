import type { EventGuarantee, PublishOutcome } from '../exchange/index.ts';

/** What one should know, and do, about an outcome that is not what was wanted; undefined for one that is. */
export function outcomeHint(outcome: PublishOutcome, qos: EventGuarantee): string | undefined {
  switch (outcome) {
    case 'sent':
    case 'confirmed':
      return undefined;
    case 'unroutable':
      return qos === 'replay'
        ? 'the log of its type takes nothing now; publish it again in a few seconds'
        : 'no durable subscription takes it, so it is kept for nobody; check type, origin and sysname, or subscribe first';
    case 'rejected':
      return qos === 'live'
        ? 'there was no connection to the broker, and nobody has it; publish it again'
        : 'the broker did not take it, and nobody has it; publish it again';
    case 'unknown':
      return 'the broker has not told in time whether it has it; published again it may come twice';
  }
}
