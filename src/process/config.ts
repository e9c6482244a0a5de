import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';
import { longestTimerMs } from '../util/index.ts';

export const processDefaults = {
  shutdownMs: 5000,
  startTimeoutMs: 60_000,
  mailboxLimit: 1024,
  attributeStrayErrors: true,
} as const;

/** Processes. */
export const processConfig = defineSection('process', {
  shutdownMs: Type.Number({
    minimum: 0,
    maximum: longestTimerMs,
    default: processDefaults.shutdownMs,
    description: 'Milliseconds that a process gets to end when it is asked to; then it is killed',
  }),
  startTimeoutMs: Type.Number({
    minimum: 1,
    maximum: longestTimerMs,
    default: processDefaults.startTimeoutMs,
    description: 'Milliseconds that onInit and onActivate of a process may take together; then it is killed',
  }),
  attributeStrayErrors: Type.Boolean({
    default: processDefaults.attributeStrayErrors,
    description:
      'Whether an error that nobody handles ends the process it comes from; without it each one counts for the container',
  }),
  mailboxLimit: Type.Integer({
    minimum: 1,
    default: processDefaults.mailboxLimit,
    description: 'One-way and pid-addressed messages that may wait for a process',
  }),
});
