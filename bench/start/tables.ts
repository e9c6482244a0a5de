import type { Breakdown } from './attribution.ts';

/** Rows that take less stand together, lest the table be longer than what it says. */
const smallestMs = 0.5;

const kinds: readonly (readonly [title: string, belongs: (row: string) => boolean])[] = [
  ['Ioncore', (row) => /^src(\/|$)/.test(row)],
  ['packages', (row) => row.startsWith('node_modules/')],
  ['Node and the rest', () => true],
];

/** The heading of {@link figureRow}s. */
export const figureHeading = line('', ['median', 'min', 'max', 'budget']);

/** Median, least and greatest of `figures` against their budget. */
export function figureRow(what: string, unit: string, figures: readonly number[], budget: number): string {
  const middle = median(figures);
  const cells = [middle, Math.min(...figures), Math.max(...figures), budget].map((figure) =>
    figure.toFixed(0),
  );
  return `${line(what, cells)}  ${unit}  ${middle <= budget ? 'inside' : 'OVER'}`;
}

/** A table of the medians of several breakdowns, by kind, the greatest first, each with its share of their sum. */
export function breakdownTable(what: string, breakdowns: readonly Breakdown[]): string {
  const names = new Set(breakdowns.flatMap((breakdown) => [...breakdown.keys()]));
  const rows = [...names].map((name) => ({
    name,
    ms: median(breakdowns.map((breakdown) => breakdown.get(name) ?? 0)),
  }));
  const all = sum(rows);
  const show = (name: string, ms: number) =>
    line(name, [ms.toFixed(1), `${((100 * ms) / all).toFixed(1)} %`]);
  const lines = [line(`breakdown, ${what}`, ['ms', 'share']), show('all', all)];
  let left = rows;
  for (const [title, belongs] of kinds) {
    const own = left.filter(({ name }) => belongs(name)).sort((a, b) => b.ms - a.ms);
    left = left.filter(({ name }) => !belongs(name));
    lines.push(show(title, sum(own)));
    for (const { name, ms } of own) if (ms >= smallestMs) lines.push(show(`  ${name}`, ms));
    const small = own.filter(({ ms }) => ms < smallestMs);
    if (small.length > 0) lines.push(show(`  ${small.length} smaller`, sum(small)));
  }
  return lines.join('\n');
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

function sum(rows: readonly { readonly ms: number }[]): number {
  return rows.reduce((total, { ms }) => total + ms, 0);
}

function line(what: string, cells: readonly string[]): string {
  return `${what.padEnd(40)}${cells.map((cell) => cell.padStart(9)).join('')}`;
}
