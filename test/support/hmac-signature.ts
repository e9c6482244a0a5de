import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Interceptor, type Message, UnauthorizedError } from '../../src/index.ts';

const header = 'signature';

/**
 * Signs what goes out and refuses what comes in without the right signature (ION's `signature`): HMAC-SHA-256 over sender, receiver, operation and
 * content. Last of a stack, so that it signs what leaves and sees first what comes.
 */
export function hmacSignature(key: string): Interceptor {
  return ({ path, message }, next) => {
    const expected = digest(key, message);
    if (path === 'out') {
      message.headers = { ...message.headers, [header]: expected };
    } else {
      const given = message.headers?.[header];
      if (!(given instanceof Uint8Array)) throw new UnauthorizedError('the message is not signed');
      if (!timingSafeEqual(given, expected)) throw new UnauthorizedError('the message was altered');
    }
    next();
  };
}

function digest(key: string, { sender, receiver, performative, op, content }: Message): Uint8Array {
  const text = JSON.stringify([sender, receiver, performative, op, content]);
  return new Uint8Array(createHmac('sha256', key).update(text).digest());
}
