import { BadRequestError } from '../errors/index.ts';
import { describeValue, longestTimerMs } from '../util/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Shutdown } from './process.ts';
import { isExitWord } from './wire-exit-reason.ts';

/**
 * Checks what a process shall end for, and how: untyped callers give anything, and an end must not fail.
 *
 * @throws BadRequestError that says what is taken
 */
export function assertEnd(action: string, reason: ExitReason, shutdown?: Shutdown): void {
  if (!isExitReason(reason)) {
    throw new BadRequestError(
      `${action}: an exit reason is 'normal', 'shutdown', 'killed', { shutdown: … } or { error: … }, not ${describeValue(reason)}`,
    );
  }
  if (shutdown === undefined || shutdown === 'brutal_kill' || shutdown === 'infinity') return;
  if (typeof shutdown === 'number' && shutdown >= 0 && shutdown <= longestTimerMs) return;
  throw new BadRequestError(
    `${action}: shutdown is milliseconds from 0 to ${longestTimerMs}, 'brutal_kill' or 'infinity', not ${describeValue(shutdown)}`,
  );
}

function isExitReason(reason: unknown): boolean {
  if (typeof reason === 'object' && reason !== null && !(reason instanceof Error))
    return 'error' in reason || 'shutdown' in reason;
  return isExitWord(reason);
}
