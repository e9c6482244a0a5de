import { expect, test } from '@jest/globals';
import { profileText } from '../../../../bench/profile/report.ts';

test('profileText() has a table for each program of each contestant', () => {
  const functions = [{ name: 'garbage collector', ms: 120.04, share: 0.4 }];
  const server = { program: 'echo.mjs server', processes: 4, busyMs: 300, idleMs: 100, functions };
  const client = { program: 'echo.mjs client', processes: 1, busyMs: 100, idleMs: 0, functions: [] };

  const text = profileText({
    name: 'call',
    variant: '100 in flight',
    contestants: [{ name: 'ioncore', programs: [server, client] }],
  });

  expect(text.split('\n').map((line) => line.replace(/(?<=\S) {2,}/g, ' | '))).toEqual([
    "call, 100 in flight: where the time went, under Node's profiler",
    '',
    '  ioncore: echo.mjs server, 4 processes, 75.0 % busy | ms | share',
    '    garbage collector | 120.0 | 40.0 %',
    '',
    '  ioncore: echo.mjs client, 100.0 % busy | ms | share',
  ]);
});
