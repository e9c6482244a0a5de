import { messageOf } from '../errors/index.ts';

import { describeValue } from '../util/index.ts';
import { type ExitReason, isShutdownExit } from './exit-reason.ts';

/** Why a process ended, in a few words. */
export function exitText(reason: ExitReason): string {
  if (typeof reason === 'string') return reason;
  return isShutdownExit(reason) ? `shutdown: ${describeValue(reason.shutdown)}` : messageOf(reason.error);
}

/** The error that a process ended with, if it did. */
export function errorOf(reason: ExitReason): unknown {
  return typeof reason === 'object' && 'error' in reason ? reason.error : undefined;
}
