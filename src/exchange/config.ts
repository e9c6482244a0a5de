import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';

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
  trustedUsers: Type.Array(Type.String(), {
    default: [],
    description: 'Broker logins whose word on the acting user of a message is taken',
  }),
});
