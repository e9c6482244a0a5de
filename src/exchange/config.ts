import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';
import { retryDefaults } from './retries.ts';

/** The container's place on the bus. */
export const exchangeConfig = defineSection('exchange', {
  prefetch: Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: 32,
    description: "Frames of a service's queue that may be with this container unsettled",
  }),
  jsonReplyTo: Type.Array(Type.String(), {
    default: [],
    description: 'Queues that JSON peers may name in reply_to besides those that the broker named',
  }),
  jsonServices: Type.Array(Type.String(), {
    default: [],
    description: 'Services that are called with plain JSON, since programs that speak no frames serve them',
  }),
  attempts: Type.Integer({
    minimum: 1,
    default: retryDefaults.attempts,
    description:
      'How often one-way work of a service, or an event of a durable subscription, is tried before it is a dead letter',
  }),
  retryDelaysMs: Type.Array(Type.Integer({ minimum: 1, maximum: 86_400_000 }), {
    minItems: 1,
    default: [...retryDefaults.delaysMs],
    description: 'Milliseconds before the second, third … attempt; the same in every container of a system',
  }),
  publishTimeoutMs: Type.Number({
    minimum: 1,
    default: 15_000,
    description: 'Milliseconds that the broker has to confirm an event',
  }),
  trustedUsers: Type.Array(Type.String(), {
    default: [],
    description: 'Broker logins whose word on the acting user of a message is taken',
  }),
});
