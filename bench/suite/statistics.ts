/** Of several runs. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws RangeError for none */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, two) => one - two);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) throw new RangeError('no values');
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? most;
  const lower = sorted[Math.ceil(middle) - 1] ?? least;
  return { median: (lower + upper) / 2, least, most };
}

/** What one contestant did in each round against another in the same round. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
