import type { Target } from './case.ts';
import type { CaseRuns, VariantRuns } from './run-case.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';

/** One contestant in one variant. */
export interface Row {
  readonly contestant: string;
  readonly figure: Spread;
  /** To the reference of the case, round by round; undefined for itself and where it did not run. */
  readonly ratio: Spread | undefined;
}

/** Whether a target is met, by the median. */
export interface Verdict {
  readonly target: Target;
  readonly measured: Spread;
  readonly isMet: boolean;
}

export function rowsOf({ case: one }: CaseRuns, { variant, runs }: VariantRuns): readonly Row[] {
  const reference = figures(runs, one.reference, variant.figure);
  return [...runs.keys()].map((contestant) => {
    const own = figures(runs, contestant, variant.figure);
    const isCompared = contestant !== one.reference && reference.length > 0;
    return {
      contestant,
      figure: spreadOf(own),
      ratio: isCompared ? ratiosOf(own, reference) : undefined,
    };
  });
}

/** Of the targets whose variant and contestants were run. */
export function verdictsOf({ case: one, variants }: CaseRuns): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const target of one.targets) {
    const found = variants.find(({ variant }) => variant.label === target.variant);
    if (found === undefined) continue;
    const { variant, runs } = found;
    const { figure = variant.figure } = target;
    const own = figures(runs, target.contestant, figure);
    const theirs = target.against === undefined ? [] : figures(runs, target.against, figure);
    if (own.length === 0 || (target.against !== undefined && theirs.length === 0)) continue;
    const measured = target.against === undefined ? spreadOf(own) : ratiosOf(own, theirs);
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
    verdicts.push({ target, measured, isMet: measured.median >= atLeast && measured.median <= atMost });
  }
  return verdicts;
}

function figures(runs: VariantRuns['runs'], contestant: string, figure: string): readonly number[] {
  return (runs.get(contestant) ?? []).map((measured) => measured[figure] ?? Number.NaN);
}
