import { outcomes as outcomeNames } from './contents.ts';
import type { JournalRecord, Place } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { type Account, Tally } from './tally.ts';

const confirmed = outcomeNames.indexOf('confirmed');

/**
 * Accounts for a reader of the log, which begins anew where its position was kept.
 *
 * @param records of all its lives; each life begins with one that says where
 */
export function accountReplay(records: Iterable<JournalRecord>, outcomes: Ledger): Account {
  const tally = new Tally(outcomes);
  /** By origin and number: in which life it came last, and where it stands in the log. */
  const seen: { life: number; readonly place: number }[][] = [];
  /** By origin: where the last one stands that came in this life. */
  let last: number[] = [];
  let life = 0;
  let start = -1;
  for (const record of records) {
    const { origin, number, kind, redelivered, resent } = record;
    const place = placeNumber(record.place);
    if (kind === 'begun') {
      life += 1;
      start = place;
      last = [];
      continue;
    }
    tally.called(record);
    if (place < start) tally.wrong('came again though its position was kept', record);
    if (place <= (last[origin] ?? -1) && !redelivered)
      tally.wrong('came out of the order of the log', record);
    last[origin] = Math.max(last[origin] ?? -1, place);
    seen[origin] ??= [];
    const known = seen[origin][number];
    if (known === undefined) {
      seen[origin][number] = { life, place };
      tally.first(record, true);
      continue;
    }
    const isSecondCopy = known.place !== place;
    if (isSecondCopy ? !resent : known.life === life && !redelivered)
      tally.wrong('came again unmarked', record);
    tally.again(isSecondCopy ? 'resent' : redelivered ? 'redelivered' : 'position');
    known.life = life;
  }
  outcomes.forEach((origin, number, outcome) => {
    if (outcome === confirmed && seen[origin]?.[number] === undefined)
      tally.wrong('was lost', { origin, number });
  });
  return tally.account({ deadLettered: 0, overlapMs: 0 });
}

/** Places in the order of the log; a frame holds up to 64 events. */
function placeNumber(place: Place | undefined): number {
  return place === undefined ? -1 : place.offset * 1_024 + place.index;
}
