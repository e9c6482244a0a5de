import { describe, expect, test } from '@jest/globals';
import type { Case, FigureName } from '../../../../bench/suite/case.ts';
import { reportData, reportText } from '../../../../bench/suite/report.ts';
import type { CaseRuns } from '../../../../bench/suite/run-case.ts';

const contestant = (name: string, settings: string) => ({
  name,
  settings,
  open: () => Promise.reject(new Error('not opened here')),
});

/** What `raw` and `ours` did in three rounds. */
function runsOf(figure: FigureName, raw: readonly number[], ours: readonly number[]): CaseRuns {
  const variant = { label: '100 in flight', command: 'calls 100', figure };
  const one: Case = {
    name: 'call',
    description: 'calls somebody',
    needsBroker: false,
    contestants: [contestant('raw', 'bare'), contestant('ours', 'default'), contestant('absent', 'not run')],
    variants: [variant],
    smokeVariants: [],
    targets: [{ variant: '100 in flight', contestant: 'ours', against: 'raw', atLeast: 5 }],
    reference: 'raw',
  };
  const measured = (values: readonly number[]) => values.map((value) => ({ [figure]: value }));
  return {
    case: one,
    variants: [
      {
        variant,
        runs: new Map([
          ['raw', measured(raw)],
          ['ours', measured(ours)],
        ]),
      },
    ],
  };
}

const words = (text: string, start: string): string[] =>
  (text.split('\n').find((line) => line.trimStart().startsWith(start)) ?? '').trim().split(/ {2,}/);

describe('reportText()', () => {
  test('has a row of median, spread and ratio for whoever ran, and the settings of those only', () => {
    const text = reportText(runsOf('rate', [10_000, 12_000, 14_000], [60_000, 61_000, 70_000]));

    expect(text).toMatch(/^call: calls somebody\n {2}raw: bare\n {2}ours: default\n\n/);
    expect(words(text, '100 in flight')).toEqual(['100 in flight', 'per second', 'least to most', '× raw']);
    expect(words(text, 'raw   ')).toEqual(['raw', '12 000', '10 000 to 14 000']);
    expect(words(text, 'ours   ')).toEqual(['ours', '61 000', '60 000 to 70 000', '5.08 (5.00 to 6.00)']);
    expect(text).not.toContain('absent');
  });

  test.each([
    ['met', 60, '✓ ours / raw, 100 in flight: 6.00 (6.00 to 6.00), target at least 5'],
    ['missed', 40, '✗ ours / raw, 100 in flight: 4.00 (4.00 to 4.00), target at least 5'],
  ])('marks a target that is %s', (_what, ours, line) => {
    expect(reportText(runsOf('rate', [10], [ours]))).toContain(line);
  });

  test('keeps columns apart for numbers of bytes', () => {
    const text = reportText(runsOf('bytes', [143_282_432, 143_384_832], [176_812_288, 177_238_272]));

    expect(words(text, 'ours   ')).toHaveLength(4);
  });
});

test('reportData() has every run, the rows and the targets', () => {
  const data = reportData(runsOf('rate', [10, 20], [60, 100]));

  expect(data).toMatchObject({
    name: 'call',
    settings: { raw: 'bare', ours: 'default' },
    variants: [
      {
        rows: [{ contestant: 'raw' }, { contestant: 'ours', ratio: { median: 5.5, least: 5, most: 6 } }],
        runs: { raw: [{ rate: 10 }, { rate: 20 }], ours: [{ rate: 60 }, { rate: 100 }] },
      },
    ],
    targets: [{ isMet: true }],
  });
});
