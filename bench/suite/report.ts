import type { FigureName } from './case.ts';
import type { CaseRuns } from './run-case.ts';
import type { Spread } from './statistics.ts';
import { rowsOf, type Verdict, verdictsOf } from './verdicts.ts';

/** Room for two numbers of bytes. */
const rangeWidth = 28;

/** A case as text, with its targets: each contestant's median with least and most, and its ratio to the reference. */
export function reportText(runs: CaseRuns, withTargets = true): string {
  const { name, description, contestants, reference } = runs.case;
  const lines = [`${name}: ${description}`];
  const present = new Set(runs.variants.flatMap((variant) => [...variant.runs.keys()]));
  for (const contestant of contestants)
    if (present.has(contestant.name)) lines.push(`  ${contestant.name}: ${contestant.settings}`);
  for (const variant of runs.variants) {
    const { label, figure } = variant.variant;
    lines.push(
      '',
      `  ${label.padEnd(26)}${unitOf(figure).padStart(12)}${'least to most'.padStart(rangeWidth)}   × ${reference}`,
    );
    for (const row of rowsOf(runs, variant)) {
      const { median, least, most } = row.figure;
      const range = `${amount(least, figure)} to ${amount(most, figure)}`;
      lines.push(
        `    ${row.contestant.padEnd(24)}${amount(median, figure).padStart(12)}${range.padStart(rangeWidth)}   ${ratioText(row.ratio)}`.trimEnd(),
      );
    }
  }
  const verdicts = withTargets ? verdictsOf(runs) : [];
  if (verdicts.length > 0) lines.push('', ...verdicts.map(verdictText));
  return lines.join('\n');
}

/** A case as data. */
export function reportData(runs: CaseRuns) {
  const { name, description, contestants, reference } = runs.case;
  return {
    name,
    description,
    reference,
    settings: Object.fromEntries(contestants.map((one) => [one.name, one.settings])),
    variants: runs.variants.map((variant) => ({
      label: variant.variant.label,
      figure: variant.variant.figure,
      rows: rowsOf(runs, variant),
      runs: Object.fromEntries(variant.runs),
    })),
    targets: verdictsOf(runs),
  };
}

function verdictText({ target, measured, isMet }: Verdict): string {
  const { contestant, against, figure, atLeast, atMost } = target;
  const variant = figure === undefined ? target.variant : `${target.variant}, ${figure}`;
  const what = against === undefined ? `${contestant}, ${variant}` : `${contestant} / ${against}, ${variant}`;
  const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  return `  ${isMet ? '✓' : '✗'} ${what}: ${significant(measured.median)} (${significant(measured.least)} to ${significant(measured.most)}), target ${wanted}`;
}

function ratioText(ratio: Spread | undefined): string {
  if (ratio === undefined) return '';
  return `${significant(ratio.median)} (${significant(ratio.least)} to ${significant(ratio.most)})`;
}

function unitOf(figure: FigureName): string {
  return { rate: 'per second', p50Ms: 'p50, ms', ms: 'ms', bytes: 'bytes' }[figure];
}

function amount(value: number, figure: FigureName): string {
  if (figure === 'rate' || figure === 'bytes') return spaced(value);
  return value.toFixed(value < 10 ? 3 : 0);
}

/** 1234567.8 as `1 234 568`. */
function spaced(value: number): string {
  const text = value < 100 ? value.toFixed(1) : Math.round(value).toString();
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

function significant(value: number): string {
  return Math.abs(value) >= 100 ? spaced(value) : value.toPrecision(3);
}
