import { types } from 'node:util';
import { ConfigurationError } from '../errors/index.ts';
import type { Interceptor } from './invocation.ts';
import { mustBePlain } from './refusals.ts';

/**
 * What a factory gave, if it can be an interceptor. `what` names it in errors.
 *
 * @throws ConfigurationError for anything but a function, and for an asynchronous one
 */
export function asInterceptor(made: unknown, what: string): Interceptor {
  if (types.isAsyncFunction(made)) throw new ConfigurationError(`${what} ${mustBePlain}`);
  if (isFunction(made)) return made;
  const found = made === null ? 'null' : `a value of type ${typeof made}`;
  throw new ConfigurationError(
    `${what}: a factory (args, context) returns an interceptor, (invocation, next) => { … next(); }; this one returned ${found}`,
  );
}

function isFunction(value: unknown): value is Interceptor {
  return typeof value === 'function';
}
