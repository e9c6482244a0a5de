import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';

export const processDefaults = { shutdownMs: 5000, mailboxLimit: 1024 } as const;

/** Processes. */
export const processConfig = defineSection('process', {
  shutdownMs: Type.Number({
    minimum: 0,
    default: processDefaults.shutdownMs,
    description: 'Milliseconds that the handlers of a process get to finish when it ends',
  }),
  mailboxLimit: Type.Integer({
    minimum: 1,
    default: processDefaults.mailboxLimit,
    description: 'One-way and pid-addressed messages that may wait for a process',
  }),
});
