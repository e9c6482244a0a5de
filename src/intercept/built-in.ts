import type { InterceptorFactory } from './invocation.ts';
import { logInterceptor } from './log-interceptor.ts';
import { sizeLimit } from './size-limit.ts';

/** The interceptors that a stack may name without a module. */
export const builtInFactories: ReadonlyMap<string, InterceptorFactory> = new Map([
  ['log', logInterceptor],
  ['size-limit', sizeLimit],
]);
