import { expect, test } from '@jest/globals';
import { breakdownTable, figureHeading, figureRow } from '../../../../bench/start/tables.ts';

test('breakdownTable() shows medians and shares by kind, the greatest first, small ones together', () => {
  const rows = (extra: number) =>
    new Map([
      ['src/util', 1],
      ['src/app', 40 + extra],
      ['src/codec', 0.25],
      ['src/errors', 0.25],
      ['node_modules/yargs', 20],
      ['waiting', 37.5],
    ]);
  const table = breakdownTable('embedded', [rows(1000), rows(0), new Map([...rows(1), ['waiting', 38.5]])]);
  expect(table.split('\n').map((line) => line.replace(/(?<=\S) {2,}/g, ' | '))).toEqual([
    'breakdown, embedded | ms | share',
    'all | 100.0 | 100.0 %',
    'Ioncore | 42.5 | 42.5 %',
    '  src/app | 41.0 | 41.0 %',
    '  src/util | 1.0 | 1.0 %',
    '  2 smaller | 0.5 | 0.5 %',
    'packages | 20.0 | 20.0 %',
    '  node_modules/yargs | 20.0 | 20.0 %',
    'Node and the rest | 37.5 | 37.5 %',
    '  waiting | 37.5 | 37.5 %',
  ]);
});

test('figureRow() stands under its heading and says when a budget is broken', () => {
  expect(figureRow('start', 'ms', [300, 100, 200, 400], 250)).toMatch(
    /^start +250 +100 +400 +250 {2}ms {2}inside$/,
  );
  expect(figureRow('start', 'ms', [300], 250)).toMatch(/OVER$/);
  expect(figureRow('start', 'ms', [300], 250).indexOf('  ms')).toBe(figureHeading.length);
});
