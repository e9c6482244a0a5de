import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';
import { defaultTimeoutMs, maxTimeoutMs } from './options.ts';

/** Calls. */
export const rpcConfig = defineSection('rpc', {
  timeoutMs: Type.Number({
    minimum: 1,
    maximum: maxTimeoutMs,
    default: defaultTimeoutMs,
    description: 'Milliseconds that a call may take when it does not say itself',
  }),
});
