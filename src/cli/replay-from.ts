import type { ReplayFrom } from '../interact/index.ts';
import { UsageError } from './usage-error.ts';

/**
 * What `--from` says: `first`, `last` or `next`; an offset, `1234`, or a place, `1234:5`, as events have them in their `position`; else a moment in ISO 8601, local
 * where it names no offset from UTC.
 *
 * @throws UsageError for anything else
 */
export function parseReplayFrom(text: string): ReplayFrom {
  if (text === 'first' || text === 'last' || text === 'next') return text;
  const place = /^(\d+)(?::(\d+))?$/.exec(text);
  if (place !== null) {
    const [offset, index] = [Number(place[1]), Number(place[2] ?? 0)];
    if (Number.isSafeInteger(offset) && Number.isSafeInteger(index)) return { offset, index };
  } else if (/^\d{4}-\d\d-\d\d/.test(text)) {
    // A day alone JavaScript would take for one of UTC.
    const moment = new Date(text.length === 10 ? `${text}T00:00` : text);
    if (!Number.isNaN(moment.getTime())) return moment;
  }
  throw new UsageError(
    `--from is first, last, next, a moment such as 2026-11-21T20:15:00Z, or an offset such as 1234, not '${text}'`,
  );
}
