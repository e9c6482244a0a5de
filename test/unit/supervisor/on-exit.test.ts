import { describe, expect, test } from '@jest/globals';
import type { ExitReason } from '../../../src/process/index.ts';
import type { RestartType } from '../../../src/supervisor/index.ts';
import { resolveChildSpec } from '../../../src/supervisor/index.ts';
import { isExpectedTermination, isReportedExit, isRestartedAfter } from '../../../src/supervisor/on-exit.ts';
import { start } from './specs.ts';

const orderly: readonly ExitReason[] = ['normal', 'shutdown', { shutdown: 'moved' }];
const abnormal: readonly ExitReason[] = ['killed', 'noconnection', 'noproc', { error: 'broken' }];
const cells = (
  restart: RestartType,
  reasons: readonly ExitReason[],
  isRestarted: boolean,
  isReported: boolean,
) => reasons.map((reason) => ({ restart, reason, isRestarted, isReported }));

describe('isRestartedAfter(), isReportedExit()', () => {
  test.each([
    ...cells('permanent', orderly, true, true),
    ...cells('permanent', abnormal, true, true),
    ...cells('transient', orderly, false, false),
    ...cells('transient', abnormal, true, true),
    ...cells('temporary', orderly, false, false),
    ...cells('temporary', abnormal, false, true),
  ])('$restart after $reason: restarted $isRestarted, reported $isReported', (cell) => {
    expect(isRestartedAfter(cell.restart, cell.reason)).toBe(cell.isRestarted);
    expect(isReportedExit(cell.restart, cell.reason)).toBe(cell.isReported);
  });
});

describe('isExpectedTermination()', () => {
  test.each<[RestartType, number | 'brutal_kill' | 'infinity', ExitReason, boolean]>([
    ['permanent', 5_000, 'shutdown', true],
    ['permanent', 5_000, 'normal', false],
    ['permanent', 'infinity', { shutdown: 1 }, false],
    ['permanent', 5_000, 'killed', false],
    ['permanent', 'brutal_kill', 'killed', true],
    ['permanent', 'brutal_kill', 'shutdown', false],
    ['transient', 5_000, 'normal', true],
    ['temporary', 5_000, { shutdown: 1 }, true],
    ['transient', 'brutal_kill', 'shutdown', true],
    ['transient', 'brutal_kill', 'killed', true],
    ['temporary', 5_000, 'killed', false],
    ['temporary', 5_000, { error: 1 }, false],
  ])('%s child with shutdown %s that ended %j: %s', (restart, shutdown, reason, isExpected) => {
    const spec = resolveChildSpec({ id: 'a', start, restart, shutdown });
    expect(isExpectedTermination(spec, reason)).toBe(isExpected);
  });
});
